/* SPDX-License-Identifier: ISC */
/* earshot-train search DATASET: which settings of a recipe suit the data.  After each
   trial its result is on the disk, so the same command goes on where it ended. */
#include "cmd.h"
#include "fail.h"
#include "file.h"
#include "frontend.h"
#include "run_settings.h"
#include "search_report.h"
#include "shell_word.h"
#include "split.h"
#include "train_pick.h"
#include "train_run.h"
#include "train_say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: earshot-train search DATASET --recipe R --range KEY=RANGE ... [options]\n"
    "\n"
    "Trains the recipe with many settings and keeps the best, judged by validation; the "
    "test\n"
    "side is never looked at.  Trial 1 is the recipe as it is.\n"
    "  --range KEY=LOW..HIGH[:log]   what is tried: a key of [train], input.KEY or\n"
    "  --range KEY=A|B|C             dropout; ranges may stand in the recipe's [search]\n"
    "  --trials N       (20)\n"
    "  --halving        all trials short, the better third three times as long, and so "
    "on\n"
    "  -o FOLDER        (NAME.search) gets search.json, trials.png, split.csv, "
    "best.recipe;\n"
    "                   the same command goes on with an interrupted search there\n"
    "  --json           the results for machines, instead of the table\n"
    "  --csv --columns --split --group-re --group-tag --levels --several --seed "
    "--epochs\n"
    "  --patience --cache as for training (earshot-train --help)\n"
    "\n"
    "example:\n"
    "  earshot-train search MySounds --recipe genre --range rate=3e-4..1e-2:log \\\n"
    "    --range dropout=0.2..0.6 --range 'optimizer=adam|adamw' --trials 30 --halving\n";

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
  (void)number;
  interrupted = 1;
}

/* All that the command works with. */
typedef struct {
  options o;
  uint32_t n_ranges, n_trials;
  search_range range[RECIPE_MAX_RANGES];
  bool halving;
  recipe r;
  intake in;
  search s;
  json_t *settings;
  char folder[PATH_MAX - 64];
  int lock;
} work;

/* The options that only search has, out of argv; the others move together. */
static ear_status
take_own(work *w, int *argc, char **argv, ear_error *err)
{
  int kept = 0;
  ear_status st = EAR_OK;
  for (int i = 0; i < *argc && !st; ++i) {
    const bool range = strncmp(argv[i], "--range", 7) == 0;
    const bool trials = strncmp(argv[i], "--trials", 8) == 0;
    const char *after = argv[i] + (range ? 7 : 8);
    if (strcmp(argv[i], "--halving") == 0) {
      w->halving = true;
    } else if ((range || trials) &&
               (*after == '=' || (*after == '\0' && i + 1 < *argc))) {
      const char *value = *after ? after + 1 : argv[++i];
      if (range && w->n_ranges < RECIPE_MAX_RANGES) {
        st = search_range_read(&w->range[w->n_ranges++], value, err);
      } else if (range) {
        st = fail(err, EAR_BAD_ARGUMENT, "more than %d ranges", RECIPE_MAX_RANGES);
      } else {
        char *end;
        const long n = strtol(value, &end, 10);
        w->n_trials = (uint32_t)n;
        st = *value && *end == '\0' && n >= 1 && n <= SEARCH_MAX_TRIALS
                 ? EAR_OK
                 : fail(err, EAR_BAD_ARGUMENT, "--trials %s: from 1 to %d", value,
                        SEARCH_MAX_TRIALS);
      }
    } else {
      argv[kept++] = argv[i];
    }
  }
  *argc = kept;
  return st;
}

/* The recipe's own ranges, unless the command line has one for the key. */
static ear_status
add_ranges(work *w, ear_error *err)
{
  ear_status st = EAR_OK;
  const uint32_t n_given = w->n_ranges;
  for (uint32_t i = 0; i < w->r.n_ranges && !st; ++i) {
    search_range g;
    bool given = false;
    st = search_range_read(&g, w->r.range[i], err);
    for (uint32_t k = 0; k < n_given; ++k) {
      given = given || strcmp(w->range[k].key, g.key) == 0;
    }
    if (!given && w->n_ranges == RECIPE_MAX_RANGES) {
      st = fail(err, EAR_BAD_ARGUMENT, "more than %d ranges", RECIPE_MAX_RANGES);
    } else if (!given) {
      w->range[w->n_ranges++] = g;
    }
  }
  return st || w->n_ranges
             ? st
             : fail(err, EAR_BAD_ARGUMENT,
                    "nothing to search: give --range KEY=LOW..HIGH, or a recipe with "
                    "[search]");
}

static const char *
inside(const work *w, const char *name, char path[PATH_MAX])
{
  snprintf(path, PATH_MAX, "%s/%s", w->folder, name);
  return path;
}

