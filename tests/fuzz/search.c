/* SPDX-License-Identifier: ISC */
/* The results that a search goes on with, JSON on disk: refused with a sentence, or
   results within the search, after which the next trial can be named. */
#include "fuzz.h"

#include "../../train/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_TRIALS = 9 };

/* The same each time; made once. */
static search *
fresh_search(void)
{
  static search s;
  static search_trial fresh[N_TRIALS];
  if (!s.trial) {
    static recipe r;
    search_range range[2];
    ear_error err = {""};
    if (recipe_read(&r, "tiny", &err) ||
        search_range_read(&range[0], "batch=8..64", &err) ||
        search_range_read(&range[1], "optimizer=adam|sgd", &err) ||
        search_new(&s, &r, range, 2, N_TRIALS, true, 7, &err)) {
      fuzz_broken(err.text);
    }
    memcpy(fresh, s.trial, sizeof fresh);
  }
  memcpy(s.trial, fresh, sizeof fresh);
  return &s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  search *s = fresh_search();
  ear_error err = {""};
  uint32_t n_done, trial, rung;
  json_t *settings = json_pack("{s:s, s:s}", "seed", "7", "threads", "2");
  if (search_load(s, fuzz_file(data, n), settings, &n_done, &err)) {
    fuzz_sentence(err.text);
  } else {
    fuzz_taken();
    if ((search_next(s, &trial, &rung) && (trial >= s->n_trials || rung >= s->n_rungs)) ||
        search_best(s) > s->n_trials) {
      fuzz_broken("the next trial is one of the search");
    }
  }
  json_decref(settings);
  return 0;
}

/* Seed 0 is what such a search saves. */
size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  search *s = fresh_search();
  size_t n = 0;
  if (i) {
    return i == 1 ? fuzz_text(data, "{\"settings\":{\"seed\":\"7\",\"threads\":\"1\"},"
                                    "\"trials\":[]}")
                  : 0;
  }
  for (uint32_t t = 0; t < 3; ++t) {
    s->trial[t].epochs = 2;
    s->trial[t].score = 0.25 * t;
  }
  json_t *settings = json_pack("{s:s, s:s}", "seed", "7", "threads", "2");
  const char *path = fuzz_path("search");
  if (!search_save(s, path, settings, NULL)) {
    FILE *f = fopen(path, "rb");
    n = f ? fread(data, 1, FUZZ_MOST, f) : 0;
    fclose(f);
  }
  json_decref(settings);
  return n;
}
