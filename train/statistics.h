/* SPDX-License-Identifier: ISC */
/* Timbre statistics of all that is heard, beside a trained network.

     frame [bands] -> cepstral coefficients c [n] and slopes (c[t+1] - c[t-1]) / 2 [n]
       -> ReLU(+v), ReLU(-v) of each, averaged over time [4 n]
       -> a ridge regression to the labels; 0.6 of its logits are added to the network's

   It becomes a second branch of the network and columns of its last dense layer: what
   runs live is one model.  Coefficients are a DCT-II of the bands as the network sees
   them, those under 9 kHz alone: where a sound ends above that tells of files, not of
   music. Sources: G. Tzanetakis and P. Cook, IEEE Trans. Speech Audio Process. 10(5),
   2002 (statistics of MFCCs over a clip); the sum of logits is Hinton's product of
   experts. */
#ifndef EAR_TRAIN_STATISTICS_H
#define EAR_TRAIN_STATISTICS_H

#include "band_norm.h"
#include "nn.h"

typedef struct {
  recipe recipe; /* the network's, with the branch */
  nn *net;
} statistics;

/* Whether the network of r can have them (r->train.statistics): one class of several,
   mel bands alone, no zerosum, at its end one row, `mean`, `dense labels`, and at most
   128 frames of its view to average (64 if its step is odd).  [any] */
ear_status statistics_possible(const recipe *r, ear_error *err);

/* The trained network with the branch, fitted on the training side of ds; trunk stays as
   it is.  s->net is NULL when no clip is as long as the network looks.  The same
   arguments give the same bits with any number of threads.  To be freed in any case.
   [setup] */
ear_status statistics_add(statistics *s, nn *trunk, const dataset *ds,
                          const featureset *fs, const band_norm *norm, ear_error *err);
void statistics_free(statistics *s);

#endif
