/* SPDX-License-Identifier: ISC */
/* The two networks that all engines are compared on, as files of ours with random
   weights. S: conv 3x3 of 32, 64, 128 channels, each with ReLU and maximum pooling by 2,
   average, dense 256, dense 10.  K: the same convolutions without padding, flatten, dense
   64 and 10; 1,699,018 parameters. */
#ifndef EAR_BENCH_NET_MODELS_H
#define EAR_BENCH_NET_MODELS_H

#include "model.h"

typedef enum { NET_S, NET_S_UNPADDED, NET_K } net_kind;

/* Frames that give as many columns as the whole 128 x 128 window, which S pads in time:
   ours are given what the padding would be, and compute more than the padded network. */
enum { NET_BANDS = 128, NET_WINDOW = 128, NET_S_FRAMES = 142 };

/* Ends the process if memory or the model is bad. */
ear_model *net_model_new(net_kind kind);

/* Multiply-accumulates of the network over one window of 128 x 128. */
double net_model_macs(net_kind kind);

/* n bytes of noise, 64-byte aligned; never given back. */
void *net_noise(size_t n);

#endif
