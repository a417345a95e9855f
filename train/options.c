/* SPDX-License-Identifier: ISC */
/* What is not given has one default, here. */
#include "options.h"
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OPT_RECIPE = 256,
  OPT_CSV,
  OPT_SEED,
  OPT_NAME,
  OPT_EPOCHS,
  OPT_CACHE,
  OPT_SPLIT,
  OPT_GROUP_RE,
  OPT_TASK,
  OPT_LICENSE,
  OPT_COLUMNS,
  OPT_SPLIT_NAME,
  OPT_JSON,
  OPT_THRESHOLD,
  OPT_RESUME,
  OPT_PATIENCE,
  OPT_MINUTES,
  OPT_FOLDS,
  OPT_SEEDS,
  OPT_BACKGROUND,
  OPT_GROUP_TAG,
  OPT_LEVELS,
  OPT_SEVERAL,
  OPT_CHECKPOINT_STEPS,
  OPT_INIT,
  OPT_PRECISION,
  OPT_TEACHER,
  OPT_DATA,
  OPT_FREEZE,
  OPT_UNSURE
};

static const struct option known[] = {
    {"output", required_argument, 0, 'o'},
    {"help", no_argument, 0, 'h'},
    {"recipe", required_argument, 0, OPT_RECIPE},
    {"csv", required_argument, 0, OPT_CSV},
    {"seed", required_argument, 0, OPT_SEED},
    {"name", required_argument, 0, OPT_NAME},
    {"epochs", required_argument, 0, OPT_EPOCHS},
    {"cache", required_argument, 0, OPT_CACHE},
    {"split", required_argument, 0, OPT_SPLIT},
    {"group-re", required_argument, 0, OPT_GROUP_RE},
    {"task", required_argument, 0, OPT_TASK},
    {"license", required_argument, 0, OPT_LICENSE},
    {"columns", required_argument, 0, OPT_COLUMNS},
    {"split-name", required_argument, 0, OPT_SPLIT_NAME},
    {"json", no_argument, 0, OPT_JSON},
    {"threshold", required_argument, 0, OPT_THRESHOLD},
    {"resume", no_argument, 0, OPT_RESUME},
    {"patience", required_argument, 0, OPT_PATIENCE},
    {"max-minutes", required_argument, 0, OPT_MINUTES},
    {"folds", required_argument, 0, OPT_FOLDS},
    {"seeds", required_argument, 0, OPT_SEEDS},
    {"background", required_argument, 0, OPT_BACKGROUND},
    {"group-tag", required_argument, 0, OPT_GROUP_TAG},
    {"levels", required_argument, 0, OPT_LEVELS},
    {"several", no_argument, 0, OPT_SEVERAL},
    {"checkpoint-steps", required_argument, 0, OPT_CHECKPOINT_STEPS},
    {"data", required_argument, 0, OPT_DATA},
    {"teacher", required_argument, 0, OPT_TEACHER},
    {"precision", required_argument, 0, OPT_PRECISION},
    {"init", required_argument, 0, OPT_INIT},
    {"freeze", required_argument, 0, OPT_FREEZE},
    {"unsure", required_argument, 0, OPT_UNSURE},
    {0, 0, 0, 0}};

static void
default_cache(options *o)
{
  const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  if (base && base[0]) {
    snprintf(o->cache, sizeof o->cache, "%s/earshot/features", base);
  } else if (home && home[0]) {
    snprintf(o->cache, sizeof o->cache, "%s/.cache/earshot/features", home);
  }
}

/* A whole number 0..limit; false if it is none. */
static bool
number(const char *text, uint64_t limit, uint64_t *value)
{
  char *end;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
         *value <= limit;
}

/* Where an option that is any text goes; NULL: it is another kind. */
static const char **
text_of(options *o, int option)
{
  switch (option) {
  case 'o':
    return &o->out;
  case OPT_RECIPE:
    return &o->recipe;
  case OPT_CSV:
    return &o->source.csv;
  case OPT_NAME:
    return &o->name;
  case OPT_SPLIT:
    return &o->split;
  case OPT_DATA:
    return &o->data;
  case OPT_TEACHER:
    return &o->teacher;
  case OPT_INIT:
    return &o->init;
  case OPT_GROUP_RE:
    return &o->source.group_re;
  case OPT_LICENSE:
    return &o->license;
  case OPT_COLUMNS:
    return &o->source.columns;
  default:
    return NULL;
  }
}

/* A posterior or a margin of two, or "never". */
static bool
threshold(const char *text, float *value)
{
  char *end;
  if (!strcmp(text, "never")) {
    *value = 2;
    return true;
  }
  *value = strtof(text, &end);
  return end != text && *end == '\0' && *value > 0 && *value <= 1;
}

/* A whole number lo..hi; false if it is none. */
static bool
count(const char *text, uint32_t lo, uint32_t hi, uint32_t *value)
{
  uint64_t n;
  const bool good = number(text, hi, &n) && n >= lo;
  *value = good ? (uint32_t)n : 0;
  return good;
}

static bool
minutes(const char *text, double *value)
{
  char *end;
  *value = strtod(text, &end);
  return end != text && *end == '\0' && *value > 0 && *value <= 1e7;
}

