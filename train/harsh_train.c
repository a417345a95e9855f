/* SPDX-License-Identifier: ISC */
/* The clip source of the trainer draws from rendered examples as it does from clips: one
   class is `clean` (neutral versions too), the other `harsh`. */
#include "harsh_train.h"

#include "export.h"
#include "fail.h"
#include "harsh_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLEAN, HARSH, N_CLASSES };
static const double most_alarms = 0.10; /* of clean versions on valid */
enum { N_CALIBRATION = 512, NEWTON_STEPS = 30 };
enum { FIRST_TRAIN = 0, FIRST_STOP = 6000000 }; /* first units; see harsh_protocol.c */

static const char *const labels[N_CLASSES] = {"clean", "harsh"};

_Static_assert((int)RECIPE_N_KINDS == (int)DEGRADE_IDENTIFIER, "the kinds come first");

static ear_status
render(harsh_pool *pool, const harsh_split *split, harsh_side which, unsigned splits,
       uint64_t first, uint32_t n_units, const harsh_train_config *c, ear_error *err)
{
  const ear_front_end *fe = &c->recipe->front_end;
  harsh_teller t = {&c->protocol, harsh_side_name[which]};
  const double samples = (double)(c->recipe->frames - 1) * fe->hop + fe->n_fft;
  const harsh_plan plan = {.track = split->track[which],
                           .n_tracks = split->n[which],
                           .excerpt_s = samples / (double)fe->rate_hz + 0.05,
                           .n_neutral = 1,
                           .n_harsh = 2,
                           .harsh_splits = splits,
                           .neutral_splits = splits,
                           .seed = c->seed};
  const harsh_pool_options po = {
      .front_end = fe, .say = harsh_tell, .user = &t, .stop = c->protocol.stop};
  return harsh_cache_render(pool, &plan, first, n_units, &po, c->protocol.cache, err);
}

/* Targets behind the labels: severity 0..1, 0 of what is clean, then the kinds. */
static void
extra_targets(float *extra, const harsh_example *e, const recipe *r)
{
  if (r->train.severity > 0) {
    *extra++ = e->harsh ? e->severity / 100 : 0;
  }
  for (int k = 0; r->train.kinds > 0 && k < RECIPE_N_KINDS; ++k) {
    *extra++ = e->harsh ? (float)(e->kinds >> k & 1) : 0;
  }
}

/* The examples of a pool by class; *extra is the caller's to free. */
static ear_status
pool_source(clip_source *cs, float **extra, const harsh_pool *pool, const band_norm *norm,
            const harsh_train_config *c, bool random)
{
  *cs = (clip_source){.recipe = c->recipe,
                      .norm = norm,
                      .seed = c->seed,
                      .n_labels = N_CLASSES,
                      .n_extra = recipe_n_extra(c->recipe),
                      .per_clip = 1,
                      .random = random};
  cs->clip = calloc(pool->n, sizeof *cs->clip);
  cs->label = calloc(pool->n, sizeof *cs->label);
  *extra = calloc(pool->n, (cs->n_extra + 1) * sizeof **extra);
  if (!cs->clip || !cs->label || !*extra) {
    clip_source_free(cs);
    return EAR_NO_MEMORY;
  }
  cs->extra = *extra;
  for (uint32_t l = CLEAN; l < N_CLASSES; ++l) {
    cs->first[l] = cs->n_clips;
    for (uint32_t i = 0; i < pool->n; ++i) {
      if (pool->example[i].harsh == (l == HARSH)) {
        extra_targets(*extra + (size_t)cs->n_clips * cs->n_extra, &pool->example[i],
                      c->recipe);
        cs->clip[cs->n_clips] = &pool->example[i].frames;
        cs->label[cs->n_clips++] = l;
      }
    }
  }
  cs->first[N_CLASSES] = cs->n_clips;
  return EAR_OK;
}

