/* SPDX-License-Identifier: ISC */
/* Sums in double, example by example in order; a weight of 1 and a focal exponent of 0
   change no bit of the plain cross-entropy. */
#include "fit_loss.h"

#include <math.h>

/* (1 - p)^gamma, and what its change adds to the gradient by the logit:
   gamma p (1 - p)^(gamma - 1) log p. */
static double
focus(double log_p, double gamma, double *change)
{
  const double rest = -expm1(log_p);
  *change = 0;
  if (gamma <= 0) {
    return 1;
  }
  if (rest > 0) {
    *change = gamma * exp(log_p) * pow(rest, gamma - 1) * log_p;
  }
  return pow(rest, gamma);
}

static double
weight_of(const loss_rule *rule, uint32_t l)
{
  return rule->weight ? (double)rule->weight[l] : 1;
}

static double
smooth(float target, const loss_rule *rule, uint32_t among)
{
  const double s = (double)rule->smoothing;
  return (double)target * (1 - s) + s / among;
}

/* One example; gradient times 1/n. */
static double
softmax_loss(const float *logit, const float *target, uint32_t n_labels,
             const loss_rule *rule, double n, float *dlogit)
{
  double largest = -INFINITY, sum = 0, loss = 0, mass = 0, change;
  double pull[EAR_MAX_LABELS], log_p[EAR_MAX_LABELS];
  for (uint32_t l = 0; l < n_labels; ++l) {
    largest = fmax(largest, (double)logit[l]);
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    sum += exp((double)logit[l] - largest);
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double t = weight_of(rule, l) * smooth(target[l], rule, n_labels);
    log_p[l] = (double)logit[l] - largest - log(sum);
    const double easy = focus(log_p[l], (double)rule->focal, &change);
    loss -= t * easy * log_p[l];
    pull[l] = t * (easy - change);
    mass += pull[l];
  }
  for (uint32_t l = 0; dlogit && l < n_labels; ++l) {
    dlogit[l] = (float)((mass * exp(log_p[l]) - pull[l]) / n);
  }
  return loss;
}

/* The same, mean over the labels. */
static double
sigmoid_loss(const float *logit, const float *target, uint32_t n_labels,
             const loss_rule *rule, double n, float *dlogit)
{
  double loss = 0, yes_change, no_change;
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double x = (double)logit[l], t = smooth(target[l], rule, 2);
    const double yes = weight_of(rule, l) * t, no = 1 - t;
    /* log(1 + exp(x)) without overflow: -log(1 - p); less x: -log p */
    const double log_no = -(fmax(x, 0) + log1p(exp(-fabs(x)))), log_yes = log_no + x;
    const double p = 1 / (1 + exp(-x));
    const double yes_easy = focus(log_yes, (double)rule->focal, &yes_change);
    const double no_easy = focus(log_no, (double)rule->focal, &no_change);
    loss -= yes * yes_easy * log_yes + no * no_easy * log_no;
    if (dlogit) {
      const double up = yes * (yes_change - yes_easy) * (1 - p);
      const double down = no * (no_change - no_easy) * p;
      dlogit[l] = (float)((up - down) / (n * n_labels));
    }
  }
  return loss / n_labels;
}

/* Binary cross-entropy of one logit. */
static double
cross_entropy(double x, double t)
{
  return fmax(x, 0) - t * x + log1p(exp(-fabs(x)));
}

/* What one example adds behind its labels; gradient times 1/n. */
static double
extra_loss(const float *logit, const float *target, uint32_t n_labels,
           const loss_rule *rule, double n, float *dlogit)
{
  const bool has_severity = rule->severity > 0;
  const uint32_t first = n_labels + has_severity, end = n_labels + rule->n_extra;
  const double harsh = (double)target[n_labels - 1];
  double loss = 0;
  for (uint32_t i = n_labels; i < end; ++i) {
    const bool is_kind = i >= first;
    const double w =
        !is_kind ? (double)rule->severity : (double)rule->kinds * harsh / (end - first);
    const double x = (double)logit[i];
    const double t = is_kind && harsh > 0 ? (double)target[i] / harsh : (double)target[i];
    loss += w > 0 ? w * cross_entropy(x, t) : 0;
    if (dlogit) {
      dlogit[i] = (float)(w * (1 / (1 + exp(-x)) - t) / n);
    }
  }
  return loss;
}

double
fit_loss(const float *logit, const float *target, uint32_t n, uint32_t n_labels,
         const loss_rule *rule, float *dlogit)
{
  const bool sigmoid = rule->activation == RECIPE_SIGMOID;
  const uint32_t of = rule->of ? rule->of : n;
  double loss = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const size_t at = (size_t)i * (n_labels + rule->n_extra);
    float *d = dlogit ? dlogit + at : NULL;
    loss += (sigmoid ? sigmoid_loss : softmax_loss)(logit + at, target + at, n_labels,
                                                    rule, of, d);
    if (d && rule->activation == RECIPE_BINARY) {
      d[0] = 0;
    }
    if (rule->n_extra && (rule->severity > 0 || rule->kinds > 0)) {
      loss += extra_loss(logit + at, target + at, n_labels, rule, of, d);
    }
  }
  return loss / of;
}

void
loss_weights(float *weight, const uint32_t *count, uint32_t n_labels, uint32_t n,
             recipe_weights how, recipe_activation activation)
{
  double mean = 0, all = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double c = count[l];
    double w = activation == RECIPE_SIGMOID ? (n - c) / c : n / c;
    w = count[l] == 0 || how == RECIPE_WEIGHTS_NONE || w <= 0 ? 1 : w;
    weight[l] = (float)(how == RECIPE_WEIGHTS_SQRT ? sqrt(w) : w);
    mean += c * (double)weight[l];
    all += c;
  }
  for (uint32_t l = 0; l < n_labels && activation != RECIPE_SIGMOID && all > 0; ++l) {
    weight[l] = count[l] ? (float)((double)weight[l] * all / mean) : 1;
  }
}