/* How a run is cut up and when it ends; false if the value is no good. */
static bool
take_run(options *o, int option, const char *value)
{
  switch (option) {
  case OPT_RESUME:
    return o->resume = true;
  case OPT_EPOCHS:
    return count(value, 1, 1000000, &o->epochs);
  case OPT_FREEZE:
    return count(value, 0, RECIPE_MAX_LAYERS, &o->freeze);
  case OPT_PATIENCE:
    return count(value, 0, 1000000, &o->patience);
  case OPT_FOLDS:
    return count(value, 3, 100, &o->folds);
  case OPT_BACKGROUND:
    return count(value, 3, 10000, &o->background);
  case OPT_SEEDS:
    return count(value, 1, 100, &o->seeds);
  case OPT_CHECKPOINT_STEPS:
    return count(value, 1, 1000000000, &o->checkpoint_steps);
  case OPT_MINUTES:
    return minutes(value, &o->minutes);
  case OPT_LEVELS:
    return count(value, 1, 8, &o->source.levels);
  case OPT_SEVERAL:
    return o->source.several = true;
  case OPT_GROUP_TAG:
    o->source.group_tag = value;
    return !strcmp(value, "artist") || !strcmp(value, "album");
  default:
    return false;
  }
}

/* One option; false if its value is no good. */
static bool
take(options *o, int option, const char *value)
{
  const char **text = text_of(o, option);
  if (text) {
    *text = value;
    return true;
  }
  switch (option) {
  case 'h':
    return o->help = true;
  case OPT_JSON:
    return o->json = true;
  case OPT_THRESHOLD:
    return threshold(value, &o->threshold);
  case OPT_PRECISION:
    return threshold(value, &o->precision) && o->precision <= 1;
  case OPT_UNSURE:
    return threshold(value, &o->unsure);
  case OPT_SEED:
    return number(value, UINT64_MAX, &o->seed);
  case OPT_CACHE:
    snprintf(o->cache, sizeof o->cache, "%s", strcmp(value, "none") ? value : "");
    return true;
  case OPT_TASK:
    o->task = value;
    return !strcmp(value, "classifier") || !strcmp(value, "harshness");
  case OPT_SPLIT_NAME:
    o->side = strcmp(value, "all") ? side_find(value) : N_SIDES;
    return !strcmp(value, "all") || (o->side != N_SIDES && o->side != SIDE_NONE);
  default:
    return take_run(o, option, value);
  }
}

int
options_parse(options *o, int argc, char **argv, int n_names, const char *usage)
{
  int option, index = -1;
  *o = (options){.patience = OPTIONS_UNSAID,
                 .freeze = OPTIONS_UNSAID,
                 .license = "",
                 .precision = 0.9f,
                 .seed = 1,
                 .side = SIDE_NONE};
  default_cache(o);
  optind = 0; /* begin anew: a process may parse twice */
  while ((option = getopt_long(argc, argv, "o:h", known, &index)) != -1) {
    if (!take(o, option, optarg)) {
      if (option != '?') {
        fprintf(stderr, "earshot-train: %s is no value for --%s\n", optarg,
                index >= 0 ? known[index].name : "output");
      }
      fputs(usage, stderr);
      return CMD_USAGE;
    }
    index = -1;
  }
  if (o->help) {
    fputs(usage, stdout);
    return CMD_DONE;
  }
  if (argc - optind != n_names) {
    fprintf(stderr, "earshot-train: give %s beside options, not %d words%s%s\n",
            n_names == 2 ? "MODEL and DATASET" : "one name", argc - optind,
            argc > optind ? ", first " : "", argc > optind ? argv[optind] : "");
    fputs(usage, stderr);
    return CMD_USAGE;
  }
  o->model = n_names == 2 ? argv[optind] : NULL;
  o->dataset = argv[argc - 1];
  return CMD_DONE;
}

static const char *
last_part(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

static void
put(FILE *f, const char *option, const char *value)
{
  if (value) {
    fprintf(f, " --%s '%s'", option, value);
  }
}

char *
options_command(const options *o, const intake *in, const recipe *r)
{
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return NULL;
  }
  fprintf(f, "earshot-train %s -o %s.safetensors", in->ds.name, o->name);
  if (!o->picked) {
    fprintf(f, " --recipe %s", r->name);
  }
  fprintf(f, " --seed %llu", (unsigned long long)o->seed);
  put(f, "csv", o->source.csv ? last_part(o->source.csv) : NULL);
  put(f, "columns", o->source.columns);
  put(f, "group-re", o->source.group_re);
  put(f, "init", o->init ? last_part(o->init) : NULL);
  put(f, "teacher", o->teacher);
  if (o->freeze != OPTIONS_UNSAID) {
    fprintf(f, " --freeze %u", o->freeze);
  }
  put(f, "split", o->split ? last_part(o->split) : NULL);
  put(f, "license", *o->license ? o->license : NULL);
  put(f, "task", strcmp(o->task, "classifier") ? o->task : NULL);
  if (o->threshold > 1) {
    fprintf(f, " --threshold never");
  } else if (o->threshold > 0) {
    fprintf(f, " --threshold %g", (double)o->threshold);
  } else if (o->precision != 0.9f) {
    fprintf(f, " --precision %g", (double)o->precision);
  }
  if (o->unsure > 1) {
    fprintf(f, " --unsure never");
  } else if (o->unsure > 0) {
    fprintf(f, " --unsure %g", (double)o->unsure);
  }
  put(f, "group-tag", o->source.group_tag);
  if (o->background) {
    fprintf(f, " --background %u", o->background);
  }
  if (o->source.levels > 1) {
    fprintf(f, " --levels %u", o->source.levels);
  }
  fputs(o->source.several ? " --several" : "", f);
  if (o->epochs) {
    fprintf(f, " --epochs %u", o->epochs);
  }
  if (o->patience != OPTIONS_UNSAID) {
    fprintf(f, " --patience %u", o->patience);
  }
  return fclose(f) == 0 ? text : NULL;
}