/* The folder, for one process at a time. */
static ear_status
open_folder(work *w, const char *name, ear_error *err)
{
  char path[PATH_MAX];
  if (w->o.out) {
    snprintf(w->folder, sizeof w->folder, "%s", w->o.out);
  } else {
    snprintf(w->folder, sizeof w->folder, "%s.search", name);
  }
  if (mkdir(w->folder, 0777) != 0 && errno != EEXIST) {
    return fail(err, EAR_IO, "%.300s cannot be made: %s", w->folder, strerror(errno));
  }
  w->lock = open(inside(w, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (w->lock < 0) {
    return fail(err, EAR_IO, "%.300s cannot be written: %s", path, strerror(errno));
  }
  if (flock(w->lock, LOCK_EX | LOCK_NB) != 0) {
    return fail(err, EAR_IO, "%.300s is used by another search", w->folder);
  }
  file_sweep(w->folder);
  return EAR_OK;
}

/* Everything that the results depend on. */
static ear_status
describe(work *w, const char *split_hash, ear_error *err)
{
  char key[32];
  w->settings = run_settings(&w->o, &w->in, &w->r, split_hash);
  for (uint32_t i = 0; w->settings && i < w->n_ranges; ++i) {
    const search_range *g = &w->range[i];
    char text[SEARCH_MAX_CHOICES * SEARCH_VALUE + 96];
    int n = snprintf(text, sizeof text, "%s=%.9g..%.9g%s%s", g->key, g->low, g->high,
                     g->log ? " log" : "", g->whole ? " whole" : "");
    for (uint32_t k = 0; k < g->n_choices; ++k) {
      n += snprintf(text + n, sizeof text - (size_t)n, "|%s", g->choice[k]);
    }
    snprintf(key, sizeof key, "range.%u", i + 1);
    json_object_set_new(w->settings, key, json_string(text));
  }
  snprintf(key, sizeof key, "%u", w->n_trials);
  json_object_set_new(w->settings, "trials", json_string(key));
  json_object_set_new(w->settings, "halving", json_string(w->halving ? "yes" : "no"));
  return w->settings ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
}

static ear_status
open_intake(work *w, const recipe *r, ear_error *err)
{
  const intake_say say = {say_sounds, say_features, NULL};
  intake_free(&w->in);
  return intake_open(&w->in, &w->o, &r->front_end, true, &say, err);
}

static ear_status
prepare(work *w, ear_error *err)
{
  char path[PATH_MAX], hash[65];
  uint32_t n_done;
  ear_status st = recipe_read(&w->r, w->o.recipe, err);
  st = st ? st : train_possible(&w->r, err);
  w->r.train.epochs = w->o.epochs ? w->o.epochs : w->r.train.epochs;
  w->r.train.patience =
      w->o.patience == OPTIONS_UNSAID ? w->r.train.patience : w->o.patience;
  st = st ? st : add_ranges(w, err);
  st = st ? st
          : search_new(&w->s, &w->r, w->range, w->n_ranges, w->n_trials, w->halving,
                       w->o.seed, err);
  st = st ? st : open_intake(w, &w->r, err);
  st = st ? st : open_folder(w, w->in.ds.name, err);
  st = st ? st : split_write(&w->in.ds, inside(w, "split.csv", path), hash, err);
  st = st ? st : describe(w, hash, err);
  if (!st && access(inside(w, "search.json", path), F_OK) == 0) {
    st = search_load(&w->s, path, w->settings, &n_done, err);
    if (!st) {
      fprintf(stderr, "going on with the search in %s: %u trials are done\n", w->folder,
              n_done);
    }
  }
  return st;
}

static double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
say_trial(const work *w, uint32_t t, uint32_t epochs)
{
  fprintf(stderr, "trial %u of %u, epochs %u:", t + 1, w->n_trials, epochs);
  for (uint32_t i = 0; i < w->n_ranges; ++i) {
    fprintf(stderr, " %s %s", w->range[i].key, w->s.trial[t].value[i]);
  }
  fputc('\n', stderr);
}

/* Train one; what it gave is in the trial.  A trial that cannot be trained has failed,
   which is a result. */
static ear_status
run_trial(work *w, uint32_t t, uint32_t rung, bool *stopped, ear_error *err)
{
  recipe r;
  nn *net = NULL;
  fit_result fitted = {0};
  search_trial *x = &w->s.trial[t];
  const double start_s = now_s();
  ear_status st = search_recipe(&w->s, t, rung, &r, err);
  const uint32_t epochs = st ? 1 : r.train.epochs;
  if (!st) {
    say_trial(w, t, epochs);
    const ear_front_end *now = &w->in.fs.front_end;
    st = ear_front_end_equal(now, &r.front_end) ? EAR_OK : open_intake(w, &r, err);
  }
  if (!st) {
    const train_job j = {&w->o, &r, &w->in, NULL, &interrupted, NULL};
    st = train_fit(&j, &fitted, &net, err);
  }
  nn_free(net);
  *stopped = !st && fitted.stopped;
  if (st == EAR_BAD_ARGUMENT) {
    fprintf(stderr, "trial %u failed: %s\n", t + 1, err->text);
  }
  if (!*stopped && (!st || st == EAR_BAD_ARGUMENT)) {
    const uint32_t kept = fitted.kept_epoch;
    const bool good = !st && kept && kept <= fitted.history.n;
    const fit_epoch *e = good ? &fitted.history.epoch[kept - 1] : NULL;
    x->score = e ? e->valid_macro_f1 : NAN;
    x->loss = e ? e->valid_loss : NAN;
    x->rung = rung;
    x->epochs = epochs;
    x->seconds += now_s() - start_s;
  }
  fit_result_free(&fitted);
  return st == EAR_BAD_ARGUMENT ? EAR_OK : st;
}

static ear_status
run_all(work *w, ear_error *err)
{
  char path[PATH_MAX];
  uint32_t t, rung;
  bool stopped = false;
  ear_status st = EAR_OK;
  while (!st && !interrupted && !stopped && search_next(&w->s, &t, &rung)) {
    st = run_trial(w, t, rung, &stopped, err);
    if (!st && !stopped) {
      st = search_save(&w->s, inside(w, "search.json", path), w->settings, err);
    }
  }
  return st;
}

static void
say_option(const char *name, const char *value)
{
  char word[PATH_MAX];
  if (value) {
    shell_word(word, sizeof word, value);
    printf(" --%s %s", name, word);
  }
}

/* The line that trains the best. */
static void
say_command(const work *w, const char *best)
{
  const options *o = &w->o;
  char word[PATH_MAX];
  shell_word(word, sizeof word, o->dataset);
  printf("train it:  earshot-train %s", word);
  say_option("recipe", best);
  snprintf(word, sizeof word, "%.200s.safetensors", w->in.ds.name);
  printf(" -o ");
  char out[PATH_MAX];
  shell_word(out, sizeof out, word);
  printf("%s --seed %llu", out, (unsigned long long)o->seed);
  say_option("csv", o->source.csv);
  say_option("columns", o->source.columns);
  say_option("group-re", o->source.group_re);
  say_option("group-tag", o->source.group_tag);
  if (o->source.levels > 1) {
    printf(" --levels %u", o->source.levels);
  }
  printf("%s", o->source.several ? " --several" : "");
  say_option("split", inside(w, "split.csv", word));
  putchar('\n');
}

static ear_status
tell(const work *w, ear_error *err)
{
  char path[PATH_MAX], best[PATH_MAX];
  const uint32_t t = search_best(&w->s);
  if (w->o.json) {
    uint8_t *bytes;
    size_t n;
    const ear_status st = file_read(inside(w, "search.json", path), &bytes, &n, err);
    if (st) {
      return st;
    }
    printf("%.*s\n", (int)n, (const char *)bytes);
    free(bytes);
  } else {
    search_print(stdout, &w->s);
  }
  ear_status st = search_write_best(&w->s, inside(w, "best.recipe", best), err);
  st = st ? st : search_picture(&w->s, inside(w, "trials.png", path), err);
  if (!st && !w->o.json) {
    printf("\nbest: trial %u, macro-F1 %.3f in validation%s\n", t + 1,
           w->s.trial[t].score, t ? "" : ": the recipe as it is");
    say_command(w, best);
  }
  return st;
}

static int
finish(work *w, ear_status st, ear_error *err)
{
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", err->text[0] ? err->text : ear_strerror(st));
  }
  json_decref(w->settings);
  search_free(&w->s);
  intake_free(&w->in);
  if (w->lock >= 0) {
    close(w->lock);
  }
  const int code = interrupted ? CMD_INTERRUPTED : st ? CMD_FAILED : CMD_DONE;
  free(w);
  return code;
}

int
cmd_search(int argc, char **argv)
{
  ear_error err = {""};
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
  work *w = calloc(1, sizeof *w);
  if (!w) {
    return CMD_FAILED;
  }
  w->lock = -1;
  w->n_trials = 20;
  if (take_own(w, &argc, argv, &err)) {
    fprintf(stderr, "earshot-train: %s\n%s", err.text, usage);
    free(w);
    return CMD_USAGE;
  }
  const int usage_code = options_parse(&w->o, argc, argv, 1, usage);
  if (usage_code || w->o.help || !w->o.recipe) {
    const bool missing = !usage_code && !w->o.help;
    if (missing) {
      fprintf(stderr, "earshot-train: --recipe is missing\n%s", usage);
    }
    free(w);
    return missing ? CMD_USAGE : usage_code;
  }
  ear_status st = prepare(w, &err);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  st = st ? st : run_all(w, &err);
  if (!st && interrupted) {
    fprintf(stderr, "interrupted: the same command goes on\n");
  } else if (!st) {
    st = tell(w, &err);
  }
  return finish(w, st, &err);
}
