/* SPDX-License-Identifier: ISC */
/* Every cell is rendered once; model, regression and single measures are judged on the
   very same excerpts. */
#include "harsh_protocol.h"

#include "fail.h"
#include "harsh_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const harsh_cell_name[HARSH_N_CELLS] = {
    "seen artist, seen processor", "seen artist, unseen processor",
    "unseen artist, seen processor", "unseen artist, unseen processor"};

static const harsh_side cell_side[HARSH_N_CELLS] = {HARSH_SEEN, HARSH_SEEN, HARSH_TEST,
                                                    HARSH_TEST};
static const unsigned cell_splits[HARSH_N_CELLS] = {DEGRADE_TRAIN, DEGRADE_TEST,
                                                    DEGRADE_TRAIN, DEGRADE_TEST};

/* First unit of each pool: the same plan never renders a unit for two purposes. */
enum {
  FIRST_CELL = 1000000,
  FIRST_VALID = 2000000,
  FIRST_FIT = 3000000,
  FIRST_IDENTIFIER = 4000000,
  FIRST_METAL = 5000000
};

void
harsh_tell(void *user, uint32_t done, uint32_t n)
{
  const harsh_teller *t = user;
  if (t->options->say) {
    t->options->say(t->options->user, t->what, done, n);
  }
}

static harsh_plan
plan_of(const harsh_split *split, harsh_side which, unsigned splits, unsigned kinds,
        const harsh_protocol_options *o)
{
  return (harsh_plan){.track = split->track[which],
                      .n_tracks = split->n[which],
                      .excerpt_s = o->excerpt_s,
                      .n_neutral = 1,
                      .n_harsh = kinds ? 1 : 3,
                      .harsh_splits = splits,
                      .neutral_splits = splits,
                      .kinds = kinds,
                      .seed = o->seed};
}

harsh_plan
harsh_cell_plan(const harsh_split *split, int cell, const harsh_protocol_options *o,
                uint64_t *first)
{
  *first = FIRST_CELL + (uint64_t)cell * 100000;
  return plan_of(split, cell_side[cell], cell_splits[cell], 0, o);
}

const harsh_track *
harsh_cell_track(const harsh_split *split, int cell)
{
  return split->track[cell_side[cell]];
}

/* Render n_units of one side with some processors and score them. */
static ear_status
render(harsh_pool *pool, const harsh_split *split, harsh_side which, unsigned splits,
       unsigned kinds, uint64_t first, uint32_t n_units, ear_model *model,
       const harsh_protocol_options *o, const char *what, ear_error *err)
{
  harsh_teller t = {o, what};
  const harsh_plan plan = plan_of(split, which, splits, kinds, o);
  const harsh_pool_options po = {
      .model = model, .say = harsh_tell, .user = &t, .stop = o->stop};
  return harsh_cache_render(pool, &plan, first, n_units, &po, o->cache, err);
}

ear_status
harsh_valid_pool(harsh_pool *pool, const harsh_split *split, ear_model *model,
                 const harsh_protocol_options *o, ear_error *err)
{
  return render(pool, split, HARSH_VALID, DEGRADE_TRAIN | DEGRADE_VALID, 0, FIRST_VALID,
                o->units, model, o, "valid", err);
}

/* The excerpts of a cell, scored by the model; those of unseen artists by the float
   network too. */
static ear_status
render_cell(harsh_pool *pool, const harsh_split *split, int cell, ear_model *model,
            const harsh_protocol_options *o, ear_error *err)
{
  uint64_t first;
  harsh_teller t = {o, harsh_cell_name[cell]};
  const bool compared = o->flt && cell_side[cell] == HARSH_TEST;
  const harsh_plan plan = harsh_cell_plan(split, cell, o, &first);
  const harsh_pool_options po = {.front_end = compared ? o->flt->front_end : NULL,
                                 .model = model,
                                 .n_changed =
                                     cell == CELL_UNSEEN_UNSEEN ? o->units / 4 + 1 : 0,
                                 .say = harsh_tell,
                                 .user = &t,
                                 .stop = o->stop};
  const ear_status st =
      harsh_cache_render(pool, &plan, first, o->units, &po, o->cache, err);
  return st || !compared ? st : harsh_float_scores(pool, o->flt, err);
}

