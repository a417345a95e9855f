/* SPDX-License-Identifier: ISC */
/* Times are those of the sound: a verdict of 3 s is dated to the middle of what it
   heard. */
#include "page_listen.h"
#include "audio.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SHORT_S = 3;  /* of the short-term horizon */
static const double SHOWN_S = 12; /* of a spectrogram */

/* What the analyzer said, tick by tick. */
typedef struct {
  uint32_t label; /* looked for */
  const ear_model_info *info;
  uint32_t n, room;
  double *t_s;     /* [n] */
  float *row;      /* [n][n_rows] */
  uint8_t *likely; /* [n] flaggable label whose evidence the rows are */
  double best_t_s;
  float best_p; /* -1: no verdict yet */
  bool failed;
} account;

static bool
grow(account *k)
{
  const uint32_t room = 2 * k->room + 256;
  double *t = realloc(k->t_s, room * sizeof *t);
  k->t_s = t ? t : k->t_s;
  float *row = realloc(k->row, ((size_t)room * k->info->n_rows + 1) * sizeof *row);
  k->row = row ? row : k->row;
  uint8_t *likely = realloc(k->likely, room);
  k->likely = likely ? likely : k->likely;
  k->room = t && row && likely ? room : k->room;
  return t && row && likely;
}

static uint8_t
likeliest(const account *k, const float *p)
{
  uint32_t best = 0;
  for (uint32_t l = 1; l < k->info->n_labels; ++l) {
    const bool never = k->info->threshold[l] > 1, was = k->info->threshold[best] > 1;
    best = never != was ? (was ? l : best) : p[l] > p[best] ? l : best;
  }
  return (uint8_t)best;
}

static void
take(void *user, const ear_verdict *v)
{
  account *k = user;
  const float *p = v->p[EAR_SHORT];
  if (k->failed || (k->n == k->room && !grow(k))) {
    k->failed = true;
    return;
  }
  k->t_s[k->n] = v->t_s;
  k->likely[k->n] = likeliest(k, p);
  memcpy(k->row + (size_t)k->n * k->info->n_rows, v->contribution,
         k->info->n_rows * sizeof *k->row);
  ++k->n;
  if (!v->gated && k->label < v->n_labels && p[k->label] > k->best_p) {
    k->best_p = p[k->label];
    k->best_t_s = v->t_s;
  }
}

static ear_status
analyse(account *k, ear_model *model, const audio *a, ear_error *err)
{
  ear_analyzer *an;
  const ear_analyzer_config config = {.rate_hz = a->rate_hz,
                                      .n_models = 1,
                                      .model = {model},
                                      .flag = {ear_flag_config_default(model)},
                                      .on_verdict = take,
                                      .user = k};
  const ear_status st = ear_analyzer_new(&an, &config, err);
  if (st) {
    return st;
  }
  ear_analyzer_push(an, a->x, a->n_frames);
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return k->failed ? EAR_NO_MEMORY : EAR_OK;
}

typedef struct {
  float *db;
  uint32_t n, room, n_bands;
} frames;

static void
take_frame(void *user, uint64_t t, const float *band)
{
  frames *f = user;
  (void)t;
  if (f->n < f->room) {
    memcpy(f->db + (size_t)f->n * f->n_bands, band, f->n_bands * sizeof *band);
    ++f->n;
  }
}

