/* SPDX-License-Identifier: ISC */
/* A figure stands beside its interval, and the int8 model's figure, which is what users
   run, stands first. */
#include "report.h"

#include <math.h>
#include <string.h>

enum { N_DRAWS = 1000 };

ear_status
side_figures_of(side_figures *sf, const char *side, const predictions *int8,
                const predictions *flt, uint64_t seed)
{
  *sf = (side_figures){.side = side, .has_float = flt != NULL};
  ear_status st = metrics_compute(&sf->int8, int8);
  if (!st) {
    st = metrics_bootstrap(&sf->spread, int8, N_DRAWS, seed);
  }
  for (uint32_t i = 0; i < int8->n; ++i) {
    bool seen = false;
    for (uint32_t k = 0; int8->group && k < i && !seen; ++k) {
      seen = int8->group[k] == int8->group[i];
    }
    sf->n_groups += !seen;
  }
  if (st || !flt) {
    return st;
  }
  for (uint32_t i = 0; i < int8->n; ++i) {
    const float *a = int8->p + (size_t)i * int8->n_labels;
    const float *b = flt->p + (size_t)i * int8->n_labels;
    sf->agreement += int8->truths
                         ? labels_said(a, int8->n_labels) == labels_said(b, flt->n_labels)
                         : label_of(a, int8->n_labels) == label_of(b, flt->n_labels);
  }
  sf->agreement /= int8->n ? int8->n : 1;
  return metrics_compute(&sf->flt, flt);
}

void
side_figures_unsure(side_figures *sf, const predictions *int8, float margin)
{
  sf->margin = margin;
  unsure_count(&sf->unsure, int8, margin);
}

static void
line(FILE *f, const char *name, double int8, const interval *spread, bool has_float,
     double flt)
{
  fprintf(f, "  %-22s %6.1f %%", name, 100 * int8);
  if (spread) {
    fprintf(f, "  [%5.1f, %5.1f]", 100 * spread->low, 100 * spread->high);
  } else {
    fprintf(f, "                ");
  }
  if (has_float) {
    fprintf(f, "  %6.1f %%", 100 * flt);
  }
  putc('\n', f);
}

static void
unsure_line(FILE *f, const side_figures *sf)
{
  if (sf->margin > 0) {
    fprintf(f, "  %.1f %% unsure (margin under %.3f)", 100 * unsure_share(&sf->unsure),
            (double)sf->margin);
    if (sf->unsure.n > sf->unsure.n_unsure) {
      fprintf(f, ", of the rest %.1f %% right", 100 * unsure_accuracy(&sf->unsure));
    }
    putc('\n', f);
  }
}

static void
confusion(FILE *f, const metrics *m, uint32_t n_labels, const char *const *label)
{
  fputs("\n  confusion (rows: truth, columns: int8 verdict, in the same order)\n", f);
  for (uint32_t t = 0; t < n_labels; ++t) {
    fprintf(f, "  %-14.14s", label[t]);
    for (uint32_t l = 0; l < n_labels; ++l) {
      fprintf(f, " %5u", m->confusion[t][l]);
    }
    if (m->n_undecided) {
      fprintf(f, "   none %u", m->undecided[t]);
    }
    putc('\n', f);
  }
}

/* How often what is no music was called music, and the other way round. */
static void
background(FILE *f, const metrics *m, uint32_t n_labels, const char *const *label)
{
  uint32_t b = 0, called = 0, others = 0;
  while (b < n_labels && strcmp(label[b], "background") != 0) {
    ++b;
  }
  if (b == n_labels || m->many) {
    return;
  }
  for (uint32_t l = 0; l < n_labels; ++l) {
    called += l == b ? 0 : m->confusion[l][b];
    others += l == b ? 0 : m->support[l];
  }
  fprintf(f,
          "\n  background called something else: %u of %u; something else called "
          "background: %u of %u\n",
          m->support[b] - m->confusion[b][b] - m->undecided[b], m->support[b], called,
          others);
}

