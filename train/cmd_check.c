/* SPDX-License-Identifier: ISC */
/* earshot-train check DATASET: what training would meet, before it starts. */
#include "cmd.h"
#include "hash_cache.h"
#include "inspect_text.h"
#include "options.h"
#include "page_check.h"
#include "shell_word.h"
#include "split.h"
#include "train_pick.h"
#include "train_say.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: earshot-train check DATASET [--csv FILE] [--columns LIST] [--group-re "
    "REGEX]\n"
    "                           [--group-tag artist|album] [--split FILE] [--seed N]\n"
    "                           [--levels N] [--several] [--recipe NAME|FILE]\n"
    "                           [--cache DIR|none] [--json] [-o PAGE.html]\n"
    "\n"
    "Reads every sound; counts clips, groups and hours; names what is unreadable, "
    "silent,\n"
    "short, clipped, there twice (the same samples) or alike (the same recording "
    "through\n"
    "another codec, level, rate or cut); tries the split.\n"
    "Exit code 0: ready for training; 2: training would stop; 3: some sounds could not "
    "be "
    "read.\n"
    "  --recipe       that will train: clips shorter than its window are named\n"
    "  -o PAGE.html   all of it as a page with pictures\n"
    "  --json         all of it for machines, instead of the table\n"
    "\n"
    "examples:\n"
    "  earshot-train check MySounds -o check.html\n"
    "  earshot-train check gtzan --csv index.csv --json > dataset.json\n";

enum { SHOWN = 12 }; /* lines of each kind of problem */

/* The sides that training would use, and whether it would start. */
static ear_status
try_split(dataset *ds, const inspected *in, const options *o, ear_error *err)
{
  uint32_t n_apart = 0;
  ear_status st = dataset_check(ds, err);
  st = st ? st : duplicates_check(&in->copies, ds, err);
  if (st) {
    return st;
  }
  if (o->split || split_given(ds)) {
    st = o->split ? split_read(ds, o->split, err) : EAR_OK;
    st = st ? st : split_check(ds, err);
    return st ? st : duplicates_check(&in->copies, ds, err);
  }
  st = duplicates_join(&in->copies, ds, &n_apart);
  return st ? st : split_make(ds, o->seed, err);
}

/* What the page shows of each clip. */
typedef struct {
  double *seconds, *rate_hz, *peak, *level_db; /* [n] */
  uint32_t *channels;
  page_class cls[EAR_MAX_LABELS];
  page_problem problem[N_FINDINGS];
} page_data;

static ear_status
page_data_of(page_data *d, const inspected *in, const dataset *ds, const findings *fs)
{
  const size_t room = in->n + 1u;
  d->seconds = malloc(4 * room * sizeof *d->seconds);
  d->channels = malloc(room * sizeof *d->channels);
  if (!d->seconds || !d->channels) {
    return EAR_NO_MEMORY;
  }
  d->rate_hz = d->seconds + room;
  d->peak = d->rate_hz + room;
  d->level_db = d->peak + room;
  for (uint32_t i = 0; i < in->n; ++i) {
    d->seconds[i] = in->sound[i].seconds;
    d->rate_hz[i] = in->sound[i].rate_hz;
    d->peak[i] = pow(10, in->sound[i].peak_db / 20);
    d->level_db[i] = in->sound[i].level_db;
    d->channels[i] = in->sound[i].n_channels;
  }
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    inspect_class c;
    if (inspect_class_of(&c, in, ds, l)) {
      return EAR_NO_MEMORY;
    }
    d->cls[l] = (page_class){
        ds->label[l],       c.clips,          c.groups, c.seconds, c.side[SIDE_TRAIN],
        c.side[SIDE_VALID], c.side[SIDE_TEST]};
  }
  for (finding k = 0; k < N_FINDINGS; ++k) {
    d->problem[k] = (page_problem){finding_name(k), finding_advice(fs, k), fs->n[k],
                                   (const char *const *)fs->line[k]};
  }
  return EAR_OK;
}

