/* SPDX-License-Identifier: ISC */
/* A fold is a run like any other, so an interrupted one goes on where it was and a
   finished one is only judged again. */
#include "fail.h"
#include "file.h"
#include "parallel.h"
#include "parallel_data.h"
#include "split.h"
#include "train_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_FIGURES = 4 };
static const char *const figure[N_FIGURES] = {"accuracy", "balanced_accuracy", "macro_f1",
                                              "auroc"};

typedef struct {
  double value[N_FIGURES]; /* of the int8 model on the fold's test side */
  uint32_t n_clips;
} fold_figures;

static ear_status
run_fold(const train_job *j, uint32_t k, fold_figures *f, ear_error *err)
{
  char out[PATH_MAX], name[64], *text = NULL;
  options o = *j->o;
  run_folder folder;
  delivered result;
  bool stopped;
  snprintf(name, sizeof name, "fold-%u.safetensors", k + 1);
  o.out = run_folder_file(j->folder, name, out);
  ear_status st = train_folder(&folder, &o, err);
  if (st) {
    return st;
  }
  fprintf(stderr, "fold %u of %u: train %u, valid %u, test %u clips\n", k + 1, o.folds,
          dataset_side(&j->in->ds, SIDE_TRAIN, NULL),
          dataset_side(&j->in->ds, SIDE_VALID, NULL),
          dataset_side(&j->in->ds, SIDE_TEST, NULL));
  const train_job own = {&o, j->r, j->in, &folder, j->stop, j->init};
  st = train_run(&own, &result, &text, &stopped, err);
  if (!st && text) {
    const metrics *m = &result.side[result.n_sides - 1].int8;
    *f = (fold_figures){{m->accuracy, m->balanced, m->macro_f1, m->auroc}, m->n};
  }
  free(text);
  delivered_free(&result);
  run_folder_close(&folder);
  return st;
}

static void
mean_and_spread(const fold_figures *f, uint32_t n, int which, double *mean, double *sd)
{
  double sum = 0, squares = 0;
  for (uint32_t i = 0; i < n; ++i) {
    sum += f[i].value[which];
  }
  *mean = sum / n;
  for (uint32_t i = 0; i < n; ++i) {
    squares += (f[i].value[which] - *mean) * (f[i].value[which] - *mean);
  }
  *sd = n > 1 ? sqrt(squares / (n - 1)) : 0;
}

static void
print_table(FILE *f, const fold_figures *k, uint32_t n)
{
  fputs("fold,clips", f);
  for (int i = 0; i < N_FIGURES; ++i) {
    fprintf(f, ",%s", figure[i]);
  }
  for (uint32_t i = 0; i < n; ++i) {
    fprintf(f, "\n%u,%u", i + 1, k[i].n_clips);
    for (int q = 0; q < N_FIGURES; ++q) {
      fprintf(f, ",%.6f", k[i].value[q]);
    }
  }
  putc('\n', f);
}

static void
print_text(FILE *f, const fold_figures *k, uint32_t n)
{
  fprintf(f, "%u folds by group, each judged on clips that it never met (int8):\n", n);
  for (int q = 0; q < N_FIGURES; ++q) {
    double mean, sd, least = INFINITY, most = -INFINITY;
    mean_and_spread(k, n, q, &mean, &sd);
    for (uint32_t i = 0; i < n; ++i) {
      least = fmin(least, k[i].value[q]);
      most = fmax(most, k[i].value[q]);
    }
    fprintf(f, "  %-18s %5.1f %% +- %.1f (from %.1f to %.1f)\n", figure[q], 100 * mean,
            100 * sd, 100 * least, 100 * most);
  }
}

static char *
to_text(void (*print)(FILE *f, const fold_figures *k, uint32_t n), const fold_figures *k,
        uint32_t n)
{
  char *text = NULL;
  size_t size;
  FILE *f = open_memstream(&text, &size);
  if (!f) {
    return NULL;
  }
  print(f, k, n);
  return fclose(f) == 0 ? text : NULL;
}

static ear_status
write_table(const train_job *j, const fold_figures *k, ear_error *err)
{
  char path[PATH_MAX], *table = to_text(print_table, k, j->o->folds);
  const ear_status st = table ? file_write(run_folder_file(j->folder, "folds.csv", path),
                                           table, strlen(table), NULL, err)
                              : fail(err, EAR_NO_MEMORY, "not enough memory");
  free(table);
  return st;
}

ear_status
train_folds(const train_job *j, intake *in, char **text, bool *stopped, ear_error *err)
{
  dataset *ds = &in->ds;
  const uint32_t n = j->o->folds;
  uint32_t *fold = calloc(ds->n_clips + 1u, sizeof *fold);
  side *before = calloc(ds->n_clips + 1u, sizeof *before);
  fold_figures *k = calloc(n, sizeof *k);
  *text = NULL;
  ear_status st =
      fold && before && k ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  if (!st && split_join_duplicates(ds)) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (!st && parallel_first()) { /* the others are told the sides */
    st = split_folds(ds, n, j->o->seed, fold, err);
  }
  st = parallel_agree(st, err);
  for (uint32_t i = 0; i < ds->n_clips && before; ++i) {
    before[i] = ds->clip[i].side;
  }
  for (uint32_t i = 0; i < n && !st && !parallel_any(*j->stop); ++i) {
    split_use_fold(ds, fold, n, i);
    st = parallel_data_sides(ds, err);
    st = st ? st : split_check(ds, err);
    st = st ? st : run_fold(j, i, &k[i], err);
  }
  *stopped = parallel_any(*j->stop);
  for (uint32_t i = 0; i < ds->n_clips && before; ++i) {
    ds->clip[i].side = before[i];
  }
  if (!st && !*stopped && parallel_first()) {
    st = write_table(j, k, err);
    *text = to_text(print_text, k, n);
  }
  free(fold);
  free(before);
  free(k);
  return st;
}