/* The single measure (and its sign) with the best AUROC on valid. */
static void
best_measure(const harsh_pool *valid, const harsh_track *track, double *score,
             int *measure, double *sign)
{
  double best = 0;
  for (int m = 0; m < BASELINE_N; ++m) {
    harsh_figures f;
    harsh_measure_scores(valid, m, 1, score);
    if (harsh_judge(&f, valid, track, score, 0, 1)) {
      continue;
    }
    const double a = f.auroc > 0.5 ? f.auroc : 1 - f.auroc;
    if (a > best) {
      best = a;
      *measure = m;
      *sign = f.auroc > 0.5 ? 1 : -1;
    }
  }
}

static ear_status
fit_regression(baseline_regression *b, const harsh_pool *pool)
{
  float *f = malloc(sizeof *f * BASELINE_N * pool->n);
  uint8_t *harsh = malloc(pool->n);
  if (f && harsh) {
    for (uint32_t i = 0; i < pool->n; ++i) {
      memcpy(f + (size_t)i * BASELINE_N, pool->example[i].measure,
             sizeof pool->example[i].measure);
      harsh[i] = pool->example[i].harsh;
    }
    baseline_fit(b, f, harsh, pool->n);
  }
  free(f);
  free(harsh);
  return f && harsh ? EAR_OK : EAR_NO_MEMORY;
}

/* What the cells are judged with. */
typedef struct {
  baseline_regression regression;
  int measure;
  double sign;
  double recall_threshold; /* of the model, for 95 % recall on valid */
} judge;

static ear_status
choose(judge *j, harsh_protocol *p, const harsh_split *split, ear_model *model,
       const harsh_protocol_options *o, ear_error *err)
{
  harsh_pool fit, valid;
  ear_status st = render(&fit, split, HARSH_TRAIN, DEGRADE_TRAIN, 0, FIRST_FIT,
                         2 * o->units, NULL, o, "regression", err);
  if (st) {
    return st;
  }
  st = fit_regression(&j->regression, &fit);
  harsh_pool_free(&fit);
  st = st ? st : harsh_valid_pool(&valid, split, model, o, err);
  if (st) {
    return st;
  }
  double *score = malloc(sizeof *score * valid.n);
  if (score) {
    best_measure(&valid, split->track[HARSH_VALID], score, &j->measure, &j->sign);
    harsh_measure_scores(&valid, j->measure, j->sign, score);
    p->measure.threshold = harsh_best_threshold(&valid, score);
    harsh_regression_scores(&valid, &j->regression, score);
    p->regression.threshold = harsh_best_threshold(&valid, score);
    harsh_model_scores(&valid, score);
    j->recall_threshold = harsh_recall_threshold(&valid, score, 0.95);
  }
  free(score);
  harsh_pool_free(&valid);
  return score ? EAR_OK : EAR_NO_MEMORY;
}

static double
share_over(const harsh_pool *pool, bool neutral, double threshold)
{
  double n = 0, over = 0;
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    if (!e->harsh && e->neutral == neutral) {
      ++n;
      over += e->score >= threshold;
    }
  }
  return n > 0 ? over / n : NAN;
}

static ear_status
judge_cell(harsh_protocol *p, const judge *j, int cell, const harsh_pool *pool,
           const harsh_track *track, uint64_t seed)
{
  double *score = malloc(sizeof *score * pool->n);
  if (!score) {
    return EAR_NO_MEMORY;
  }
  harsh_measure_scores(pool, j->measure, j->sign, score);
  ear_status st =
      harsh_judge(&p->measure.cell[cell], pool, track, score, p->measure.threshold, seed);
  harsh_regression_scores(pool, &j->regression, score);
  st = st ? st
          : harsh_judge(&p->regression.cell[cell], pool, track, score,
                        p->regression.threshold, seed);
  harsh_model_scores(pool, score);
  st = st ? st
          : harsh_judge(&p->model.cell[cell], pool, track, score, p->model.threshold,
                        seed);
  st = st ? st : harsh_heads_of(&p->heads[cell], pool);
  if (cell == CELL_UNSEEN_UNSEEN) {
    p->calibration_error = harsh_calibration_error(pool);
    p->alarms_at_95[0] = share_over(pool, true, j->recall_threshold);
  }
  free(score);
  return st;
}

