/* SPDX-License-Identifier: ISC */
/* The averages that the regression learns from are those that the branch's layers will
   give over the whole clip: same frames, same steps, cropped as the concat crops. */
#include "statistics.h"

#include "../engine/frontend.h"
#include "fail.h"
#include "learner.h"
#include "nn_layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAPS = 3 };           /* frames of a slope */
enum { HALVES = 4 };         /* channels of a coefficient */
enum { N_LINES = 4 };        /* of the recipe */
enum { MOST_CLIPS = 20000 }; /* more tell a regression nothing, and cost an hour */
static const float highest_hz = 9000;
static const double ridge = 1e-2; /* per clip, of standardised averages */
/* Of the regression's logits: it is surer of what it learned than a network that was
   trained with smoothed and mixed labels. */
static const double share = 0.6;

/* Where the branch looks. */
typedef struct {
  uint32_t n;               /* coefficients */
  uint32_t n_bands;         /* that they are of */
  uint32_t before;          /* line of the recipe before which the branch stands */
  uint32_t n_before;        /* engine layers before it */
  uint32_t tick, receptive; /* of the trunk, in frames */
  uint32_t step;            /* frames from one of the branch's convolutions to the next */
  uint32_t n_mean; /* so many of them are averaged for one column, over all that the
                      trunk's column sees: else a short clip's ends would not count */
} plan;

static ear_status
refuse(const recipe *r, ear_error *err, const char *why)
{
  return fail(err, EAR_BAD_ARGUMENT, "recipe %s: statistics need %s", r->name, why);
}

/* `mean`, perhaps dropout, `dense labels` at the end. */
static bool
ends_in_mean(const recipe *r, plan *p)
{
  uint32_t i = r->n_layers - 1;
  while (i > 0 && r->layer[i - 1].is_dropout) {
    --i;
  }
  p->before = i ? i - 1 : 0;
  return i > 1 && r->layer[i - 1].op == EAR_OP_MEAN && !r->layer[i - 1].over_frequency;
}

static ear_status
check_recipe(const recipe *r, plan *p, ear_error *err)
{
  *p = (plan){.n = r->train.statistics};
  if (r->train.activation != RECIPE_SOFTMAX || recipe_n_extra(r)) {
    return refuse(r, err, "one class of several (activation softmax)");
  }
  if (r->front_end.kinds != EAR_KIND_MEL) {
    return refuse(r, err, "mel bands alone as features");
  }
  if (r->train.zerosum) {
    return refuse(r, err, "`zerosum no`: they hear the level");
  }
  return ends_in_mean(r, p)
             ? EAR_OK
             : refuse(r, err, "a network that ends in `mean` and `dense labels`");
}

static ear_status
make_plan(plan *p, const recipe *r, ear_error *err)
{
  ear_model_spec spec;
  ear_shape shape[EAR_MAX_LAYERS];
  ear_status st = check_recipe(r, p, err);
  st = st ? st : recipe_spec(r, 0, &spec, err);
  st = st ? st : ear_model_shapes(&spec, shape, err);
  if (st) {
    return st;
  }
  while (spec.layer[p->n_before].op != EAR_OP_MEAN) {
    if (spec.layer[p->n_before++].op == EAR_OP_CONCAT) {
      return refuse(r, err, "a network without a branch of its own");
    }
  }
  const ear_shape *end = &shape[p->n_before ? p->n_before - 1 : 0];
  if (!p->n_before || end->rows != 1 || r->n_layers + N_LINES > RECIPE_MAX_LAYERS) {
    return refuse(r, err, "a kernel of full height before `mean`: one row");
  }
  float low, centre, high;
  do {
    ear_front_end_band_hz(&r->front_end, p->n_bands++, &low, &centre, &high);
  } while (p->n_bands < r->front_end.n_bands && centre < highest_hz);
  p->n = p->n < p->n_bands ? p->n : p->n_bands;
  p->tick = end->stride;
  p->receptive = end->receptive;
  p->step = p->tick % 2 ? 1 : 2;
  if (p->receptive < TAPS) {
    return refuse(r, err, "a network that looks at more frames");
  }
  p->n_mean = (p->receptive - TAPS) / p->step + 1;
  return EAR_OK;
}

/* ---- the recipe ---- */

