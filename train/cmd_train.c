/* SPDX-License-Identifier: ISC */
/* earshot-train DATASET -o OUT: from folders of sound to a model that runs live.
   Results on stdout, all else on stderr. */
#include "cmd.h"
#include "csv.h"
#include "fail.h"
#include "file.h"
#include "parallel.h"
#include "parallel_later.h"
#include "split.h"
#include "train_pick.h"
#include "train_run.h"
#include "train_say.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: earshot-train DATASET -o OUT.safetensors [options]\n"
    "\n"
    "DATASET is a folder with one folder a class, or the folder of a table (--csv).\n"
    "  --recipe NAME|FILE   network and settings (picked from the classes)\n"
    "  --csv FILE           table with the columns path,label,group,split\n"
    "  --columns LIST       other names for them: label=genre,group=artist\n"
    "  --split FILE         table with the columns path,split\n"
    "  --background N       one class more, of N made sounds: noise, hum, speech-like\n"
    "  --group-re REGEX     what it matches in a path is the group (artist)\n"
    "  --group-tag artist|album   what the files say is the group\n"
    "  --levels N           folders within class folders are classes too: rock/punk\n"
    "  --several            the same file in two class folders has both classes\n"
    "  --folds K            before, train and judge on K other splits: mean and spread\n"
    "  --seed N             (1) same seed, same machine: same file\n"
    "  --name NAME          of the model (OUT without its ending)\n"
    "  --epochs N           instead of the recipe's, or of what the data suggest\n"
    "  --init MODEL         begin with the weights of a model or checkpoint\n"
    "  --freeze N           the first N lines of the recipe's [network] keep them\n"
    "  --teacher MODEL,...   learn what these say of the clips as well\n"
    "  --patience N         end after N epochs without a better one (0: never)\n"
    "  --max-minutes N      end after N minutes of training with the best so far\n"
    "  --resume             go on with the run in OUT.run, to the same result\n"
    "  --checkpoint-steps N also a checkpoint every N steps (5 minutes, each epoch)\n"
    "  --cache DIR|none     for decoded features (~/.cache/earshot/features)\n"
    "  --task classifier|harshness\n"
    "  --precision P        of the flags of a class on validation clips (0.9): the\n"
    "                       likelihood from which a class makes events follows\n"
    "  --threshold P|never  that likelihood itself; never: a kind of thing, not\n"
    "                       something to be warned of\n"
    "  --unsure M|never     a classifier's verdict is unsure where the likeliest class "
    "is\n"
    "                       less than M ahead of the next (by validation: of the rest\n"
    "                       80 % are right, but 40 % are unsure at most)\n"
    "  --license TEXT       of the weights\n"
    "\n"
    "OUT.run gets all else: split, logs, checkpoints, report, page.  The first Ctrl-C "
    "ends\n"
    "training and writes the best model so far; the second ends at once.\n"
    "On several machines: mpirun -n N earshot-train train DATASET ...\n"
    "\n"
    "examples:\n"
    "  earshot-train MySounds -o my.safetensors\n"
    "  earshot-train gtzan --csv index.csv -o genre.safetensors --recipe genre --seed "
    "7\n";

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
  interrupted = number;
}

/* The first signal asks training to end, the second kills.  A file that grows past a
   limit is an error of writing, no death. */
static void
take_signals(void)
{
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  if (parallel_ranks() > 1) {
    sigaction(SIGUSR1, &action, NULL); /* mpirun passes it on, and waits */
  }
  signal(SIGXFSZ, SIG_IGN);
}

/* Each file that was left out, and why. */
static ear_status
write_problems(const intake *in, const char *path, ear_error *err)
{
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  fputs("path,problem\n", f);
  for (uint32_t i = 0; i < in->n_dropped; ++i) {
    csv_put(f, in->dropped[i]);
    putc(',', f);
    csv_put(f, in->problem[i]);
    putc('\n', f);
  }
  ear_status st = fclose(f) == 0 ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  st = st ? st : file_write(path, text, n, NULL, err);
  free(text);
  return st;
}

