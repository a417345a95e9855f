/* SPDX-License-Identifier: ISC */
/* Loss and gradient of one batch; sums in double, example by example in order. */
#include "fit.h"

#include <math.h>

/* Cross-entropy of one example against the smoothed target, and its gradient times 1/n.
 */
static double
softmax_loss(const float *logit, const float *target, uint32_t n_labels, double smoothing,
             double n, float *dlogit)
{
  double largest = -INFINITY, sum = 0, loss = 0, mass = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    largest = fmax(largest, (double)logit[l]);
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    sum += exp((double)logit[l] - largest);
    mass += (double)target[l] * (1 - smoothing) + smoothing / n_labels;
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double t = (double)target[l] * (1 - smoothing) + smoothing / n_labels;
    const double log_p = (double)logit[l] - largest - log(sum);
    loss -= t * log_p;
    if (dlogit) {
      dlogit[l] = (float)((mass * exp(log_p) - t) / n);
    }
  }
  return loss;
}

/* Binary cross-entropy of one example, mean over its labels. */
static double
sigmoid_loss(const float *logit, const float *target, uint32_t n_labels, double smoothing,
             double n, float *dlogit)
{
  double loss = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double x = (double)logit[l];
    const double t = (double)target[l] * (1 - smoothing) + smoothing / 2;
    /* log(1 + exp(x)) - t x, without overflow */
    loss += fmax(x, 0) + log1p(exp(-fabs(x))) - t * x;
    if (dlogit) {
      dlogit[l] = (float)((1 / (1 + exp(-x)) - t) / (n * n_labels));
    }
  }
  return loss / n_labels;
}

double
fit_loss(const float *logit, const float *target, uint32_t n, uint32_t n_labels,
         bool sigmoid, float smoothing, float *dlogit)
{
  double loss = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const size_t at = (size_t)i * n_labels;
    loss += (sigmoid ? sigmoid_loss : softmax_loss)(logit + at, target + at, n_labels,
                                                    (double)smoothing, n,
                                                    dlogit ? dlogit + at : NULL);
  }
  return loss / n;
}
