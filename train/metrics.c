/* SPDX-License-Identifier: ISC */
/* The confusion matrix holds every decided clip exactly once; the rest follows from it.
 */
#include "metrics.h"

#include <math.h>
#include <stdlib.h>

enum { N_BINS = 15 }; /* of the calibration error; Guo et al., ICML 2017 */

uint32_t
label_of(const float *p, uint32_t n_labels)
{
  uint32_t best = 0;
  for (uint32_t l = 1; l < n_labels; ++l) {
    best = p[l] > p[best] ? l : best;
  }
  return p[best] > 0 ? best : n_labels;
}

static void
per_class(metrics *m, uint32_t n_labels)
{
  uint32_t right = 0, occur = 0, counted = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    uint32_t predicted = 0;
    for (uint32_t k = 0; k < n_labels; ++k) {
      predicted += m->confusion[k][l];
    }
    const double hit = m->confusion[l][l];
    m->precision[l] = predicted ? hit / predicted : 0;
    m->recall[l] = m->support[l] ? hit / m->support[l] : 0;
    m->f1[l] = hit > 0 ? 2 * hit / (predicted + m->support[l]) : 0;
    right += m->confusion[l][l];
    occur += m->support[l] > 0;
    counted += m->support[l] > 0 || predicted > 0;
    m->balanced += m->recall[l];
    m->macro_f1 += m->f1[l];
  }
  m->accuracy = m->n ? (double)right / m->n : 0;
  m->balanced /= occur ? occur : 1;
  m->macro_f1 /= counted ? counted : 1;
}

static double
calibration_error(const predictions *pr)
{
  double confidence[N_BINS] = {0}, right[N_BINS] = {0}, error = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    const float *p = pr->p + (size_t)i * pr->n_labels;
    const uint32_t l = label_of(p, pr->n_labels);
    const double c = l < pr->n_labels ? (double)p[l] : 0;
    const int bin = (int)fmin(fmax(ceil(c * N_BINS) - 1, 0), N_BINS - 1);
    confidence[bin] += c;
    right[bin] += l == pr->truth[i];
  }
  for (int b = 0; b < N_BINS; ++b) {
    error += fabs(confidence[b] - right[b]);
  }
  return pr->n ? error / pr->n : 0;
}

static double
group_accuracy(const predictions *pr, double accuracy)
{
  uint32_t n_groups = 0, seen = 0;
  for (uint32_t i = 0; pr->group && i < pr->n; ++i) {
    n_groups = pr->group[i] >= n_groups ? pr->group[i] + 1 : n_groups;
  }
  if (!pr->group) {
    return accuracy;
  }
  uint32_t *count = calloc(2 * (size_t)n_groups + 1, sizeof *count); /* all, right */
  if (!count) {
    return NAN;
  }
  for (uint32_t i = 0; i < pr->n; ++i) {
    ++count[2 * pr->group[i]];
    count[2 * pr->group[i] + 1] +=
        label_of(pr->p + (size_t)i * pr->n_labels, pr->n_labels) == pr->truth[i];
  }
  double sum = 0;
  for (uint32_t g = 0; g < n_groups; ++g) {
    sum += count[2 * g] ? (double)count[2 * g + 1] / count[2 * g] : 0;
    seen += count[2 * g] > 0;
  }
  free(count);
  return seen ? sum / seen : 0;
}

typedef struct {
  float score;
  bool positive;
} scored;

static int
by_score(const void *a, const void *b)
{
  const float x = ((const scored *)a)->score, y = ((const scored *)b)->score;
  return x < y ? -1 : x > y;
}

double
metrics_auroc(const float *score, const bool *positive, uint32_t n)
{
  scored *s = malloc((n + 1u) * sizeof *s);
  double rank_sum = 0, n_positive = 0;
  if (!s) {
    return NAN;
  }
  for (uint32_t i = 0; i < n; ++i) {
    s[i] = (scored){score[i], positive[i]};
  }
  qsort(s, n, sizeof *s, by_score);
  for (uint32_t from = 0, to; from < n; from = to) {
    for (to = from; to < n && !(s[to].score > s[from].score); ++to) {
    }
    const double rank = (from + 1.0 + to) / 2; /* the mean of equal scores */
    for (uint32_t i = from; i < to; ++i) {
      rank_sum += s[i].positive ? rank : 0;
      n_positive += s[i].positive;
    }
  }
  free(s);
  const double n_negative = n - n_positive;
  if (n_positive < 1 || n_negative < 1) {
    return NAN;
  }
  return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative);
}

static double
mean_auroc(const predictions *pr)
{
  float *score = malloc((pr->n + 1u) * sizeof *score);
  bool *positive = malloc((pr->n + 1u) * sizeof *positive);
  double sum = 0;
  uint32_t n = 0;
  for (uint32_t l = 0; score && positive && l < pr->n_labels; ++l) {
    for (uint32_t i = 0; i < pr->n; ++i) {
      score[i] = pr->p[(size_t)i * pr->n_labels + l];
      positive[i] = pr->truth[i] == l;
    }
    const double a = metrics_auroc(score, positive, pr->n);
    sum += isnan(a) ? 0 : a;
    n += !isnan(a);
  }
  free(score);
  free(positive);
  return n ? sum / n : NAN;
}

ear_status
metrics_compute(metrics *m, const predictions *pr)
{
  *m = (metrics){.n = pr->n};
  for (uint32_t i = 0; i < pr->n; ++i) {
    const uint32_t t = pr->truth[i];
    const uint32_t l = label_of(pr->p + (size_t)i * pr->n_labels, pr->n_labels);
    ++m->support[t];
    if (l < pr->n_labels) {
      ++m->confusion[t][l];
    } else {
      ++m->undecided[t];
      ++m->n_undecided;
    }
  }
  per_class(m, pr->n_labels);
  m->group_accuracy = group_accuracy(pr, m->accuracy);
  m->auroc = mean_auroc(pr);
  m->ece = calibration_error(pr);
  return isnan(m->group_accuracy) ? EAR_NO_MEMORY : EAR_OK;
}
