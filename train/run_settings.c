/* SPDX-License-Identifier: ISC */
/* The first key that can differ is the one that explains most: recipe before its lines,
   data before the split that follows from it. */
#include "run_settings.h"
#include "fail.h"
#include "file.h"
#include "parallel.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <sha256.h>

static void
put(void *user, const char *key, const char *value)
{
  json_object_set_new(user, key, json_string(value));
}

__attribute__((format(printf, 3, 4))) static void
put_text(json_t *to, const char *key, const char *format, ...)
{
  char text[128];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof text, format, ap);
  va_end(ap);
  put(to, key, text);
}

/* Of every clip's name, labels and bytes. */
static void
hash_data(const dataset *ds, char hash[SHA256_DIGEST_STRING_LENGTH])
{
  SHA2_CTX c;
  SHA256Init(&c);
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const clip *k = &ds->clip[i];
    const char *const cell[] = {k->key, ds->label[k->label], k->sha256};
    for (int j = 0; j < 3; ++j) {
      SHA256Update(&c, (const uint8_t *)cell[j], strlen(cell[j]) + 1);
    }
    SHA256Update(&c, (const uint8_t *)&k->labels, sizeof k->labels);
  }
  SHA256End(&c, hash);
}

/* What the models of a list with commas between hold, wherever they lie: the SHA-256 of
   files, the names of built-in ones. */
static bool
put_models(json_t *to, const char *key, const char *list)
{
  char *names = strdup(list ? list : ""), *rest = NULL, *text = NULL;
  char hash[SHA256_DIGEST_STRING_LENGTH];
  size_t size;
  FILE *f = names ? open_memstream(&text, &size) : NULL;
  for (char *name = f ? strtok_r(names, ",", &rest) : NULL; name;
       name = strtok_r(NULL, ",", &rest)) {
    fprintf(f, "%s%s", name == names ? "" : ",", SHA256File(name, hash) ? hash : name);
  }
  const bool good = f && fclose(f) == 0;
  if (good) {
    put(to, key, text);
  }
  free(text);
  free(names);
  return good;
}

json_t *
run_settings(const options *o, const intake *in, const recipe *r, const char *split_hash)
{
  char hash[SHA256_DIGEST_STRING_LENGTH];
  const dataset *ds = &in->ds;
  json_t *s = json_object();
  if (!s) {
    return NULL;
  }
  hash_data(ds, hash);
  put(s, "recipe", r->name);
  if (!put_models(s, "init", o->init) || !put_models(s, "teacher", o->teacher)) {
    json_decref(s);
    return NULL;
  }
  recipe_tell(r, put, s);
  put_text(s, "seed", "%llu", (unsigned long long)o->seed);
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    char key[32];
    snprintf(key, sizeof key, "label.%u", l);
    put(s, key, ds->label[l]);
  }
  put_text(s, "clips", "%u", ds->n_clips);
  put(s, "data_sha256", hash);
  put(s, "split_sha256", split_hash);
  put(s, "version", ear_version());
  put_text(s, "threads", "%d", omp_get_max_threads());
  if (parallel_ranks() > 1) {
    put_text(s, "ranks", "%u", parallel_ranks());
  }
  return s;
}

static ear_status
differs(const char *key, const json_t *before, const json_t *now, ear_error *err)
{
  const char *a = json_string_value(before), *b = json_string_value(now);
  return fail(err, EAR_BAD_ARGUMENT,
              "--resume: %s was %.100s and is %.100s now: give what the run began with, "
              "or begin anew with another -o",
              key, a ? a : "not there", b ? b : "not there");
}

/* How the work is shared out changes the order of sums, nothing else. */
static bool
is_order(const char *key)
{
  return !strcmp(key, "threads") || !strcmp(key, "ranks");
}

ear_status
run_settings_same(json_t *before, json_t *now, bool *other_bits, ear_error *err)
{
  const char *key;
  json_t *value;
  *other_bits = false;
  json_object_foreach(now, key, value)
  {
    const json_t *was = json_object_get(before, key);
    if (!json_equal(was, value)) {
      if (!is_order(key)) {
        return differs(key, was, value, err);
      }
      *other_bits = true;
    }
  }
  json_object_foreach(before, key, value)
  {
    if (!json_object_get(now, key)) {
      if (!is_order(key)) {
        return differs(key, value, NULL, err);
      }
      *other_bits = true;
    }
  }
  return EAR_OK;
}

