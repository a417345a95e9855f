/* SPDX-License-Identifier: ISC */
/* SGD with momentum (Sutskever 2013), Adam (Kingma, Ba 2015), AdamW (Loshchilov, Hutter
   2019), as PyTorch computes them, with learning-rate schedules and weight averaging.

   Rates: linear warm-up, then constant; cosine to 0; step: x factor at 60 % and at 85 %
   of all steps; plateau: x factor after more than `wait` epochs in a row whose validation
   loss was not under 0.9999 of the best (torch.optim.lr_scheduler.ReduceLROnPlateau). */
#ifndef EAR_TRAIN_OPTIM_H
#define EAR_TRAIN_OPTIM_H

#include "nn.h"

typedef struct optim optim;

/* n_steps in all, for the schedule.  [setup] */
ear_status optim_new(optim **o, nn *net, const recipe_train *t, uint64_t n_steps);
void optim_free(optim *o);

/* One step from the gradients in net.  Returns the learning rate used. */
float optim_step(optim *o);

/* After each epoch: its validation loss, or training loss where there is no validation.
 */
void optim_judge(optim *o, double loss);

/* Swap the averaged weights (and BatchNorm statistics) in, or back out: an even number of
   calls changes nothing.  Does nothing when the recipe's averaging is 0. */
void optim_swap_average(optim *o);

/* All that the next step depends on, beside the network and what optim_new was given:
   for checkpoints.  Counters and what the schedule remembers, as plain bytes without
   padding or pointers; moments and averages.  Both are the optimizer's own memory, to be
   read or overwritten between two steps. */
void *optim_state(optim *o, size_t *n_bytes);
float *optim_values(optim *o, size_t *n);

#endif