/* Patches of the training source, as the network sees them. */
static ear_status
calibration_patches(harsh_trained *t, const example_source *train,
                    const harsh_train_config *c)
{
  const size_t size =
      (size_t)c->recipe->frames * ear_front_end_values(&c->recipe->front_end);
  t->n_patches = train->n_examples < N_CALIBRATION ? train->n_examples : N_CALIBRATION;
  t->patches = malloc(sizeof *t->patches * size * t->n_patches);
  if (!t->patches) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < t->n_patches; ++i) {
    float target[N_CLASSES + 1 + RECIPE_N_KINDS];
    train->draw(train->self, 0, i, t->patches + i * size, target);
  }
  return EAR_OK;
}

/* CLOCK_MONOTONIC at which a fit of that many minutes ends; 0: never. */
static double
end_of(double minutes)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return minutes > 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec + 60 * minutes : 0;
}

static ear_status
fit_pools(harsh_trained *t, const harsh_pool *train, const harsh_pool *valid,
          const harsh_train_config *c, ear_error *err)
{
  clip_source a = {.n_clips = 0}, b = {.n_clips = 0};
  float *extra[2] = {NULL, NULL};
  ear_status st = pool_source(&a, &extra[0], train, &t->norm, c, true);
  st = st ? st : pool_source(&b, &extra[1], valid, &t->norm, c, false);
  if (!st) {
    band_norm_of(&t->norm, a.clip, a.n_clips, &c->recipe->front_end);
    if (c->recipe->train.zerosum) {
      band_norm_even(&t->norm);
    }
    const example_source source = clip_source_examples(&a);
    fit_saving saving = c->saving;
    saving.mean = t->norm.mean;
    saving.inverse_std = t->norm.inverse_std;
    saving.n_values = t->norm.units.n_values;
    st = calibration_patches(t, &source, c);
    const fit_config config = {.recipe = c->recipe,
                               .train = source,
                               .valid = clip_source_examples(&b),
                               .patches = t->patches,
                               .n_patches = t->n_patches,
                               .seed = c->seed,
                               .say = c->say_fit,
                               .user = c->protocol.user,
                               .stop = c->protocol.stop,
                               .until_s = end_of(c->minutes),
                               .saving = saving};
    st = st ? st : fit(&t->net, &config, &t->fitted, err);
  }
  clip_source_free(&a);
  clip_source_free(&b);
  free(extra[0]);
  free(extra[1]);
  return st;
}

/* p = sigmoid(slope * logit + offset), both classes weighing the same.
   Source: J. Platt, "Probabilistic outputs for support vector machines", 1999. */
static void
fit_platt(const harsh_pool *pool, double *slope, double *offset)
{
  double n_harsh = 0, a = 1, b = 0;
  for (uint32_t i = 0; i < pool->n; ++i) {
    n_harsh += pool->example[i].harsh;
  }
  for (int step = 0; step < NEWTON_STEPS; ++step) {
    double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
    for (uint32_t i = 0; i < pool->n; ++i) {
      const harsh_example *e = &pool->example[i];
      const double w = e->harsh ? 1 / n_harsh : 1 / (pool->n - n_harsh);
      const double p = 1 / (1 + exp(-(a * (double)e->logit + b)));
      const double d = w * (e->harsh - p), h = w * p * (1 - p);
      ga += d * (double)e->logit;
      gb += d;
      haa += h * (double)e->logit * (double)e->logit;
      hab += h * (double)e->logit;
      hbb += h;
    }
    const double det = haa * hbb - hab * hab;
    a += (hbb * ga - hab * gb) / det;
    b += (haa * gb - hab * ga) / det;
  }
  *slope = a > 0.05 && a < 20 ? a : 1;
  *offset = isfinite(b) ? b : 0;
}

