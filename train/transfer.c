/* SPDX-License-Identifier: ISC */
/* A convolution with BatchNorm folded in becomes one with a BatchNorm that undoes
   nothing: statistics m, v of its outputs, gamma = sqrt(v + eps), beta = bias + m. */
#include "transfer.h"
#include "fail.h"
#include "fold.h"
#include "nn_layers.h"
#include "revive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transfer {
  char name[256];
  ear_model *model; /* NULL: out of a checkpoint */
  revived from;
  ear_model_spec spec; /* the layers of either, without weights */
  uint32_t n_labels;
  const char *label[EAR_MAX_LABELS];
  const float *mean, *inverse_std; /* of the input */
  bool headless; /* a branch was left out, and with it what the last layer was made for */
};

static ear_status
open_model(transfer *t, const char *name, ear_error *err)
{
  const bool file = strchr(name, '/') || strchr(name, '.');
  const ear_status st = file ? ear_model_open(&t->model, name, err)
                             : ear_model_builtin(&t->model, name, err);
  if (!st) {
    t->spec = *ear_model_spec_get(t->model);
    t->mean = t->spec.mean;
    t->inverse_std = t->spec.inverse_std;
    t->n_labels = t->spec.n_labels;
    memcpy(t->label, t->spec.label, sizeof t->label);
  }
  return st;
}

static ear_status
open_checkpoint(transfer *t, const checkpoint *c, const char *name, ear_error *err)
{
  ear_status st = revive(&t->from, c, name, err);
  st = st ? st : recipe_spec(&t->from.recipe, t->from.n_labels, &t->spec, err);
  t->mean = t->from.mean;
  t->inverse_std = t->from.inverse_std;
  t->n_labels = t->from.n_labels;
  for (uint32_t l = 0; l < t->n_labels; ++l) {
    t->label[l] = t->from.label[l];
  }
  return st;
}

ear_status
transfer_open(transfer **t, const char *name, ear_error *err)
{
  checkpoint *c = NULL;
  ear_error no_checkpoint;
  *t = NULL;
  transfer *created = calloc(1, sizeof *created);
  if (!created) {
    return EAR_NO_MEMORY;
  }
  snprintf(created->name, sizeof created->name, "%s", name);
  const ear_status st = checkpoint_open(&c, name, &no_checkpoint)
                            ? open_model(created, name, err)
                            : open_checkpoint(created, c, name, err);
  checkpoint_free(c);
  if (st) {
    transfer_free(created);
    return st;
  }
  *t = created;
  return EAR_OK;
}

void
transfer_free(transfer *t)
{
  if (t) {
    ear_model_unref(t->model);
    revived_free(&t->from);
    free(t);
  }
}

/* "conv 24 3x3 stride 1x2 pad 1 relu", as a recipe has it. */
static void
describe(const ear_layer *y, char *text, size_t size)
{
  static const char *const name[] = {"conv", "depthwise", "maxpool", "avgpool", "summary",
                                     "add",  "concat",    "flatten", "mean",    "dense"};
  int n = snprintf(text, size, "%s%s", y->frames ? "branch, " : "", name[y->op]);
  const bool filter = y->op == EAR_OP_CONV || y->op == EAR_OP_DEPTHWISE;
  if (y->op == EAR_OP_CONV || y->op == EAR_OP_DENSE) {
    n += snprintf(text + n, size - (size_t)n, " %u", y->n_out);
  }
  if (filter || y->op == EAR_OP_MAXPOOL || y->op == EAR_OP_AVGPOOL) {
    n += snprintf(text + n, size - (size_t)n, " %ux%u", y->kt, y->kf);
    if (y->st > 1 || y->sf > 1) {
      n += snprintf(text + n, size - (size_t)n, " stride %ux%u", y->st, y->sf);
    }
  }
  if (filter && y->pad_lo) {
    n += snprintf(text + n, size - (size_t)n, " pad %u", y->pad_lo);
  }
  if (filter && y->dt > 1) {
    n += snprintf(text + n, size - (size_t)n, " dilation %u", y->dt);
  }
  snprintf(text + n, size - (size_t)n, "%s%s%s", y->relu ? " relu" : "",
           y->over_frequency ? " frequency" : "", y->deviation ? " deviation" : "");
}

