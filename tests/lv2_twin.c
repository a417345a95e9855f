/* SPDX-License-Identifier: ISC */
/* Nothing of the plugin is used here: engine/earshot.h alone. */
#include "lv2_twin.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
hear(void *user, const ear_verdict *v)
{
  twin *t = user;
  t->verdict[v->model] = *v;
  t->n_verdicts += v->model == 0;
}

twin *
twin_new(double rate_hz)
{
  twin *t = calloc(1, sizeof *t);
  assert_non_null(t);
  t->rate_hz = rate_hz;
  t->hold = 500;
  t->horizon = EAR_SHORT;
  t->enabled = t->was_enabled = true;
  t->mono = malloc(HOST_BLOCK * sizeof *t->mono);
  assert_int_equal(ear_model_builtin(&t->model[0], "harshness", NULL), EAR_OK);
  assert_int_equal(ear_model_builtin(&t->model[1], "genre", NULL), EAR_OK);
  ear_analyzer_config config = {
      .rate_hz = rate_hz, .n_models = 2, .on_verdict = hear, .user = t};
  for (uint32_t m = 0; m < 2; ++m) {
    config.model[m] = t->model[m];
    config.flag[m] = ear_flag_config_default(t->model[m]);
  }
  assert_int_equal(ear_analyzer_new(&t->analyzer, &config, NULL), EAR_OK);
  return t;
}

void
twin_free(twin *t)
{
  ear_analyzer_free(t->analyzer);
  ear_model_unref(t->model[0]);
  ear_model_unref(t->model[1]);
  free(t->mono);
  free(t);
}

static void
forget(twin *t)
{
  t->verdict[0].n_labels = t->verdict[1].n_labels = 0;
  t->since = t->n_samples;
}

void
twin_reset(twin *t)
{
  ear_analyzer_reset(t->analyzer);
  t->reset_at = t->n_samples;
  forget(t);
}

void
twin_set_flags(twin *t)
{
  ear_flag_config flag = ear_flag_config_default(t->model[0]);
  flag.hold_ms = t->hold;
  flag.event_horizon = (ear_horizon)t->horizon;
  const ear_model_info *info = ear_model_info_get(t->model[0]);
  for (uint32_t l = 0; l < info->n_labels; ++l) {
    if (t->threshold > 0 && info->threshold[l] <= 1) {
      flag.threshold[l] = t->threshold / 100;
    }
  }
  ear_analyzer_set_flags(t->analyzer, 0, &flag);
}

void
twin_push(twin *t, const float *const *in, uint32_t n_channels, uint32_t n)
{
  if (t->enabled && !t->was_enabled) {
    twin_reset(t);
  }
  t->was_enabled = t->enabled;
  if (!t->enabled) {
    forget(t);
    return;
  }
  ear_downmix(t->mono, in, n_channels, n);
  ear_analyzer_push(t->analyzer, t->mono, n);
  t->n_samples += n;
}

static void
assert_port(const host *h, const char *symbol, float expected)
{
  const float value = host_get(h, symbol);
  if (memcmp(&value, &expected, sizeof value) != 0) {
    fail_msg("%s is %.9g and should be %.9g", symbol, (double)value, (double)expected);
  }
}

static float
harshness(const twin *t, ear_horizon horizon)
{
  const ear_model_info *info = ear_model_info_get(t->model[0]);
  float most = 0;
  for (uint32_t l = 0; l < t->verdict[0].n_labels; ++l) {
    if (info->threshold[l] <= 1) {
      most = fmaxf(most, t->verdict[0].p[horizon][l]);
    }
  }
  return most * 100;
}

void
twin_assert_equal(const twin *t, const host *h)
{
  const ear_verdict *v = &t->verdict[0], *kind = &t->verdict[1];
  const bool heard = v->n_labels > 0;
  assert_port(h, "harsh_momentary", harshness(t, EAR_MOMENTARY));
  assert_port(h, "harsh_short", harshness(t, EAR_SHORT));
  assert_port(h, "harsh_integrated", harshness(t, EAR_INTEGRATED));
  assert_port(h, "flag", heard && v->flag[t->horizon] ? 1 : 0);
  assert_port(h, "low", heard ? v->low_hz[t->horizon] : 0);
  assert_port(h, "high", heard ? v->high_hz[t->horizon] : 0);
  const uint32_t class = kind->n_labels ? kind->label[EAR_INTEGRATED] : 0;
  assert_port(h, "class", (float)class);
  assert_port(h, "confidence", kind->n_labels ? kind->p[EAR_INTEGRATED][class] * 100 : 0);
  const double at_s =
      heard ? v->t_s + (double)t->reset_at / t->rate_hz : (double)t->since / t->rate_hz;
  const double age_s = (double)t->n_samples / t->rate_hz - at_s;
  assert_port(h, "age", (float)fmin(fmax(1000 * age_s, 0), 60000));
  assert_port(h, "dropped", 0);
  assert_port(h, "harshness_status", 0);
  assert_port(h, "classifier_status", 0);
  assert_port(h, "latency", 0);
}

/* One of three turns of 1.5 s. */
static double
one_sample(double t, uint32_t noise)
{
  const double tau = 6.283185307179586, base = sin(220 * tau * t);
  switch ((unsigned)(t / 1.5) % 3) {
  case 0:
    return 0.2 * base + 0.1 * sin(440 * tau * t) + 0.05 * sin(880 * tau * t);
  case 1:
    return fmax(-0.2, fmin(0.2, 1.5 * base + 1.2 * sin(331 * tau * t))) +
           0.2 * ((double)noise / 4294967296.0 - 0.5);
  default:
    return 0.05 * sin(110 * tau * t);
  }
}

void
make_turns(float *x, size_t first, size_t n, double rate_hz)
{
  for (size_t i = 0; i < n; ++i) {
    const uint32_t noise = ((uint32_t)(first + i) * 2654435761u) ^ 0x9e3779b9u;
    x[i] = (float)one_sample((double)(first + i) / rate_hz,
                             (noise ^ noise >> 15) * 2246822519u);
  }
}

pair
pair_new(double rate_hz, uint32_t n_channels, double seconds)
{
  pair p = {.n_channels = n_channels, .n = (size_t)(seconds * rate_hz)};
  p.h = host_new(n_channels == 2 ? "stereo" : "mono", rate_hz, HOST_ALL);
  p.t = twin_new(rate_hz);
  for (uint32_t c = 0; c < n_channels; ++c) {
    p.x[c] = malloc(p.n * sizeof(float));
    make_turns(p.x[c], c * 1000, p.n, rate_hz);
  }
  host_set(p.h, "freewheel", 1);
  return p;
}

void
pair_free(pair *p)
{
  host_free(p->h);
  twin_free(p->t);
  free(p->x[0]);
  free(p->x[1]);
}

void
pair_give(pair *p, size_t size)
{
  const uint32_t n = (uint32_t)(size < p->n - p->i ? size : p->n - p->i);
  const float *in[2];
  for (uint32_t c = 0; c < p->n_channels; ++c) {
    in[c] = p->x[c] + p->i;
    memcpy(host_in(p->h, c), in[c], n * sizeof(float));
  }
  twin_push(p->t, in, p->n_channels, n);
  host_run(p->h, n);
  p->i += n;
}
