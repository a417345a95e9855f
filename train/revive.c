/* SPDX-License-Identifier: ISC */
/* What the settings say is read by the recipe's own reader, so a checkpoint of a recipe
   that is no more possible is refused as the recipe would be. */
#include "revive.h"
#include "fail.h"
#include "optim.h"
#include "recipe_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
setting(const checkpoint *c, const char *key)
{
  const char *text = json_string_value(json_object_get(checkpoint_settings(c), key));
  return text ? text : "";
}

/* All keys "section.what" as lines "what value". */
static void
put_section(FILE *f, const checkpoint *c, const char *section)
{
  const char *key;
  json_t *value;
  const size_t n = strlen(section);
  fprintf(f, "[%s]\n", section);
  json_object_foreach(checkpoint_settings(c), key, value)
  {
    if (!strncmp(key, section, n) && key[n] == '.') {
      fprintf(f, "%s %s\n", key + n + 1, setting(c, key));
    }
  }
}

static char *
recipe_of(const checkpoint *c)
{
  char *text = NULL, key[32];
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return NULL;
  }
  put_section(f, c, "input");
  fputs("[network]\n", f);
  for (uint32_t i = 1; i <= RECIPE_MAX_LAYERS; ++i) {
    snprintf(key, sizeof key, "network.%u", i);
    fprintf(f, "%s\n", setting(c, key));
  }
  put_section(f, c, "train");
  return fclose(f) == 0 ? text : NULL;
}

static void
take_labels(revived *r, const checkpoint *c)
{
  char key[32];
  for (; r->n_labels < EAR_MAX_LABELS; ++r->n_labels) {
    snprintf(key, sizeof key, "label.%u", r->n_labels);
    if (!*setting(c, key)) {
      return;
    }
    snprintf(r->label[r->n_labels], sizeof r->label[0], "%s", setting(c, key));
  }
}

static bool
take_input(revived *r, const checkpoint *c)
{
  r->n_values = ear_front_end_values(&r->recipe.front_end);
  return checkpoint_take(
             c, &(checkpoint_part){"input.mean", CHECKPOINT_F32, r->mean, r->n_values}) &&
         checkpoint_take(c, &(checkpoint_part){"input.inverse_std", CHECKPOINT_F32,
                                               r->inverse_std, r->n_values});
}

static bool
take_weights(nn *net, const checkpoint *c)
{
  bool good = true;
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net) && good; ++i) {
    const bool trained = i < nn_n_params(net);
    const uint32_t number = trained ? i : i - nn_n_params(net);
    const nn_param q = trained ? nn_param_get(net, number) : nn_buffer_get(net, number);
    char name[32];
    snprintf(name, sizeof name, "%s.%u", trained ? "weights" : "statistics", number);
    good = checkpoint_take(c, &(checkpoint_part){name, CHECKPOINT_F32, q.value, q.n});
  }
  return good;
}

/* The array that holds the best epoch, over the newest weights. */
static ear_status
take_best(nn *net, const checkpoint *c, size_t n)
{
  float *best = malloc((n + 1) * sizeof *best), *next = best;
  if (!best) {
    return EAR_NO_MEMORY;
  }
  checkpoint_take(c, &(checkpoint_part){"best", CHECKPOINT_F32, best, n});
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net); ++i) {
    const nn_param q = i < nn_n_params(net) ? nn_param_get(net, i)
                                            : nn_buffer_get(net, i - nn_n_params(net));
    if (q.n > (size_t)(best + n - next)) {
      break; /* of another network: the newest weights stay */
    }
    memcpy(q.value, next, q.n * sizeof *best);
    next += q.n;
  }
  free(best);
  return EAR_OK;
}

/* The averages that a checkpoint's optimizer holds. */
static ear_status
take_average(nn *net, const checkpoint *c)
{
  optim *o;
  size_t n;
  const ear_status st = optim_new(&o, net, &nn_recipe(net)->train, 1);
  if (st) {
    return st;
  }
  float *values = optim_values(o, &n);
  if (checkpoint_take(c, &(checkpoint_part){"moments", CHECKPOINT_F32, values, n})) {
    optim_swap_average(o);
  }
  optim_free(o);
  return EAR_OK;
}

/* An epoch as checkpoints have it, in a double; 0 for what is none. */
static uint32_t
epoch_of(double value)
{
  return value >= 0 && value <= 1e9 ? (uint32_t)value : 0;
}

/* Of a last checkpoint what fit would have kept had the run ended there. */
static ear_status
choose(revived *r, const checkpoint *c)
{
  enum { N_PLACE = 8, EPOCH = 0, BEST_EPOCH = 3, ENDED = 5 };
  double place[N_PLACE] = {0}, best[2] = {0};
  const size_t n = checkpoint_size(c, "best", CHECKPOINT_F32);
  if (!checkpoint_take(c, &(checkpoint_part){"place", CHECKPOINT_F64, place, N_PLACE})) {
    checkpoint_take(c, &(checkpoint_part){"epoch_and_loss", CHECKPOINT_F64, best, 2});
    r->epoch = epoch_of(best[0]);
    return EAR_OK;
  }
  const bool patient = r->recipe.train.patience > 0;
  if (n > 0 && place[BEST_EPOCH] > 0 && (patient || place[ENDED] <= 0)) {
    r->epoch = epoch_of(place[BEST_EPOCH]);
    return take_best(r->net, c, n);
  }
  r->epoch = epoch_of(place[EPOCH] - 1);
  return take_average(r->net, c);
}

ear_status
revive(revived *r, const checkpoint *c, const char *path, ear_error *err)
{
  *r = (revived){.n_labels = 0};
  char *text = recipe_of(c);
  ear_status st = text ? recipe_parse(&r->recipe, setting(c, "recipe"), text, err)
                       : fail(err, EAR_NO_MEMORY, "not enough memory");
  free(text);
  if (!st) {
    snprintf(r->recipe.name, sizeof r->recipe.name, "%s", setting(c, "recipe"));
    take_labels(r, c);
    st = nn_new(&r->net, &r->recipe, r->n_labels, r->recipe.train.batch, r->recipe.frames,
                0, err);
  }
  if (!st && !(take_weights(r->net, c) && take_input(r, c))) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "%s does not hold the network that its settings describe", path);
  }
  return st ? st : choose(r, c);
}

void
revived_free(revived *r)
{
  nn_free(r->net);
  r->net = NULL;
}