static bool
same_layer(const ear_layer *a, const ear_layer *b, bool last)
{
  return a->op == b->op && a->kt == b->kt && a->kf == b->kf && a->st == b->st &&
         a->sf == b->sf && a->dt == b->dt && a->pad_lo == b->pad_lo &&
         a->pad_hi == b->pad_hi && a->from == b->from && a->frames == b->frames &&
         a->relu == b->relu && a->over_frequency == b->over_frequency &&
         a->deviation == b->deviation && (last || a->n_out == b->n_out);
}

static bool
same_front_end(const ear_front_end *a, const ear_front_end *b)
{
  return a->rate_hz == b->rate_hz && a->n_fft == b->n_fft && a->hop == b->hop &&
         a->n_bands == b->n_bands && a->low_hz == b->low_hz && a->high_hz == b->high_hz &&
         a->scale == b->scale && a->floor_power == b->floor_power &&
         a->kinds == b->kinds && (!(a->kinds & EAR_KIND_MFCC) || a->n_mfcc == b->n_mfcc);
}

/* Take the second branch out of a spec, as statistics put it in: behind the concat only
   `mean` and the last layer, which is new then.  False: it has no such branch. */
static bool
leave_branch_out(ear_model_spec *spec)
{
  const uint32_t n = spec->n_layers;
  uint32_t first = 0;
  while (first < n && !spec->layer[first].frames) {
    ++first;
  }
  if (first == n || spec->layer[n - 3].op != EAR_OP_CONCAT ||
      spec->layer[n - 2].op != EAR_OP_MEAN) {
    return false;
  }
  memmove(&spec->layer[first], &spec->layer[n - 2], 2 * sizeof *spec->layer);
  spec->n_layers = first + 2;
  return true;
}

static bool
has_branch(const recipe *r)
{
  uint32_t i = 0;
  while (i < r->n_layers && !r->layer[i].is_branch) {
    ++i;
  }
  return i < r->n_layers;
}

ear_status
transfer_check(transfer *t, const recipe *r, ear_error *err)
{
  ear_model_spec spec;
  const ear_front_end *fe = &t->spec.front_end;
  const ear_status st = recipe_spec(r, t->n_labels, &spec, err);
  if (st) {
    return st;
  }
  t->headless = t->headless || (!has_branch(r) && leave_branch_out(&t->spec));
  if (!same_front_end(fe, &r->front_end)) {
    return fail(
        err, EAR_BAD_ARGUMENT,
        "--init %s hears another input than recipe %s: %.0f Hz, window %u, hop %u, "
        "%u bands, %.0f to %.0f Hz; [input] must say the same",
        t->name, r->name, (double)fe->rate_hz, fe->n_fft, fe->hop, fe->n_bands,
        (double)fe->low_hz, (double)fe->high_hz);
  }
  for (uint32_t l = 0; l < spec.n_layers && l < t->spec.n_layers; ++l) {
    char there[96], here[96];
    const bool last = l + 1 == spec.n_layers && l + 1 == t->spec.n_layers;
    if (!same_layer(&t->spec.layer[l], &spec.layer[l], last)) {
      describe(&t->spec.layer[l], there, sizeof there);
      describe(&spec.layer[l], here, sizeof here);
      return fail(err, EAR_BAD_ARGUMENT,
                  "--init %s: layer %u is `%s` there and `%s` in recipe %s", t->name,
                  l + 1, there, here, r->name);
    }
  }
  return spec.n_layers == t->spec.n_layers
             ? EAR_OK
             : fail(err, EAR_BAD_ARGUMENT, "--init %s has %u layers, recipe %s has %u",
                    t->name, t->spec.n_layers, r->name, spec.n_layers);
}

