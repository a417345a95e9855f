/* SPDX-License-Identifier: ISC */
/* Softmax regression with a ridge, by as many accelerated gradient steps as always: the
   same vectors give the same weights.
   Source: Y. Nesterov, Soviet Math. Doklady 27(2), 1983. */
#include "learner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS = 400, POWER_STEPS = 30 };
static const double ridges[] = {1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3}; /* per example */
enum { N_RIDGES = sizeof ridges / sizeof *ridges };

typedef struct {
  uint32_t n_values, n_labels;
  double *w; /* [n_labels][n_values + 1], the bias last */
} regression;

static const double *
row(const learner_set *s, uint32_t i)
{
  return s->x + (size_t)s->index[i] * s->n_values;
}

static double
logit(const double *w, const double *x, uint32_t n_values)
{
  double sum = w[n_values];
  for (uint32_t v = 0; v < n_values; ++v) {
    sum += w[v] * x[v];
  }
  return sum;
}

static void
posterior(const double *w, const double *x, uint32_t n_values, uint32_t n_labels,
          double *p)
{
  double most = -INFINITY, sum = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    p[l] = logit(w + l * (n_values + 1u), x, n_values);
    most = fmax(most, p[l]);
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    sum += p[l] = exp(p[l] - most);
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    p[l] /= sum;
  }
}

/* Largest eigenvalue of the vectors' mean square, bias included, by the power method. */
static double
curvature(const learner_set *s)
{
  double a[EAR_MAX_BANDS + 1], b[EAR_MAX_BANDS + 1], norm = 1;
  for (uint32_t v = 0; v <= s->n_values; ++v) {
    a[v] = 1 + 0.01 * v;
  }
  for (int step = 0; step < POWER_STEPS; ++step) {
    for (uint32_t v = 0; v <= s->n_values; ++v) {
      b[v] = 0;
    }
    for (uint32_t i = 0; i < s->n; ++i) {
      const double dot = logit(a, row(s, i), s->n_values) / s->n;
      for (uint32_t v = 0; v < s->n_values; ++v) {
        b[v] += dot * row(s, i)[v];
      }
      b[s->n_values] += dot;
    }
    norm = 0;
    for (uint32_t v = 0; v <= s->n_values; ++v) {
      norm += b[v] * b[v];
    }
    norm = sqrt(norm);
    for (uint32_t v = 0; v <= s->n_values && norm > 0; ++v) {
      a[v] = b[v] / norm;
    }
  }
  return norm;
}

/* Of the mean loss at w, ridge included; each class counts weight[l]. */
static void
gradient_of(const learner_set *s, const double *w, const double *weight, double ridge,
            double *g)
{
  const uint32_t width = s->n_values + 1;
  double p[EAR_MAX_LABELS];
  for (uint32_t k = 0; k < s->n_labels * width; ++k) {
    g[k] = k % width == s->n_values ? 0 : ridge * w[k];
  }
  for (uint32_t i = 0; i < s->n; ++i) {
    const double *x = row(s, i);
    const uint32_t truth = s->label[s->index[i]];
    posterior(w, x, s->n_values, s->n_labels, p);
    for (uint32_t l = 0; l < s->n_labels; ++l) {
      const double off = weight[truth] * (p[l] - (l == truth)) / s->n;
      for (uint32_t v = 0; v < s->n_values; ++v) {
        g[l * width + v] += off * x[v];
      }
      g[l * width + s->n_values] += off;
    }
  }
}

/* Equal for all; or each class as much as every other, but not above 4 times its share:
   what bounds the step. */
static double
weights(const learner_set *s, bool equal, double *weight)
{
  uint32_t count[EAR_MAX_LABELS] = {0}, present = 0;
  double most = 1;
  for (uint32_t i = 0; i < s->n; ++i) {
    present += count[s->label[s->index[i]]]++ == 0;
  }
  for (uint32_t l = 0; l < s->n_labels; ++l) {
    weight[l] = equal && count[l] ? fmin(4, (double)s->n / present / count[l]) : 1;
    most = fmax(most, weight[l]);
  }
  return most;
}

static void
regression_free(void *fitted)
{
  regression *r = fitted;
  free(r->w);
  free(r);
}

static ear_status
regression_fit(void **fitted, const learner_set *s, uint32_t setting)
{
  double weight[EAR_MAX_LABELS], t = 1;
  const size_t n = (size_t)s->n_labels * (s->n_values + 1);
  regression *r = calloc(1, sizeof *r);
  double *w = calloc(n, sizeof *w), *at = calloc(n, sizeof *at),
         *g = calloc(n, sizeof *g);
  *fitted = r;
  if (!r || !w || !at || !g) {
    free(r);
    free(w);
    free(at);
    free(g);
    return EAR_NO_MEMORY;
  }
  const double ridge = ridges[setting % N_RIDGES];
  const double most = weights(s, setting >= N_RIDGES, weight);
  const double rate = 1 / (0.5 * most * curvature(s) + ridge);
  for (int step = 0; step < STEPS; ++step) {
    const double next = (1 + sqrt(1 + 4 * t * t)) / 2, ahead = (t - 1) / next;
    gradient_of(s, at, weight, ridge, g);
    for (size_t k = 0; k < n; ++k) {
      const double now = at[k] - rate * g[k];
      at[k] = now + ahead * (now - w[k]);
      w[k] = now;
    }
    t = next;
  }
  *r = (regression){s->n_values, s->n_labels, w};
  free(at);
  free(g);
  return EAR_OK;
}

static void
regression_say(const void *fitted, const double *x, float *p)
{
  const regression *r = fitted;
  double of[EAR_MAX_LABELS];
  posterior(r->w, x, r->n_values, r->n_labels, of);
  for (uint32_t l = 0; l < r->n_labels; ++l) {
    p[l] = (float)of[l];
  }
}

static void
regression_tell(uint32_t setting, char text[96])
{
  snprintf(text, 96, "ridge %g%s", ridges[setting % N_RIDGES],
           setting < N_RIDGES ? "" : ", classes weigh equally");
}

const double *
learned_row(const learned *l, uint32_t label)
{
  const regression *r = l->fitted;
  return r->w + (size_t)label * (r->n_values + 1);
}

uint32_t
learner_logistic_setting(double ridge, bool classes_equal)
{
  uint32_t i = 0;
  while (i + 1 < N_RIDGES && ridges[i] < ridge) {
    ++i;
  }
  return i + (classes_equal ? N_RIDGES : 0);
}

const learner learner_logistic = {
    "logistic",     "MFCC-20 statistics + logistic regression",
    2 * N_RIDGES,   regression_fit,
    regression_say, regression_free,
    regression_tell};
