/* SPDX-License-Identifier: ISC */
/* The float network that is trained: forward, backward, in batches of patches.

   Tensors are channels-last: [N patches][T columns][F rows][C channels], the order of the
   engine's columns.  Input [N][T frames][n_values][1], already normalised.  Convolutions
   run on oneDNN (dnn.c, the one file that calls it); everything else is plain C over
   OpenMP threads with a fixed order of summation, so a seed gives the same bits.

   With `mean` the features are averaged over all T columns of the patch; a network with
   `flatten` needs patches that give exactly one column after it. */
#ifndef EAR_TRAIN_NN_H
#define EAR_TRAIN_NN_H

#include "recipe.h"

typedef struct nn nn;

/* One trainable array.  */
typedef struct {
  float *value;    /* [n] */
  float *gradient; /* [n], of the batch's mean loss */
  size_t n;
  bool decay; /* weight decay applies: weights, not biases or BatchNorm */
} nn_param;

/* Weights He-initialised from the seed.  max_batch patches of n_frames frames.  [setup]
 */
ear_status nn_new(nn **net, const recipe *r, uint32_t n_labels, uint32_t max_batch,
                  uint32_t n_frames, uint64_t seed, ear_error *err);
void nn_free(nn *net);

/* x [n][n_frames][n_values] -> logits [n][n_outputs], labels first, owned by net, until
   the next call. training: BatchNorm uses and tracks batch statistics, dropout draws from
   the seed. 1 <= n <= max_batch. */
const float *nn_forward(nn *net, const float *x, uint32_t n, bool training);

/* dlogit [n][n_outputs] of the batch just forwarded with training = true; fills every
   nn_param.gradient (overwrites). */
void nn_backward(nn *net, const float *dlogit);

/* The number of training forwards so far, from which dropout draws: to go on where a
   checkpoint was taken, and for tests. */
uint64_t nn_step(const nn *net);
void nn_seek(nn *net, uint64_t step);

/* The patches that follow are those from `first` on of a batch whose others are on other
   ranks (parallel.h): dropout draws for them, BatchNorm looks at all. */
void nn_place(nn *net, uint32_t first);

uint32_t nn_n_params(const nn *net);
nn_param nn_param_get(nn *net, uint32_t i);

/* Running statistics of BatchNorm, and all arrays of frozen layers: saved with the
 * weights, averaged, not trained. */
uint32_t nn_n_buffers(const nn *net);
nn_param nn_buffer_get(nn *net, uint32_t i); /* gradient NULL */

const recipe *nn_recipe(const nn *net);
uint32_t nn_n_labels(const nn *net);

/* After the weights were changed: with the recipe's `zerosum` the mean of each kernel of
   the first layer is taken out, and of a branch's. */
void nn_project(nn *net);

/* Trainable values in all. */
size_t nn_size(const nn *net);

/* True if any primitive that oneDNN chose is its slow reference implementation; names it
   in what (may be NULL). */
bool nn_uses_reference(const nn *net, char *what, size_t size);

/* Every value that was taken after the activation of engine layer l (dropout lines do not
   count), last forward: [n][t][f][c].  For calibration and tests. */
const float *nn_activation(const nn *net, uint32_t l, ear_shape *shape,
                           uint32_t *n_columns);

#endif