/* The recipe, by the classes if nobody named one. */
static ear_status
choose_recipe(options *o, recipe *r, ear_error *err)
{
  dataset ds;
  char why[256] = "";
  if (!o->recipe || !o->task) {
    const dataset_source plain = {
        .csv = o->source.csv, .columns = o->source.columns, .levels = o->source.levels};
    const ear_status st = dataset_read(&ds, o->dataset, &plain, err);
    if (st) {
      return st;
    }
    pick_recipe(o, &ds, why);
    dataset_free(&ds);
  }
  if (why[0]) {
    fprintf(stderr, "%s\n", why);
  }
  ear_status st = recipe_read(r, o->recipe, err);
  st = st ? st : train_possible(r, err);
  r->train.epochs = o->epochs ? o->epochs : r->train.epochs;
  r->train.freeze = o->freeze == OPTIONS_UNSAID ? r->train.freeze : o->freeze;
  r->train.patience = o->patience == OPTIONS_UNSAID ? r->train.patience : o->patience;
  return st;
}

/* What was found and picked, before the first step. */
static ear_status
tell_all(const options *o, recipe *r, const intake *in, const run_folder *folder,
         ear_error *err)
{
  char path[PATH_MAX], why[256];
  run_folder_file(folder, "problems.csv", path);
  ear_status st = EAR_OK;
  if (parallel_first()) {
    unlink(path);
    st = in->n_dropped ? write_problems(in, path, err) : EAR_OK;
  }
  st = parallel_agree(st, err);
  say_problems(in, path);
  say_data(o, in);
  say_split(in);
  say_short(r, in);
  pick_length(r, o, dataset_side(&in->ds, SIDE_TRAIN, NULL), why);
  if (why[0]) {
    fprintf(stderr, "%s\n", why);
  }
  if (dataset_is_multi(&in->ds) && r->train.activation != RECIPE_SIGMOID) {
    r->train.activation = RECIPE_SIGMOID;
    r->train.statistics = 0; /* a regression chooses one */
    fprintf(stderr, "clips have several classes: each is judged for itself "
                    "(activation sigmoid)\n");
  }
  say_settings(o, r);
  if (parallel_ranks() > 1) {
    fprintf(stderr, "%u ranks share each batch of %u examples\n", parallel_ranks(),
            r->train.batch);
  }
  return st;
}

static void
say_ready(const options *o, const run_folder *folder, bool stopped)
{
  if (stopped) {
    fprintf(stderr,
            "stopped early: this is the best so far; the same command with --resume goes "
            "on\n");
  }
  fprintf(stderr,
          "%s is ready, all else is in %s\n"
          "  judge a file:  earshot file --model %s SOUND\n"
          "  listen live:   earshot live --model %s\n",
          o->out, folder->path, o->out, o->out);
}

/* mpirun is about to kill this process: another writes the best so far. */
static ear_status
deliver_later(const train_job *j, char *const *argv, ear_error *err)
{
  char log[PATH_MAX];
  run_folder_file(j->folder, "later.txt", log);
  run_folder_close(j->folder);
  const ear_status st = parallel_later(argv, log, err);
  if (!st) {
    fprintf(stderr,
            "stopped early: mpirun gives no time, so the best so far is written by a "
            "process of its own to %s;\nits words are in %s; then the same command with "
            "--resume goes on\n",
            j->o->out, log);
  }
  return st;
}

