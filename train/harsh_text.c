/* SPDX-License-Identifier: ISC */
/* The protocol's page, for a terminal and for the card: 80 columns, dot decimals. */
#include "harsh_protocol.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void
put_percent(FILE *f, double share)
{
  if (isnan(share)) {
    fprintf(f, "     -");
  } else {
    fprintf(f, " %5.1f", 100 * share);
  }
}

static void
put_row(FILE *f, const harsh_row *row, int cell)
{
  const harsh_figures *g = &row->cell[cell];
  fprintf(f, "  %-30.30s %.3f [%.3f %.3f]", row->name, g->auroc, g->auroc_low,
          g->auroc_high);
  put_percent(f, g->balanced);
  put_percent(f, g->pair);
  fprintf(f, "  %5.2f", g->rank);
  put_percent(f, g->neutral_alarms);
  put_percent(f, g->clean_alarms);
  putc('\n', f);
}

static void
put_kinds(FILE *f, const harsh_protocol *p)
{
  fprintf(f,
          "\nBy kind, at the threshold, versions with one kind only (recall, F1 in %%):\n"
          "  kind          seen processor   unseen processor   (unseen artists)\n");
  for (int k = 0; k < DEGRADE_IDENTIFIER; ++k) {
    fprintf(f, "  %-12s", degrade_kind_name((degrade_kind)k));
    put_percent(f, p->model.cell[CELL_UNSEEN_SEEN].recall[k]);
    put_percent(f, p->model.cell[CELL_UNSEEN_SEEN].f1[k]);
    fprintf(f, "     ");
    put_percent(f, p->model.cell[CELL_UNSEEN_UNSEEN].recall[k]);
    put_percent(f, p->model.cell[CELL_UNSEEN_UNSEEN].f1[k]);
    putc('\n', f);
  }
}

static void
put_rounding(FILE *f, const harsh_rounding *r)
{
  if (r->n == 0) {
    return;
  }
  fprintf(f,
          "\nint8 against float (unseen artists, %u excerpts):\n"
          "  same flag                          %6.2f %%\n"
          "  same side of 0.5                   %6.2f %%\n"
          "  balanced accuracy at the threshold %6.2f %% int8, %.2f %% float, %+.2f\n"
          "  AUROC                               %.4f int8, %.4f float\n"
          "  posteriors differ by                %.4f on average\n",
          r->n, 100 * r->same_flag, 100 * r->same_label, 100 * r->balanced[0],
          100 * r->balanced[1], 100 * (r->balanced[0] - r->balanced[1]), r->auroc[0],
          r->auroc[1], r->calibration_gap);
}

/* "  severity within a track  0.83  0.79", seen and unseen processors. */
static void
put_figure(FILE *f, const char *name, double seen, double fresh, int digits)
{
  fprintf(f, "  %-36s", name);
  for (int i = 0; i < 2; ++i) {
    const double v = i ? fresh : seen;
    if (isnan(v)) {
      fprintf(f, " %10s", "-");
    } else {
      fprintf(f, " %10.*f", digits, v);
    }
  }
  putc('\n', f);
}

/* The further heads, and what the posterior gives in their place. */
static void
put_heads(FILE *f, const harsh_protocol *p)
{
  const harsh_heads *a = &p->heads[CELL_UNSEEN_SEEN], *b = &p->heads[CELL_UNSEEN_UNSEEN];
  fprintf(f, "\nUnseen artists                            seen proc. unseen proc.\n");
  put_figure(f, "rank with severity: posterior", p->model.cell[CELL_UNSEEN_SEEN].rank,
             p->model.cell[CELL_UNSEEN_UNSEEN].rank, 2);
  put_figure(f, "rank with severity: severity head", a->severity_rank, b->severity_rank,
             2);
  put_figure(f, "severity is off by, of 100", a->severity_error, b->severity_error, 1);
  put_figure(f, "kind is right, one kind only (%)", 100 * a->right_all,
             100 * b->right_all, 1);
  for (int k = 0; k < RECIPE_N_KINDS && !(isnan(a->right_all) && isnan(b->right_all));
       ++k) {
    char name[40];
    snprintf(name, sizeof name, "  %s", degrade_kind_name((degrade_kind)k));
    put_figure(f, name, 100 * a->right[k], 100 * b->right[k], 1);
  }
  put_figure(f, "range covers a true centre (%)", 100 * a->covered, 100 * b->covered, 1);
  put_figure(f, "  of so many of presence, resonance", a->n_placed, b->n_placed, 0);
  put_figure(f, "  ranges are wide, octaves", a->octaves, b->octaves, 2);
}

static void
put_changes(FILE *f, const harsh_protocol *p)
{
  const harsh_pool *pool = &p->pool[CELL_UNSEEN_UNSEEN];
  fprintf(f, "\nWhat should change nothing (posterior moves by, at most; other flag):\n");
  for (uint32_t k = 0; k < HARSH_N_CHANGES; ++k) {
    const harsh_steadiness s = harsh_steadiness_of(pool, k, p->model.threshold);
    fprintf(f, "  %-26s %.3f  %.3f", harsh_change_name(k), s.moved, s.most);
    put_percent(f, s.flipped);
    putc('\n', f);
  }
}

char *
harsh_protocol_text(const harsh_protocol *p)
{
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return NULL;
  }
  for (int c = 0; c < HARSH_N_CELLS; ++c) {
    const harsh_figures *g = &p->model.cell[c];
    fprintf(f,
            "%s%s: %u harsh, %u neutral, %u clean, %u artists\n"
            "  %-30s AUROC  95 %%          bal.   pair   rank  neutr  clean\n",
            c ? "\n" : "", harsh_cell_name[c], g->n_harsh, g->n_neutral, g->n_clean,
            g->n_artists, "");
    put_row(f, &p->model, c);
    put_row(f, &p->regression, c);
    put_row(f, &p->measure, c);
  }
  put_kinds(f, p);
  fprintf(f, "\nUnseen artist, unseen processor:\n");
  fprintf(f, "  expected calibration error          %.3f\n", p->calibration_error);
  fprintf(f, "  neutral alarms at 95 %% valid recall %5.1f %%\n",
          100 * p->alarms_at_95[0]);
  if (p->n_metal) {
    fprintf(f,
            "  untouched metal (%u excerpts):      %5.1f %% alarms, %.1f %% at 95 %%\n",
            p->n_metal, 100 * p->metal_alarms, 100 * p->alarms_at_95[1]);
  }
  fprintf(f,
          "  published operator:                 AUROC %.3f, balanced accuracy %.1f %%\n",
          p->identifier_auroc, 100 * p->identifier_balanced);
  fprintf(f, "  threshold                           %.3f\n", p->model.threshold);
  put_heads(f, p);
  put_rounding(f, &p->rounding);
  put_changes(f, p);
  fprintf(f,
          "\nbal.: balanced accuracy; pair: a harsh version above its clean one; rank:\n"
          "Spearman with severity within an excerpt; neutr, clean: false alarms on\n"
          "neutrally processed and on untouched versions.  Percent but AUROC and rank.\n"
          "Labels were made by measurement; no listeners took part: not perceptually\n"
          "validated.\n");
  fclose(f);
  return text;
}
