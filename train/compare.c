/* SPDX-License-Identifier: ISC */
/* Folds depend on the clips and the seed alone, so every system gets the same; clips that
   one system cannot use are an error, not a difference. */
#include "compare.h"
#include "clip_stats.h"
#include "compare_part.h"
#include "fail.h"
#include "inspect_set.h"
#include "run_settings.h"
#include "split.h"
#include "train_run.h"
#include "train_say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One system while its folds are made. */
typedef struct {
  comparison *c;
  compared *s;
  const options *o;
  recipe r; /* if a network */
  intake in;
  double *stats;          /* [clips][CLIP_STATS_N] if a baseline */
  uint32_t *label, *fold; /* [clips] */
  const volatile sig_atomic_t *stop;
} work;

void
compare_free(comparison *c)
{
  for (uint32_t k = 0; k < c->n_systems; ++k) {
    for (uint32_t s = 0; s < c->n_seeds; ++s) {
      free(c->system[k].p[s]);
      free(c->system[k].flt[s]);
    }
  }
  for (uint32_t i = 0; i < c->n_clips && c->key; ++i) {
    free(c->key[i]);
  }
  free(c->key);
  free(c->truth);
  free(c->group);
}

/* Copies share a group, and what is kept for a last judgement is left alone. */
static ear_status
make_ready(intake *in, const options *o, ear_error *err)
{
  inspected k;
  const inspect_options io = {o->cache[0] ? o->cache : NULL, say_sounds, NULL};
  for (uint32_t i = 0; i < in->ds.n_clips; ++i) {
    in->fs.clip[i].n_frames =
        in->ds.clip[i].side == SIDE_TEST ? 0 : in->fs.clip[i].n_frames;
  }
  ear_status st = featureset_drop(&in->fs, &in->ds);
  st = st ? st : split_join_duplicates(&in->ds);
  st = st ? st : inspect_set(&k, &in->ds, &io);
  if (st) {
    return fail(err, st, "not enough memory for %s", o->dataset);
  }
  st = duplicates_check(&k.copies, &in->ds, err);
  st = st ? st : duplicates_join(&k.copies, &in->ds, &in->n_apart);
  inspected_free(&k);
  if (!st && dataset_is_multi(&in->ds)) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "%s: clips have several labels; systems are compared on one each",
              o->dataset);
  }
  return st ? st : dataset_check(&in->ds, err);
}

/* The first system's clips are those of all. */
static ear_status
same_clips(comparison *c, const compared *s, const dataset *ds, ear_error *err)
{
  if (!c->key) {
    c->key = calloc(ds->n_clips + 1u, sizeof *c->key);
    c->truth = calloc(ds->n_clips + 1u, sizeof *c->truth);
    c->group = calloc(ds->n_clips + 1u, sizeof *c->group);
    bool good = c->key && c->truth && c->group;
    c->n_clips = good ? ds->n_clips : 0;
    c->n_labels = ds->n_labels;
    c->n_groups = ds->n_groups;
    for (uint32_t i = 0; i < c->n_clips; ++i) {
      good = (c->key[i] = strdup(ds->clip[i].key)) && good;
      c->truth[i] = ds->clip[i].label;
      c->group[i] = ds->clip[i].group;
    }
    return good ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  bool same = c->n_clips == ds->n_clips;
  for (uint32_t i = 0; i < c->n_clips && same; ++i) {
    same = !strcmp(c->key[i], ds->clip[i].key);
  }
  return same ? EAR_OK
              : fail(err, EAR_BAD_ARGUMENT,
                     "%s can use %u clips, %s %u: take the sounds that are too short out "
                     "of the data set",
                     s->name, ds->n_clips, c->system[0].name, c->n_clips);
}

static ear_status
hear_by_baseline(work *w, uint32_t seed, float *p, ear_error *err)
{
  const dataset *ds = &w->in.ds;
  uint32_t *index = malloc((ds->n_clips + 1u) * sizeof *index), n = 0, setting;
  char words[96];
  learned l;
  if (!index) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (ds->clip[i].side != SIDE_TEST) {
      index[n++] = i;
    }
  }
  const learner_set s = {n, CLIP_STATS_N, ds->n_labels, index, w->stats, w->label};
  ear_status st = learner_choose(&setting, w->s->baseline, &s, ds, seed);
  st = st ? st : learned_fit(&l, w->s->baseline, &s, setting);
  for (uint32_t i = 0; i < ds->n_clips && !st; ++i) {
    if (ds->clip[i].side == SIDE_TEST) {
      learned_say(&l, w->stats + (size_t)i * CLIP_STATS_N, p + (size_t)i * ds->n_labels);
    }
  }
  free(index);
  if (st) {
    return fail(err, st, "not enough memory");
  }
  learned_free(&l);
  w->s->baseline->tell(setting, words);
  fprintf(stderr, "  %s\n", words);
  return EAR_OK;
}

