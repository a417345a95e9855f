/* SPDX-License-Identifier: ISC */
/* All systems are judged on the same drawn groups, so what is hard for all does not make
   their difference look uncertain. */
#include "compare_judge.h"
#include "group_draw.h"

#include <stdlib.h>

static const char *const figure[COMPARE_FIGURES] = {"accuracy", "group-macro", "macro-F1",
                                                    "AUROC"};
static const char *const column[COMPARE_FIGURES] = {"accuracy", "group_accuracy",
                                                    "macro_f1", "auroc"};

static ear_status
add_figures(double *sum, const predictions *pr, uint32_t n_seeds)
{
  metrics m;
  const ear_status st = metrics_compute(&m, pr);
  const double of[COMPARE_FIGURES] = {m.accuracy, m.group_accuracy, m.macro_f1, m.auroc};
  for (int q = 0; q < COMPARE_FIGURES && !st; ++q) {
    sum[q] += of[q] / n_seeds;
  }
  return st;
}

static predictions
predictions_of(const comparison *c, const float *p)
{
  return (predictions){c->n_clips, c->n_labels, c->truth, c->group, p, NULL};
}

static ear_status
judge_whole(compared_figures *f, const comparison *c, const compared *s)
{
  ear_status st = EAR_OK;
  uint32_t same = 0;
  for (uint32_t k = 0; k < c->n_seeds && !st; ++k) {
    const predictions pr = predictions_of(c, s->p[k]);
    st = add_figures(f->value, &pr, c->n_seeds);
    if (!st && s->flt[k]) {
      const predictions by_float = predictions_of(c, s->flt[k]);
      st = add_figures(f->flt, &by_float, c->n_seeds);
      for (uint32_t i = 0; i < c->n_clips; ++i) {
        const size_t at = (size_t)i * c->n_labels;
        same +=
            label_of(s->p[k] + at, c->n_labels) == label_of(s->flt[k] + at, c->n_labels);
      }
    }
  }
  f->agreement = (double)same / c->n_clips / c->n_seeds;
  return st;
}

/* Figures of every system on one draw: x [systems][COMPARE_FIGURES]. */
static ear_status
judge_draw(const comparison *c, group_draw *g, gathered *to, uint64_t draw, double *x)
{
  rng random = rng_stream(1, 0xc0de, draw);
  const uint32_t n = group_draw_next(g, &random);
  ear_status st = EAR_OK;
  for (uint32_t k = 0; k < c->n_systems; ++k) {
    for (uint32_t s = 0; s < c->n_seeds && !st; ++s) {
      const predictions pr = predictions_of(c, c->system[k].p[s]);
      const predictions drawn = gather(to, g, n, &pr);
      st = add_figures(x + (size_t)k * COMPARE_FIGURES, &drawn, c->n_seeds);
    }
  }
  return st;
}

/* x [draws][systems][COMPARE_FIGURES]; column has room for the draws. */
static void
spread_of(compared_figures *f, const comparison *c, const double *x, uint32_t n,
          double *of_draw)
{
  const size_t width = (size_t)c->n_systems * COMPARE_FIGURES;
  for (size_t at = 0; at < width; ++at) {
    const size_t k = at / COMPARE_FIGURES, q = at % COMPARE_FIGURES;
    for (uint32_t d = 0; d < n; ++d) {
      of_draw[d] = x[d * width + at];
    }
    f[k].spread[q] = interval_of(of_draw, n);
    for (uint32_t d = 0; d < n; ++d) {
      of_draw[d] = x[d * width + at] - x[d * width + q];
    }
    f[k].more_spread[q] = interval_of(of_draw, n);
    f[k].more[q] = f[k].value[q] - f[0].value[q];
  }
}

