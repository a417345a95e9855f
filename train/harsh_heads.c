/* SPDX-License-Identifier: ISC */
/* A version of several kinds, or whose centre moves, is no witness of a kind or place. */
#include "harsh_heads.h"

#include "harsh_judge.h"

#include <math.h>
#include <stdlib.h>

/* The only kind of a harsh version; RECIPE_N_KINDS: there is not just one. */
static uint32_t
only_kind(const harsh_example *e)
{
  uint32_t k = 0;
  while (k < RECIPE_N_KINDS && (!e->harsh || e->kinds != 1u << k)) {
    ++k;
  }
  return k;
}

static uint32_t
likeliest_kind(const harsh_words *said)
{
  uint32_t best = 0;
  for (uint32_t k = 1; k < RECIPE_N_KINDS; ++k) {
    best = said->kind[k] > said->kind[best] ? k : best;
  }
  return best;
}

static void
judge_kinds(harsh_heads *h, const harsh_pool *pool)
{
  double n = 0, all = 0, right[RECIPE_N_KINDS] = {0};
  bool known = false;
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    const uint32_t k = only_kind(e), said = likeliest_kind(&e->said);
    if (k < RECIPE_N_KINDS) {
      ++h->n_kind[k];
      ++n;
      right[k] += said == k;
      all += said == k;
      known |= e->said.kind[said] >= 0;
    }
  }
  for (uint32_t k = 0; k < RECIPE_N_KINDS; ++k) {
    h->right[k] = known && h->n_kind[k] ? right[k] / h->n_kind[k] : NAN;
  }
  h->right_all = known ? all / n : NAN;
}

static bool
covers(const harsh_words *said, const degrade_centres *centres)
{
  for (uint32_t i = 0; i < centres->n; ++i) {
    if (centres->hz[i] >= said->low_hz && centres->hz[i] <= said->high_hz) {
      return true;
    }
  }
  return false;
}

static void
judge_places(harsh_heads *h, const harsh_pool *pool)
{
  double covered = 0, octaves = 0, n_said = 0;
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    const uint32_t k = only_kind(e);
    if ((k != DEGRADE_PRESENCE && k != DEGRADE_RESONANCE) || e->centres.n == 0) {
      continue;
    }
    ++h->n_placed;
    covered += covers(&e->said, &e->centres);
    if (e->said.low_hz > 0) {
      ++n_said;
      octaves += log2((double)e->said.high_hz / (double)e->said.low_hz);
    }
  }
  h->covered = h->n_placed ? covered / h->n_placed : NAN;
  h->octaves = n_said > 0 ? octaves / n_said : NAN;
}

static ear_status
judge_severity(harsh_heads *h, const harsh_pool *pool)
{
  harsh_figures f = {.rank = NAN};
  double *said = calloc(pool->n + 1u, sizeof *said), n = 0, error = 0;
  bool known = false;
  for (uint32_t i = 0; said && i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    said[i] = (double)e->said.severity;
    known |= e->said.severity >= 0;
    n += e->harsh;
    error += e->harsh ? fabs(said[i] - (double)e->severity) : 0;
  }
  if (said) {
    harsh_judge_units(&f, pool, said);
  }
  h->severity_rank = known ? f.rank : NAN;
  h->severity_error = known && n > 0 ? error / n : NAN;
  free(said);
  return said ? EAR_OK : EAR_NO_MEMORY;
}

ear_status
harsh_heads_of(harsh_heads *h, const harsh_pool *pool)
{
  *h = (harsh_heads){.n_placed = 0};
  judge_kinds(h, pool);
  judge_places(h, pool);
  return judge_severity(h, pool);
}
