/* SPDX-License-Identifier: ISC */
/* Trials are drawn again from the seed; the file holds only what they gave. */
#include "fail.h"
#include "file.h"
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static json_t *
trial_json(const search *s, uint32_t t)
{
  const search_trial *x = &s->trial[t];
  json_t *value = json_object();
  for (uint32_t i = 0; i < s->n_ranges; ++i) {
    json_object_set_new(value, s->range[i].key, json_string(x->value[i]));
  }
  return json_pack("{s:i, s:i, s:i, s:o, s:o, s:f, s:o}", "trial", (int)t + 1, "rung",
                   (int)x->rung, "epochs", (int)x->epochs, "score",
                   isnan(x->score) ? json_null() : json_real(x->score), "loss",
                   isfinite(x->loss) ? json_real(x->loss) : json_null(), "seconds",
                   x->seconds, "values", value);
}

ear_status
search_save(const search *s, const char *path, json_t *settings, ear_error *err)
{
  json_t *done = json_array();
  for (uint32_t t = 0; t < s->n_trials; ++t) {
    if (s->trial[t].epochs) {
      json_array_append_new(done, trial_json(s, t));
    }
  }
  json_t *all = json_pack("{s:O, s:o}", "settings", settings, "trials", done);
  char *text = all ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
  json_decref(all);
  if (!text) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  }
  const ear_status st = file_write(path, text, strlen(text), NULL, err);
  free(text);
  return st;
}

static ear_status
same_settings(const char *path, const json_t *before, json_t *now, ear_error *err)
{
  const char *key;
  json_t *value;
  json_object_foreach(now, key, value)
  {
    const json_t *was = json_object_get(before, key);
    if (!json_equal(was, value) && strcmp(key, "threads") != 0) {
      const char *a = json_string_value(was), *b = json_string_value(value);
      return fail(
          err, EAR_BAD_ARGUMENT,
          "%.200s is of another search: %s was %.80s and is %.80s now: give another "
          "-o",
          path, key, a ? a : "not there", b);
    }
  }
  return json_object_size(before) == json_object_size(now)
             ? EAR_OK
             : fail(err, EAR_BAD_ARGUMENT, "%.200s is of another search: give another -o",
                    path);
}

/* One result; false if it is none of this search. */
static bool
take(search *s, json_t *j)
{
  int t, rung, epochs;
  json_t *score, *loss, *value;
  double seconds;
  if (json_unpack(j, "{s:i, s:i, s:i, s:o, s:o, s:F, s:o}", "trial", &t, "rung", &rung,
                  "epochs", &epochs, "score", &score, "loss", &loss, "seconds", &seconds,
                  "values", &value) != 0 ||
      t < 1 || (uint32_t)t > s->n_trials || rung < 0 || (uint32_t)rung >= s->n_rungs ||
      epochs < 1) {
    return false;
  }
  search_trial *x = &s->trial[t - 1];
  for (uint32_t i = 0; i < s->n_ranges; ++i) {
    const char *text = json_string_value(json_object_get(value, s->range[i].key));
    if (!text || strcmp(text, x->value[i]) != 0) {
      return false;
    }
  }
  x->rung = (uint32_t)rung;
  x->epochs = (uint32_t)epochs;
  x->score = json_is_number(score) ? json_number_value(score) : NAN;
  x->loss = json_is_number(loss) ? json_number_value(loss) : NAN;
  x->seconds = seconds;
  return true;
}

ear_status
search_load(search *s, const char *path, json_t *settings, uint32_t *n_done,
            ear_error *err)
{
  json_error_t why;
  json_t *all = json_load_file(path, 0, &why);
  *n_done = 0;
  if (!all) {
    return fail(err, EAR_IO, "%.200s cannot be read: %s", path, why.text);
  }
  json_t *trials = json_object_get(all, "trials");
  ear_status st = same_settings(path, json_object_get(all, "settings"), settings, err);
  for (size_t i = 0; i < json_array_size(trials) && !st; ++i) {
    const bool good = take(s, json_array_get(trials, i));
    *n_done += good;
    st = good ? EAR_OK
              : fail(err, EAR_BAD_ARGUMENT, "%.200s: entry %zu is none of this search",
                     path, i + 1);
  }
  json_decref(all);
  return st;
}
