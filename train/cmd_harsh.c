/* SPDX-License-Identifier: ISC */
/* earshot-train harshness: a corpus of clean music to a model and the page that judges
   it. Test artists and test processors are rendered once, after everything is chosen. */
#include "cmd.h"

#include "fail.h"
#include "file.h"
#include "harsh_train.h"
#include "harsh_write.h"

#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    "Writes OUT, OUT.split.csv and OUT.report.txt.  --judge only judges a model;\n"
    "--write only writes the sounds, as a data set for any recipe.\n"
    "\n"
    "  --csv FILE     tracks with the columns path,label,group (default "
    "CORPUS/clean.csv)\n"
    "  --recipe NAME  network and settings, by name or file (default harshness)\n"
    "  --units N      excerpts for training, four versions of each (default 16000)\n"
    "  --judge-units N  excerpts in each cell of the table (default 300)\n"
    "  --split-seed N which artists are kept apart (default 7, the shipped model's)\n"
    "  --seed N       everything else random comes from it (default 1)\n"
    "  --name NAME    in the model file (default harshness)\n"
    "  --cache DIR    keep rendered excerpts there for the next run (default: none)\n"
    "  --license TEXT of the weights (default ISC)\n"
    "\n"
    "  earshot-train harshness ~/.cache/earshot/corpus -o harshness.safetensors\n"
    "  earshot-train harshness ~/.cache/earshot/corpus --judge mine.safetensors\n";

enum { WRITTEN_S = 4 }; /* seconds of an excerpt of --write */

typedef struct {
  const char *corpus, *csv, *out, *judge, *write, *recipe, *name, *license, *cache;
  uint32_t units, judge_units;
  uint64_t seed, split_seed;
} options;

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

static void
say_fit(void *user, const fit_progress *p)
{
  (void)user;
  if (p->step == p->n_steps) {
    fprintf(stderr,
            "epoch %2u of %u: loss %.4f, valid loss %.4f, accuracy %.1f %%, rate %.2g, "
            "%.0f examples/s, %.0f s left%s\n",
            p->epoch, p->n_epochs, p->loss, p->valid_loss, 100 * p->valid_accuracy,
            p->learning_rate, p->examples_per_s, p->eta_s, p->best ? " *" : "");
  }
}

static int
failed(const ear_error *err)
{
  fprintf(stderr, "earshot-train harshness: %s\n", err->text);
  return CMD_FAILED;
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
read_corpus(const options *o, dataset *ds, harsh_split *split, ear_error *err)
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
  if (st) {
    dataset_free(ds);
  }
  return st;
}

static json_t *
cell_card(const harsh_protocol *p, int cell)
{
  const harsh_figures *m = &p->model.cell[cell];
  return json_pack("{s:f,s:[f,f],s:f,s:f,s:f,s:f,s:f,s:f}", "auroc", m->auroc, "auroc_95",
                   m->auroc_low, m->auroc_high, "balanced_accuracy", m->balanced,
                   "pair_accuracy", m->pair, "neutral_false_alarms", m->neutral_alarms,
                   "clean_false_alarms", m->clean_alarms, "regression_auroc",
                   p->regression.cell[cell].auroc, "best_measure_auroc",
                   p->measure.cell[cell].auroc);
}

/* The card inside the model file: JSON, no dates, so that the same run gives the same
   bytes. */
static char *
make_card(const options *o, const harsh_split *split, const char *split_hash,
          const harsh_trained *t, const harsh_protocol *p)
{
  json_t *cells = json_object();
  for (int c = 0; c < HARSH_N_CELLS; ++c) {
    json_object_set_new(cells, harsh_cell_name[c], cell_card(p, c));
  }
  json_t *card = json_pack(
      "{s:s,s:s,s:f,s:i,s:i,s:i,s:i,s:s,s:i,s:i,s:i,s:o,s:s}", "data",
      "free music of Debian packages (train/corpus.csv), clean sources", "recipe",
      o->recipe, "train_hours", split->hours[HARSH_TRAIN], "train_artists",
      (int)split->artists[HARSH_TRAIN], "test_artists", (int)split->artists[HARSH_TEST],
      "examples", (int)t->n_examples, "harsh_examples", (int)t->n_harsh, "split_sha256",
      split_hash, "seed", (int)o->seed, "split_seed", (int)o->split_seed, "units",
      (int)o->units, "figures", cells, "note", "not perceptually validated");
  char *text = card ? json_dumps(card, JSON_INDENT(1) | JSON_REAL_PRECISION(4)) : NULL;
  json_decref(card);
  return text;
}

