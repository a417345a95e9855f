/* SPDX-License-Identifier: ISC */
/* earshot-train check DATASET: what training would meet, before it starts. */
#include "audio.h"
#include "cmd.h"
#include "options.h"
#include "split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: earshot-train check DATASET [--csv FILE] [--columns "
                            "LIST] [--group-re REGEX]\n"
                            "                           [--split FILE] [--seed N]\n"
                            "\n"
                            "Reads every sound; counts clips, groups and hours; names "
                            "what is unreadable, silent,\n"
                            "too short, clipped or there twice; tries the split.  Exit "
                            "code 0: ready for training;\n"
                            "2: training would stop; 3: some sounds could not be read.\n"
                            "\n"
                            "examples:\n"
                            "  earshot-train check MySounds\n"
                            "  earshot-train check gtzan --csv index.csv\n";

typedef struct {
  double seconds, rate_hz, peak;
  double flat;   /* share of samples at the peak: clipping */
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
  k->seconds = (double)a.n_frames / a.rate_hz;
  k->flat = n && k->peak > 0.5 ? (double)at_peak / (double)n : 0;
  audio_free(&a);
}

/* Name what is wrong with each clip; returns how many could not be read. */
static uint32_t
print_problems(const dataset *ds, const look *k)
{
  uint32_t unreadable = 0;
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const char *key = ds->clip[i].key;
    if (k[i].problem) {
      printf("unreadable  %s\n", k[i].problem);
      ++unreadable;
    } else if (k[i].seconds < 1) {
      printf("short       %s: %.2f s\n", key, k[i].seconds);
    } else if (k[i].peak < 3.2e-4) { /* -70 dBFS, the engine's gate */
      printf("silent      %s: peak %.1f dBFS\n", key, 20 * log10(k[i].peak + 1e-10));
    } else if (1e6 * k[i].flat > FLAT_PPM) {
      printf("clipped     %s: %.2f %% of the samples at its peak\n", key,
             100 * k[i].flat);
    }
  }
  return unreadable;
}

static void
print_twins(const dataset *ds)
{
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    for (uint32_t j = i + 1; j < ds->n_clips && ds->clip[i].sha256[0]; ++j) {
      if (strcmp(ds->clip[i].sha256, ds->clip[j].sha256) == 0) {
        printf("twice       %s and %s%s\n", ds->clip[i].key, ds->clip[j].key,
               ds->clip[i].label == ds->clip[j].label ? "" : ": in two classes");
        break;
      }
    }
  }
}

static void
print_classes(const dataset *ds, const look *k)
{
  bool *seen = calloc(ds->n_groups + 1u, sizeof *seen);
  printf("\n%-20s %8s %8s %9s %7s %7s %7s\n", "class", "clips", "groups", "minutes",
         "train", "valid", "test");
  for (uint32_t l = 0; l < ds->n_labels && seen; ++l) {
    uint32_t n = 0, groups = 0, sides[N_SIDES] = {0};
    double seconds = 0;
    memset(seen, 0, ds->n_groups * sizeof *seen);
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      const clip *c = &ds->clip[i];
      if (c->label == l) {
        ++n;
        groups += !seen[c->group];
        seen[c->group] = true;
        seconds += k[i].seconds;
        ++sides[c->side];
      }
    }
    printf("%-20.20s %8u %8u %9.1f %7u %7u %7u\n", ds->label[l], n, groups, seconds / 60,
           sides[SIDE_TRAIN], sides[SIDE_VALID], sides[SIDE_TEST]);
  }
  free(seen);
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
  dataset *ds = &in.ds;
  look *k = calloc(ds->n_clips + 1u, sizeof *k);
  if (!k) {
    intake_free(&in);
    return CMD_FAILED;
  }
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    look_at(&k[i], ds->clip[i].path);
  }
  code = print_problems(ds, k) ? CMD_SOME_FAILED : CMD_DONE;
  print_twins(ds);
  const ear_status st = try_split(ds, &o, &err);
  print_classes(ds, k);
  if (st) {
    printf("\nnot ready: %s\n", err.text);
    code = CMD_FAILED;
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    free(k[i].problem);
  }
  free(k);
  intake_free(&in);
  return code;
}