void
transfer_norm(const transfer *t, band_norm *norm)
{
  feature_units_of(&norm->units, &t->spec.front_end);
  memcpy(norm->mean, t->mean, norm->units.n_values * sizeof *t->mean);
  memcpy(norm->inverse_std, t->inverse_std, norm->units.n_values * sizeof *t->mean);
}

/* Where label l of the new network stands among the old; n_labels: nowhere. */
static uint32_t
find_label(const transfer *t, const char *label)
{
  uint32_t k = 0;
  while (k < t->n_labels && strcmp(t->label[k], label) != 0) {
    ++k;
  }
  return k;
}

/* What the integers that layer l reads count in: the scale of the layer before it that
   has one of its own. */
static double
input_scale(const ear_model_spec *spec, uint32_t l)
{
  for (uint32_t n = ear_layer_source(spec, l); n; n = ear_layer_source(spec, n - 1)) {
    const ear_op op = spec->layer[n - 1].op;
    if (op == EAR_OP_CONV || op == EAR_OP_DEPTHWISE || op == EAR_OP_DENSE ||
        op == EAR_OP_ADD || op == EAR_OP_CONCAT) {
      return (double)spec->layer[n - 1].scale;
    }
  }
  return (double)spec->input_scale;
}

/* Float weights of layer l of the other network, BatchNorm folded in; the model's
   integers by their scales. */
static ear_status
take_folded(const transfer *t, const nn *net, uint32_t l, folded *f)
{
  if (!t->model) {
    return fold(t->from.net, l, f);
  }
  const ear_layer *y = &t->spec.layer[l];
  const double scale = input_scale(&t->spec, l);
  const uint32_t n_out = l + 1 == t->spec.n_layers ? t->n_labels : fold_n_out(net, l);
  const size_t n_in = fold_n_weights(net, l) / fold_n_out(net, l);
  *f = (folded){malloc(n_in * n_out * sizeof(float)), malloc(n_out * sizeof(float)),
                n_in * n_out, n_out};
  if (!f->weight || !f->bias) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t o = 0; o < n_out; ++o) {
    const float step = y->weight_scale[o];
    for (size_t i = o * n_in; i < (o + 1) * n_in; ++i) {
      f->weight[i] = step * y->weight[i];
    }
    f->bias[o] = (float)((double)y->bias[o] * scale * (double)step);
  }
  return EAR_OK;
}

/* gamma, beta and statistics as they are, so that going on is going on. */
static void
copy_layer(const nn_node *to, const nn_node *from)
{
  const nn_node *conv = from->source;
  memcpy(to->source->weight, conv->weight, conv->n_weights * sizeof(float));
  memcpy(to->weight, from->weight, from->n_weights * sizeof(float));
  memcpy(to->bias, from->bias, from->n_biases * sizeof(float));
  memcpy(to->running_mean, from->running_mean, from->n_weights * sizeof(float));
  memcpy(to->running_variance, from->running_variance, from->n_weights * sizeof(float));
}

/* Folded weights into a layer; its BatchNorm passes them on unchanged. */
static void
put_folded(const nn_node *last, const folded *f)
{
  const nn_node *b = last->kind == NODE_BN ? last->source : last;
  memcpy(b->weight, f->weight, f->n_weights * sizeof(float));
  memcpy(last->bias, f->bias, f->n_out * sizeof(float));
  for (uint32_t c = 0; last->kind == NODE_BN && c < f->n_out; ++c) {
    last->weight[c] = 1;
    last->running_mean[c] = 0;
    last->running_variance[c] = 1 - NN_BN_EPSILON;
  }
}

/* The rows of the old head in the order of the new labels. */
static void
put_head(const transfer *t, const nn_node *d, const folded *f, const char *const *label)
{
  const size_t n_in = f->n_weights / f->n_out;
  for (uint32_t l = 0; l < d->out.c; ++l) {
    const uint32_t k = find_label(t, label[l]);
    memcpy(d->weight + l * n_in, f->weight + k * n_in, n_in * sizeof(float));
    d->bias[l] = f->bias[k];
  }
}

