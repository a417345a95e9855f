/* SPDX-License-Identifier: ISC */
/* The float network hears each clip as the engine does: a network with a mean all frames
   once, another one the frames behind each tick. */
#include "../engine/net.h"
#include "evaluate.h"
#include "fail.h"
#include "source.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 4096 }; /* frames at once; a mean over more is one of equal pieces */

/* A network for one patch length at a time: clips come sorted by length. */
typedef struct {
  nn *trained, *net; /* net has the weights of trained, or is NULL */
  uint32_t n_frames; /* of net */
  float *x;          /* [LONGEST][n_values] */
  bool mean;         /* it averages over all it hears */
  double temperature;
  ear_shape tick; /* stride and receptive field of one, in frames */
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

/* One after the other from `first`, every `step` frames. */
typedef struct {
  uint32_t n, n_frames, step;
} pieces;

/* n is 0 when the clip is too short for a verdict. */
static pieces
pieces_of(const listener *li, uint32_t clip_frames)
{
  pieces p = {(clip_frames + LONGEST - 1) / LONGEST, clip_frames, 0};
  if (li->mean) {
    p.n_frames = p.n ? clip_frames / p.n : 0;
    p.step = p.n > 1 ? (clip_frames - p.n_frames) / (p.n - 1) : 0;
    return p;
  }
  p.n_frames = nn_recipe(li->trained)->frames; /* those behind the tick's are not used */
  p.step = li->tick.stride;
  p.n = clip_frames < li->tick.receptive
            ? 0
            : (clip_frames - li->tick.receptive) / p.step + 1;
  return p;
}

/* Posteriors of one clip: piece by piece, logits or posteriors averaged. */
static ear_status
hear(listener *li, const feature_clip *c, const band_norm *norm, float *p, ear_error *err)
{
  const recipe *r = nn_recipe(li->trained);
  const uint32_t labels = nn_n_labels(li->trained);
  const pieces all = pieces_of(li, c->n_frames);
  const ear_model_spec spec = {
      .n_labels = labels,
      .activation = r->train.activation == RECIPE_SIGMOID ? EAR_SIGMOID : EAR_SOFTMAX,
      .temperature = (float)li->temperature};
  float q[EAR_MAX_LABELS], sum[EAR_MAX_LABELS] = {0};
  if (!all.n) {
    return EAR_OK;
  }
  const ear_status st = listener_fit(li, all.n_frames, err);
  for (uint32_t k = 0; k < all.n && !st; ++k) {
    feature_patch(c, &norm->units, k * all.step, all.n_frames, li->x);
    band_norm_apply(norm, li->x, all.n_frames);
    memcpy(q, nn_forward(li->net, li->x, 1, false), labels * sizeof *q);
    if (!li->mean) {
      ear_net_posteriors(&spec, q, q);
    }
    for (uint32_t l = 0; l < labels; ++l) {
      sum[l] += q[l] / (float)all.n;
    }
  }
  if (!st && li->mean) {
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

static ear_status
listener_new(listener *li, nn *net, uint32_t n_values, double temperature, ear_error *err)
{
  ear_model_spec spec;
  ear_shape shape[EAR_MAX_LAYERS];
  *li = (listener){.trained = net, .temperature = temperature};
  ear_status st = recipe_spec(nn_recipe(net), nn_n_labels(net), &spec, err);
  st = st ? st : ear_model_shapes(&spec, shape, err);
  if (st) {
    return st;
  }
  for (uint32_t l = 0; l < spec.n_layers; ++l) {
    li->mean |= spec.layer[l].op == EAR_OP_MEAN;
  }
  li->tick = shape[spec.n_layers - 1];
  const uint32_t frames = nn_recipe(net)->frames;
  const uint32_t longest = li->mean || frames < LONGEST ? LONGEST : frames;
  li->x = malloc((size_t)longest * n_values * sizeof *li->x);
  return li->x ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
}

static void
listener_free(listener *li)
{
  nn_free(li->net);
  free(li->x);
}

ear_status
evaluate_net(evaluation *e, nn *net, const featureset *fs, const band_norm *norm,
             const dataset *ds, side s, double temperature, ear_error *err)
{
  uint32_t *index;
  listener li;
  ear_status st = evaluation_new(e, ds, s, nn_n_labels(net), NULL, &index, err);
  if (st) {
    return st;
  }
  place *order = malloc((e->n + 1u) * sizeof *order);
  st = listener_new(&li, net, norm->units.n_values, temperature, err);
  st = st || order ? st : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (uint32_t i = 0; i < e->n && !st; ++i) {
    order[i] = (place){i, fs->clip[index[i]].n_frames};
  }
  if (!st) {
    qsort(order, e->n, sizeof *order, by_length);
  }
  for (uint32_t i = 0; i < e->n && !st; ++i) {
    const uint32_t at = order[i].at;
    st = hear(&li, &fs->clip[index[at]], norm, e->p + (size_t)at * e->n_labels, err);
    st = st == EAR_BAD_ARGUMENT ? EAR_OK : st; /* too short: no verdict */
  }
  listener_free(&li);
  free(order);
  free(index);
  if (st) {
    evaluation_free(e);
  }
  return st;
}