/* Folds if asked for, then the model. */
static ear_status
run(const train_job *j, intake *in, char *const *argv, ear_error *err)
{
  delivered result;
  char *text = NULL;
  bool stopped = false;
  ear_status st = EAR_OK;
  if (j->o->folds) {
    st = train_folds(j, in, &text, &stopped, err);
    if (text) {
      fputs(text, stdout);
      putchar('\n');
    }
    free(text);
    if (st || stopped) {
      return st ? st
                : fail(
                      err, EAR_IO,
                      "interrupted in the folds: the same command with --resume goes on");
    }
  }
  st = train_run(j, &result, &text, &stopped, err);
  if (!st && text) {
    fputs(text, stdout);
    fflush(stdout);
    say_ready(j->o, j->folder, stopped);
  } else if (!st && parallel_first()) {
    st = deliver_later(j, argv, err);
  }
  free(text);
  delivered_free(&result);
  return st;
}

/* The model's name: --name, or the file's without its ending. */
static char *
model_name(const options *o)
{
  const char *slash = strrchr(o->out, '/'), *name = slash ? slash + 1 : o->out;
  const char *dot = strstr(name, ".safetensors");
  return o->name ? strdup(o->name)
                 : strndup(name, dot ? (size_t)(dot - name) : strlen(name));
}

/* What --init names, checked against the recipe; NULL without. */
static ear_status
open_init(transfer **init, const options *o, const recipe *r, ear_error *err)
{
  *init = NULL;
  if (!o->init) {
    return r->train.freeze == 0
               ? EAR_OK
               : fail(err, EAR_BAD_ARGUMENT,
                      "--freeze keeps the first layers as they are: give the model that "
                      "they come from with --init");
  }
  const ear_status st = transfer_open(init, o->init, err);
  return st ? st : transfer_check(*init, r, err);
}

/* From options to files; *some_failed: clips were left out. */
static ear_status
train(options *o, char *const *argv, bool *some_failed, ear_error *err)
{
  recipe r;
  intake in;
  run_folder folder;
  transfer *init = NULL;
  const intake_say say = {say_sounds, say_features, NULL};
  ear_status st = choose_recipe(o, &r, err);
  st = st ? st : open_init(&init, o, &r, err);
  st = st ? st : file_can_be_written(o->out, err);
  st = parallel_agree(st, err);
  st = st ? st : train_folder(&folder, o, err);
  if (st) {
    transfer_free(init);
    return st;
  }
  if (folder.said[0]) {
    fprintf(stderr, "%s\n", folder.said);
  }
  st = intake_open(&in, o, &r.front_end, true, &say, err);
  if (!st) {
    *some_failed = in.n_dropped > 0;
    st = tell_all(o, &r, &in, &folder, err);
    take_signals();
    const train_job j = {o, &r, &in, &folder, &interrupted, init};
    st = st ? st : run(&j, &in, argv, err);
    intake_free(&in);
  }
  run_folder_close(&folder);
  transfer_free(init);
  return st;
}

int
cmd_train(int argc, char **argv)
{
  options o;
  bool some_failed = false;
  ear_error err = {""};
  const int usage_code = options_parse(&o, argc, argv, 1, usage);
  if (usage_code || o.help) {
    return usage_code;
  }
  if (!o.out) {
    fprintf(stderr, "earshot-train: -o OUT.safetensors is missing\n%s", usage);
    return CMD_USAGE;
  }
  if (parallel_start(&err)) {
    if (parallel_first()) {
      fprintf(stderr, "earshot-train: %s\n", err.text);
    }
    return CMD_FAILED;
  }
  char *name = model_name(&o);
  o.name = name;
  const ear_status st = name ? train(&o, argv, &some_failed, &err) : EAR_NO_MEMORY;
  free(name);
  const char *problem = err.text[0] ? err.text : ear_strerror(st);
  if (st) {
    fprintf(stderr, "earshot-train: %s\n", problem);
  }
  parallel_end(st ? problem : NULL);
  if (!parallel_first()) {
    return CMD_DONE;
  }
  if (st) {
    return interrupted ? CMD_INTERRUPTED : CMD_FAILED;
  }
  return interrupted ? CMD_INTERRUPTED : some_failed ? CMD_SOME_FAILED : CMD_DONE;
}