/* Rows of a side to those of all clips. */
static void
spread(const dataset *ds, const evaluation *e, float *p)
{
  for (uint32_t i = 0, k = 0; i < ds->n_clips; ++i) {
    if (ds->clip[i].side == SIDE_TEST) {
      memcpy(p + (size_t)i * ds->n_labels, e->p + (size_t)k++ * e->n_labels,
             e->n_labels * sizeof *p);
    }
  }
}

static ear_status
hear_by_network(work *w, uint32_t seed, const part_names *names, ear_error *err)
{
  options own = *w->o;
  run_folder folder;
  delivered result = {0};
  char *text = NULL;
  bool stopped = false;
  own.out = names->model;
  own.name = w->s->name;
  own.task = "classifier";
  own.seed = seed + 1;
  own.threshold = 2;
  own.resume = true;
  own.recipe = w->r.name;
  ear_status st = train_folder(&folder, &own, err);
  if (st) {
    return st;
  }
  const train_job j = {&own, &w->r, &w->in, &folder, w->stop, NULL};
  st = train_run(&j, &result, &text, &stopped, err);
  if (!st && !stopped) {
    spread(&w->in.ds, &result.heard[result.n_sides - 1], w->s->p[seed]);
    spread(&w->in.ds, &result.by_float[result.n_sides - 1], w->s->flt[seed]);
  }
  free(text);
  delivered_free(&result);
  run_folder_close(&folder);
  return st;
}

/* What a part depends on, as text; NULL: no memory. */
static char *
dependencies(const work *w, uint32_t seed, ear_error *err)
{
  char hash[65], path[PATH_MAX], *text = NULL;
  options own = *w->o;
  own.seed = seed + 1;
  snprintf(path, sizeof path, "%.*s/folds-s%u.csv", PATH_MAX - 32, w->o->out, seed + 1);
  if (split_write(&w->in.ds, path, hash, err)) {
    return NULL;
  }
  if (w->s->baseline) {
    return asprintf(&text, "%s %s %u", w->s->baseline->words, hash,
                    w->s->baseline->n_settings) < 0
               ? NULL
               : text;
  }
  json_t *settings = run_settings(&own, &w->in, &w->r, hash);
  if (settings) {
    json_object_del(settings, "threads");
    text = json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS);
  }
  json_decref(settings);
  return text;
}

/* How many of the clips that the fold's model never met it is unsure of. */
static void
count_unsure(work *w, const float *p, float margin)
{
  const dataset *ds = &w->in.ds;
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (ds->clip[i].side == SIDE_TEST) {
      const predictions one = {.n = 1,
                               .n_labels = ds->n_labels,
                               .truth = &ds->clip[i].label,
                               .p = p + (size_t)i * ds->n_labels};
      unsure_count(&w->s->unsure, &one, margin);
    }
  }
}

static ear_status
hear_fold(work *w, uint32_t seed, uint32_t fold, ear_error *err)
{
  part_names names;
  compared *s = w->s;
  split_use_fold(&w->in.ds, w->fold, w->o->folds, fold);
  ear_status st = split_check(&w->in.ds, err);
  char *text = st ? NULL : dependencies(w, seed, err);
  if (!text) {
    return st ? st : EAR_NO_MEMORY;
  }
  part_name(&names, w->o->out, s->name, seed + 1, fold, text);
  free(text);
  if (!part_read(names.part, &w->in.ds, s->p[seed], s->flt[seed])) {
    fprintf(stderr, "%s, seed %u, fold %u of %u\n", s->name, seed + 1, fold + 1,
            w->o->folds);
    st = s->baseline ? hear_by_baseline(w, seed, s->p[seed], err)
                     : hear_by_network(w, seed, &names, err);
    if (!st && !*w->stop) {
      st = part_write(names.part, &w->in.ds, s->p[seed], s->flt[seed], err);
      part_remove_run(names.run);
    }
  }
  ear_model *model;
  if (!s->baseline && !ear_model_open(&model, names.model, NULL)) {
    s->n_parameters = ear_model_info_get(model)->n_parameters;
    if (!st) {
      count_unsure(w, s->p[seed], ear_model_info_get(model)->unsure);
    }
    ear_model_unref(model);
  }
  return st;
}

