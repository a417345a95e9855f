/* SPDX-License-Identifier: ISC */
/* The float network hears the frames that the engine's front end gave, each excerpt as a
   whole. */
#include "harsh_float.h"

#include "evaluate.h"
#include "fail.h"

#include <math.h>
#include <stdlib.h>

enum { CLEAN, HARSH, N_CLASSES };

static void
take(harsh_pool *pool, const evaluation *e)
{
  for (uint32_t i = 0; i < pool->n; ++i) {
    pool->example[i].flt = e->p[(size_t)i * N_CLASSES + HARSH];
    feature_clip_free(&pool->example[i].frames);
    pool->example[i].frames = (feature_clip){.n_frames = 0};
  }
}

ear_status
harsh_float_scores(harsh_pool *pool, const harsh_float *f, ear_error *err)
{
  dataset ds = {.n_clips = pool->n, .n_labels = N_CLASSES};
  featureset fs = {.front_end = *f->front_end, .n_clips = pool->n};
  evaluation e;
  ds.clip = calloc(pool->n, sizeof *ds.clip);
  fs.clip = calloc(pool->n, sizeof *fs.clip);
  ear_status st =
      ds.clip && fs.clip ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (uint32_t i = 0; i < pool->n && !st; ++i) {
    const uint32_t label = pool->example[i].harsh ? HARSH : CLEAN;
    ds.clip[i] = (clip){.label = label, .labels = 1u << label, .side = SIDE_TEST};
    fs.clip[i] = pool->example[i].frames;
  }
  st = st ? st
          : evaluate_net(&e, f->net, &fs, f->norm, &ds, SIDE_TEST, f->temperature, err);
  if (!st) {
    take(pool, &e);
    evaluation_free(&e);
  }
  free(ds.clip);
  free(fs.clip);
  return st;
}

/* Sums over the examples, by kind of number. */
typedef struct {
  double n[N_CLASSES], right[2][N_CLASSES]; /* [int8, float][class] */
  double same_flag, same_label, gap;
} sums;

static void
count(sums *s, const harsh_example *e, double threshold)
{
  const double p[2] = {(double)e->score, (double)e->flt};
  ++s->n[e->harsh];
  for (int k = 0; k < 2; ++k) {
    s->right[k][e->harsh] += (p[k] >= threshold) == e->harsh;
  }
  s->same_flag += (p[0] >= threshold) == (p[1] >= threshold);
  s->same_label += (p[0] >= 0.5) == (p[1] >= 0.5);
  s->gap += fabs(p[0] - p[1]);
}

ear_status
harsh_rounding_of(harsh_rounding *r, const harsh_pool *pool, uint32_t n_pools,
                  double threshold)
{
  sums s = {.gap = 0};
  size_t room = 0, n = 0;
  *r = (harsh_rounding){.n = 0};
  for (uint32_t k = 0; k < n_pools; ++k) {
    room += pool[k].n;
  }
  float *score = malloc((2 * room + 1) * sizeof *score);
  bool *harsh = malloc((room + 1) * sizeof *harsh);
  for (uint32_t k = 0; score && harsh && k < n_pools; ++k) {
    for (uint32_t i = 0; i < pool[k].n; ++i) {
      const harsh_example *e = &pool[k].example[i];
      score[n] = e->score;
      score[room + n] = e->flt;
      harsh[n++] = e->harsh;
      count(&s, e, threshold);
    }
  }
  for (int k = 0; k < 2 && n > 0; ++k) {
    r->n = (uint32_t)n;
    r->auroc[k] = metrics_auroc(score + (k ? room : 0), harsh, r->n);
    r->balanced[k] =
        0.5 * (s.right[k][CLEAN] / s.n[CLEAN] + s.right[k][HARSH] / s.n[HARSH]);
    r->same_flag = s.same_flag / (double)n;
    r->same_label = s.same_label / (double)n;
    r->calibration_gap = s.gap / (double)n;
  }
  const bool had_memory = score && harsh;
  free(score);
  free(harsh);
  return had_memory ? EAR_OK : EAR_NO_MEMORY;
}
