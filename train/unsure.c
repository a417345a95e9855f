/* SPDX-License-Identifier: ISC */
/* The margin is the engine's ear_margin, and a clip is unsure below it, as in the engine:
   so what is counted here is what users are told. */
#include "unsure.h"

#include <math.h>
#include <stdlib.h>

static const double wanted = 0.8; /* accuracy of the verdicts that are left */
static const double most = 0.4;   /* share of the clips that may be unsure */

typedef struct {
  float margin;
  bool right;
} answer;

/* False: the clip got no verdict. */
static bool
answer_of(answer *a, const predictions *pr, uint32_t i)
{
  const float *p = pr->p + (size_t)i * pr->n_labels;
  const uint32_t said = label_of(p, pr->n_labels);
  const bool decided = said < pr->n_labels;
  *a = (answer){ear_margin(p, pr->n_labels), decided && prediction_true(pr, i, said)};
  return decided;
}

void
unsure_count(unsure_counts *c, const predictions *pr, float margin)
{
  answer a;
  for (uint32_t i = 0; i < pr->n; ++i) {
    if (answer_of(&a, pr, i)) {
      const bool unsure = a.margin < margin;
      ++c->n;
      c->n_unsure += unsure;
      c->n_right += !unsure && a.right;
    }
  }
}

double
unsure_share(const unsure_counts *c)
{
  return c->n ? (double)c->n_unsure / c->n : 0;
}

double
unsure_accuracy(const unsure_counts *c)
{
  return c->n > c->n_unsure ? (double)c->n_right / (c->n - c->n_unsure) : NAN;
}

static int
surest_first(const void *a, const void *b)
{
  const answer *x = a, *y = b;
  return x->margin > y->margin ? -1 : x->margin < y->margin;
}

/* Of answers, surest first: half-way from the last that is still told to the next, so
   that no rounding moves it across.  Equal margins stay together. */
static float
behind_told(const answer *a, uint32_t n)
{
  uint32_t right = 0, best = 0;
  for (uint32_t k = 0; k < n; ++k) {
    right += a[k].right;
    const bool cut = k + 1 == n || a[k + 1].margin < a[k].margin;
    const bool enough = n - (k + 1) <= most * n;
    if (cut && enough && (best == 0 || right >= wanted * (k + 1))) {
      best = k + 1;
    }
  }
  return best < n ? (a[best - 1].margin + a[best].margin) / 2 : 0;
}

ear_status
unsure_margin(float *margin, const predictions *pr)
{
  uint32_t n = 0;
  answer *a = malloc((pr->n + 1u) * sizeof *a);
  *margin = 0;
  if (!a) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < pr->n; ++i) {
    n += answer_of(&a[n], pr, i);
  }
  if (!pr->truths && n >= UNSURE_LEAST_CLIPS) {
    qsort(a, n, sizeof *a, surest_first);
    *margin = behind_told(a, n);
  }
  free(a);
  return EAR_OK;
}
