/* SPDX-License-Identifier: ISC */
/* From a split corpus of clean music to a harshness model: render, fit, calibrate,
   export.

   Units for training come from training artists and training processors; units that stop
   the training and calibrate the posterior come from the valid side. */
#ifndef EAR_TRAIN_HARSH_TRAIN_H
#define EAR_TRAIN_HARSH_TRAIN_H

#include "fit.h"
#include "harsh_protocol.h"

typedef struct {
  const recipe *recipe;
  const char *name, *license;
  uint32_t units; /* excerpts to render for training */
  uint64_t seed;
  harsh_protocol_options protocol; /* also says how rendering goes on, and the cache */
  fit_saving saving;               /* of the fit; how the input is normalised is added */
  double minutes;                  /* of the fit; 0: to its end */
  void (*say_fit)(void *user, const fit_progress *p);
} harsh_train_config;

typedef struct {
  nn *net;
  band_norm norm;
  float *patches; /* [n_patches][frames][bands] normalised, to calibrate scales on */
  uint32_t n_patches;
  float temperature, threshold; /* of the posterior of `harsh` */
  bool calibrated;              /* both, and the bias of `harsh`, on the valid side */
  uint32_t n_examples, n_harsh;
  fit_result fitted;
} harsh_trained;

/* Stopped (config->protocol.stop) while it fits: the best network so far, not calibrated
   (t->calibrated); while it renders: EAR_IO, with nothing lost that is in the cache.
   [setup]
 */
ear_status harsh_train(harsh_trained *t, const harsh_split *split,
                       const harsh_train_config *config, ear_error *err);
void harsh_trained_free(harsh_trained *t);

/* The model file with this card, malloc'ed. */
ear_status harsh_export(const harsh_trained *t, const harsh_train_config *config,
                        const char *card, uint8_t **bytes, size_t *n, ear_error *err);

#endif
