/* SPDX-License-Identifier: ISC */
/* Each clip that could be read is counted once: values beyond an axis count at its end.
 */
#include "pictures_check.h"
#include "../view/histogram.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 860, N_BINS = 48, MOST_FORMATS = 16 };

static void
count(uint32_t bin[N_BINS], const view_axis *a, uint32_t n, const double *v)
{
  for (uint32_t i = 0; i < n; ++i) {
    const double at = a->log ? log(v[i] / a->low) / log(a->high / a->low)
                             : (v[i] - a->low) / (a->high - a->low);
    if (!isnan(at)) {
      ++bin[(int)fmin(fmax(floor(at * N_BINS), 0), N_BINS - 1)];
    }
  }
}

static void
draw_durations(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page_check *pc = data;
  uint32_t bin[N_BINS] = {0};
  view_axis a = {INFINITY, -INFINITY, .title = "seconds"};
  view_axis_hold(&a, pc->n_read, pc->seconds);
  a.log = a.low > 0 && a.high > 30 * a.low;
  a.low = a.log ? a.low : 0;
  view_axis_round(&a);
  count(bin, &a, pc->n_read, pc->seconds);
  view_draw_histogram(
      cr, th, box,
      &(view_histogram){.axis = a, .n = N_BINS, .count = bin, .what = "clips"});
}

picture
picture_durations(const page_check *pc)
{
  return (picture){WIDTH, 240, draw_durations, pc};
}

static void
draw_peaks(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  static const double mark[] = {-70, -0.1};
  static const char *const name[] = {"silence", "full scale"};
  const page_check *pc = data;
  uint32_t bin[N_BINS] = {0};
  const view_axis a = {-90, 6, .title = "peak, dBFS"};
  double *db = malloc((pc->n_read + 1u) * sizeof *db);
  for (uint32_t i = 0; db && i < pc->n_read; ++i) {
    db[i] = 20 * log10(fmax(pc->peak[i], 1e-10));
  }
  if (db) {
    count(bin, &a, pc->n_read, db);
  }
  view_draw_histogram(cr, th, box,
                      &(view_histogram){.axis = a,
                                        .n = N_BINS,
                                        .count = bin,
                                        .what = "clips",
                                        .n_marks = 2,
                                        .mark = mark,
                                        .mark_name = name});
  free(db);
}

picture
picture_peaks(const page_check *pc)
{
  return (picture){WIDTH, 240, draw_peaks, pc};
}

static void
draw_levels(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page_check *pc = data;
  uint32_t bin[N_BINS] = {0};
  const view_axis a = {-72, 0, .title = "level (RMS), dBFS"};
  count(bin, &a, pc->level_db ? pc->n_read : 0, pc->level_db);
  view_draw_histogram(
      cr, th, box,
      &(view_histogram){.axis = a, .n = N_BINS, .count = bin, .what = "clips"});
}

picture
picture_levels(const page_check *pc)
{
  return (picture){WIDTH, 240, draw_levels, pc};
}

/* How many clips have each rate and number of channels, in that order; those beyond
   MOST_FORMATS kinds are left out. */
typedef struct {
  uint32_t n, channels[MOST_FORMATS];
  double rate_hz[MOST_FORMATS], clips[MOST_FORMATS];
} formats;

static void
add(formats *t, double rate_hz, uint32_t channels)
{
  uint32_t k = 0;
  while (k < t->n && (t->rate_hz[k] < rate_hz ||
                      (t->rate_hz[k] <= rate_hz && t->channels[k] < channels))) {
    ++k;
  }
  if (k < t->n && t->rate_hz[k] <= rate_hz && t->channels[k] == channels) {
    ++t->clips[k];
  } else if (t->n < MOST_FORMATS) {
    for (uint32_t i = t->n++; i > k; --i) {
      t->rate_hz[i] = t->rate_hz[i - 1];
      t->channels[i] = t->channels[i - 1];
      t->clips[i] = t->clips[i - 1];
    }
    t->rate_hz[k] = rate_hz;
    t->channels[k] = channels;
    t->clips[k] = 1;
  }
}

static formats
formats_of(const page_check *pc)
{
  formats t = {0};
  for (uint32_t i = 0; i < pc->n_read; ++i) {
    add(&t, pc->rate_hz[i], pc->channels[i]);
  }
  return t;
}

static void
draw_formats(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const formats t = formats_of(data);
  char text[MOST_FORMATS][48];
  const char *name[MOST_FORMATS];
  for (uint32_t i = 0; i < t.n; ++i) {
    if (t.channels[i] <= 2) {
      snprintf(text[i], sizeof text[i], "%.0f Hz, %s", t.rate_hz[i],
               t.channels[i] == 1 ? "mono" : "stereo");
    } else {
      snprintf(text[i], sizeof text[i], "%.0f Hz, %u channels", t.rate_hz[i],
               t.channels[i]);
    }
    name[i] = text[i];
  }
  view_draw_bars(cr, th, box, &(view_bars){.n = t.n, .name = name, .value = t.clips});
}

picture
picture_formats(const page_check *pc)
{
  return (picture){WIDTH, view_bars_height(formats_of(pc).n, false), draw_formats, pc};
}

static void
draw_classes(const void *data, cairo_t *cr, const view_theme *th, view_box box)
{
  const page_check *pc = data;
  const char *name[EAR_MAX_LABELS], *words[EAR_MAX_LABELS];
  double clips[EAR_MAX_LABELS], groups[EAR_MAX_LABELS];
  char text[EAR_MAX_LABELS][48];
  const uint32_t n = pc->n_classes < EAR_MAX_LABELS ? pc->n_classes : EAR_MAX_LABELS;
  for (uint32_t i = 0; i < n; ++i) {
    const page_class *c = &pc->cls[i];
    snprintf(text[i], sizeof text[i], "%u clips, %u groups", c->clips, c->groups);
    words[i] = text[i];
    name[i] = c->label;
    clips[i] = c->clips;
    groups[i] = c->groups;
  }
  view_draw_bars(cr, th, box,
                 &(view_bars){.note = "strong: groups; faint: clips",
                              .n = n,
                              .name = name,
                              .value = groups,
                              .of = clips,
                              .text = words});
}

picture
picture_classes(const page_check *pc)
{
  return (picture){WIDTH, view_bars_height(pc->n_classes, true), draw_classes, pc};
}
