/* SPDX-License-Identifier: ISC */
/* The first key that can differ is the one that explains most: recipe before its lines,
   numbers of excerpts before the split. */
#include "harsh_settings.h"

#include "fail.h"
#include "file.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
put(void *user, const char *key, const char *value)
{
  json_object_set_new(user, key, json_string(value));
}

static void
put_count(json_t *to, const char *key, uint64_t count)
{
  char text[32];
  snprintf(text, sizeof text, "%llu", (unsigned long long)count);
  put(to, key, text);
}

json_t *
harsh_settings(const harsh_options *o, const recipe *r, const char *split_hash)
{
  json_t *s = json_object();
  if (!s) {
    return NULL;
  }
  put(s, "task", "harshness");
  put(s, "recipe", r->name);
  recipe_tell(r, put, s);
  put_count(s, "seed", o->seed);
  put_count(s, "split_seed", o->split_seed);
  put_count(s, "units", o->units);
  put_count(s, "judge_units", o->judge_units);
  put_count(s, "judge_ms", (uint64_t)(1000 * o->judge_s + 0.5));
  put_count(s, "degrade_revision", DEGRADE_REVISION);
  put(s, "split_sha256", split_hash);
  put(s, "version", ear_version());
  put_count(s, "threads", (uint64_t)omp_get_max_threads());
  return s;
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
  const ear_status st = file_write(path, text, strlen(text), NULL, err);
  free(text);
  return st;
}

ear_status
harsh_settings_write(const char *path, json_t *settings, const harsh_options *o,
                     ear_error *err)
{
  char *folder = realpath(o->corpus, NULL);
  json_t *config = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s, s:s, s:s, s:O}", "program",
                             "earshot-train harshness", "command", o->command, "corpus",
                             folder ? folder : o->corpus, "csv", o->csv, "more", o->more,
                             "name", o->name, "task", "harshness", "license", o->license,
                             "settings", settings);
  free(folder);
  return write_json(path, config, err);
}

ear_status
harsh_settings_write_data(const char *path, const harsh_split *split, ear_error *err)
{
  json_t *sides = json_object();
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    json_object_set_new(sides, harsh_side_name[s],
                        json_pack("{s:i, s:f, s:i}", "tracks", (int)split->n[s], "hours",
                                  split->hours[s], "artists", (int)split->artists[s]));
  }
  return write_json(path, sides, err);
}
