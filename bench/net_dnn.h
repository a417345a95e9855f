/* SPDX-License-Identifier: ISC */
/* The networks of net_models.h in oneDNN, int8: uint8 activations, int8 weights with a
   scale a channel, layouts chosen by oneDNN, primitives made once.  ReLU is the uint8
   saturation, which costs it nothing. */
#ifndef EAR_BENCH_NET_DNN_H
#define EAR_BENCH_NET_DNN_H

#include "net_models.h"

typedef struct net_dnn net_dnn;

net_dnn *net_dnn_new(net_kind kind);

/* One whole window. */
void net_dnn_run(net_dnn *net);

#endif