/* Mel bands of the sound from start_s on, whatever features the model takes. */
static ear_status
hear_mel(page_hearing *h, const ear_model_info *info, const audio *a, ear_error *err)
{
  ear_features *fx;
  ear_front_end fe = info->front_end;
  fe.kinds = EAR_KIND_MEL;
  fe.power = false;
  ear_status st = ear_features_new(&fx, a->rate_hz, &fe, err);
  if (st) {
    return st;
  }
  const double length_s = (double)a->n_frames / a->rate_hz - h->start_s;
  const double shown = fmin(SHOWN_S, length_s);
  frames f = {.room = (uint32_t)(shown * (double)fe.rate_hz / fe.hop) + 2,
              .n_bands = fe.n_bands};
  f.db = malloc((size_t)f.room * f.n_bands * sizeof *f.db);
  const size_t first = (size_t)(h->start_s * a->rate_hz);
  const size_t n = (size_t)(shown * a->rate_hz);
  if (f.db && first < a->n_frames) {
    const size_t left = a->n_frames - first;
    ear_features_push(fx, a->x + first, n < left ? n : left, take_frame, &f);
    ear_features_finish(fx, take_frame, &f);
  }
  ear_features_free(fx);
  h->db = f.db;
  h->n_frames = f.n;
  h->n_bands = fe.n_bands;
  h->frame_s = fe.hop / (double)fe.rate_hz;
  h->low_hz = fe.low_hz;
  h->high_hz = fe.high_hz;
  h->scale = fe.scale;
  return f.db ? EAR_OK : EAR_NO_MEMORY;
}

/* The ticks that lie within what is shown. */
static ear_status
hear_evidence(page_hearing *h, const account *k)
{
  const double back = SHORT_S / 2 + k->info->receptive_s / 2;
  const double end_s = h->start_s + h->n_frames * h->frame_s;
  const uint32_t rows = k->info->n_rows;
  uint32_t first = 0, last = k->n;
  while (first < k->n && k->t_s[first] - back < h->start_s) {
    ++first;
  }
  while (last > first && k->t_s[last - 1] - back > end_s) {
    --last;
  }
  if (rows == 0 || last == first) {
    return EAR_OK;
  }
  h->activation = malloc((size_t)(last - first) * rows * sizeof *h->activation);
  if (!h->activation) {
    return EAR_NO_MEMORY;
  }
  memcpy(h->activation, k->row + (size_t)first * rows,
         (size_t)(last - first) * rows * sizeof *h->activation);
  h->n_ticks = last - first;
  h->n_rows = rows;
  h->tick_start_s = k->t_s[first] - back;
  h->tick_s = k->info->tick_s;
  memcpy(h->row_low_hz, k->info->row_low_hz, sizeof h->row_low_hz);
  memcpy(h->row_high_hz, k->info->row_high_hz, sizeof h->row_high_hz);
  return EAR_OK;
}

/* The flaggable label of the tick nearest to t_s. */
static uint32_t
evidence_at(const account *k, double t_s)
{
  uint32_t i = 0;
  while (i + 1 < k->n && k->t_s[i] < t_s) {
    ++i;
  }
  return k->n ? k->likely[i] : k->info->n_labels;
}

ear_status
page_listen(page_mistake *m, page_hearing *h, ear_model *model, const char *path,
            ear_error *err)
{
  audio a;
  account k = {.label = m->said, .info = ear_model_info_get(model), .best_p = -1};
  ear_status st = audio_read_mono(&a, path, 0, 0, err);
  if (st) {
    return st;
  }
  const double length_s = (double)a.n_frames / a.rate_hz;
  st = analyse(&k, model, &a, err);
  if (!st && k.best_p >= 0) {
    m->from_s = fmax(0, k.best_t_s - SHORT_S);
    m->to_s = fmin(length_s, m->from_s + SHORT_S);
  }
  if (!st && h) {
    const double middle = (m->from_s + m->to_s) / 2;
    h->start_s = fmax(0, fmin(middle - SHOWN_S / 2, length_s - SHOWN_S));
    h->evidence_for = evidence_at(&k, k.best_t_s);
    st = hear_mel(h, k.info, &a, err);
    st = st ? st : hear_evidence(h, &k);
  }
  free(k.t_s);
  free(k.row);
  free(k.likely);
  audio_free(&a);
  return st;
}

void
page_hearing_free(page_hearing *h)
{
  free(h->db);
  free(h->activation);
  *h = (page_hearing){0};
}