static void
extend_recipe(recipe *to, const recipe *from, const plan *p)
{
  const recipe_layer branch = {.is_branch = true};
  const recipe_layer conv = {.op = EAR_OP_CONV,
                             .kt = TAPS,
                             .kf = RECIPE_FULL,
                             .st = p->step,
                             .sf = 1,
                             .dt = 1,
                             .n_out = HALVES * p->n,
                             .relu = true};
  const recipe_layer pool = {.op = EAR_OP_AVGPOOL,
                             .kt = p->n_mean,
                             .kf = 1,
                             .st = p->tick / p->step,
                             .sf = 1,
                             .dt = 1};
  const recipe_layer concat = {
      .op = EAR_OP_CONCAT, .kt = 1, .kf = 1, .st = 1, .sf = 1, .dt = 1};
  *to = *from;
  to->train.statistics = 0;
  recipe_layer *at = &to->layer[p->before];
  memmove(at + N_LINES, at, (from->n_layers - p->before) * sizeof *at);
  at[0] = branch;
  at[1] = conv;
  at[2] = pool;
  at[3] = concat;
  snprintf(at[0].line, sizeof at->line, "branch");
  snprintf(at[1].line, sizeof at->line, "conv %u %dxfull stride %ux1 relu", conv.n_out,
           TAPS, conv.st);
  snprintf(at[2].line, sizeof at->line, "avgpool %ux1 stride %ux1", pool.kt, pool.st);
  snprintf(at[3].line, sizeof at->line, "concat");
  to->n_layers += N_LINES;
}

/* What is trained must be able to become a model: pools, for one, have a largest size. */
ear_status
statistics_possible(const recipe *r, ear_error *err)
{
  plan p;
  recipe with;
  ear_model_spec spec;
  const ear_status st = r->train.statistics ? make_plan(&p, r, err) : EAR_OK;
  if (st || !r->train.statistics) {
    return st;
  }
  extend_recipe(&with, r, &p);
  return recipe_spec(&with, 0, &spec, NULL)
             ? refuse(r, err, "a network that looks at fewer frames at a time")
             : EAR_OK;
}

/* ---- averages of clips ---- */

/* Coefficient k takes cosine[k][b] of band b; orthonormal. */
static void
cosines(const plan *p, float *cosine)
{
  const double pi = 3.14159265358979323846;
  for (uint32_t k = 0; k < p->n; ++k) {
    for (uint32_t b = 0; b < p->n_bands; ++b) {
      cosine[k * p->n_bands + b] = (float)(sqrt((k ? 2.0 : 1.0) / p->n_bands) *
                                           cos(pi * k * (b + 0.5) / p->n_bands));
    }
  }
}

/* Of x [n_frames][n_values]: c [n_frames][n]. */
static void
coefficients(const plan *p, const float *cosine, const float *x, uint32_t n_frames,
             uint32_t n_values, float *c)
{
  for (uint32_t t = 0; t < n_frames; ++t) {
    for (uint32_t k = 0; k < p->n; ++k) {
      float sum = 0;
      for (uint32_t b = 0; b < p->n_bands; ++b) {
        sum += cosine[k * p->n_bands + b] * x[(size_t)t * n_values + b];
      }
      c[(size_t)t * p->n + k] = sum;
    }
  }
}

/* What the branch's channels are on average over a clip, before they are scaled, and the
   mean squares of coefficients and slopes [2 n]. */
static void
average(const plan *p, const float *c, uint32_t n_frames, double *mean, double *square)
{
  const uint32_t n_columns = (n_frames - p->receptive) / p->tick + 1;
  const double part = 1.0 / n_columns / p->n_mean;
  for (uint32_t k = 0; k < p->n; ++k) {
    double *m = mean + (size_t)HALVES * k;
    for (uint32_t i = 0; i < n_columns * p->n_mean; ++i) {
      const uint32_t t = i / p->n_mean * p->tick + i % p->n_mean * p->step;
      const float *at = c + (size_t)t * p->n + k;
      const double v = (double)at[p->n];
      const double slope = (double)(at[(size_t)2 * p->n] - at[0]) / 2;
      m[0] += part * fmax(v, 0);
      m[1] += part * fmax(-v, 0);
      m[2] += part * fmax(slope, 0);
      m[3] += part * fmax(-slope, 0);
      square[2 * k] += part * v * v;
      square[2 * k + 1] += part * slope * slope;
    }
  }
}

