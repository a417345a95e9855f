/* SPDX-License-Identifier: ISC */
/* earshot-train harshness: a corpus of clean music to a model and the page that judges
   it. Test artists and test processors are rendered once, after everything is chosen. */
#include "cmd.h"

#include "fail.h"
#include "harsh_run.h"
#include "harsh_write.h"
#include "shell_word.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: earshot-train harshness CORPUS -o OUT.safetensors [option]...\n"
    "       earshot-train harshness CORPUS --judge MODEL [option]...\n"
    "       earshot-train harshness CORPUS --write DIR [--units N] [--seed N]\n"
    "\n"
    "Train a model that tells harsh from clean, from clean music alone: CORPUS is what\n"
    "tools/corpus fetched.  Harsh versions are made on the way, in known ways and as "
    "loud\n"
    "as their source; artists and processors are kept apart for choosing and for "
    "judging.\n"
    "Writes OUT, OUT.split.csv, OUT.report.txt and the folder OUT.run with all else: "
    "page,\n"
    "logs, checkpoints.  The first Ctrl-C ends training and writes the best model so "
    "far;\n"
    "the second ends at once.  --resume goes on after either.  --judge only judges a "
    "model;\n"
    "--write only writes the sounds, as a data set for any recipe.\n"
    "\n"
    "  --csv FILE     tracks with the columns path,label,group (default "
    "CORPUS/clean.csv)\n"
    "  --more FILE    music that only trains, with the columns path and group or "
    "artist\n"
    "  --recipe NAME  network and settings, by name or file (default harshness)\n"
    "  --units N      excerpts for training, four versions of each (default 16000)\n"
    "  --judge-units N  excerpts in each cell of the table (default 300)\n"
    "  --judge-seconds S  length of these excerpts (default 6)\n"
    "  --split-seed N which artists are kept apart (default 7, the shipped model's)\n"
    "  --seed N       everything else random comes from it (default 1)\n"
    "  --name NAME    in the model file (default harshness)\n"
    "  --cache DIR    keep rendered excerpts there for other runs (default: in OUT.run "
    "until\n"
    "                 the model is done)\n"
    "  --resume       go on with the run in OUT.run, to the same result\n"
    "  --max-minutes N  end training after N minutes with the best so far\n"
    "  --checkpoint-steps N  also a checkpoint every N steps (5 minutes, each epoch)\n"
    "  --license TEXT of the weights (default ISC)\n"
    "\n"
    "  earshot-train harshness ~/.cache/earshot/corpus -o harshness.safetensors\n"
    "  earshot-train harshness ~/.cache/earshot/corpus --judge mine.safetensors\n";

enum { WRITTEN_S = 4 }; /* seconds of an excerpt of --write */

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
  (void)number;
  stop = 1;
}

/* ---- words on stderr ---- */

static void
say_rendered(void *user, const char *what, uint32_t done, uint32_t n)
{
  (void)user;
  const uint32_t step = n >= 10 ? n / 10 : 1;
  if (isatty(STDERR_FILENO) || done % step == 0 || done == n) {
    fprintf(stderr, "%srendering (%s) %u of %u%s",
            isatty(STDERR_FILENO) ? "\r\033[K" : "", what, done, n,
            isatty(STDERR_FILENO) && done < n ? "" : "\n");
  }
}

/* ---- the work ---- */

static void
print_split(const harsh_split *split)
{
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    fprintf(stderr, "%-6s %4u tracks %6.2f h %4u artists\n", harsh_side_name[s],
            split->n[s], split->hours[s], split->artists[s]);
  }
}

static ear_status
read_corpus(const harsh_options *o, dataset *ds, harsh_split *split, ear_error *err)
{
  char table[4096];
  snprintf(table, sizeof table, "%s/clean.csv", o->corpus);
  const dataset_source source = {.csv = o->csv ? o->csv : table};
  ear_status st = dataset_read(ds, o->corpus, &source, err);
  if (st) {
    return st;
  }
  st = harsh_split_make(split, ds, o->split_seed, err);
  snprintf(table, sizeof table, "%s/all.csv", o->corpus);
  if (!st && !access(table, R_OK)) {
    st = harsh_split_metal(split, o->corpus, table, err);
  }
  if (!st && o->more) {
    st = harsh_split_more(split, o->more, err);
  }
  if (st) {
    harsh_split_free(split);
    dataset_free(ds);
  }
  return st;
}

