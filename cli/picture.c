/* SPDX-License-Identifier: ISC */
/* The words of a picture are those of the text format: both say the same. */
#include "picture.h"

#include "json.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOP_CLASSES = 5, LEAST_CLASSES = 2 };

static const double LEAST_SHARE = 0.01;
static const float QUIET_DB = -20; /* music at -70 dBFS has bands of this power */

char *
words_of(const report *r, void (*fn)(const report *r))
{
  char *text = NULL;
  size_t n = 0;
  report copy = *r;
  copy.out = open_memstream(&text, &n);
  if (!copy.out) {
    return NULL;
  }
  fn(&copy);
  if (fclose(copy.out) != 0) {
    free(text);
    return NULL;
  }
  return text;
}

static void
write_title(const report *r)
{
  plain_string(r->out, strcmp(r->source, "-") == 0 ? "standard input" : r->source);
}

static void
write_note(const report *r)
{
  say_sound(r);
  for (uint32_t m = 0; m < r->models->n; m++) {
    (void)fputs("; ", r->out);
    plain_string(r->out, r->models->name[m]);
    (void)fputs(": ", r->out);
    say_verdict(r, m, 0);
  }
}

/* "worst at 2:22: harsh 97 %, 2.9-6.1 kHz"; NULL: memory is short. */
static char *
worst_words(const trace *t)
{
  const ear_model_info *info = ear_model_info_get(t->models->model[t->worst_model]);
  char at[WORD_SIZE], share[WORD_SIZE], range[WORD_SIZE] = "", *text = NULL;
  word_time(at, t->worst_s, 0);
  word_share(share, (double)t->worst_p);
  if (range_known(t->worst_low_hz, t->worst_high_hz)) {
    word_range(range, t->worst_low_hz, t->worst_high_hz);
  }
  const int n =
      asprintf(&text, "%s at %s: %s %s%s%s%s", t->worst_flagged ? "worst" : "highest", at,
               info->label[t->worst_label], share, range[0] ? ", " : "", range,
               t->worst_flagged ? "" : ", not flagged");
  return n < 0 ? NULL : text;
}

static view_track
track_of(const lane *l, uint32_t offset)
{
  const double step_s = l->step_s * (double)l->c.per;
  return (view_track){l->c.n, step_s / 2, step_s, l->c.width, l->c.v + offset};
}

static view_track
loud_track(const series *c, double back_s)
{
  const double step_s = (double)c->per / LOUD_STEPS_PER_S;
  return (view_track){c->n, step_s / 2 - back_s, step_s, 1, c->v};
}

static void
add_sound(view_file *d, const trace *t)
{
  const ear_front_end *fe = &t->front_end;
  const double hop_s = fe->hop / (double)fe->rate_hz;
  view_spectrogram *s = &d->sound;
  s->n_frames = t->sound.n;
  s->n_bands = fe->n_bands;
  s->db = t->sound.v;
  s->start_s = (fe->n_fft / (double)fe->rate_hz - hop_s) / 2;
  s->frame_s = hop_s * (double)t->sound.per;
  s->low_hz = fe->low_hz;
  s->high_hz = fe->high_hz;
  s->scale = fe->scale;
  s->least_top_db = QUIET_DB;
}

static void
add_evidence(view_file *d, const trace *t, uint32_t m)
{
  const ear_model_info *info = ear_model_info_get(t->models->model[m]);
  const lane *l = &t->model[m].rows;
  view_spectrogram *s = &d->sound;
  s->n_ticks = l->c.n;
  s->n_rows = info->n_rows;
  s->activation = l->c.v;
  s->tick_s = l->step_s * (double)l->c.per;
  s->row_low_hz = info->row_low_hz;
  s->row_high_hz = info->row_high_hz;
}

/* The one label that can be flagged, or n_labels: there are several. */
static uint32_t
flaggable(const trace *t, uint32_t m)
{
  const ear_model_info *info = ear_model_info_get(t->models->model[m]);
  uint32_t found = info->n_labels;
  for (uint32_t l = 0; l < info->n_labels; l++) {
    if (can_flag(t->models, m, l)) {
      if (found < info->n_labels) {
        return info->n_labels;
      }
      found = l;
    }
  }
  return found;
}