typedef struct {
  uint32_t n, n_values; /* clips that are long enough; of one: HALVES * plan.n */
  uint32_t *index, *label;
  double *x;       /* [n_clips of ds][n_values] */
  double *inverse; /* [2 n] one over the RMS of each coefficient and slope */
} averages;

static void
averages_free(averages *a)
{
  free(a->index);
  free(a->label);
  free(a->x);
  free(a->inverse);
}

/* Clip by clip; false: not enough memory. */
static bool
average_clips(averages *a, const plan *p, const float *cosine, const dataset *ds,
              const featureset *fs, const band_norm *norm, double *square)
{
  bool good = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : good)
  for (uint32_t i = 0; i < a->n; ++i) {
    const feature_clip *fc = &fs->clip[a->index[i]];
    const uint32_t n_values = norm->units.n_values;
    float *x = malloc((size_t)fc->n_frames * n_values * sizeof *x);
    float *c = malloc((size_t)fc->n_frames * p->n * sizeof *c);
    good = good && x && c;
    if (x && c) {
      feature_patch(fc, &norm->units, 0, fc->n_frames, x);
      band_norm_apply(norm, x, fc->n_frames);
      coefficients(p, cosine, x, fc->n_frames, n_values, c);
      average(p, c, fc->n_frames, a->x + (size_t)a->index[i] * a->n_values,
              square + (size_t)i * 2 * p->n);
    }
    free(x);
    free(c);
  }
  for (uint32_t i = 0; i < a->n; ++i) {
    a->label[a->index[i]] = ds->clip[a->index[i]].label;
  }
  return good;
}

static ear_status
averages_of(averages *a, const plan *p, const float *cosine, const dataset *ds,
            const featureset *fs, const band_norm *norm, ear_error *err)
{
  *a = (averages){.n_values = HALVES * p->n,
                  .index = malloc((ds->n_clips + 1u) * sizeof *a->index),
                  .label = calloc(ds->n_clips + 1u, sizeof *a->label),
                  .x = calloc((size_t)ds->n_clips * HALVES * p->n + 1, sizeof *a->x),
                  .inverse = calloc(2 * p->n, sizeof *a->inverse)};
  double *square = calloc((size_t)ds->n_clips * 2 * p->n + 1, sizeof *square);
  bool good = a->index && a->label && a->x && a->inverse && square;
  const uint32_t n_train = good ? dataset_side(ds, SIDE_TRAIN, a->index) : 0;
  const uint32_t every = (n_train + MOST_CLIPS - 1) / MOST_CLIPS;
  for (uint32_t i = 0; i < n_train; i += every) {
    if (fs->clip[a->index[i]].n_frames >= p->receptive) {
      a->index[a->n++] = a->index[i];
    }
  }
  good = good && average_clips(a, p, cosine, ds, fs, norm, square);
  for (uint32_t k = 0; k < 2 * p->n && good; ++k) {
    double sum = 0;
    for (uint32_t i = 0; i < a->n; ++i) {
      sum += square[(size_t)i * 2 * p->n + k] / a->n;
    }
    a->inverse[k] = sum > 1e-12 ? 1 / sqrt(sum) : 0;
  }
  for (uint32_t i = 0; i < a->n && good; ++i) {
    double *x = a->x + (size_t)a->index[i] * a->n_values;
    for (uint32_t v = 0; v < a->n_values; ++v) {
      x[v] *= a->inverse[v / 2];
    }
  }
  free(square);
  return good ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
}

/* ---- the network ---- */

/* Everything before the branch, node by node. */
static void
copy_trunk(const nn *to, const nn *from, uint32_t n_layers)
{
  const nn_node *last = from->layer[n_layers - 1];
  for (uint32_t i = 1; i < from->n_nodes; ++i) {
    const nn_node *a = &from->node[i], *b = &to->node[i];
    if (a->n_weights) {
      memcpy(b->weight, a->weight, a->n_weights * sizeof *a->weight);
    }
    if (a->bias) {
      memcpy(b->bias, a->bias, a->n_biases * sizeof *a->bias);
    }
    if (a->running_mean) {
      memcpy(b->running_mean, a->running_mean, a->n_weights * sizeof(float));
      memcpy(b->running_variance, a->running_variance, a->n_weights * sizeof(float));
    }
    if (a == last) {
      return;
    }
  }
}