/* Judge a finished model and print the page. */
static ear_status
judge(const harsh_options *o, const harsh_split *split, const harsh_protocol_options *po,
      ear_error *err)
{
  ear_model *model;
  harsh_protocol p;
  char *text = NULL;
  ear_status st = ear_model_open(&model, o->judge, err);
  if (st) {
    return st;
  }
  st = harsh_protocol_run(&p, split, model, po, err);
  if (!st && !(text = harsh_protocol_text(&p))) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory for the report");
  }
  fputs(text ? text : "", stdout);
  free(text);
  harsh_protocol_free(&p);
  ear_model_unref(model);
  return st;
}

/* Hours lie in it: that it cannot be written is better said now than at its first file.
 */
static ear_status
open_cache(const char *cache, ear_error *err)
{
  if (cache &&
      ((mkdir(cache, 0777) != 0 && errno != EEXIST) || access(cache, W_OK | X_OK) != 0)) {
    return fail(err, EAR_IO, "%s: %s; --cache takes a folder that can be written", cache,
                strerror(errno));
  }
  return EAR_OK;
}

static ear_status
run(const harsh_options *o, bool *stopped, ear_error *err)
{
  dataset ds;
  harsh_split split;
  ear_status st = open_cache(o->cache, err);
  st = st ? st : read_corpus(o, &ds, &split, err);
  if (st) {
    return st;
  }
  print_split(&split);
  const harsh_protocol_options po = {.units = o->judge_units,
                                     .excerpt_s = o->judge_s,
                                     .cache = o->cache,
                                     .seed = o->split_seed,
                                     .say = say_rendered,
                                     .stop = &stop};
  if (o->judge) {
    st = judge(o, &split, &po, err);
  } else if (o->write) {
    const harsh_write_config wc = {o->write, o->units, WRITTEN_S, o->seed, po};
    st = harsh_write(&split, &wc, err);
  } else {
    st = harsh_run(o, &ds, &split, &po, stopped, err);
  }
  harsh_split_free(&split);
  dataset_free(&ds);
  return st;
}

static int
usage(const char *what, const char *value)
{
  fprintf(stderr, "earshot-train harshness: %s%s; see --help\n", what, value);
  return CMD_USAGE;
}

static bool
parse_count(const char *text, uint64_t most, uint64_t *value)
{
  char *end;
  *value = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && *value <= most;
}

/* What an option's word becomes. */
typedef enum { TEXT, SEED, COUNT, EXCERPTS, SECONDS, MINUTES, FLAG } option_kind;

typedef struct {
  const char *name;
  option_kind kind;
  size_t at; /* of its field in harsh_options */
} known_option;

static const known_option known[] = {
    {"out", TEXT, offsetof(harsh_options, out)},
    {"seed", SEED, offsetof(harsh_options, seed)},
    {"split-seed", SEED, offsetof(harsh_options, split_seed)},
    {"units", EXCERPTS, offsetof(harsh_options, units)},
    {"judge-units", EXCERPTS, offsetof(harsh_options, judge_units)},
    {"judge-seconds", SECONDS, offsetof(harsh_options, judge_s)},
    {"judge", TEXT, offsetof(harsh_options, judge)},
    {"write", TEXT, offsetof(harsh_options, write)},
    {"csv", TEXT, offsetof(harsh_options, csv)},
    {"more", TEXT, offsetof(harsh_options, more)},
    {"recipe", TEXT, offsetof(harsh_options, recipe)},
    {"name", TEXT, offsetof(harsh_options, name)},
    {"license", TEXT, offsetof(harsh_options, license)},
    {"cache", TEXT, offsetof(harsh_options, cache)},
    {"resume", FLAG, offsetof(harsh_options, resume)},
    {"max-minutes", MINUTES, offsetof(harsh_options, minutes)},
    {"checkpoint-steps", COUNT, offsetof(harsh_options, checkpoint_steps)}};
enum { N_KNOWN = sizeof known / sizeof *known };

