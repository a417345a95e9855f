/* SPDX-License-Identifier: ISC */
/* A 3x3 convolution, its ReLU and the 2x2 maximum behind it, trained as one.

   The maximum lets one value in four through, so at least three quarters of the gradient
   by the convolution's output are zeros.  The backward pass works on the others only: a
   quarter of the multiplications, and the dense gradient is never written.  The first
   convolution, of one channel, is not written at all.

   On processors with AVX-512; elsewhere, and where the shapes do not fit, the nodes run
   one by one.  The sums run in an order of their own, the same for any number of threads.
 */
#ifndef EAR_TRAIN_NN_PAIR_H
#define EAR_TRAIN_NN_PAIR_H

#include "nn_layers.h"

/* Marks the pairs of a network whose nodes are all there and takes their memory. [setup]
 */
ear_status pairs_find(nn *net);

/* conv->source->y to pool->y and argmax; conv->y holds nothing of use. */
void pair_forward(nn_node *conv, uint32_t n);

/* pool->dy to the gradients of conv, and conv->source->dy if asked. */
void pair_backward(nn_node *conv, uint32_t n, bool input_gradient);

#endif