static void
add_likelihood(view_file *d, const trace *t, uint32_t m)
{
  const ear_model_info *info = ear_model_info_get(t->models->model[m]);
  const uint32_t label = flaggable(t, m);
  const bool one = label < info->n_labels;
  const char *name = one ? info->label[label] : t->models->name[m];
  d->likelihood[d->n_likelihoods++] = (view_likelihood){
      name, one ? (double)t->models->flag[m].threshold[label] : NAN,
      track_of(&t->model[m].momentary, 0), track_of(&t->model[m].short_term, 0)};
  if (t->model[m].was_flagged && d->sound.n_ticks == 0) {
    add_evidence(d, t, m);
    d->sound.activation_name = name;
  }
}

/* The likeliest classes of model m over all of the input. */
static void
add_classes(view_file *d, const report *r, const trace *t, uint32_t m, uint32_t most)
{
  const ear_verdict *v = &r->tally[m].last;
  const ear_model_info *info = ear_model_info_get(t->models->model[m]);
  bool used[EAR_MAX_LABELS] = {false};
  for (uint32_t k = 0; k < most && k < info->n_labels; k++) {
    uint32_t best = info->n_labels;
    for (uint32_t l = 0; l < info->n_labels; l++) {
      const float p = v->p[EAR_INTEGRATED][l];
      if (!used[l] && (best == info->n_labels || p > v->p[EAR_INTEGRATED][best])) {
        best = l;
      }
    }
    const double share = (double)v->p[EAR_INTEGRATED][best];
    if (k >= LEAST_CLASSES && share < LEAST_SHARE) {
      return;
    }
    used[best] = true;
    d->class[d->n_classes++] =
        (view_class){info->label[best], share, track_of(&t->model[m].labels, best)};
  }
}

static void
add_models(view_file *d, const report *r, const trace *t)
{
  uint32_t n_classifiers = 0;
  for (uint32_t m = 0; m < t->models->n; m++) {
    n_classifiers += t->model[m].classes;
  }
  const uint32_t most = n_classifiers ? VIEW_MAX_CLASSES / n_classifiers : 0;
  for (uint32_t m = 0; m < t->models->n; m++) {
    if (t->model[m].flags) {
      add_likelihood(d, t, m);
    }
    if (t->model[m].classes && r->tally[m].n_ticks > 0) {
      add_classes(d, r, t, m, most < TOP_CLASSES ? most : TOP_CLASSES);
    }
  }
}

static bool
add_flagged(picture *p, const trace *t)
{
  uint32_t likelihood[EAR_MAX_MODELS] = {0}, n = 0;
  for (uint32_t m = 0; m < t->models->n; m++) {
    likelihood[m] = n;
    n += t->model[m].flags;
  }
  p->flagged = calloc(t->n_events + 1, sizeof *p->flagged);
  for (uint32_t i = 0; p->flagged && i < t->n_events; i++) {
    const ear_event *e = &t->event[i];
    p->flagged[i] =
        (view_flagged){e->start_s, e->end_s, e->low_hz, e->high_hz, likelihood[e->model]};
  }
  p->d.flagged = p->flagged;
  p->d.n_flagged = t->n_events;
  return p->flagged != NULL;
}

bool
picture_of(picture *p, const report *r, const trace *t)
{
  *p = (picture){.d = {.length_s = r->analysed_s, .worst_s = NAN}};
  p->title = words_of(r, write_title);
  p->note = words_of(r, write_note);
  p->d.title = p->title;
  p->d.note = p->note;
  bool ok = p->title && p->note && add_flagged(p, t);
  add_sound(&p->d, t);
  add_models(&p->d, r, t);
  if (t->worst_s >= 0 && (double)t->worst_p >= LEAST_SHARE) {
    p->d.worst_s = t->worst_s;
    p->d.worst_text = p->worst_text = worst_words(t);
    ok = ok && p->worst_text;
  }
  if (t->level) {
    p->d.momentary_lufs = loud_track(loud_momentary(t->level), 0.2);
    p->d.short_lufs = loud_track(loud_short(t->level), 1.5);
  }
  view_file_size(&p->d, &p->w, &p->h);
  return ok;
}

void
picture_free(picture *p)
{
  free(p->flagged);
  free(p->title);
  free(p->note);
  free(p->worst_text);
  *p = (picture){0};
}

static void
draw(void *user, cairo_t *cr, double w, double h)
{
  const picture_ink *ink = user;
  view_draw_file(cr, view_theme_get(ink->mode), (view_box){0, 0, w, h}, &ink->p->d);
}

view_picture
picture_view(const picture_ink *ink, double scale)
{
  union {
    const picture_ink *from;
    void *to;
  } user = {.from = ink};
  return (view_picture){ink->p->w, ink->p->h, scale, draw, user.to};
}