static ear_status
judge_valid(harsh_pool *pool, const harsh_trained *t, const harsh_split *split,
            const harsh_train_config *c, ear_error *err)
{
  uint8_t *bytes;
  size_t n;
  ear_model *model;
  ear_status st = harsh_export(t, c, "", &bytes, &n, err);
  if (st) {
    return st;
  }
  st = ear_model_parse(&model, bytes, n, err);
  free(bytes);
  if (!st) {
    st = harsh_valid_pool(pool, split, model, &c->protocol, err);
    ear_model_unref(model);
  }
  return st;
}

/* Temperature and the bias of `harsh` so that the posterior of the engine is calibrated
   on valid artists and processors; then the threshold, there too. */
static ear_status
calibrate(harsh_trained *t, const harsh_split *split, const harsh_train_config *c,
          ear_error *err)
{
  harsh_pool pool;
  double slope, offset;
  ear_status st = judge_valid(&pool, t, split, c, err);
  if (st) {
    return st;
  }
  fit_platt(&pool, &slope, &offset);
  harsh_pool_free(&pool);
  t->temperature = (float)(1 / slope);
  const nn_param bias = nn_param_get(t->net, nn_n_params(t->net) - 1);
  bias.value[HARSH] += (float)(offset / slope);
  st = judge_valid(&pool, t, split, c, err);
  if (st) {
    return st;
  }
  double *score = malloc(sizeof *score * pool.n);
  if (score) {
    harsh_model_scores(&pool, score);
    t->threshold = (float)harsh_alarm_threshold(&pool, score, most_alarms);
  }
  free(score);
  harsh_pool_free(&pool);
  return score ? EAR_OK : EAR_NO_MEMORY;
}

static bool
stopped(const harsh_train_config *c)
{
  return c->protocol.stop && *c->protocol.stop;
}

ear_status
harsh_train(harsh_trained *t, const harsh_split *split, const harsh_train_config *c,
            ear_error *err)
{
  harsh_pool train, valid;
  *t = (harsh_trained){.temperature = 1, .threshold = 0.5f};
  ear_status st =
      render(&train, split, HARSH_TRAIN, DEGRADE_TRAIN, FIRST_TRAIN, c->units, c, err);
  if (st) {
    return st;
  }
  t->n_examples = train.n;
  for (uint32_t i = 0; i < train.n; ++i) {
    t->n_harsh += train.example[i].harsh;
  }
  st = render(&valid, split, HARSH_VALID, DEGRADE_TRAIN | DEGRADE_VALID, FIRST_STOP,
              c->units / 16 + 8, c, err);
  if (!st) {
    st = fit_pools(t, &train, &valid, c, err);
    harsh_pool_free(&valid);
  }
  harsh_pool_free(&train);
  if (!st && !stopped(c)) {
    st = calibrate(t, split, c, err);
    t->calibrated = !st;
    st = stopped(c) ? EAR_OK : st;
  }
  if (st == EAR_NO_MEMORY) {
    fail_say(err, "not enough memory to train on %u excerpts; give fewer with --units",
             c->units);
  }
  if (st) {
    harsh_trained_free(t);
  }
  return st;
}

void
harsh_trained_free(harsh_trained *t)
{
  nn_free(t->net);
  fit_result_free(&t->fitted);
  free(t->patches);
  *t = (harsh_trained){.net = NULL};
}

ear_status
harsh_export(const harsh_trained *t, const harsh_train_config *c, const char *card,
             uint8_t **bytes, size_t *n, ear_error *err)
{
  const float threshold[N_CLASSES] = {2, t->threshold};
  const export_info info = {.name = c->name,
                            .task = "harshness",
                            .license = c->license,
                            .card = card,
                            .n_labels = N_CLASSES,
                            .label = labels,
                            .threshold = threshold,
                            .temperature = t->temperature,
                            .mean = t->norm.mean,
                            .inverse_std = t->norm.inverse_std};
  return export_model(t->net, &info, t->patches, t->n_patches, bytes, n, err);
}
