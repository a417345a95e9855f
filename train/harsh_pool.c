/* SPDX-License-Identifier: ISC */
/* Each unit fills its own slots, threads share nothing else; the slots are closed up in
   order afterwards. */
#include "harsh_pool.h"

#include "fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The newest integrated verdict of a stream. */
typedef struct {
  uint32_t harsh; /* index of the label */
  const ear_model_info *info;
  float p;
  harsh_words said;
} listener;

static void
listen(void *user, const ear_verdict *v)
{
  listener *l = user;
  l->p = v->p[EAR_INTEGRATED][l->harsh];
  l->said.severity = v->severity[EAR_INTEGRATED];
  l->said.low_hz = v->low_hz[EAR_INTEGRATED];
  l->said.high_hz = v->high_hz[EAR_INTEGRATED];
  for (uint32_t k = 0; k < l->info->n_harsh_kinds; ++k) {
    const degrade_kind kind = degrade_kind_find(l->info->harsh_kind[k]);
    if (kind < DEGRADE_IDENTIFIER) {
      l->said.kind[kind] = v->harsh_kind[EAR_INTEGRATED][k];
    }
  }
}

static uint32_t
harsh_label(const ear_model_info *info)
{
  for (uint32_t l = 0; l < info->n_labels; ++l) {
    if (!strcmp(info->label[l], "harsh")) {
      return l;
    }
  }
  return info->n_labels - 1;
}

/* What `earshot file` would say of this sound at its end. */
static ear_status
score(const audio *a, ear_model *model, float *p, harsh_words *said, ear_error *err)
{
  const ear_model_info *info = ear_model_info_get(model);
  listener l = {.harsh = harsh_label(info), .info = info, .said = {.severity = -1}};
  for (int k = 0; k < RECIPE_N_KINDS; ++k) {
    l.said.kind[k] = -1;
  }
  ear_analyzer_config config = {.rate_hz = a->rate_hz,
                                .n_models = 1,
                                .model = {model},
                                .on_verdict = listen,
                                .user = &l};
  config.flag[0] = ear_flag_config_default(model);
  ear_analyzer *an;
  const ear_status st = ear_analyzer_new(&an, &config, err);
  if (st) {
    return st;
  }
  ear_analyzer_push(an, a->x, a->n_frames);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  *p = l.p;
  *said = l.said;
  return EAR_OK;
}

static ear_status
score_all(const audio *a, ear_model *model, bool changed, harsh_example *e,
          ear_error *err)
{
  harsh_words unused;
  ear_status st = score(a, model, &e->score, &e->said, err);
  const float p = fminf(fmaxf(e->score, 1e-7f), 1 - 1e-7f);
  e->logit = logf(p / (1 - p));
  e->is_changed = changed;
  for (uint32_t k = 0; k < HARSH_N_CHANGES && changed && !st; ++k) {
    audio b;
    st = harsh_change(&b, a, k);
    if (!st) {
      st = score(&b, model, &e->changed[k], &unused, err);
      audio_free(&b);
    }
  }
  return st;
}

static ear_status
fill(harsh_example *e, const harsh_unit *unit, uint32_t i, uint32_t index,
     const harsh_pool_options *o, ear_error *err)
{
  const harsh_version *v = &unit->version[i];
  *e = (harsh_example){.unit = index,
                       .track = unit->track,
                       .version = i,
                       .start_s = (float)unit->start_s,
                       .harsh = v->harsh,
                       .neutral = v->neutral,
                       .kinds = v->kinds,
                       .severity = (float)v->severity,
                       .centres = v->centres};
  ear_status st = baseline_measure(&v->sound, e->measure);
  if (!st && o->front_end) {
    st = features_of(&e->frames, v->sound.x, v->sound.n_frames, v->sound.rate_hz,
                     o->front_end, err);
  }
  if (!st && o->model) {
    st = score_all(&v->sound, o->model, index < o->n_changed, e, err);
  }
  return st;
}

/* All versions of one unit into slot[0..HARSH_MAX_VERSIONS); returns how many. */
static uint32_t
render_unit(const harsh_plan *plan, uint64_t index, uint32_t number,
            const harsh_pool_options *o, harsh_example *slot, ear_error *err)
{
  harsh_unit unit;
  if (harsh_render(plan, index, &unit, err)) {
    return 0;
  }
  uint32_t n = 0;
  for (uint32_t i = 0; i < unit.n_versions; ++i) {
    if (fill(&slot[n], &unit, i, number, o, err)) {
      break;
    }
    ++n;
  }
  harsh_unit_free(&unit);
  return n;
}

ear_status
harsh_pool_render(harsh_pool *pool, const harsh_plan *plan, uint64_t first,
                  uint32_t n_units, const harsh_pool_options *o, ear_error *err)
{
  harsh_example *slot = calloc((size_t)n_units * HARSH_MAX_VERSIONS, sizeof *slot);
  uint32_t *filled = calloc(n_units, sizeof *filled);
  ear_error last = {""};
  uint32_t done = 0;
  *pool = (harsh_pool){0, slot};
  if (!slot || !filled) {
    free(slot);
    free(filled);
    return fail(err, EAR_NO_MEMORY, "not enough memory for %u units", n_units);
  }
#pragma omp parallel for schedule(dynamic, 4)
  for (uint32_t u = 0; u < n_units; ++u) {
    ear_error problem = {""};
    if (!(o->stop && *o->stop)) {
      filled[u] = render_unit(plan, first + u, u, o,
                              slot + (size_t)u * HARSH_MAX_VERSIONS, &problem);
    }
#pragma omp critical(harsh_pool)
    {
      last = problem.text[0] ? problem : last;
      ++done;
      if (o->say) {
        o->say(o->user, done, n_units);
      }
    }
  }
  for (uint32_t u = 0; u < n_units; ++u) {
    memmove(slot + pool->n, slot + (size_t)u * HARSH_MAX_VERSIONS,
            filled[u] * sizeof *slot);
    pool->n += filled[u];
  }
  free(filled);
  if (o->stop && *o->stop) {
    harsh_pool_free(pool);
    return fail(err, EAR_IO, "interrupted while examples were made");
  }
  if (!pool->n) {
    harsh_pool_free(pool);
    return fail(err, EAR_IO, "no example could be made: %s", last.text);
  }
  return EAR_OK;
}

void
harsh_pool_free(harsh_pool *pool)
{
  for (uint32_t i = 0; i < pool->n; ++i) {
    free(pool->example[i].frames.kept);
    free(pool->example[i].frames.problem);
  }
  free(pool->example);
  *pool = (harsh_pool){0, NULL};
}