static bool
same_labels(const transfer *t, const char *const *label, uint32_t n)
{
  bool same = n == t->n_labels;
  for (uint32_t l = 0; l < n && same; ++l) {
    same = find_label(t, label[l]) < t->n_labels;
  }
  return same;
}

/* Sums of what a BatchNorm takes in and of its squares, channel by channel. */
static void
add_moments(const nn_node *bn, uint32_t n, double *sum)
{
  const size_t n_all = n * node_count(bn->out);
  for (size_t k = 0; k < n_all; ++k) {
    const uint32_t c = (uint32_t)(k % bn->out.c);
    const double x = (double)bn->source->y[k];
    sum[c] += x;
    sum[bn->out.c + c] += x * x;
  }
}

/* Those of the patches, with gamma and beta that keep the function. */
static void
set_moments(const nn_node *bn, const double *sum, double count)
{
  for (uint32_t c = 0; c < bn->out.c; ++c) {
    const double mean = sum[c] / count;
    const double variance = fmax(sum[bn->out.c + c] / count - mean * mean, 0);
    bn->running_mean[c] = (float)mean;
    bn->running_variance[c] = (float)variance;
    bn->weight[c] =
        sqrtf(bn->running_variance[c] + NN_BN_EPSILON); /* as evaluation divides by it */
    bn->bias[c] += (float)mean;
  }
}

/* One pass for all layers: what they say does not change under way. */
static ear_status
find_statistics(nn *net, const bool *wanted, const float *patches, uint32_t n_patches)
{
  double *sum[RECIPE_MAX_LAYERS] = {0};
  const size_t n_patch = node_count(net->node[0].out);
  ear_status st = EAR_OK;
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    sum[l] = wanted[l] ? calloc(2 * net->layer[l]->out.c, sizeof *sum[l]) : NULL;
    st = wanted[l] && !sum[l] ? EAR_NO_MEMORY : st;
  }
  for (uint32_t i = 0; i < n_patches && !st; i += net->max_batch) {
    const uint32_t left = n_patches - i;
    const uint32_t n = left < net->max_batch ? left : net->max_batch;
    nn_forward(net, patches + i * n_patch, n, false);
    for (uint32_t l = 0; l < net->n_layers; ++l) {
      if (wanted[l]) {
        add_moments(net->layer[l], n, sum[l]);
      }
    }
  }
  for (uint32_t l = 0; l < net->n_layers; ++l) {
    if (wanted[l] && !st) {
      const node_size s = net->layer[l]->out;
      set_moments(net->layer[l], sum[l], (double)n_patches * s.t * s.f);
    }
    free(sum[l]);
  }
  return st;
}

ear_status
transfer_apply(const transfer *t, nn *net, const char *const *label, const float *patches,
               uint32_t n_patches, bool *kept_head)
{
  bool wanted[RECIPE_MAX_LAYERS] = {0};
  ear_status st = EAR_OK;
  *kept_head = !t->headless && same_labels(t, label, net->n_labels);
  for (uint32_t l = 0; l < net->n_layers && !st; ++l) {
    const nn_node *last = net->layer[l];
    const nn_node *other = t->model ? NULL : t->from.net->layer[l];
    const bool head = l + 1 == net->n_layers;
    if ((last->kind != NODE_BN && last->kind != NODE_CONV && last->kind != NODE_DENSE) ||
        (head && !*kept_head)) {
      continue;
    }
    if (last->kind == NODE_BN && other && other->kind == NODE_BN) {
      copy_layer(last, other);
      continue;
    }
    folded f;
    st = take_folded(t, net, l, &f);
    if (!st && head) {
      put_head(t, last, &f, label);
    } else if (!st) {
      put_folded(last, &f);
      wanted[l] = last->kind == NODE_BN;
    }
    fold_free(&f);
  }
  return st ? st : find_statistics(net, wanted, patches, n_patches);
}
