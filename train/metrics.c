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

uint64_t
labels_said(const float *p, uint32_t n_labels)
{
  uint64_t said = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    said |= (uint64_t)(p[l] >= 0.5f) << l;
  }
  return said;
}

/* Is what is said of clip i right, all of it? */
static bool
is_right(const predictions *pr, uint32_t i)
{
  const float *p = pr->p + (size_t)i * pr->n_labels;
  return pr->truths ? labels_said(p, pr->n_labels) == pr->truths[i]
                    : label_of(p, pr->n_labels) == pr->truth[i];
}

/* Is a label of clip i among its three likeliest? */
static bool
is_near(const predictions *pr, uint32_t i)
{
  const float *p = pr->p + (size_t)i * pr->n_labels;
  bool near = false;
  for (uint32_t l = 0; l < pr->n_labels; ++l) {
    uint32_t before = 0;
    for (uint32_t k = 0; k < pr->n_labels; ++k) {
      before += p[k] > p[l] || (k < l && p[k] >= p[l]);
    }
    near |= prediction_true(pr, i, l) && p[l] > 0 && before < 3;
  }
  return near;
}

/* Said label by label, into confusion, support and said[l]. */
static void
count(metrics *m, const predictions *pr, uint32_t i, uint32_t *said)
{
  const float *p = pr->p + (size_t)i * pr->n_labels;
  const uint32_t best = label_of(p, pr->n_labels);
  const uint64_t all = pr->truths            ? labels_said(p, pr->n_labels)
                       : best < pr->n_labels ? UINT64_C(1) << best
                                             : 0;
  for (uint32_t l = 0; l < pr->n_labels; ++l) {
    const bool one = all >> l & 1;
    said[l] += one;
    m->support[l] += prediction_true(pr, i, l);
    for (uint32_t t = 0; t < pr->n_labels && one; ++t) {
      m->confusion[t][l] += prediction_true(pr, i, t);
    }
  }
  if (best == pr->n_labels) {
    ++m->undecided[pr->truth[i]];
    ++m->n_undecided;
  }
}

static void
per_class(metrics *m, const uint32_t *said, uint32_t n_labels)
{
  uint32_t occur = 0, counted = 0;
  for (uint32_t l = 0; l < n_labels; ++l) {
    const double hit = m->confusion[l][l];
    m->precision[l] = said[l] ? hit / said[l] : 0;
    m->recall[l] = m->support[l] ? hit / m->support[l] : 0;
    m->f1[l] = hit > 0 ? 2 * hit / (said[l] + m->support[l]) : 0;
    occur += m->support[l] > 0;
    counted += m->support[l] > 0 || said[l] > 0;
    m->balanced += m->recall[l];
    m->macro_f1 += m->f1[l];
  }
  m->balanced /= occur ? occur : 1;
  m->macro_f1 /= counted ? counted : 1;
}

typedef struct {
  double confidence[N_BINS], right[N_BINS];
  uint32_t n;
} reliability;

static void
put_in_bin(reliability *r, double confidence, bool right)
{
  const int bin = (int)fmin(fmax(ceil(confidence * N_BINS) - 1, 0), N_BINS - 1);
  r->confidence[bin] += confidence;
  r->right[bin] += right;
  ++r->n;
}

static double
calibration_error(const predictions *pr)
{
  reliability r = {.n = 0};
  double error = 0;
  for (uint32_t i = 0; i < pr->n; ++i) {
    const float *p = pr->p + (size_t)i * pr->n_labels;
    const uint32_t best = label_of(p, pr->n_labels);
    if (!pr->truths) {
      put_in_bin(&r, best < pr->n_labels ? (double)p[best] : 0, best == pr->truth[i]);
    }
    for (uint32_t l = 0; pr->truths && l < pr->n_labels; ++l) {
      put_in_bin(&r, (double)p[l], prediction_true(pr, i, l));
    }
  }
  for (int b = 0; b < N_BINS; ++b) {
    error += fabs(r.confidence[b] - r.right[b]);
  }
  return r.n ? error / r.n : 0;
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
  uint32_t *clips = calloc(2 * (size_t)n_groups + 1, sizeof *clips); /* all, right */
  if (!clips) {
    return NAN;
  }
  for (uint32_t i = 0; i < pr->n; ++i) {
    ++clips[2 * pr->group[i]];
    clips[2 * pr->group[i] + 1] += is_right(pr, i);
  }
  double sum = 0;
  for (uint32_t g = 0; g < n_groups; ++g) {
    sum += clips[2 * g] ? (double)clips[2 * g + 1] / clips[2 * g] : 0;
    seen += clips[2 * g] > 0;
  }
  free(clips);
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

/* The mean; of[n_labels] gets each. */
static double
mean_auroc(const predictions *pr, double *of)
{
  float *score = malloc((pr->n + 1u) * sizeof *score);
  bool *positive = malloc((pr->n + 1u) * sizeof *positive);
  double sum = 0;
  uint32_t n = 0;
  for (uint32_t l = 0; score && positive && l < pr->n_labels; ++l) {
    for (uint32_t i = 0; i < pr->n; ++i) {
      score[i] = pr->p[(size_t)i * pr->n_labels + l];
      positive[i] = prediction_true(pr, i, l);
    }
    const double a = of[l] = metrics_auroc(score, positive, pr->n);
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
  uint32_t said[EAR_MAX_LABELS] = {0}, right = 0, near = 0;
  *m = (metrics){.n = pr->n, .many = pr->truths != NULL};
  for (uint32_t i = 0; i < pr->n; ++i) {
    count(m, pr, i, said);
    right += is_right(pr, i);
    near += is_near(pr, i);
  }
  per_class(m, said, pr->n_labels);
  m->accuracy = pr->n ? (double)right / pr->n : 0;
  m->top3 = pr->n_labels <= 3 ? NAN : pr->n ? (double)near / pr->n : 0;
  m->group_accuracy = group_accuracy(pr, m->accuracy);
  m->auroc = mean_auroc(pr, m->auroc_of);
  m->ece = calibration_error(pr);
  return isnan(m->group_accuracy) ? EAR_NO_MEMORY : EAR_OK;
}
