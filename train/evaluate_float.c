/* SPDX-License-Identifier: ISC */
/* The float network hears each clip as the engine does: all its frames once. */
#include "../engine/net.h"
#include "evaluate.h"
#include "fail.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 }; /* frames at once; a longer clip is heard in equal pieces */

/* A network for one patch length at a time: clips come sorted by length. */
typedef struct {
  nn *trained, *net; /* net has the weights of trained, or is NULL */
  uint32_t n_frames; /* of net */
  float *x;          /* [LONGEST][n_values] */
} listener;

static void
copy_weights(nn *to, nn *from)
{
  for (uint32_t i = 0; i < nn_n_params(from); ++i) {
    const nn_param a = nn_param_get(to, i), b = nn_param_get(from, i);
    memcpy(a.value, b.value, b.n * sizeof *b.value);
  }
  for (uint32_t i = 0; i < nn_n_buffers(from); ++i) {
    const nn_param a = nn_buffer_get(to, i), b = nn_buffer_get(from, i);
    memcpy(a.value, b.value, b.n * sizeof *b.value);
  }
}

/* Make it fit for n_frames.  EAR_BAD_ARGUMENT: too few for this network. */
static ear_status
listener_fit(listener *li, uint32_t n_frames, ear_error *err)
{
  if (li->n_frames == n_frames && li->net) {
    return EAR_OK;
  }
  nn_free(li->net);
  li->net = NULL;
  li->n_frames = n_frames;
  const ear_status st = nn_new(&li->net, nn_recipe(li->trained), nn_n_labels(li->trained),
                               1, n_frames, 0, err);
  if (st) {
    li->net = NULL;
    return st;
  }
  copy_weights(li->net, li->trained);
  return EAR_OK;
}

/* Posteriors of one clip: piece by piece, logits or posteriors averaged. */
static ear_status
hear(listener *li, const feature_clip *c, const band_norm *norm, bool mean, float *p,
     ear_error *err)
{
  const recipe *r = nn_recipe(li->trained);
  const uint32_t labels = nn_n_labels(li->trained);
  const uint32_t longest = mean ? LONGEST : r->frames;
  const uint32_t pieces = (c->n_frames + longest - 1) / longest;
  const uint32_t n = mean ? c->n_frames / pieces : r->frames;
  const ear_model_spec spec = {
      .n_labels = labels,
      .activation = r->train.activation == RECIPE_SIGMOID ? EAR_SIGMOID : EAR_SOFTMAX,
      .temperature = 1};
  float q[EAR_MAX_LABELS], sum[EAR_MAX_LABELS] = {0};
  const ear_status st = listener_fit(li, n, err);
  for (uint32_t k = 0; k < pieces && !st; ++k) {
    feature_patch(c, &norm->units, patch_place(c->n_frames, n, k, pieces), n, li->x);
    band_norm_apply(norm, li->x, n);
    memcpy(q, nn_forward(li->net, li->x, 1, false), labels * sizeof *q);
    if (!mean) {
      ear_net_posteriors(&spec, q, q);
    }
    for (uint32_t l = 0; l < labels; ++l) {
      sum[l] += q[l] / (float)pieces;
    }
  }
  if (!st && mean) {
    ear_net_posteriors(&spec, sum, p);
  } else if (!st) {
    memcpy(p, sum, labels * sizeof *p);
  }
  return st;
}

typedef struct {
  uint32_t at, n_frames; /* in the evaluation, of the clip */
} place;

static int
by_length(const void *a, const void *b)
{
  const place *x = a, *y = b;
  return x->n_frames < y->n_frames ? -1 : x->n_frames > y->n_frames;
}

static bool
averages(const recipe *r)
{
  for (uint32_t l = 0; l < r->n_layers; ++l) {
    if (!r->layer[l].is_dropout && r->layer[l].op == EAR_OP_MEAN) {
      return true;
    }
  }
  return false;
}

ear_status
evaluate_net(evaluation *e, nn *net, const featureset *fs, const band_norm *norm,
             const dataset *ds, side s, ear_error *err)
{
  uint32_t *index;
  listener li = {.trained = net};
  ear_status st = evaluation_new(e, ds, s, nn_n_labels(net), NULL, &index, err);
  if (st) {
    return st;
  }
  const bool mean = averages(nn_recipe(net));
  const uint32_t longest =
      mean || nn_recipe(net)->frames < LONGEST ? LONGEST : nn_recipe(net)->frames;
  place *order = malloc((e->n + 1u) * sizeof *order);
  li.x = malloc((size_t)longest * norm->units.n_values * sizeof *li.x);
  st = order && li.x ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (uint32_t i = 0; i < e->n && !st; ++i) {
    order[i] = (place){i, fs->clip[index[i]].n_frames};
  }
  if (!st) {
    qsort(order, e->n, sizeof *order, by_length);
  }
  for (uint32_t i = 0; i < e->n && !st; ++i) {
    const uint32_t at = order[i].at;
    st =
        hear(&li, &fs->clip[index[at]], norm, mean, e->p + (size_t)at * e->n_labels, err);
    st = st == EAR_BAD_ARGUMENT ? EAR_OK : st; /* too short: no verdict */
  }
  nn_free(li.net);
  free(li.x);
  free(order);
  free(index);
  if (st) {
    evaluation_free(e);
  }
  return st;
}
