/* SPDX-License-Identifier: ISC */
/* A scene owns nothing: what it draws lives until it has drawn. */
#include "pictures.h"
#include "../view/curves.h"
#include "../view/histogram.h"
#include "../view/html.h"
#include "../view/matrix.h"
#include "../view/spectrogram.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 860 };

/* A column of the history; what is not known (-1) as NaN.  NULL if nothing is known. */
static double *
column(const fit_history *h, size_t offset, bool positive)
{
  double *v = malloc((h->n + 1u) * sizeof *v);
  bool any = false;
  for (uint32_t i = 0; v && i < h->n; ++i) {
    const double x = *(const double *)(const void *)((const char *)&h->epoch[i] + offset);
    v[i] = positive && !(x >= 0) ? NAN : x;
    any = any || isfinite(v[i]);
  }
  if (!any) {
    free(v);
    return NULL;
  }
  return v;
}

static void
draw_curves(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  const fit_history none = {0}, *h = pg->history ? pg->history : &none;
  double *c[] = {column(h, offsetof(fit_epoch, loss), false),
                 column(h, offsetof(fit_epoch, valid_loss), true),
                 column(h, offsetof(fit_epoch, valid_accuracy), true),
                 column(h, offsetof(fit_epoch, valid_macro_f1), true),
                 column(h, offsetof(fit_epoch, learning_rate), true)};
  view_draw_curves(cr, th, box,
                   &(view_curves){.n = h->n,
                                  .loss = c[0],
                                  .valid_loss = c[1],
                                  .measure = {c[2], c[3]},
                                  .measure_name = {"accuracy in validation", "macro-F1"},
                                  .rate = c[4],
                                  .best = pg->kept_epoch});
  for (size_t i = 0; i < sizeof c / sizeof *c; ++i) {
    free(c[i]);
  }
}

picture
picture_curves(const page *pg)
{
  return (picture){WIDTH, 460, draw_curves, pg};
}

static void
draw_confusion(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  static const metrics empty;
  const metrics *m = pg->judged ? &pg->judged->int8 : &empty;
  view_draw_matrix(cr, th, box,
                   &(view_matrix){.n = pg->judged ? pg->n_labels : 0,
                                  .label = pg->label,
                                  .count = &m->confusion[0][0],
                                  .stride = EAR_MAX_LABELS,
                                  .none = m->n_undecided ? m->undecided : NULL});
}

picture
picture_confusion(const page *pg)
{
  picture p = {0, 0, draw_confusion, pg};
  view_matrix_size(pg->n_labels, &p.w, &p.h);
  return p;
}

static void
draw_labels(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page *pg = data;
  double value[EAR_MAX_LABELS], of[EAR_MAX_LABELS];
  char word[EAR_MAX_LABELS][16];
  const char *text[EAR_MAX_LABELS];
  for (uint32_t l = 0; l < pg->n_labels; ++l) {
    const double f1 = pg->judged->int8.f1[l];
    value[l] = f1 > 0 ? f1 : 0;
    of[l] = 1;
    snprintf(word[l], sizeof word[l], "%.2f", value[l]);
    text[l] = word[l];
  }
  view_draw_bars(cr, th, box,
                 &(view_bars){.note = "F1 of each label",
                              .n = pg->n_labels,
                              .name = pg->label,
                              .value = value,
                              .of = of,
                              .text = text});
}

picture
picture_labels(const page *pg)
{
  return (picture){WIDTH, view_bars_height(pg->n_labels, true), draw_labels, pg};
}

static void
draw_hearing(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const picture_which *w = data;
  const page_hearing *h = &w->pg->hearing[w->which];
  view_draw_spectrogram(
      cr, th, box,
      &(view_spectrogram){.n_frames = h->n_frames,
                          .n_bands = h->n_bands,
                          .db = h->db,
                          .start_s = h->start_s,
                          .frame_s = h->frame_s,
                          .low_hz = h->low_hz,
                          .high_hz = h->high_hz,
                          .scale = h->scale,
                          .n_ticks = h->n_ticks,
                          .n_rows = h->n_rows,
                          .activation = h->activation,
                          .tick_start_s = h->tick_start_s,
                          .tick_s = h->tick_s,
                          .row_low_hz = h->row_low_hz,
                          .row_high_hz = h->row_high_hz,
                          .activation_name = h->evidence_for < w->pg->n_labels
                                                 ? w->pg->label[h->evidence_for]
                                                 : NULL});
}

picture
picture_hearing(const picture_which *which)
{
  return (picture){WIDTH, 250, draw_hearing, which};
}

typedef struct {
  const picture *picture;
  const view_theme *theme;
} request;

static void
draw_any(void *user, cairo_t *cr, double w, double h)
{
  const request *r = user;
  r->picture->draw(r->picture->data, cr, r->theme, (view_box){0, 0, w, h});
}

ear_status
picture_save(const picture *p, const char *path, ear_error *err)
{
  request r = {p, view_theme_get(VIEW_LIGHT)};
  return view_save(&(view_picture){p->w, p->h, 2, draw_any, &r}, path, err);
}

void
picture_show(FILE *f, const picture *p, const char *alt)
{
  request light = {p, view_theme_get(VIEW_LIGHT)}, dark = {p, view_theme_get(VIEW_DARK)};
  html_picture(f, &(view_picture){p->w, p->h, 2, draw_any, &light},
               &(view_picture){p->w, p->h, 2, draw_any, &dark}, VIEW_SVG, alt);
}
