/* SPDX-License-Identifier: ISC */
/* Inside of the training loop: what of it a checkpoint holds. */
#ifndef EAR_TRAIN_FIT_SAVE_H
#define EAR_TRAIN_FIT_SAVE_H

#include "fit.h"
#include "optim.h"
#include "quantized.h"

/* Between two steps, with net and optim: all that the next step depends on. */
typedef struct {
  nn *net;
  optim *optim;
  quantized *quantized; /* NULL: the recipe has no `quantize` */
  uint32_t epoch;       /* the one that goes on, from 1 */
  uint32_t step;        /* done in it */
  double loss_sum;      /* over them */
  uint32_t best_epoch;  /* 0: none yet */
  double best_loss;     /* its validation loss */
  float *kept;          /* [n_kept] its weights and statistics; NULL without validation */
  size_t n_kept;
  double seconds; /* of training until now, over all sittings */
  bool ended;     /* there is no next step */
  fit_history history;
} fit_state;

/* Weights and BatchNorm statistics in all. */
size_t fit_n_values(nn *net);

/* Copy them to kept [fit_n_values], or back. */
void fit_keep(nn *net, float *kept, bool back);

/* Room for one more, zeroed; NULL: no memory. */
fit_epoch *fit_history_add(fit_history *h);

/* Everything to to->last. */
ear_status fit_save(fit_state *s, const fit_saving *to, ear_error *err);

/* The kept weights alone to to->best: the same bytes whenever the run was resumed. */
ear_status fit_save_best(fit_state *s, const fit_saving *to, ear_error *err);

/* Into a state whose net, optim and kept were made for the same recipe. */
ear_status fit_load(fit_state *s, const checkpoint *from, ear_error *err);

/* Give everything to others who hold the same network, or take it from one: tell leaves
   in all of them the bytes of one. */
ear_status fit_share(fit_state *s, void (*tell)(void *bytes, size_t n), ear_error *err);

#endif