static ear_status
hear_all(work *w, ear_error *err)
{
  const dataset *ds = &w->in.ds;
  const size_t room = (size_t)ds->n_clips * ds->n_labels + 1;
  ear_status st = EAR_OK;
  for (uint32_t seed = 0; seed < w->c->n_seeds && !st && !*w->stop; ++seed) {
    w->s->p[seed] = calloc(room, sizeof(float));
    w->s->flt[seed] = w->s->baseline ? NULL : calloc(room, sizeof(float));
    st = w->s->p[seed] && (w->s->baseline || w->s->flt[seed])
             ? split_folds(ds, w->o->folds, seed + 1, w->fold, err)
             : fail(err, EAR_NO_MEMORY, "not enough memory");
    for (uint32_t f = 0; f < w->o->folds && !st && !*w->stop; ++f) {
      st = hear_fold(w, seed, f, err);
    }
  }
  return st;
}

static ear_status
hear_system(comparison *c, compared *s, const char *recipe_name, const options *o,
            const volatile sig_atomic_t *stop, ear_error *err)
{
  work w = {.c = c, .s = s, .o = o, .stop = stop};
  const intake_say say = {say_sounds, say_features, NULL};
  const ear_front_end plain = clip_stats_front_end();
  ear_status st = s->baseline ? EAR_OK : recipe_read(&w.r, recipe_name, err);
  w.r.train.epochs = o->epochs ? o->epochs : w.r.train.epochs;
  st =
      st ? st
         : intake_open(&w.in, o, s->baseline ? &plain : &w.r.front_end, false, &say, err);
  if (st) {
    return st;
  }
  st = make_ready(&w.in, o, err);
  st = st ? st : same_clips(c, s, &w.in.ds, err);
  if (!st) {
    w.fold = calloc(c->n_clips + 1u, sizeof *w.fold);
    w.label = c->truth;
    w.stats = s->baseline ? clip_stats_of(&w.in.fs) : NULL;
    st = w.fold && (w.stats || !s->baseline)
             ? hear_all(&w, err)
             : fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  free(w.fold);
  free(w.stats);
  intake_free(&w.in);
  return st;
}

/* A recipe is read, so that none is missed after hours with those before it. */
static ear_status
check_system(const compared *s, const char *word, ear_error *err)
{
  recipe r;
  if (s->baseline == &learner_svm && !learner_has_svm) {
    return fail(err, EAR_BAD_ARGUMENT,
                "svm needs libsvm: install libsvm-dev and build again");
  }
  const ear_status st = s->baseline ? EAR_OK : recipe_read(&r, word, err);
  return st || s->baseline ? st : train_possible(&r, err);
}

/* Its name is the word's last part, as file names begin: none may stand there twice. */
static ear_status
add_system(comparison *c, const char *word, ear_error *err)
{
  if (c->n_systems == COMPARE_MAX_SYSTEMS) {
    return fail(err, EAR_BAD_ARGUMENT, "more than %d systems", COMPARE_MAX_SYSTEMS);
  }
  compared *s = &c->system[c->n_systems];
  const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
  const char *dot = strstr(name, ".recipe");
  *s = (compared){.baseline = learner_find(word)};
  snprintf(s->name, sizeof s->name, "%.*s", dot ? (int)(dot - name) : 63, name);
  for (uint32_t k = 0; k < c->n_systems; ++k) {
    if (!strcmp(c->system[k].name, s->name)) {
      return fail(err, EAR_BAD_ARGUMENT, "two systems are named %s", s->name);
    }
  }
  const ear_status st = check_system(s, word, err);
  c->n_systems += !st;
  return st;
}

ear_status
compare_run(comparison *c, const options *o, const char *systems, uint32_t n_seeds,
            const volatile sig_atomic_t *stop, bool *stopped, ear_error *err)
{
  char *list = strdup(systems), *rest = NULL, *word[COMPARE_MAX_SYSTEMS] = {NULL};
  *c = (comparison){.n_seeds = n_seeds, .n_folds = o->folds};
  ear_status st = list ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (char *w = list ? strtok_r(list, ",", &rest) : NULL; w && !st;
       w = strtok_r(NULL, ",", &rest)) {
    st = add_system(c, w, err);
    word[st ? 0 : c->n_systems - 1] = w;
  }
  if (!st && c->n_systems == 0) {
    st = fail(err, EAR_BAD_ARGUMENT, "--recipe names no system to compare");
  }
  if (!st && mkdir(o->out, 0777) != 0 && errno != EEXIST) {
    st = fail(err, EAR_IO, "the folder %s cannot be made: %s", o->out, strerror(errno));
  }
  for (uint32_t k = 0; k < c->n_systems && !st && !*stop; ++k) {
    st = hear_system(c, &c->system[k], word[k], o, stop, err);
  }
  *stopped = *stop != 0;
  free(list);
  if (st) {
    compare_free(c);
  }
  return st;
}
