/* SPDX-License-Identifier: ISC */
/* What is written before the first step says how to repeat the run; what is written after
   an epoch lets it go on. */
#include "train_run.h"
#include "fail.h"
#include "file.h"
#include "parallel.h"
#include "patches.h"
#include "run_log.h"
#include "run_settings.h"
#include "split.h"
#include "statistics.h"
#include "teacher.h"
#include "train_say.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHECKPOINT_S = 300 }; /* within an epoch */

/* Patches of a validation clip, so many that all clips together stay a few thousand. */
static uint32_t
valid_per_clip(uint32_t n_clips)
{
  return n_clips >= 1024 ? 1 : n_clips >= 256 ? 2 : 4;
}

static ear_status
find_norm(band_norm *norm, const intake *in, bool even)
{
  const feature_clip **c = calloc(in->ds.n_clips + 1u, sizeof *c);
  uint32_t n = 0;
  if (!c) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < in->ds.n_clips; ++i) {
    if (in->ds.clip[i].side == SIDE_TRAIN) {
      c[n++] = &in->fs.clip[i];
    }
  }
  band_norm_of(norm, c, n, &in->fs.front_end);
  if (even) {
    band_norm_even(norm);
  }
  free(c);
  return EAR_OK;
}

static void
say_epoch_of(void *user, const fit_progress *p)
{
  (void)user;
  say_epoch(NULL, p);
}

static void
log_epochs(void *user, const fit_history *h)
{
  const train_job *j = user;
  run_log_epochs(j->folder, h);
}

/* CLOCK_MONOTONIC at which a run of that many minutes ends; 0: never. */
static double
end_of(double minutes)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return minutes > 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec + 60 * minutes : 0;
}

/* Variants of the training clips, if the recipe has any. */
static ear_status
vary(const train_job *j, variants *v, ear_error *err)
{
  const featureset_options fo = {j->o->cache[0] ? j->o->cache : NULL, NULL, NULL};
  const ear_status st = variants_load(v, &j->in->ds, j->r, j->o->seed, &fo, err);
  if (!st && v->per_clip) {
    fprintf(stderr, "%u variants of each training clip: %u made, %u from the cache\n",
            v->per_clip, v->n_made, v->n_cached);
  }
  return st;
}

/* What the teachers say of the training clips, if there are any. */
static ear_status
listen_to_teachers(const train_job *j, clip_source *cs, teaching *t, ear_error *err)
{
  *t = (teaching){0};
  if (!j->o->teacher) {
    return EAR_OK;
  }
  fprintf(stderr, "listening to what %s says of %u clips\n", j->o->teacher, cs->n_clips);
  const ear_status st = teach(t, j->o->teacher, &j->in->ds, j->r, err);
  return st ? st : clip_source_teach(cs, &j->in->ds, t);
}

typedef struct {
  const train_job *j;
  const float *patches;
  uint32_t n_patches;
} beginning;