ear_status
compare_judge(compared_figures *f, const comparison *c, uint32_t n_draws)
{
  group_draw g;
  gathered to = {0};
  const size_t width = (size_t)c->n_systems * COMPARE_FIGURES;
  const predictions one = predictions_of(c, c->system[0].p[0]);
  double *x = calloc((n_draws + 1) * width, sizeof *x);
  double *of_draw = calloc(n_draws + 1u, sizeof *of_draw);
  ear_status st = x && of_draw ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t k = 0; k < c->n_systems && !st; ++k) {
    f[k] = (compared_figures){.agreement = 0};
    st = judge_whole(&f[k], c, &c->system[k]);
  }
  const ear_status made = group_draw_new(&g, c->group, c->n_clips);
  st = st ? st : made ? made : gathered_new(&to, &g, &one);
  for (uint32_t d = 0; d < n_draws && !st; ++d) {
    st = judge_draw(c, &g, &to, d, x + d * width);
  }
  if (!st) {
    spread_of(f, c, x, n_draws, of_draw);
  }
  free(x);
  free(of_draw);
  gathered_free(&to);
  group_draw_free(&g);
  return st;
}

void
compare_text(FILE *to, const comparison *c, const compared_figures *f)
{
  fprintf(to,
          "%u clips of %u groups in %u folds by group, seeds 1 to %u: held-out clips "
          "pooled, mean over\nseeds, 95 %% by bootstrap over groups, percent\n%-22s",
          c->n_clips, c->n_groups, c->n_folds, c->n_seeds, "");
  for (int q = 0; q < COMPARE_FIGURES; ++q) {
    fprintf(to, "  %-*s", q + 1 < COMPARE_FIGURES ? 19 : 0, figure[q]);
  }
  for (uint32_t k = 0; k < c->n_systems; ++k) {
    const compared *s = &c->system[k];
    fprintf(to, "\n%-22.22s", s->name);
    for (int q = 0; q < COMPARE_FIGURES; ++q) {
      fprintf(to, "  %5.1f [%5.1f %5.1f]", 100 * f[k].value[q], 100 * f[k].spread[q].low,
              100 * f[k].spread[q].high);
    }
    if (k > 0) {
      fprintf(to, "\n  minus %-14.14s", c->system[0].name);
      for (int q = 0; q < COMPARE_FIGURES; ++q) {
        fprintf(to, "  %+5.1f [%+5.1f %+5.1f]", 100 * f[k].more[q],
                100 * f[k].more_spread[q].low, 100 * f[k].more_spread[q].high);
      }
    }
    if (!s->baseline) {
      fprintf(to, "\n  %-20s", "as floats");
      for (int q = 0; q < COMPARE_FIGURES; ++q) {
        fprintf(to, "  %5.1f%-*s", 100 * f[k].flt[q], q + 1 < COMPARE_FIGURES ? 14 : 0,
                "");
      }
      fprintf(to, "\n  %-20s  %.1f %% of the clips; %llu weights and biases",
              "int8 agrees on", 100 * f[k].agreement,
              (unsigned long long)s->n_parameters);
    }
    if (s->unsure.n_unsure) {
      fprintf(to, "\n  %-20s  %.1f %% of the clips; of the rest %.1f %% are right",
              "unsure of", 100 * unsure_share(&s->unsure),
              100 * unsure_accuracy(&s->unsure));
    }
  }
  putc('\n', to);
}

void
compare_table(FILE *to, const comparison *c, const compared_figures *f)
{
  fputs(
      "system,parameters,figure,value,low,high,float,agreement,more,more_low,more_high\n",
      to);
  for (uint32_t k = 0; k < c->n_systems; ++k) {
    const bool network = !c->system[k].baseline;
    for (int q = 0; q < COMPARE_FIGURES; ++q) {
      fprintf(to, "%s,%llu,%s,%.6f,%.6f,%.6f,", c->system[k].name,
              (unsigned long long)c->system[k].n_parameters, column[q], f[k].value[q],
              f[k].spread[q].low, f[k].spread[q].high);
      if (network) {
        fprintf(to, "%.6f,%.6f", f[k].flt[q], f[k].agreement);
      } else {
        putc(',', to);
      }
      fprintf(to, ",%.6f,%.6f,%.6f\n", f[k].more[q], f[k].more_spread[q].low,
              f[k].more_spread[q].high);
    }
  }
}
