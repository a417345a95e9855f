/* SPDX-License-Identifier: ISC */
/* earshot-train check DATASET: what training would meet, before it starts. */
#include "audio.h"
#include "cmd.h"
#include "options.h"
#include "page_check.h"
#include "shell_word.h"
#include "split.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: earshot-train check DATASET [--csv FILE] [--columns "
    "LIST] [--group-re REGEX]\n"
    "                           [--split FILE] [--seed N] [-o PAGE.html]\n"
    "\n"
    "Reads every sound; counts clips, groups and hours; names "
    "what is unreadable, silent,\n"
    "too short, clipped or there twice; tries the split.  Exit "
    "code 0: ready for training;\n"
    "2: training would stop; 3: some sounds could not be read.\n"
    "-o: all of it as a page with pictures.\n"
    "\n"
    "examples:\n"
    "  earshot-train check MySounds -o check.html\n"
    "  earshot-train check gtzan --csv index.csv\n";

typedef struct {
  double seconds, rate_hz, peak;
  double flat; /* share of samples at the peak: clipping */
  uint32_t n_channels;
  char *problem; /* that it could not be read */
} look;

enum { FLAT_PPM = 1000 }; /* of samples at full scale: clipped */

static void
look_at(look *k, const char *path)
{
  audio a;
  ear_error e = {""};
  if (audio_read(&a, path, 0, 0, &e)) {
    k->problem = strdup(e.text);
    return;
  }
  const size_t n = a.n_frames * a.n_channels;
  size_t at_peak = 0;
  for (size_t i = 0; i < n; ++i) {
    k->peak = fmax(k->peak, fabs((double)a.x[i]));
  }
  for (size_t i = 0; i < n; ++i) {
    at_peak += fabs((double)a.x[i]) >= 0.999 * k->peak;
  }
  k->rate_hz = a.rate_hz;
  k->n_channels = a.n_channels;
  k->seconds = (double)a.n_frames / a.rate_hz;
  k->flat = n && k->peak > 0.5 ? (double)at_peak / (double)n : 0;
  audio_free(&a);
}

enum { UNREADABLE, SHORT, SILENT, CLIPPED, TWICE, N_KINDS };

static const char *const kind_name[N_KINDS] = {"unreadable", "short", "silent", "clipped",
                                               "twice"};
static const char *const kind_advice[N_KINDS] = {
    "training leaves them out; export them again or remove them",
    "under a second there is little to learn from; join or remove them",
    "they teach that silence belongs to the class; remove them",
    "many samples stand at their peak; if that is not their sound, find the original",
    "the same bytes lie under two names; keep one, above all when the classes differ"};

/* What was found, by kind; also said on stdout when it is added. */
typedef struct {
  uint32_t n[N_KINDS];
  char **line[N_KINDS];
} findings;

__attribute__((format(printf, 3, 4))) static void
found(findings *fs, int kind, const char *format, ...)
{
  char *text = NULL;
  va_list ap;
  va_start(ap, format);
  const int length = vasprintf(&text, format, ap);
  va_end(ap);
  char **more = realloc(fs->line[kind], (fs->n[kind] + 1u) * sizeof *more);
  fs->line[kind] = more ? more : fs->line[kind];
  if (length >= 0 && more) {
    printf("%-11s %s\n", kind_name[kind], text);
    more[fs->n[kind]++] = text;
  }
}

static void
findings_free(findings *fs)
{
  for (int kind = 0; kind < N_KINDS; ++kind) {
    for (uint32_t i = 0; i < fs->n[kind]; ++i) {
      free(fs->line[kind][i]);
    }
    free(fs->line[kind]);
  }
}

/* Name what is wrong with each clip. */
static void
find_problems(findings *fs, const dataset *ds, const look *k)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const char *key = ds->clip[i].key;
    if (k[i].problem) {
      found(fs, UNREADABLE, "%s", k[i].problem);
    } else if (k[i].seconds < 1) {
      found(fs, SHORT, "%s: %.2f s", key, k[i].seconds);
    } else if (k[i].peak < 3.2e-4) { /* -70 dBFS, the engine's gate */
      found(fs, SILENT, "%s: peak %.1f dBFS", key, 20 * log10(k[i].peak + 1e-10));
    } else if (1e6 * k[i].flat > FLAT_PPM) {
      found(fs, CLIPPED, "%s: %.2f %% of the samples at its peak", key, 100 * k[i].flat);
    }
  }
}

static void
find_twins(findings *fs, const dataset *ds)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    for (uint32_t j = i + 1; j < ds->n_clips && ds->clip[i].sha256[0]; ++j) {
      if (strcmp(ds->clip[i].sha256, ds->clip[j].sha256) == 0) {
        found(fs, TWICE, "%s and %s%s", ds->clip[i].key, ds->clip[j].key,
              ds->clip[i].label == ds->clip[j].label ? "" : ": in two classes");
        break;
      }
    }
  }
}