void
report_text(FILE *f, const side_figures *sf, uint32_t n_labels, const char *const *label)
{
  const metrics *a = &sf->int8, *b = &sf->flt;
  const metrics_intervals *s = &sf->spread;
  const bool both = sf->has_float;
  fprintf(f, "%s: %u clips of %u groups\n", sf->side, a->n, sf->n_groups);
  fprintf(f, "  %-22s %8s  95 %% over groups%s\n", "", "int8", both ? "   float" : "");
  line(f, a->many ? "exactly right" : "accuracy", a->accuracy, &s->accuracy, both,
       b->accuracy);
  if (!isnan(a->top3)) {
    line(f, a->many ? "one of the first three" : "among the first three", a->top3, NULL,
         both, b->top3);
  }
  line(f, "balanced accuracy", a->balanced, &s->balanced, both, b->balanced);
  line(f, "macro-F1", a->macro_f1, &s->macro_f1, both, b->macro_f1);
  line(f, "group-macro accuracy", a->group_accuracy, &s->group_accuracy, both,
       b->group_accuracy);
  line(f, "AUROC (macro)", a->auroc, NULL, both, b->auroc);
  line(f, "calibration error", a->ece, NULL, both, b->ece);
  if (both) {
    line(f, "int8 agrees with float", sf->agreement, NULL, false, 0);
  }
  unsure_line(f, sf);
  if (a->n_undecided) {
    fprintf(f, "  %u clips got no verdict (too short or silent): counted as wrong\n",
            a->n_undecided);
  }
  fprintf(f, "\n  %-14s %9s %7s %7s %8s %7s\n", a->many ? "label (int8)" : "class (int8)",
          "precision", "recall", "F1", "support", "AUROC");
  for (uint32_t l = 0; l < n_labels; ++l) {
    fprintf(f, "  %-14.14s %9.3f %7.3f %7.3f %8u", label[l], a->precision[l],
            a->recall[l], a->f1[l], a->support[l]);
    if (isnan(a->auroc_of[l])) {
      fputs("       -\n", f);
    } else {
      fprintf(f, " %7.3f\n", a->auroc_of[l]);
    }
  }
  if (!a->many) {
    confusion(f, a, n_labels, label);
    background(f, a, n_labels, label);
  }
}

/* Four decimals: what the number of clips supports, and no more bytes. */
static json_t *
number(double x)
{
  return isnan(x) ? json_null() : json_real(round(x * 1e4) / 1e4);
}

static json_t *
figures(const metrics *m)
{
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "accuracy", number(m->accuracy),
                   "top3", number(m->top3), "balanced", number(m->balanced), "macro_f1",
                   number(m->macro_f1), "group_accuracy", number(m->group_accuracy),
                   "auroc", number(m->auroc), "ece", number(m->ece));
}

static json_t *
range(interval i)
{
  return json_pack("[o, o]", number(i.low), number(i.high));
}

json_t *
report_json(const side_figures *sf, uint32_t n_labels, const char *const *label)
{
  const metrics *m = &sf->int8;
  json_t *int8 = figures(m), *classes = json_object();
  json_t *all = json_pack("{s:i, s:i, s:i, s:O, s:O}", "clips", (int)m->n, "groups",
                          (int)sf->n_groups, "undecided", (int)m->n_undecided, "int8",
                          int8, "classes", classes);
  json_object_set_new(int8, "accuracy_95", range(sf->spread.accuracy));
  json_object_set_new(int8, "balanced_95", range(sf->spread.balanced));
  json_object_set_new(int8, "macro_f1_95", range(sf->spread.macro_f1));
  json_object_set_new(int8, "group_accuracy_95", range(sf->spread.group_accuracy));
  for (uint32_t l = 0; l < n_labels; ++l) {
    json_object_set_new(classes, label[l],
                        json_pack("{s:o, s:o, s:o, s:i}", "precision",
                                  number(m->precision[l]), "recall", number(m->recall[l]),
                                  "f1", number(m->f1[l]), "support", (int)m->support[l]));
  }
  if (sf->has_float) {
    json_object_set_new(all, "float", figures(&sf->flt));
    json_object_set_new(all, "agreement", number(sf->agreement));
  }
  if (sf->margin > 0) {
    json_object_set_new(all, "unsure",
                        json_pack("{s:o, s:o, s:o}", "margin", number((double)sf->margin),
                                  "share", number(unsure_share(&sf->unsure)),
                                  "accuracy_of_rest",
                                  number(unsure_accuracy(&sf->unsure))));
  }
  json_decref(int8);
  json_decref(classes);
  return all;
}