ear_status
run_settings_agree(json_t *settings, ear_error *err)
{
  json_t *own = parallel_ranks() > 1 ? json_copy(settings) : NULL;
  if (!own) {
    return EAR_OK;
  }
  json_object_del(own, "threads");
  json_object_del(own, "split_sha256"); /* the first's, told to the others */
  char *text = json_dumps(own, JSON_COMPACT | JSON_SORT_KEYS);
  ear_status st =
      parallel_agree(text ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory"), err);
  st = st ? st
          : parallel_same(text, strlen(text),
                          "what decides the weights (recipe, data, version) here", err);
  free(text);
  json_decref(own);
  return st;
}

char *
run_settings_moved(const char *path, const options *o)
{
  json_t *config = json_load_file(path, 0, NULL);
  const char *was = NULL;
  char *now = realpath(o->dataset, NULL), *before = NULL;
  if (now && json_unpack(config, "{s:{s:s}}", "source", "folder", &was) == 0 &&
      strcmp(was, now) != 0) {
    before = strdup(was);
  }
  json_decref(config);
  free(now);
  return before;
}

/* Takes what. */
static ear_status
write_json(const char *path, json_t *what, ear_error *err)
{
  char *text = what ? json_dumps(what, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
  json_decref(what);
  if (!text) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  }
  const size_t n = strlen(text);
  text[n] = '\n'; /* instead of the zero byte */
  const ear_status st = file_write(path, text, n + 1, NULL, err);
  free(text);
  return st;
}

/* Where the sounds are on this machine and how they are read, for `quantize`. */
static json_t *
source_json(const options *o)
{
  const dataset_source *s = &o->source;
  char *path = realpath(o->dataset, NULL);
  json_t *j = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:i, s:b}", "folder",
                        path ? path : o->dataset, "csv", s->csv, "columns", s->columns,
                        "group_re", s->group_re, "group_tag", s->group_tag, "levels",
                        (int)s->levels, "several", s->several);
  free(path);
  return j;
}

ear_status
run_settings_write(const char *path, json_t *settings, const options *o, const intake *in,
                   const recipe *r, ear_error *err)
{
  char *command = options_command(o, in, r);
  json_t *config =
      json_pack("{s:s, s:s*, s:o, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:O}", "program",
                "earshot-train", "command", command, "source", source_json(o), "dataset",
                in->ds.name, "name", o->name, "task", o->task, "license", o->license,
                "threshold", (double)o->threshold, "precision", (double)o->precision,
                "unsure", (double)o->unsure, "settings", settings);
  free(command);
  return write_json(path, config, err);
}

static json_t *
class_json(const intake *in, uint32_t l)
{
  const dataset *ds = &in->ds;
  bool *seen = calloc(ds->n_groups + 1u, sizeof *seen);
  uint32_t n = 0, groups = 0, at[N_SIDES] = {0};
  double frames = 0;
  for (uint32_t i = 0; seen && i < ds->n_clips; ++i) {
    const clip *c = &ds->clip[i];
    if (c->labels >> l & 1) {
      ++n;
      groups += !seen[c->group];
      seen[c->group] = true;
      frames += in->fs.clip[i].n_frames;
      ++at[c->side];
    }
  }
  free(seen);
  const ear_front_end *fe = &in->fs.front_end;
  return json_pack("{s:s, s:i, s:i, s:f, s:i, s:i, s:i}", "label", ds->label[l], "clips",
                   (int)n, "groups", (int)groups, "hours",
                   frames * fe->hop / (double)fe->rate_hz / 3600, "train",
                   (int)at[SIDE_TRAIN], "valid", (int)at[SIDE_VALID], "test",
                   (int)at[SIDE_TEST]);
}

ear_status
run_settings_write_data(const char *path, const intake *in, ear_error *err)
{
  char hash[SHA256_DIGEST_STRING_LENGTH];
  json_t *classes = json_array();
  hash_data(&in->ds, hash);
  for (uint32_t l = 0; l < in->ds.n_labels; ++l) {
    json_array_append_new(classes, class_json(in, l));
  }
  return write_json(path,
                    json_pack("{s:s, s:s, s:i, s:i, s:i, s:o}", "dataset", in->ds.name,
                              "sha256", hash, "clips", (int)in->ds.n_clips, "groups",
                              (int)in->ds.n_groups, "left_out", (int)in->n_dropped,
                              "classes", classes),
                    err);
}