static ear_status
count_classes(page_class *cls, const dataset *ds, const look *k)
{
  bool *seen = calloc(ds->n_groups + 1u, sizeof *seen);
  for (uint32_t l = 0; l < ds->n_labels && seen; ++l) {
    page_class *c = &cls[l];
    *c = (page_class){.label = ds->label[l]};
    memset(seen, 0, ds->n_groups * sizeof *seen);
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      const clip *one = &ds->clip[i];
      if (one->label == l) {
        ++c->clips;
        c->groups += !seen[one->group];
        seen[one->group] = true;
        c->seconds += k[i].seconds;
        c->train += one->side == SIDE_TRAIN;
        c->valid += one->side == SIDE_VALID;
        c->test += one->side == SIDE_TEST;
      }
    }
  }
  const bool good = seen != NULL;
  free(seen);
  return good ? EAR_OK : EAR_NO_MEMORY;
}

static void
print_classes(const page_class *cls, uint32_t n)
{
  printf("\n%-20s %8s %8s %9s %7s %7s %7s\n", "class", "clips", "groups", "minutes",
         "train", "valid", "test");
  for (uint32_t l = 0; l < n; ++l) {
    const page_class *c = &cls[l];
    printf("%-20.20s %8u %8u %9.1f %7u %7u %7u\n", c->label, c->clips, c->groups,
           c->seconds / 60, c->train, c->valid, c->test);
  }
}

/* All of it as a page. */
static ear_status
write_page(const options *o, const dataset *ds, const look *k, const page_class *cls,
           const findings *fs, const char *stopped, ear_error *err)
{
  char run[2 * PATH_MAX + 64], folder[PATH_MAX], out[PATH_MAX];
  page_problem problem[N_KINDS];
  double *v = malloc((3u * ds->n_clips + 1) * sizeof *v);
  uint32_t *channels = malloc((ds->n_clips + 1u) * sizeof *channels), n = 0;
  for (uint32_t i = 0; v && channels && i < ds->n_clips; ++i) {
    if (!k[i].problem) {
      v[n] = k[i].seconds;
      v[ds->n_clips + n] = k[i].rate_hz;
      v[2 * (size_t)ds->n_clips + n] = k[i].peak;
      channels[n++] = k[i].n_channels;
    }
  }
  for (int i = 0; i < N_KINDS; ++i) {
    problem[i] = (page_problem){kind_name[i], kind_advice[i], fs->n[i],
                                (const char *const *)fs->line[i]};
  }
  shell_word(folder, sizeof folder, o->dataset);
  snprintf(run, sizeof run, "%.*s.safetensors", PATH_MAX, ds->name);
  shell_word(out, sizeof out, run);
  snprintf(run, sizeof run, "earshot-train %s -o %s", folder, out);
  const page_check pc = {.name = ds->name,
                         .stopped = stopped,
                         .run = o->source.csv ? NULL : run,
                         .n_clips = ds->n_clips,
                         .n_groups = ds->n_groups,
                         .n_read = n,
                         .seconds = v,
                         .rate_hz = v + ds->n_clips,
                         .peak = v + 2 * (size_t)ds->n_clips,
                         .channels = channels,
                         .n_classes = ds->n_labels,
                         .cls = cls,
                         .n_problems = N_KINDS,
                         .problem = problem};
  const ear_status st =
      v && channels ? page_check_write(o->out, &pc, err) : EAR_NO_MEMORY;
  free(v);
  free(channels);
  return st;
}

/* The sides that training would use. */
static ear_status
try_split(dataset *ds, const options *o, ear_error *err)
{
  if (o->split) {
    const ear_status st = split_read(ds, o->split, err);
    return st ? st : split_check(ds, err);
  }
  if (split_given(ds)) {
    return split_check(ds, err);
  }
  const ear_status st = split_join_duplicates(ds);
  return st ? st : split_make(ds, o->seed, err);
}

/* Look at every clip, say what was found; an exit code. */
static int
check(const options *o, dataset *ds, look *k)
{
  findings fs = {0};
  page_class cls[EAR_MAX_LABELS];
  ear_error err = {""}, page_err = {""};
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    look_at(&k[i], ds->clip[i].path);
  }
  find_problems(&fs, ds, k);
  find_twins(&fs, ds);
  int code = fs.n[UNREADABLE] ? CMD_SOME_FAILED : CMD_DONE;
  const ear_status st = try_split(ds, o, &err);
  const bool counted = count_classes(cls, ds, k) == EAR_OK;
  print_classes(cls, counted ? ds->n_labels : 0);
  if (st) {
    printf("\nnot ready: %s\n", err.text);
    code = CMD_FAILED;
  }
  if (o->out && counted &&
      write_page(o, ds, k, cls, &fs, st ? err.text : NULL, &page_err)) {
    fprintf(stderr, "earshot-train: %s\n", page_err.text);
    code = CMD_FAILED;
  }
  findings_free(&fs);
  return code;
}

int
cmd_check(int argc, char **argv)
{
  options o;
  intake in;
  ear_error err = {""};
  const intake_say quiet = {NULL, NULL};
  int code = options_parse(&o, argc, argv, 1, usage);
  if (code || o.help) {
    return code;
  }
  if (intake_open(&in, &o, NULL, false, &quiet, &err)) {
    fprintf(stderr, "earshot-train: %s\n", err.text);
    return CMD_FAILED;
  }
  look *k = calloc(in.ds.n_clips + 1u, sizeof *k);
  code = k ? check(&o, &in.ds, k) : CMD_FAILED;
  for (uint32_t i = 0; k && i < in.ds.n_clips; ++i) {
    free(k[i].problem);
  }
  free(k);
  intake_free(&in);
  return code;
}
