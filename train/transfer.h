/* SPDX-License-Identifier: ISC */
/* Training that begins with what another network has learnt: an int8 model, its weights
   dequantised, or the checkpoint of a run.

   The recipe's network must be the same but for its last layer.  That layer is kept when
   the labels are the same, whatever their order, and new when they are not.  A second
   branch that the recipe does not have (statistics.h) is left out, and the last layer is
   new then.  The input
   is normalised as the other network's was. */
#ifndef EAR_TRAIN_TRANSFER_H
#define EAR_TRAIN_TRANSFER_H

#include "band_norm.h"
#include "nn.h"

typedef struct transfer transfer;

/* What --init names: a file, or a built-in model.  [setup] */
ear_status transfer_open(transfer **t, const char *name, ear_error *err);
void transfer_free(transfer *t);

/* Fails with a sentence that names the first thing or layer in which r differs. */
ear_status transfer_check(transfer *t, const recipe *r, ear_error *err);

/* Mean and deviation of the input that the weights are made for; the same front end. */
void transfer_norm(const transfer *t, band_norm *norm);

/* Into a network of a recipe that was checked, made for labels [nn_n_labels].  patches
   [n_patches][n_frames][n_values]: where the other network has no statistics for a
   BatchNorm, they are those of these patches, and what the network says stays the same.
   *kept_head: the last layer was kept too.  [setup] */
ear_status transfer_apply(const transfer *t, nn *net, const char *const *label,
                          const float *patches, uint32_t n_patches, bool *kept_head);

#endif
