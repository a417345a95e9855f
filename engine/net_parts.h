/* SPDX-License-Identifier: ISC */
/* The two halves of a network: the trunk makes columns, the head makes logits of them. */
#ifndef EAR_NET_PARTS_H
#define EAR_NET_PARTS_H

#include "arena.h"
#include "kernels.h"
#include "model_check.h"
#include "net.h"
#include "net_weights.h"

/* What a concat makes of its two inputs, [0] the earlier layer's and [1] the branch's: it
   keeps the columns of the one that sees fewer frames until the other has come as far. */
typedef struct {
  uint32_t late;     /* the one that is kept */
  size_t rows, n[2]; /* n: bytes of a row */
  uint8_t table[2][256];
} ear_join;

/* One layer of the trunk and the columns that it keeps.  The ring holds the last
   n_slots columns; head is the oldest, and the next to be written. */
typedef struct {
  ear_op op;
  bool absorbed; /* a maxpool that the convolution before it does too */
  uint32_t kt, dt, st;
  uint32_t period;  /* input columns from one output to the next */
  uint32_t n_slots; /* of the columns behind one output; add, concat: lag + 1 */
  size_t slot, lead, n_in,
      n_out;            /* bytes: slot, padding below, input and output column */
  uint8_t fill;         /* of the padding: zero point of the input */
  uint8_t *ring;        /* [n_slots][slot] */
  uint32_t head, until; /* until: columns still to come before the next output */
  const uint8_t **tap;  /* [kt], of a pooled convolution [pool_t * kt] */
  uint8_t *out;         /* [n_out] */
  uint32_t n_shortcuts; /* adds that take this layer's output a second time */
  uint32_t shortcut[EAR_MAX_LAYERS];
  ear_filter filter; /* of the kinds below, the one that op uses */
  ear_pool pool;
  ear_sum sum;
  ear_join join;
} ear_trunk_layer;

typedef struct {
  uint32_t n_layers;
  uint32_t branch, concat; /* layers that begin and end a branch; n_layers: none */
  ear_trunk_layer layer[EAR_MAX_LAYERS];
  const ear_kernels *kernels;
} ear_trunk;

/* Take all memory, then (if the arena did not fail) prepare with the weights that an
   earlier network of the model made for these kernels, or else ear_trunk_weights, which
   is NULL when memory is short.  [setup] */
void ear_trunk_take(ear_trunk *trunk, const ear_model_spec *spec, const ear_shape *shape,
                    ear_arena *arena);
ear_net_weights *ear_trunk_weights(const ear_trunk *trunk, const ear_model_spec *spec,
                                   const ear_shape *shape);
void ear_trunk_prepare(ear_trunk *trunk, const ear_model_spec *spec,
                       const ear_net_weights *w);
void ear_trunk_reset(ear_trunk *trunk);

/* Column of a summary: [rows][3][channels], the minima, maxima and means over the kt
   columns tap[0..kt) of [rows][channels]. */
void ear_summarise(const ear_pool *k, const uint8_t *const *tap, uint8_t *out);

/* Take the columns of a concat's inputs that were completed, NULL where none was; its own
   column y->out, or NULL. */
const uint8_t *ear_trunk_join(ear_trunk_layer *y, const uint8_t *const x[2]);

/* Push a quantised frame; the newest column, or NULL if none was completed. */
const uint8_t *ear_trunk_push(ear_trunk *trunk, const uint8_t *q);

/* One dense layer of the head.  */
typedef struct {
  ear_product product;
  ear_rescale rescale; /* to the next layer; zero point in units of its 1 / unit steps */
  int32_t *bias, *multiplier, *shift;
  void *packed;
  bool relu;
  const float *weight_scale;
  int16_t *x[EAR_N_HORIZONS]; /* input [n_in + slack] */
} ear_head_layer;

typedef struct {
  const ear_model_spec *spec;
  const ear_kernels *kernels;
  bool averages, over_frequency, deviates;
  int32_t unit;            /* 16 with a mean, else 1: values are q * unit */
  uint32_t rows, channels; /* of the column that comes in */
  size_t n;                /* rows * channels */
  float scale;             /* of that column */
  int32_t zero_point;
  uint32_t n_layers;
  ear_head_layer layer[EAR_MAX_LAYERS];
  uint32_t n_ring, at, length[2];  /* ticks: ring, next slot, momentary and short */
  uint8_t *ring;                   /* [n_ring][n] */
  int64_t *sum[EAR_N_HORIZONS];    /* [n] */
  int64_t *square[EAR_N_HORIZONS]; /* [n] sums of squares; NULL: no deviations */
  uint64_t count[EAR_N_HORIZONS];  /* ticks in sum */
  bool stale;                      /* acc and logit are of an earlier tick */
  int32_t *acc[EAR_N_HORIZONS];    /* [n_outputs] */
  float *logit[EAR_N_HORIZONS];    /* [n_outputs] */
  int32_t *hidden[EAR_N_HORIZONS]; /* [widest dense] */
  float *gradient[2];              /* [widest input] */
} ear_head;

void ear_head_take(ear_head *head, const ear_model_spec *spec, const ear_shape *shape,
                   const uint32_t length[2], ear_arena *arena);
void ear_head_prepare(ear_head *head);
void ear_head_reset(ear_head *head);
void ear_head_tick(ear_head *head, const uint8_t *column, bool gated);

/* Bring acc and logit up to the newest tick. */
void ear_head_update(ear_head *head);

uint32_t ear_head_activation(ear_head *head, ear_horizon h, uint32_t label, float *row);

#endif