static ear_status
write_page(const options *o, const inspected *in, const dataset *ds, const findings *fs,
           const char *stopped, ear_error *err)
{
  char run[2 * PATH_MAX + 64], folder[PATH_MAX], out[PATH_MAX];
  page_data d = {0};
  shell_word(folder, sizeof folder, o->dataset);
  snprintf(run, sizeof run, "%.*s.safetensors", PATH_MAX, ds->name);
  shell_word(out, sizeof out, run);
  snprintf(run, sizeof run, "earshot-train %s -o %s", folder, out);
  ear_status st = page_data_of(&d, in, ds, fs);
  const page_check pc = {.name = ds->name,
                         .stopped = stopped,
                         .run = o->source.csv ? NULL : run,
                         .n_clips = ds->n_clips + in->n_unreadable,
                         .n_groups = ds->n_groups,
                         .n_read = in->n,
                         .seconds = d.seconds,
                         .rate_hz = d.rate_hz,
                         .peak = d.peak,
                         .level_db = d.level_db,
                         .channels = d.channels,
                         .n_classes = ds->n_labels,
                         .cls = d.cls,
                         .n_problems = N_FINDINGS,
                         .problem = d.problem};
  st = st ? st : page_check_write(o->out, &pc, err);
  free(d.seconds);
  free(d.channels);
  return st;
}

static ear_status
print_json(const inspected *in, const dataset *ds, const findings *fs,
           const char *stopped)
{
  json_t *j = inspect_json(in, ds, fs, stopped);
  char *text = j ? json_dumps(j, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
  json_decref(j);
  if (text) {
    puts(text);
  }
  free(text);
  return text ? EAR_OK : EAR_NO_MEMORY;
}

/* Say and show all of it; an exit code. */
static int
tell(const options *o, const inspected *in, const dataset *ds, const char *stopped)
{
  findings fs;
  ear_error err = {""};
  ear_status st = findings_of(&fs, in, ds);
  if (!st && o->json) {
    st = print_json(in, ds, &fs, stopped);
  } else if (!st) {
    inspect_print(stdout, in, ds);
    findings_print(stdout, &fs, SHOWN);
    printf(stopped ? "\nnot ready: %s\n" : "\nready for training\n", stopped);
  }
  if (!st && o->out) {
    st = write_page(o, in, ds, &fs, stopped, &err);
  }
  findings_free(&fs);
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", err.text[0] ? err.text : ear_strerror(st));
  }
  return st || stopped ? CMD_FAILED : in->n_unreadable ? CMD_SOME_FAILED : CMD_DONE;
}

/* The list of clips as training reads it, and what each is like. */
static ear_status
read_all(dataset *ds, inspected *in, const options *o, ear_error *err)
{
  const inspect_options io = {o->cache[0] ? o->cache : NULL, say_sounds, NULL};
  ear_status st = dataset_read(ds, o->dataset, &o->source, err);
  if (st) {
    return st;
  }
  uint32_t n_read;
  st = hash_cache_take(ds, io.cache, o->dataset, &n_read, err);
  st = st ? st : o->source.several ? dataset_merge(ds) : EAR_OK;
  st = st ? st : inspect_set(in, ds, &io);
  st = st ? st : inspect_drop(in, ds);
  if (st) {
    dataset_free(ds);
  }
  return st;
}

/* How much of a clip the network to be trained looks at. */
static ear_status
find_window(inspected *in, options *o, const dataset *ds, ear_error *err)
{
  recipe r;
  char why[256];
  pick_recipe(o, ds, why);
  const ear_status st = recipe_read(&r, o->recipe, err);
  if (!st) {
    const ear_front_end *fe = &r.front_end;
    in->window_s = ((double)(r.frames - 1) * fe->hop + fe->n_fft) / (double)fe->rate_hz;
    snprintf(in->window_of, sizeof in->window_of, "%s", r.name);
  }
  return st;
}

int
cmd_check(int argc, char **argv)
{
  options o;
  dataset ds;
  inspected in = {0};
  ear_error err = {""};
  const int usage_code = options_parse(&o, argc, argv, 1, usage);
  if (usage_code || o.help) {
    return usage_code;
  }
  ear_status st = read_all(&ds, &in, &o, &err);
  if (!st && (st = find_window(&in, &o, &ds, &err))) {
    dataset_free(&ds);
  }
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", err.text[0] ? err.text : ear_strerror(st));
    inspected_free(&in);
    return CMD_FAILED;
  }
  st = try_split(&ds, &in, &o, &err);
  const char *why = err.text[0] ? err.text : ear_strerror(st);
  const int code = tell(&o, &in, &ds, st ? why : NULL);
  inspected_free(&in);
  dataset_free(&ds);
  return code;
}