/* Into the option's field; false: not a value for it. */
static bool
take(harsh_options *o, const known_option *k, const char *word)
{
  void *field = (char *)o + k->at;
  uint64_t count = 0;
  char *end;
  switch (k->kind) {
  case TEXT:
    *(const char **)field = word;
    return true;
  case FLAG:
    *(bool *)field = true;
    return true;
  case SECONDS:
    o->judge_s = strtod(word, &end);
    return !*end && o->judge_s >= 0.5 && o->judge_s <= 60;
  case MINUTES:
    o->minutes = strtod(word, &end);
    return !*end && o->minutes > 0 && o->minutes < 1e6;
  case SEED:
    return parse_count(word, INT32_MAX, field);
  default:
    if (!parse_count(word, k->kind == EXCERPTS ? 900000 : INT32_MAX, &count) ||
        (k->kind == EXCERPTS && count < 10)) {
      return false;
    }
    *(uint32_t *)field = (uint32_t)count;
    return true;
  }
}

static int
out_of_range(const known_option *k, const char *word)
{
  static const char *const range[] = {[SEED] = "a number from 0 to 2147483647",
                                      [COUNT] = "a number from 0 to 2147483647",
                                      [EXCERPTS] = "a number from 10 to 900000",
                                      [SECONDS] = "seconds from 0.5 to 60",
                                      [MINUTES] = "a number of minutes above 0"};
  fprintf(stderr, "earshot-train harshness: --%s takes %s, not '%s'\n", k->name,
          range[k->kind], word);
  return CMD_USAGE;
}

/* -1: go on; otherwise the exit code. */
static int
parse(harsh_options *o, int argc, char **argv)
{
  struct option longs[N_KNOWN + 2] = {{"help", no_argument, NULL, 'h'}};
  for (int k = 0; k < N_KNOWN; ++k) {
    longs[k + 1] = (struct option){
        known[k].name, known[k].kind == FLAG ? no_argument : required_argument, NULL,
        256 + k};
  }
  int c;
  opterr = 0;
  while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) >= 0) {
    const known_option *k = &known[c >= 256 ? c - 256 : 0]; /* -o is the first */
    if (c == 'h') {
      fputs(help, stdout);
      return CMD_DONE;
    }
    if (c == '?') {
      return usage("what is ", argv[optind - 1]);
    }
    if (!take(o, k, optarg)) {
      return out_of_range(k, optarg);
    }
  }
  if (optind != argc - 1 || !o->out + !o->judge + !o->write != 2) {
    return usage("give one CORPUS, and one of -o OUT, --judge MODEL, --write DIR", "");
  }
  o->corpus = argv[optind];
  return -1;
}

/* The line that goes on with a run that was given as argv, malloc'ed. */
static char *
going_on(int argc, char **argv)
{
  char *text = NULL, word[4096];
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return NULL;
  }
  fputs("earshot-train harshness", f);
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--resume") != 0) {
      shell_word(word, sizeof word, argv[i]);
      fprintf(f, " %s", word);
    }
  }
  fputs(" --resume", f);
  return fclose(f) == 0 ? text : NULL;
}

int
cmd_harsh(int argc, char **argv)
{
  harsh_options o = {.recipe = "harshness",
                     .name = "harshness",
                     .license = "ISC",
                     .units = 16000,
                     .judge_units = 300,
                     .judge_s = 6,
                     .seed = 1,
                     .split_seed = 7};
  ear_error err = {""};
  bool stopped = false;
  char *command = going_on(argc, argv); /* before parse puts options first */
  const int code = parse(&o, argc, argv);
  if (code >= 0) {
    free(command);
    return code;
  }
  /* the first Ctrl-C asks all work to end, a second one kills */
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGXFSZ, SIG_IGN); /* a full disk is an error of writing, no death */
  o.command = command ? command : "";
  if (o.out) {
    fprintf(stderr, "whatever interrupts this run, it goes on with: %s\n", o.command);
  }
  const ear_status st = run(&o, &stopped, &err);
  free(command);
  if (st) {
    fprintf(stderr, "earshot-train harshness: %s\n", err.text);
  }
  return stop ? CMD_INTERRUPTED : st ? CMD_FAILED : CMD_DONE;
}
