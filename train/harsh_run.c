/* SPDX-License-Identifier: ISC */
/* What is written before the first step says how to repeat the run.  Only when the last
   file of all is written do the rendered parts go. */
#include "harsh_run.h"

#include "fail.h"
#include "file.h"
#include "harsh_cache.h"
#include "harsh_deliver.h"
#include "harsh_settings.h"
#include "run_log.h"
#include "run_settings.h"
#include "train_say.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHECKPOINT_S = 300 }; /* within an epoch */

/* Trained, not judged: as unfinished as in the middle of an epoch. */
static ear_status
refuse_unfinished(const harsh_options *o, ear_error *err)
{
  run_folder f;
  char last[PATH_MAX], figures[PATH_MAX];
  run_folder_path(f.path, o->out);
  run_folder_file(&f, "last.ckpt", last);
  run_folder_file(&f, HARSH_FIGURES, figures);
  return o->resume || access(last, F_OK) != 0 || access(figures, F_OK) == 0
             ? EAR_OK
             : fail(err, EAR_BAD_ARGUMENT,
                    "%s holds an unfinished run: go on with --resume, or give another -o",
                    f.path);
}

static ear_status
open_folder(run_folder *f, const harsh_options *o, ear_error *err)
{
  ear_status st = file_can_be_written(o->out, err);
  st = st ? st : refuse_unfinished(o, err);
  st = st ? st : run_folder_open(f, o->out, o->resume, err);
  if (!st && o->resume && !f->from) {
    fprintf(stderr, "there is no checkpoint in %s: it goes on with what was rendered\n",
            f->path);
  } else if (!st && f->said[0]) {
    fprintf(stderr, "%s\n", f->said);
  }
  return st;
}

static void
log_epochs(void *user, const fit_history *h)
{
  run_log_epochs(user, h);
}

/* Split, settings and data on disk; *settings is the caller's, failed or not. */
static ear_status
describe(const run_folder *f, const harsh_options *o, const recipe *r, const dataset *ds,
         const harsh_split *split, json_t **settings, char hash[65], ear_error *err)
{
  char path[PATH_MAX];
  bool other_bits = false;
  *settings = NULL;
  snprintf(path, sizeof path, "%.*s.split.csv", PATH_MAX - 16, o->out);
  ear_status st = harsh_split_write(split, ds, path, hash, err);
  st =
      st ? st
         : harsh_split_write(split, ds, run_folder_file(f, "split.csv", path), NULL, err);
  *settings = st ? NULL : harsh_settings(o, r, hash);
  if (!st && !*settings) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (!st && f->from) {
    st = run_settings_same(checkpoint_settings(f->from), *settings, &other_bits, err);
  }
  if (other_bits) {
    fprintf(stderr, "the number of threads is another than before: the result will be "
                    "as good, not the same to the bit\n");
  }
  st = st ? st
          : harsh_settings_write(run_folder_file(f, "config.json", path), *settings, o,
                                 err);
  return st ? st
            : harsh_settings_write_data(run_folder_file(f, "dataset.json", path), split,
                                        err);
}

static void
say_trained(const harsh_trained *t)
{
  fprintf(stderr,
          "%u examples, %u harsh; epoch %u kept; temperature %.3f, threshold %.3f%s\n",
          t->n_examples, t->n_harsh, t->fitted.kept_epoch, (double)t->temperature,
          (double)t->threshold,
          t->fitted.stopped ? "; stopped before the recipe's end, --resume goes on" : "");
}

static ear_status
train(run_folder *f, const harsh_options *o, const recipe *r, const harsh_split *split,
      const harsh_protocol_options *po, json_t *settings, const char *split_hash,
      ear_error *err)
{
  char last[PATH_MAX], best[PATH_MAX];
  harsh_trained t;
  harsh_train_config c = {.recipe = r,
                          .name = o->name,
                          .license = o->license,
                          .units = o->units,
                          .seed = o->seed,
                          .protocol = *po,
                          .say_fit = say_epoch,
                          .minutes = o->minutes,
                          .saving = {.last = run_folder_file(f, "last.ckpt", last),
                                     .best = run_folder_file(f, "best.ckpt", best),
                                     .settings = settings,
                                     .from = f->from,
                                     .every_s = CHECKPOINT_S,
                                     .every_steps = o->checkpoint_steps,
                                     .warn = say_unsaved,
                                     .log = log_epochs}};
  c.protocol.user = f;
  c.protocol.cache = o->cache ? o->cache : f->path;
  const ear_status trained = harsh_train(&t, split, &c, err);
  if (trained) {
    return trained;
  }
  say_trained(&t);
  const harsh_delivery d = {o, split, split_hash, &t, &c, f->path};
  const ear_status st = harsh_deliver(&d, err);
  harsh_trained_free(&t);
  return st;
}

ear_status
harsh_run(const harsh_options *o, const dataset *ds, const harsh_split *split,
          const harsh_protocol_options *po, bool *stopped, ear_error *err)
{
  recipe r;
  run_folder f = {.lock = -1};
  json_t *settings = NULL;
  char hash[65];
  ear_status st = recipe_read(&r, o->recipe, err);
  if (!st && r.train.statistics) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "recipe %s: statistics are of kinds of music, not of harshness", r.name);
  }
  st = st ? st : open_folder(&f, o, err);
  if (st) {
    return st;
  }
  st = describe(&f, o, &r, ds, split, &settings, hash, err);
  st = st ? st : train(&f, o, &r, split, po, settings, hash, err);
  *stopped = *po->stop != 0;
  if (!st && !*stopped) {
    harsh_cache_clear(f.path);
    fprintf(stderr,
            "%s is ready, all else is in %s\n"
            "  judge a file:  earshot file --model %s SOUND\n"
            "  listen live:   earshot live --model %s\n",
            o->out, f.path, o->out, o->out);
  }
  json_decref(settings);
  run_folder_close(&f);
  return st;
}