/* [channel][tap][band]: the middle frame for a coefficient, the outer two for a slope. */
static void
put_branch(const nn_node *conv, const plan *p, const float *cosine, const double *inverse,
           uint32_t n_values)
{
  memset(conv->weight, 0, conv->n_weights * sizeof *conv->weight);
  for (uint32_t k = 0; k < p->n; ++k) {
    for (uint32_t b = 0; b < p->n_bands; ++b) {
      const float of = cosine[k * p->n_bands + b] * (float)inverse[2 * k];
      const float slope = cosine[k * p->n_bands + b] * (float)inverse[2 * k + 1] / 2;
      float *w = conv->weight + ((size_t)HALVES * k * TAPS) * n_values + b;
      const size_t channel = (size_t)TAPS * n_values;
      w[n_values] = of;
      w[channel + n_values] = -of;
      w[2 * channel] = -slope;
      w[2 * channel + 2 * n_values] = slope;
      w[3 * channel] = slope;
      w[3 * channel + 2 * n_values] = -slope;
    }
  }
}

/* The trunk's columns as they were, the regression's beside them: of the means, not of
   the deviations, if there are any. */
static void
put_head(const nn_node *to, const nn_node *from, const learned *l, uint32_t n_branch,
         bool deviation)
{
  const uint32_t n_rows = deviation ? 2 : 1, n_labels = to->out.c;
  const size_t n_from = from->n_weights / n_labels, n_to = to->n_weights / n_labels;
  const size_t n_trunk = n_from / n_rows;
  for (uint32_t o = 0; o < n_labels; ++o) {
    const double *w = learned_row(l, o);
    double bias = (double)from->bias[o] + share * w[n_branch];
    for (uint32_t row = 0; row < n_rows; ++row) {
      float *y = to->weight + o * n_to + row * (n_trunk + n_branch);
      memcpy(y, from->weight + o * n_from + row * n_trunk, n_trunk * sizeof *y);
      for (uint32_t v = 0; v < n_branch; ++v) {
        const double of = row ? 0 : share * w[v] * l->inverse_std[v];
        y[n_trunk + v] = (float)of;
        bias -= of * l->mean[v];
      }
    }
    to->bias[o] = (float)bias;
  }
}

static ear_status
fill(const statistics *s, nn *trunk, const plan *p, const float *cosine,
     const averages *a, ear_error *err)
{
  learned l;
  const learner_set set = {a->n, a->n_values, trunk->n_labels, a->index, a->x, a->label};
  if (learned_fit(&l, &learner_logistic, &set,
                  learner_logistic_setting(ridge, s->recipe.train.balance))) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  copy_trunk(s->net, trunk, p->n_before);
  put_branch(s->net->layer[p->n_before], p, cosine, a->inverse,
             ear_front_end_values(&s->recipe.front_end));
  put_head(s->net->layer[s->net->n_layers - 1], trunk->layer[trunk->n_layers - 1], &l,
           a->n_values, nn_recipe(trunk)->layer[p->before].deviation);
  learned_free(&l);
  return EAR_OK;
}

ear_status
statistics_add(statistics *s, nn *trunk, const dataset *ds, const featureset *fs,
               const band_norm *norm, ear_error *err)
{
  plan p;
  averages a = {.n = 0};
  s->net = NULL;
  ear_status st = make_plan(&p, nn_recipe(trunk), err);
  if (st) {
    return st;
  }
  extend_recipe(&s->recipe, nn_recipe(trunk), &p);
  st = nn_new(&s->net, &s->recipe, nn_n_labels(trunk), trunk->max_batch, s->recipe.frames,
              0, err);
  float *cosine = st ? NULL : malloc((size_t)p.n * p.n_bands * sizeof *cosine);
  if (!st && !cosine) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  if (!st) {
    cosines(&p, cosine);
    st = averages_of(&a, &p, cosine, ds, fs, norm, err);
  }
  if (!st && a.n) {
    st = fill(s, trunk, &p, cosine, &a, err);
  } else if (!st) {
    statistics_free(s); /* no clip is as long as the network looks */
  }
  averages_free(&a);
  free(cosine);
  return st;
}

void
statistics_free(statistics *s)
{
  nn_free(s->net);
  s->net = NULL;
}