static ear_status
judge_identifier(harsh_protocol *p, const harsh_split *split, ear_model *model,
                 const harsh_protocol_options *o, ear_error *err)
{
  harsh_pool pool;
  ear_status st = render(&pool, split, HARSH_TEST, DEGRADE_TEST, 1u << DEGRADE_IDENTIFIER,
                         FIRST_IDENTIFIER, o->units / 2 + 1, model, o, "identifier", err);
  if (st) {
    return st;
  }
  double *score = malloc(sizeof *score * pool.n);
  harsh_figures f = {.auroc = NAN};
  if (score) {
    harsh_model_scores(&pool, score);
    st = harsh_judge(&f, &pool, split->track[HARSH_TEST], score, p->model.threshold, 1);
    p->identifier_auroc = f.auroc;
    p->identifier_balanced = f.balanced;
  }
  free(score);
  harsh_pool_free(&pool);
  return score ? st : EAR_NO_MEMORY;
}

/* Metal as its makers left it, by artists that did not train: loud on purpose. */
static ear_status
judge_metal(harsh_protocol *p, const harsh_split *split, ear_model *model, const judge *j,
            const harsh_protocol_options *o, ear_error *err)
{
  harsh_teller t = {o, "metal"};
  const harsh_plan plan = {.track = split->track[HARSH_METAL],
                           .n_tracks = split->n[HARSH_METAL],
                           .excerpt_s = o->excerpt_s,
                           .neutral_splits = DEGRADE_TEST,
                           .seed = o->seed};
  const harsh_pool_options po = {
      .model = model, .say = harsh_tell, .user = &t, .stop = o->stop};
  harsh_pool pool;
  if (!plan.n_tracks) {
    return EAR_OK;
  }
  const ear_status st =
      harsh_cache_render(&pool, &plan, FIRST_METAL, o->units / 2 + 1, &po, o->cache, err);
  if (!st) {
    p->n_metal = pool.n;
    p->metal_alarms = share_over(&pool, false, p->model.threshold);
    p->alarms_at_95[1] = share_over(&pool, false, j->recall_threshold);
    harsh_pool_free(&pool);
  }
  return st;
}

ear_status
harsh_protocol_run(harsh_protocol *p, const harsh_split *split, ear_model *model,
                   const harsh_protocol_options *o, ear_error *err)
{
  *p = (harsh_protocol){.metal_alarms = NAN};
  const ear_model_info *info = ear_model_info_get(model);
  judge j = {.measure = 0, .sign = 1};
  ear_status st = choose(&j, p, split, model, o, err);
  for (uint32_t l = 0; l < info->n_labels; ++l) {
    if (!strcmp(info->label[l], "harsh")) {
      p->model.threshold = info->threshold[l];
    }
  }
  snprintf(p->model.name, sizeof p->model.name, "%s (int8, engine)", info->name);
  snprintf(p->regression.name, sizeof p->regression.name, "regression on 8 measures");
  snprintf(p->measure.name, sizeof p->measure.name, "best measure: %s",
           baseline_name[j.measure]);
  for (int c = 0; !st && c < HARSH_N_CELLS; ++c) {
    st = render_cell(&p->pool[c], split, c, model, o, err);
    st = st ? st : judge_cell(p, &j, c, &p->pool[c], split->track[cell_side[c]], o->seed);
  }
  if (!st && o->flt) {
    st = harsh_rounding_of(&p->rounding, &p->pool[CELL_UNSEEN_SEEN], 2,
                           p->model.threshold);
  }
  st = st ? st : judge_metal(p, split, model, &j, o, err);
  return st ? st : judge_identifier(p, split, model, o, err);
}

void
harsh_protocol_free(harsh_protocol *p)
{
  for (int c = 0; c < HARSH_N_CELLS; ++c) {
    harsh_pool_free(&p->pool[c]);
  }
}