static ear_status
begin(void *user, nn *net, ear_error *err)
{
  const beginning *b = user;
  const dataset *ds = &b->j->in->ds;
  bool kept_head;
  if (transfer_apply(b->j->init, net, (const char *const *)ds->label, b->patches,
                     b->n_patches, &kept_head)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  fprintf(stderr, "begins with the weights of %s; %s\n", b->j->o->init,
          kept_head ? "its labels are these: the last layer too"
                    : "the last layer is new: it was made for other labels, or for "
                      "statistics too");
  return EAR_OK;
}

/* The loop on patches of t, looking at v. */
static ear_status
fit_sources(const train_job *j, clip_source *t, clip_source *v, const fit_saving *saving,
            fit_result *result, nn **net, ear_error *err)
{
  const recipe *r = j->r;
  train_job own = *j;
  float *patches = NULL;
  uint32_t n_patches = 0;
  t->random = true;
  t->per_clip = r->train.crops ? r->train.crops : 1;
  v->per_clip = valid_per_clip(v->n_clips);
  ear_status st =
      r->train.quantize || j->init
          ? patches_of(&patches, &n_patches, &j->in->ds, &j->in->fs, t->norm, r)
          : EAR_OK;
  beginning first = {j, patches, n_patches};
  const fit_config config = {.recipe = r,
                             .train = clip_source_examples(t),
                             .valid = clip_source_examples(v),
                             .patches = patches,
                             .n_patches = n_patches,
                             .init = j->init ? begin : NULL,
                             .init_user = &first,
                             .seed = j->o->seed,
                             .say = say_epoch_of,
                             .user = &own,
                             .stop = j->stop,
                             .until_s = end_of(j->o->minutes),
                             .saving = *saving};
  st = st ? fail(err, st, "not enough memory") : fit(net, &config, result, err);
  free(patches);
  return st;
}

ear_status
train_possible(const recipe *r, ear_error *err)
{
  const ear_status can = statistics_possible(r, err);
  if (can) {
    return can;
  }
  return !recipe_n_extra(r)
             ? EAR_OK
             : fail(err, EAR_BAD_ARGUMENT,
                    "recipe %s trains severity or kinds of harshness, which only "
                    "`earshot-train harshness` can: take these lines out",
                    r->name);
}

static ear_status
fit_clips(const train_job *j, const band_norm *norm, const fit_saving *saving,
          fit_result *result, nn **net, ear_error *err)
{
  clip_source t, v;
  variants changed;
  teaching soft = {0};
  const dataset *ds = &j->in->ds;
  const recipe *r = j->r;
  ear_status st = train_possible(r, err);
  st = st ? st : clip_source_new(&t, ds, &j->in->fs, SIDE_TRAIN, norm, r, j->o->seed);
  if (st) {
    return st;
  }
  st = vary(j, &changed, err);
  st = st ? st : clip_source_vary(&t, ds, SIDE_TRAIN, &changed);
  st = st ? st : listen_to_teachers(j, &t, &soft, err);
  st = st ? st : clip_source_new(&v, ds, &j->in->fs, SIDE_VALID, norm, r, j->o->seed);
  if (!st) {
    st = fit_sources(j, &t, &v, saving, result, net, err);
    clip_source_free(&v);
  }
  teaching_free(&soft);
  variants_free(&changed);
  clip_source_free(&t);
  return st;
}

ear_status
train_fit(const train_job *j, fit_result *result, nn **net, ear_error *err)
{
  band_norm norm;
  const fit_saving nowhere = {.last = NULL};
  *net = NULL;
  *result = (fit_result){0};
  return find_norm(&norm, j->in, j->r->train.zerosum)
             ? fail(err, EAR_NO_MEMORY, "not enough memory")
             : fit_clips(j, &norm, &nowhere, result, net, err);
}

/* Say how to repeat the run, or that going on with it makes sense. */
static ear_status
describe(const train_job *j, json_t *settings, ear_error *err)
{
  char path[PATH_MAX];
  bool other_bits = false;
  ear_status st = EAR_OK;
  if (j->folder->from) {
    st = run_settings_same(checkpoint_settings(j->folder->from), settings, &other_bits,
                           err);
  }
  if (other_bits) {
    fprintf(stderr, "the number of threads or ranks is another than before: the result "
                    "will be as good, not the same to the bit\n");
  }
  run_folder_file(j->folder, "config.json", path);
  char *moved = j->folder->from && !st ? run_settings_moved(path, j->o) : NULL;
  if (moved) {
    fprintf(stderr, "the sounds were in %s: they are the same here\n", moved);
  }
  free(moved);
  st = st ? st : run_settings_write(path, settings, j->o, j->in, j->r, err);
  return st ? st
            : run_settings_write_data(run_folder_file(j->folder, "dataset.json", path),
                                      j->in, err);
}

/* Settings that all ranks agree on, described by the first.  *settings is the caller's.
 */
static ear_status
settle(const train_job *j, const char *hash, json_t **settings, ear_error *err)
{
  *settings = run_settings(j->o, j->in, j->r, hash);
  ear_status st = *settings ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  st = parallel_agree(st, err);
  st = st ? st : run_settings_agree(*settings, err);
  st = st || !parallel_first() ? st : describe(j, *settings, err);
  return parallel_agree(st, err);
}

/* The split beside the model and in the folder. */
static ear_status
write_split(const train_job *j, char hash[65], ear_error *err)
{
  char path[PATH_MAX];
  ear_status st = EAR_OK;
  if (parallel_first()) {
    st =
        split_write(&j->in->ds, run_folder_file(j->folder, "split.csv", path), hash, err);
    snprintf(path, sizeof path, "%.*s.split.csv", PATH_MAX - 16, j->o->out);
    st = st ? st : split_write(&j->in->ds, path, NULL, err);
  }
  st = parallel_agree(st, err);
  parallel_tell(hash, 65);
  return st;
}

static ear_status
fit_and_save(const train_job *j, band_norm *norm, const char *hash, fit_result *fitted,
             nn **net, ear_error *err)
{
  char last[PATH_MAX], best[PATH_MAX];
  json_t *settings = NULL;
  ear_status st = settle(j, hash, &settings, err);
  if (!st) {
    const fit_saving saving = {.last = run_folder_file(j->folder, "last.ckpt", last),
                               .best = run_folder_file(j->folder, "best.ckpt", best),
                               .mean = norm->mean,
                               .inverse_std = norm->inverse_std,
                               .n_values = norm->units.n_values,
                               .settings = settings,
                               .from = j->folder->from,
                               .every_s = CHECKPOINT_S,
                               .every_steps = j->o->checkpoint_steps,
                               .warn = say_unsaved,
                               .log = log_epochs};
    parallel_watch(j->stop, NULL);
    st = fit_clips(j, norm, &saving, fitted, net, err);
    parallel_watch(NULL, NULL);
  }
  checkpoint_free(j->folder->from);
  j->folder->from = NULL;
  json_decref(settings);
  return st;
}

ear_status
train_folder(run_folder *f, const options *o, ear_error *err)
{
  *f = (run_folder){.lock = -1};
  run_folder_path(f->path, o->out);
  return parallel_agree(
      parallel_first() ? run_folder_open(f, o->out, o->resume, err) : EAR_OK, err);
}

/* A rank was told to end by the launcher, which kills all of them soon. */
static bool
in_a_hurry(const train_job *j)
{
  return parallel_ranks() > 1 && parallel_any(*j->stop == SIGTERM);
}

ear_status
train_run(const train_job *j, delivered *result, char **text, bool *stopped,
          ear_error *err)
{
  char hash[65];
  band_norm norm;
  fit_result fitted;
  nn *net = NULL;
  *text = NULL;
  *result = (delivered){0};
  ear_status st = write_split(j, hash, err);
  if (!st && find_norm(&norm, j->in, j->r->train.zerosum)) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (!st && j->init) {
    transfer_norm(j->init, &norm);
  }
  st = st ? st : fit_and_save(j, &norm, hash, &fitted, &net, err);
  if (st) {
    return st;
  }
  *stopped = fitted.stopped;
  const bool later = fitted.stopped && in_a_hurry(j);
  if (parallel_first() && !later) {
    const delivery d = {j->o, j->r, j->in, &norm, hash, &fitted, net, j->folder->path};
    st = deliver(&d, result, text, err);
  }
  st = parallel_agree(st, err);
  fit_result_free(&fitted);
  nn_free(net);
  return st;
}