static ear_status
save(const char *path, const char *ending, const void *bytes, size_t n, ear_error *err)
{
  char name[4096];
  snprintf(name, sizeof name, "%s%s", path, ending);
  return file_write(name, bytes, n, NULL, err);
}

/* Judge a finished model file in memory and print the page. */
static ear_status
judge(harsh_protocol *p, const harsh_split *split, ear_model *model,
      const harsh_protocol_options *po, char **text, ear_error *err)
{
  const ear_status st = harsh_protocol_run(p, split, model, po, err);
  if (st) {
    return st;
  }
  *text = harsh_protocol_text(p);
  if (!*text) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for the report");
  }
  fputs(*text, stdout);
  return EAR_OK;
}

/* Export without a card, judge that, export with the figures. */
static ear_status
finish(const options *o, const harsh_split *split, const char *split_hash,
       const harsh_trained *t, const harsh_train_config *c, ear_error *err)
{
  uint8_t *bytes = NULL;
  char *text = NULL, *card = NULL;
  size_t n;
  ear_model *model = NULL;
  harsh_protocol p;
  ear_status st = harsh_export(t, c, "", &bytes, &n, err);
  st = st ? st : ear_model_parse(&model, bytes, n, err);
  st = st ? st : save(o->out, "", bytes, n, err);
  if (!st && stop) {
    fprintf(stderr, "%s is written, without calibration and figures\n", o->out);
    ear_model_unref(model);
    free(bytes);
    return EAR_OK;
  }
  st = st ? st : judge(&p, split, model, &c->protocol, &text, err);
  if (!st) {
    free(bytes);
    bytes = NULL;
    card = make_card(o, split, split_hash, t, &p);
    st = card ? harsh_export(t, c, card, &bytes, &n, err)
              : fail(err, EAR_NO_MEMORY, "not enough memory for the card");
  }
  st = st ? st : save(o->out, "", bytes, n, err);
  st = st ? st : save(o->out, ".report.txt", text, strlen(text), err);
  ear_model_unref(model);
  free(bytes);
  free(text);
  free(card);
  return st;
}

static ear_status
train(const options *o, const dataset *ds, const harsh_split *split,
      const harsh_protocol_options *po, ear_error *err)
{
  char path[4096], hash[65];
  recipe r;
  harsh_trained t;
  ear_status st = recipe_read(&r, o->recipe, err);
  const harsh_train_config c = {.recipe = &r,
                                .name = o->name,
                                .license = o->license,
                                .cache = o->cache,
                                .units = o->units,
                                .seed = o->seed,
                                .protocol = *po,
                                .say_fit = say_fit};
  snprintf(path, sizeof path, "%s.split.csv", o->out);
  st = st ? st : file_can_be_written(o->out, err);
  st = st ? st : harsh_split_write(split, ds, path, hash, err);
  st = st ? st : harsh_train(&t, split, &c, err);
  if (st) {
    return st;
  }
  fprintf(stderr,
          "%u examples, %u harsh; epoch %u kept; temperature %.3f, threshold %.3f\n",
          t.n_examples, t.n_harsh, t.fitted.kept_epoch, (double)t.temperature,
          (double)t.threshold);
  st = finish(o, split, hash, &t, &c, err);
  harsh_trained_free(&t);
  return st;
}

