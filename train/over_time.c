/* SPDX-License-Identifier: ISC */
/* One analyzer a clip; its ticks are counted as they come, none is kept but whether the
   integrated verdict was right at each step of half a second. */
#include "over_time.h"

#include "audio.h"
#include "evaluate.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>

/* What one clip gave. */
typedef struct {
  uint32_t truth, harsh; /* harsh: its label in a harshness model, else no label */
  double seconds;        /* 0: could not be read */
  uint32_t n_ticks, n_right[EAR_N_HORIZONS];
  bool after[OVER_TIME_N], at_end;
  uint32_t n_after; /* steps that have begun */
} heard;

static bool
is_right(const heard *h, const ear_verdict *v, int horizon)
{
  return h->harsh < v->n_labels ? v->flag[horizon] == (h->truth == h->harsh)
                                : v->label[horizon] == h->truth;
}

static void
take_verdict(void *user, const ear_verdict *v)
{
  heard *h = user;
  if (v->gated) {
    return;
  }
  /* until this tick the earlier verdict stood */
  while (h->n_after < OVER_TIME_N && (h->n_after + 1) * over_time_step_s < v->t_s) {
    h->after[h->n_after++] = h->at_end;
  }
  ++h->n_ticks;
  for (int i = 0; i < EAR_N_HORIZONS; ++i) {
    h->n_right[i] += is_right(h, v, i);
  }
  h->at_end = is_right(h, v, EAR_INTEGRATED);
}

static ear_status
hear(heard *h, ear_model *model, const char *path, ear_error *err)
{
  audio a;
  ear_analyzer *an;
  ear_status st = audio_read_mono(&a, path, 0, 0, err);
  if (st) {
    return st;
  }
  const ear_analyzer_config config = {.rate_hz = a.rate_hz,
                                      .n_models = 1,
                                      .model = {model},
                                      .flag = {ear_flag_config_default(model)},
                                      .on_verdict = take_verdict,
                                      .user = h};
  st = ear_analyzer_new(&an, &config, err);
  if (!st) {
    ear_analyzer_push(an, a.x, a.n_frames);
    ear_analyzer_finish(an);
    ear_analyzer_free(an);
    h->seconds = (double)a.n_frames / a.rate_hz;
    while (h->n_after < OVER_TIME_N) {
      h->after[h->n_after++] = h->at_end;
    }
  }
  audio_free(&a);
  return st;
}

static int
by_seconds(const void *a, const void *b)
{
  const double x = ((const heard *)a)->seconds, y = ((const heard *)b)->seconds;
  return (x > y) - (x < y);
}

/* h[0..n) by rising length, all with ticks. */
static void
sum_up(over_time *t, const heard *h, uint32_t n)
{
  t->n = n;
  t->long_s = n ? h[n / 2].seconds : 0;
  for (uint32_t i = 0; i < n; ++i) {
    for (int k = 0; k < EAR_N_HORIZONS; ++k) {
      t->right[k] += (double)h[i].n_right[k] / h[i].n_ticks / n;
    }
    t->at_end += (double)h[i].at_end / n;
    t->n_long += h[i].seconds >= t->long_s;
  }
  for (uint32_t i = n - t->n_long; i < n; ++i) {
    t->long_end += (double)h[i].at_end / t->n_long;
    for (int k = 0; k < OVER_TIME_N; ++k) {
      t->after[k] += (double)h[i].after[k] / t->n_long;
    }
  }
  t->good_s = OVER_TIME_N * over_time_step_s;
  for (int k = OVER_TIME_N; k-- > 0 && t->after[k] >= 0.9 * t->long_end;) {
    t->good_s = (k + 1) * over_time_step_s;
  }
}

/* The label that warns in a harshness model; EAR_MAX_LABELS in others. */
static uint32_t
harsh_label(const ear_model_info *info)
{
  uint32_t l = 0;
  while (l < info->n_labels && strcmp(info->label[l], "harsh") != 0) {
    ++l;
  }
  return strcmp(info->task, "harshness") == 0 && l < info->n_labels ? l : EAR_MAX_LABELS;
}

ear_status
over_time_of(over_time *t, ear_model *model, const dataset *ds, side s, ear_error *err)
{
  evaluation e;
  uint32_t *index;
  *t = (over_time){.n = 0};
  if (dataset_is_multi(ds)) {
    return fail(err, EAR_BAD_ARGUMENT, "clips with several labels are never just right");
  }
  ear_status st = evaluation_for_model(&e, model, ds, s, &index, err);
  if (st) {
    return st;
  }
  heard *h = calloc(e.n + 1u, sizeof *h);
  const uint32_t harsh = harsh_label(ear_model_info_get(model));
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < (h ? e.n : 0); ++i) {
    ear_error ignored;
    h[i].truth = e.truth[i];
    h[i].harsh = harsh;
    if (hear(&h[i], model, ds->clip[index[i]].path, &ignored) || !h[i].n_ticks) {
      h[i].seconds = 0;
    }
  }
  if (h) {
    qsort(h, e.n, sizeof *h, by_seconds);
    uint32_t from = 0;
    while (from < e.n && h[from].seconds <= 0) {
      ++from;
    }
    sum_up(t, h + from, e.n - from);
  }
  free(index);
  evaluation_free(&e);
  st = h ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  free(h);
  return st;
}

void
over_time_text(FILE *f, const over_time *t)
{
  fprintf(f,
          "right, %u clips alike: momentary %.1f %%, short-term %.1f %%, integrated "
          "%.1f %% of the time, %.1f %% at the end\n",
          t->n, 100 * t->right[EAR_MOMENTARY], 100 * t->right[EAR_SHORT],
          100 * t->right[EAR_INTEGRATED], 100 * t->at_end);
  fprintf(f, "integrated, %u clips of %.1f s and more:", t->n_long, t->long_s);
  static const int steps[] = {2, 4, 6, 10, 20, 30, 40, 60};
  for (size_t i = 0;
       i < sizeof steps / sizeof *steps && steps[i] * over_time_step_s < t->long_s; ++i) {
    fprintf(f, " %.1f %% after %.0f s,", 100 * t->after[steps[i] - 1],
            steps[i] * over_time_step_s);
  }
  fprintf(f, " %.1f %% at the end\n", 100 * t->long_end);
  if (t->long_end > 0) {
    fprintf(f, "90 %% as good as at the end: from %.1f s on\n", t->good_s);
  }
}

json_t *
over_time_json(const over_time *t)
{
  return json_pack("{s:i, s:f, s:f, s:f, s:f, s:i, s:f, s:f, s:f}", "clips", (int)t->n,
                   "momentary", t->right[EAR_MOMENTARY], "short_term",
                   t->right[EAR_SHORT], "integrated", t->right[EAR_INTEGRATED], "at_end",
                   t->at_end, "long_clips", (int)t->n_long, "long_s", t->long_s,
                   "long_end", t->long_end, "ninety_s", t->good_s);
}
