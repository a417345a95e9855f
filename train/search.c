/* SPDX-License-Identifier: ISC */
/* What comes next follows from the results alone, so an interrupted search goes on as if
   nothing had happened. */
#include "search.h"
#include "fail.h"
#include "recipe_parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_TRIAL = 0x5ea2c4 };

/* Rungs until a third of a third ... of n is one trial, or of the epochs one epoch. */
static uint32_t
rungs_of(uint32_t n_trials, uint32_t epochs)
{
  uint32_t n = 1;
  for (; n_trials >= SEARCH_HALVING && epochs >= SEARCH_HALVING; ++n) {
    n_trials /= SEARCH_HALVING;
    epochs /= SEARCH_HALVING;
  }
  return n;
}

static void
draw(search *s, uint32_t t)
{
  for (uint32_t i = 0; i < s->n_ranges; ++i) {
    char *value = s->trial[t].value[i];
    rng r = rng_stream(s->seed, STREAM_TRIAL + i, t);
    if (t == 0) {
      search_recipe_value(s->recipe, s->range[i].key, value);
    } else {
      search_range_draw(&s->range[i], &r, value);
    }
  }
}

ear_status
search_new(search *s, const recipe *r, const search_range *range, uint32_t n_ranges,
           uint32_t n_trials, bool halving, uint64_t seed, ear_error *err)
{
  char value[SEARCH_VALUE];
  *s = (search){.recipe = r,
                .seed = seed,
                .n_ranges = n_ranges,
                .n_trials = n_trials,
                .n_rungs = halving ? rungs_of(n_trials, r->train.epochs) : 1};
  for (uint32_t i = 0; i < n_ranges; ++i) {
    s->range[i] = range[i];
    for (uint32_t k = 0; k < i; ++k) {
      if (!strcmp(range[i].key, range[k].key)) {
        return fail(err, EAR_BAD_ARGUMENT, "%s has two ranges", range[i].key);
      }
    }
    if (!search_recipe_value(r, range[i].key, value)) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "recipe %s has no %s: a key of [train], input.KEY or dropout", r->name,
                  range[i].key);
    }
  }
  s->trial = calloc(n_trials + 1u, sizeof *s->trial);
  if (!s->trial) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for %u trials", n_trials);
  }
  for (uint32_t t = 0; t < n_trials; ++t) {
    draw(s, t);
  }
  return EAR_OK;
}

void
search_free(search *s)
{
  free(s->trial);
  *s = (search){.trial = NULL};
}

ear_status
search_recipe(const search *s, uint32_t trial, uint32_t rung, recipe *r, ear_error *err)
{
  char name[32];
  char *text = search_recipe_text(s->recipe, s->range, s->n_ranges,
                                  (const char(*)[SEARCH_VALUE])s->trial[trial].value);
  if (!text) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  snprintf(name, sizeof name, "trial-%u", trial + 1);
  const ear_status st = recipe_parse(r, name, text, err);
  free(text);
  for (uint32_t k = rung + 1; k < s->n_rungs && !st; ++k) {
    r->train.epochs = r->train.epochs / SEARCH_HALVING;
  }
  r->train.epochs = r->train.epochs ? r->train.epochs : 1;
  return st;
}

typedef struct {
  double score, loss;
  uint32_t rung, trial;
  bool done;
} rank;

static int
better_first(const void *a, const void *b)
{
  const rank *x = a, *y = b;
  if (x->done != y->done) {
    return x->done ? -1 : 1;
  }
  if (x->rung != y->rung) {
    return x->rung > y->rung ? -1 : 1;
  }
  if (isnan(x->score) != isnan(y->score)) {
    return isnan(x->score) ? 1 : -1;
  }
  if (x->score != y->score && !isnan(x->score)) {
    return x->score > y->score ? -1 : 1;
  }
  if (x->loss != y->loss) {
    return x->loss < y->loss ? -1 : 1;
  }
  return x->trial < y->trial ? -1 : 1;
}

/* Trials from best to worst: by rung, score, loss. */
void
search_order(const search *s, uint32_t *order)
{
  rank *k = malloc((s->n_trials + 1u) * sizeof *k);
  for (uint32_t t = 0; t < s->n_trials; ++t) {
    order[t] = t;
  }
  for (uint32_t t = 0; k && t < s->n_trials; ++t) {
    const search_trial *x = &s->trial[t];
    k[t] = (rank){x->score, isnan(x->score) ? 0 : x->loss, x->rung, t, x->epochs > 0};
  }
  if (k) {
    qsort(k, s->n_trials, sizeof *k, better_first);
    for (uint32_t t = 0; t < s->n_trials; ++t) {
      order[t] = k[t].trial;
    }
  }
  free(k);
}

/* How many trials a rung has. */
static uint32_t
wanted(const search *s, uint32_t rung)
{
  uint32_t n = s->n_trials;
  for (uint32_t k = 0; k < rung; ++k) {
    n = n / SEARCH_HALVING ? n / SEARCH_HALVING : 1;
  }
  return n;
}

bool
search_next(const search *s, uint32_t *trial, uint32_t *rung)
{
  for (uint32_t t = 0; t < s->n_trials; ++t) {
    if (s->trial[t].epochs == 0) {
      *trial = t;
      *rung = 0;
      return true;
    }
  }
  uint32_t *order = malloc((s->n_trials + 1u) * sizeof *order);
  bool found = false;
  for (uint32_t k = 1; order && k < s->n_rungs && !found; ++k) {
    uint32_t reached = 0;
    search_order(s, order);
    for (uint32_t i = 0; i < s->n_trials; ++i) {
      reached += s->trial[order[i]].rung >= k;
    }
    /* the best of the rung below that have not gone on: they follow those that have */
    const uint32_t t = reached < s->n_trials ? order[reached] : 0;
    found = reached < wanted(s, k) && reached < s->n_trials &&
            s->trial[t].rung == k - 1 && !isnan(s->trial[t].score);
    *trial = t;
    *rung = k;
  }
  free(order);
  return found;
}

uint32_t
search_best(const search *s)
{
  uint32_t best = s->n_trials;
  uint32_t *order = malloc((s->n_trials + 1u) * sizeof *order);
  if (order && s->n_trials) {
    search_order(s, order);
    best = order[0];
    best = s->trial[best].epochs && !isnan(s->trial[best].score) ? best : s->n_trials;
  }
  free(order);
  return best;
}