static ear_status
run(const options *o, ear_error *err)
{
  dataset ds;
  harsh_split split;
  ear_status st = read_corpus(o, &ds, &split, err);
  if (st) {
    return st;
  }
  print_split(&split);
  const harsh_protocol_options po = {.units = o->judge_units,
                                     .excerpt_s = 6,
                                     .seed = o->split_seed,
                                     .say = say_rendered,
                                     .stop = &stop};
  if (o->judge) {
    ear_model *model;
    harsh_protocol p;
    char *text = NULL;
    st = ear_model_open(&model, o->judge, err);
    if (!st) {
      st = judge(&p, &split, model, &po, &text, err);
      ear_model_unref(model);
    }
    free(text);
  } else if (o->write) {
    const harsh_write_config wc = {o->write, o->units, WRITTEN_S, o->seed, po};
    st = harsh_write(&split, &wc, err);
  } else {
    st = train(o, &ds, &split, &po, err);
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

/* -1: go on; otherwise the exit code. */
static int
parse(options *o, int argc, char **argv)
{
  enum {
    SEED = 256,
    SPLIT_SEED,
    UNITS,
    JUDGE_UNITS,
    JUDGE,
    WRITE,
    CSV,
    RECIPE,
    NAME,
    LICENSE,
    CACHE
  };
  static const struct option longs[] = {
      {"out", required_argument, NULL, 'o'},
      {"help", no_argument, NULL, 'h'},
      {"seed", required_argument, NULL, SEED},
      {"split-seed", required_argument, NULL, SPLIT_SEED},
      {"units", required_argument, NULL, UNITS},
      {"judge-units", required_argument, NULL, JUDGE_UNITS},
      {"judge", required_argument, NULL, JUDGE},
      {"write", required_argument, NULL, WRITE},
      {"csv", required_argument, NULL, CSV},
      {"recipe", required_argument, NULL, RECIPE},
      {"name", required_argument, NULL, NAME},
      {"license", required_argument, NULL, LICENSE},
      {"cache", required_argument, NULL, CACHE},
      {NULL, 0, NULL, 0}};
  int c;
  uint64_t count = 0;
  opterr = 0;
  while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) >= 0) {
    const bool counts = c == SEED || c == SPLIT_SEED || c == UNITS || c == JUDGE_UNITS;
    if (counts &&
        (!parse_count(optarg, c == UNITS || c == JUDGE_UNITS ? 900000 : INT32_MAX,
                      &count) ||
         ((c == UNITS || c == JUDGE_UNITS) && count < 10))) {
      return usage("not a count in range: ", optarg);
    }
    switch (c) {
    case 'h':
      fputs(help, stdout);
      return CMD_DONE;
    case 'o':
      o->out = optarg;
      break;
    case SEED:
      o->seed = count;
      break;
    case SPLIT_SEED:
      o->split_seed = count;
      break;
    case UNITS:
      o->units = (uint32_t)count;
      break;
    case JUDGE_UNITS:
      o->judge_units = (uint32_t)count;
      break;
    case JUDGE:
      o->judge = optarg;
      break;
    case WRITE:
      o->write = optarg;
      break;
    case CSV:
      o->csv = optarg;
      break;
    case RECIPE:
      o->recipe = optarg;
      break;
    case NAME:
      o->name = optarg;
      break;
    case LICENSE:
      o->license = optarg;
      break;
    case CACHE:
      o->cache = optarg;
      break;
    default:
      return usage("what is ", argv[optind - 1]);
    }
  }
  if (optind != argc - 1 || !o->out + !o->judge + !o->write != 2) {
    return usage("give one CORPUS, and one of -o OUT, --judge MODEL, --write DIR", "");
  }
  o->corpus = argv[optind];
  return -1;
}

int
cmd_harsh(int argc, char **argv)
{
  options o = {.recipe = "harshness",
               .name = "harshness",
               .license = "ISC",
               .units = 16000,
               .judge_units = 300,
               .seed = 1,
               .split_seed = 7};
  ear_error err = {""};
  const int code = parse(&o, argc, argv);
  if (code >= 0) {
    return code;
  }
  /* the first Ctrl-C asks all work to end, a second one kills */
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  const ear_status st = run(&o, &err);
  if (stop) {
    fprintf(stderr, "earshot-train harshness: interrupted; %s\n",
            st ? err.text : "what was found until then is written");
    return CMD_INTERRUPTED;
  }
  return st ? failed(&err) : CMD_DONE;
}
