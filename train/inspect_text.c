/* SPDX-License-Identifier: ISC */
/* Text and JSON hold the same figures. */
#include "inspect_text.h"

#include <string.h>

enum { BAR = 40 };

/* "3.2 s", "4 min 10 s", "1.5 h" */
static const char *
duration(double s, char text[32])
{
  if (s < 60) {
    snprintf(text, 32, s < 10 ? "%.1f s" : "%.0f s", s);
  } else if (s < 3600) {
    const unsigned whole = (unsigned)(s + 0.5);
    snprintf(text, 32, "%u min %u s", whole / 60, whole % 60);
  } else {
    snprintf(text, 32, "%.1f h", s / 3600);
  }
  return text;
}

static const char *
value_text(const inspect_histogram *h, double v, char text[32])
{
  if (strcmp(h->unit, "s") == 0) {
    return duration(v, text);
  }
  snprintf(text, 32, "%.0f %s", v, h->unit);
  return text;
}

static void
print_bar(FILE *f, uint32_t count, uint32_t most)
{
  const uint32_t n = (uint32_t)((double)BAR * count / most + 0.999);
  for (uint32_t i = 0; i < n; ++i) {
    putc('#', f);
  }
  fprintf(f, " %u\n", count);
}

/* The bins that have any. */
static void
print_histogram(FILE *f, const inspect_histogram *h)
{
  char a[32], b[32], c[32];
  uint32_t from = h->n_bins, to = 0, most = 1;
  for (uint32_t i = 0; i < h->n_bins; ++i) {
    from = h->count[i] && from > i ? i : from;
    to = h->count[i] ? i + 1 : to;
    most = h->count[i] > most ? h->count[i] : most;
  }
  if (h->n == 0) {
    return;
  }
  fprintf(f, "\n%-9s %s to %s, in the middle %s\n", h->name, value_text(h, h->least, a),
          value_text(h, h->most, b), value_text(h, h->median, c));
  for (uint32_t i = from; i < to && to - from > 1; ++i) {
    if (h->count[i]) {
      fprintf(f, "  from %-12s ", value_text(h, inspect_edge(h, i), a));
      print_bar(f, h->count[i], most);
    }
  }
}

static void
print_rates(FILE *f, const inspected *in)
{
  fputs("rates    ", f);
  for (uint32_t r = 0; r < in->n_rates; ++r) {
    fprintf(f, "%s %.0f Hz: %u", r ? "," : "", in->rate_hz[r], in->rate_count[r]);
  }
  fprintf(f, "\nchannels  mono: %u, stereo: %u", in->n_mono, in->n_stereo);
  if (in->n_more) {
    fprintf(f, ", more: %u", in->n_more);
  }
  putc('\n', f);
}

static void
print_classes(FILE *f, const inspected *in, const dataset *ds)
{
  inspect_class c;
  fprintf(f, "\n%-24s %8s %8s %9s %7s %7s %7s\n", "class", "clips", "groups", "minutes",
          "train", "valid", "test");
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    if (!inspect_class_of(&c, in, ds, l)) {
      fprintf(f, "%-24.24s %8u %8u %9.1f %7u %7u %7u\n", ds->label[l], c.clips, c.groups,
              c.seconds / 60, c.side[SIDE_TRAIN], c.side[SIDE_VALID], c.side[SIDE_TEST]);
    }
  }
}

void
inspect_print(FILE *f, const inspected *in, const dataset *ds)
{
  char text[32];
  fprintf(f, "%s: %u sounds, %u classes, %u groups, %s\n", ds->name, ds->n_clips,
          ds->n_labels, ds->n_groups, duration(in->seconds, text));
  print_rates(f, in);
  print_histogram(f, &in->length);
  print_histogram(f, &in->peak);
  print_histogram(f, &in->level);
  print_classes(f, in, ds);
}

static json_t *
histogram_json(const inspect_histogram *h)
{
  json_t *count = json_array(), *edge = json_array();
  for (uint32_t i = 0; i <= h->n_bins; ++i) {
    json_array_append_new(edge, json_real(inspect_edge(h, i)));
    if (i < h->n_bins) {
      json_array_append_new(count, json_integer(h->count[i]));
    }
  }
  return json_pack("{s:s, s:f, s:f, s:f, s:o, s:o}", "unit", h->unit, "least", h->least,
                   "median", h->median, "most", h->most, "edges", edge, "counts", count);
}

static json_t *
class_json(const inspected *in, const dataset *ds, uint32_t label)
{
  inspect_class c;
  if (inspect_class_of(&c, in, ds, label)) {
    return NULL;
  }
  return json_pack("{s:s, s:i, s:i, s:f, s:i, s:i, s:i}", "label", ds->label[label],
                   "clips", (int)c.clips, "groups", (int)c.groups, "seconds", c.seconds,
                   "train", (int)c.side[SIDE_TRAIN], "valid", (int)c.side[SIDE_VALID],
                   "test", (int)c.side[SIDE_TEST]);
}

static json_t *
findings_json(const findings *fs)
{
  json_t *all = json_object();
  for (finding k = 0; k < N_FINDINGS; ++k) {
    json_t *lines = json_array();
    for (uint32_t i = 0; i < fs->n[k]; ++i) {
      json_t *line = json_string(fs->line[k][i]); /* NULL: a name that is no UTF-8 */
      json_array_append_new(lines,
                            line ? line : json_string("(a name that is no UTF-8)"));
    }
    json_object_set_new(all, finding_name(k), lines);
  }
  return all;
}

static json_t *
copies_json(const duplicates *d, const dataset *ds)
{
  json_t *all = json_array();
  for (uint32_t i = 0; i < d->n; ++i) {
    const duplicate *c = &d->copy[i];
    json_array_append_new(all, json_pack("{s:s, s:s, s:b, s:f, s:f, s:f}", "clip",
                                         ds->clip[c->clip].key, "of", ds->clip[c->of].key,
                                         "exact", c->exact, "differ", c->differ,
                                         "later_s", c->later_s, "common_s", c->common_s));
  }
  return all;
}

json_t *
inspect_json(const inspected *in, const dataset *ds, const findings *fs,
             const char *stopped)
{
  json_t *classes = json_array(), *rates = json_array();
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    json_array_append_new(classes, class_json(in, ds, l));
  }
  for (uint32_t r = 0; r < in->n_rates; ++r) {
    json_array_append_new(rates, json_pack("{s:f, s:i}", "hz", in->rate_hz[r], "clips",
                                           (int)in->rate_count[r]));
  }
  return json_pack(
      "{s:s, s:b, s:s?, s:i, s:i, s:f, s:o, s:{s:i, s:i, s:i}, s:o, s:o, s:o, s:o, s:o, "
      "s:o}",
      "dataset", ds->name, "ready", stopped == NULL, "stopped", stopped, "clips",
      (int)ds->n_clips, "groups", (int)ds->n_groups, "seconds", in->seconds, "rates",
      rates, "channels", "mono", (int)in->n_mono, "stereo", (int)in->n_stereo, "more",
      (int)in->n_more, "length", histogram_json(&in->length), "peak",
      histogram_json(&in->peak), "level", histogram_json(&in->level), "classes", classes,
      "problems", findings_json(fs), "copies", copies_json(&in->copies, ds));
}
