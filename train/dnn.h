/* SPDX-License-Identifier: ISC */
/* All of oneDNN that the trainer uses: convolutions forward and backward, and a matrix
   product.  Activations [N][T][F][C], full weights [o][kt][kf][i], depthwise [c][kt][kf]:
   the layouts of the engine.  What a primitive wants otherwise is reordered in here. */
#ifndef EAR_TRAIN_DNN_H
#define EAR_TRAIN_DNN_H

#include "../engine/earshot.h"

typedef struct dnn_conv dnn_conv;

typedef struct {
  uint32_t n;                /* patches, always all of them */
  uint32_t t_in, f_in, c_in; /* columns, rows, channels */
  uint32_t t_out, f_out, c_out;
  uint32_t kt, kf, st, sf; /* kernel, stride */
  uint32_t dt;             /* dilation in time, 1: none */
  uint32_t pad_lo, pad_hi; /* rows of zeros below and above */
  bool depthwise;          /* c_in == c_out, one filter a channel */
  bool bias;
  bool input_gradient; /* dnn_conv_backward_data will be called */
} dnn_conv_shape;

/* The fastest primitives that oneDNN has for the shape, reference only if nothing else.
   [setup] */
ear_status dnn_conv_new(dnn_conv **conv, const dnn_conv_shape *shape, ear_error *err);
void dnn_conv_free(dnn_conv *conv);

/* y = x * w + bias; bias NULL without one.  The pointers need no alignment. */
void dnn_conv_forward(dnn_conv *conv, const float *x, const float *w, const float *bias,
                      float *y);
void dnn_conv_backward_data(dnn_conv *conv, const float *dy, const float *w, float *dx);
void dnn_conv_backward_weights(dnn_conv *conv, const float *x, const float *dy, float *dw,
                               float *dbias);

typedef enum { DNN_FORWARD, DNN_BACKWARD_DATA, DNN_BACKWARD_WEIGHTS } dnn_pass;
enum { DNN_N_PASSES = 3 };

/* oneDNN's name of what it runs, such as "jit:avx512_core"; "" for a pass not made. */
const char *dnn_conv_impl(const dnn_conv *conv, dnn_pass pass);

/* True if the pass runs oneDNN's slow plain code. */
bool dnn_conv_uses_reference(const dnn_conv *conv, dnn_pass pass);

/* Row-major c [m][n] = a [m][k] * b [k][n] + beta c; a or b transposed in memory if said.
 */
void dnn_gemm(bool transpose_a, bool transpose_b, uint32_t m, uint32_t n, uint32_t k,
              const float *a, const float *b, float beta, float *c);

#endif
