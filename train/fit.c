/* SPDX-License-Identifier: ISC */
/* Threads fill disjoint examples of a batch; everything that sums runs in one order. */
#include "fit.h"
#include "../engine/net.h"
#include "fail.h"
#include "fit_loss.h"
#include "metrics.h"
#include "optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
  float *x;      /* [batch][n_frames][n_values] */
  float *target; /* [batch][n_labels] */
  float *dlogit; /* [batch][n_labels] */
  uint32_t room; /* examples */
  size_t patch;  /* values of one example */
} batch;

static void
batch_free(batch *b)
{
  free(b->x);
  free(b->target);
  free(b->dlogit);
}

static ear_status
batch_new(batch *b, const recipe *r, uint32_t n_labels)
{
  *b = (batch){.room = r->train.batch,
               .patch = (size_t)r->frames * ear_front_end_values(&r->front_end)};
  b->x = malloc(b->room * b->patch * sizeof *b->x);
  b->target = malloc((size_t)b->room * n_labels * sizeof *b->target);
  b->dlogit = malloc((size_t)b->room * n_labels * sizeof *b->dlogit);
  if (!b->x || !b->target || !b->dlogit) {
    batch_free(b);
    return EAR_NO_MEMORY;
  }
  return EAR_OK;
}

static void
batch_draw(batch *b, const example_source *s, uint64_t epoch, uint32_t first, uint32_t n)
{
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    s->draw(s->self, epoch, first + i, b->x + i * b->patch,
            b->target + (size_t)i * s->n_labels);
  }
}

/* Posteriors of n_labels logits. */
static void
activate(const float *logit, uint32_t n_labels, recipe_activation activation, float *p)
{
  ear_model_spec spec = {.n_labels = n_labels,
                         .activation =
                             activation == RECIPE_SIGMOID ? EAR_SIGMOID : EAR_SOFTMAX,
                         .temperature = 1};
  ear_net_posteriors(&spec, logit, p);
}

ear_status
fit_predict(nn *net, const example_source *source, float *p, float *target, double *loss)
{
  const recipe *r = nn_recipe(net);
  const uint32_t labels = source->n_labels;
  const loss_rule plain = {.activation = r->train.activation};
  batch b;
  const ear_status st = batch_new(&b, r, labels);
  if (st) {
    return st;
  }
  *loss = 0;
  for (uint32_t i = 0; i < source->n_examples; i += b.room) {
    const uint32_t left = source->n_examples - i, n = left < b.room ? left : b.room;
    batch_draw(&b, source, 0, i, n);
    const float *logit = nn_forward(net, b.x, n, false);
    *loss += n * fit_loss(logit, b.target, n, labels, &plain, NULL) / source->n_examples;
    for (uint32_t k = 0; k < n; ++k) {
      const size_t at = (size_t)(i + k) * labels;
      activate(logit + (size_t)k * labels, labels, r->train.activation, p + at);
    }
    if (target) {
      memcpy(target + (size_t)i * labels, b.target, (size_t)n * labels * sizeof *target);
    }
  }
  batch_free(&b);
  return EAR_OK;
}

static double
now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Everything the loop owns. */
typedef struct {
  const fit_config *config;
  nn *net;
  optim *optim;
  batch batch;
  uint32_t n_steps;  /* of one epoch */
  float *p, *target; /* of validation */
  uint32_t *truth;
  float *kept; /* weights and buffers of the best epoch; NULL without patience */
  double start_s;
  fit_progress progress;
} loop;

static size_t
n_values(nn *net)
{
  size_t n = 0;
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    n += nn_param_get(net, i).n;
  }
  for (uint32_t i = 0; i < nn_n_buffers(net); ++i) {
    n += nn_buffer_get(net, i).n;
  }
  return n;
}

/* Copy the network's values to `kept`, or back. */
static void
keep(nn *net, float *kept, bool back)
{
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net); ++i) {
    const nn_param q = i < nn_n_params(net) ? nn_param_get(net, i)
                                            : nn_buffer_get(net, i - nn_n_params(net));
    memcpy(back ? q.value : kept, back ? kept : q.value, q.n * sizeof *kept);
    kept += q.n;
  }
}

static void
say(loop *lp, uint32_t steps_done)
{
  fit_progress *p = &lp->progress;
  const double done = (p->epoch - 1.0) * lp->n_steps + steps_done;
  const double all = (double)p->n_epochs * lp->n_steps, spent = now_s() - lp->start_s;
  p->step = steps_done;
  p->n_steps = lp->n_steps;
  p->examples_per_s = done * lp->batch.room / fmax(spent, 1e-9);
  p->eta_s = done > 0 ? spent * (all - done) / done : 0;
  if (lp->config->say) {
    lp->config->say(lp->config->user, p);
  }
}

/* One epoch of steps.  Fails when the loss is no number any more. */
static ear_status
train_epoch(loop *lp, ear_error *err)
{
  const fit_config *c = lp->config;
  const uint32_t labels = c->train.n_labels;
  const uint32_t all = c->train.n_examples;
  const uint32_t n = all < lp->batch.room ? all : lp->batch.room;
  const recipe_train *t = &c->recipe->train;
  const loss_rule rule = {t->activation, t->label_smoothing, t->focal, c->train.weight};
  double sum = 0;
  for (uint32_t s = 0; s < lp->n_steps; ++s) {
    batch *b = &lp->batch;
    batch_draw(b, &c->train, lp->progress.epoch, s * n, n);
    const float *logit = nn_forward(lp->net, b->x, n, true);
    sum += fit_loss(logit, b->target, n, labels, &rule, b->dlogit);
    if (!isfinite(sum)) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "the loss is not a number after epoch %u, step %u: lower the rate",
                  lp->progress.epoch, s + 1);
    }
    nn_backward(lp->net, b->dlogit);
    lp->progress.learning_rate = (double)optim_step(lp->optim);
    lp->progress.loss = sum / (s + 1);
    if (s + 1 < lp->n_steps) {
      say(lp, s + 1);
    }
  }
  return EAR_OK;
}

/* How the averaged weights do on validation. */
static ear_status
validate(loop *lp)
{
  const example_source *v = &lp->config->valid;
  fit_progress *p = &lp->progress;
  metrics m;
  if (v->n_examples == 0) {
    return EAR_OK;
  }
  const ear_status st = fit_predict(lp->net, v, lp->p, lp->target, &p->valid_loss);
  if (st) {
    return st;
  }
  for (uint32_t i = 0; i < v->n_examples; ++i) {
    lp->truth[i] = label_of(lp->target + (size_t)i * v->n_labels, v->n_labels);
  }
  const predictions pr = {v->n_examples, v->n_labels, lp->truth, NULL, lp->p};
  metrics_compute(&m, &pr);
  p->valid_accuracy = m.accuracy;
  p->valid_macro_f1 = m.macro_f1;
  return EAR_OK;
}

void
fit_result_free(fit_result *result)
{
  free(result->history.epoch);
  result->history = (fit_history){0};
}

static ear_status
remember(const loop *lp, fit_history *h)
{
  const fit_progress *p = &lp->progress;
  struct timespec now;
  if (h->n == h->room) {
    const uint32_t room = h->room ? 2 * h->room : 64;
    fit_epoch *grown = realloc(h->epoch, room * sizeof *grown);
    if (!grown) {
      return EAR_NO_MEMORY;
    }
    h->epoch = grown;
    h->room = room;
  }
  clock_gettime(CLOCK_REALTIME, &now);
  h->epoch[h->n++] = (fit_epoch){.epoch = p->epoch,
                                 .best = p->best,
                                 .loss = p->loss,
                                 .valid_loss = p->valid_loss,
                                 .valid_accuracy = p->valid_accuracy,
                                 .valid_macro_f1 = p->valid_macro_f1,
                                 .learning_rate = p->learning_rate,
                                 .seconds = now_s() - lp->start_s,
                                 .time = (double)now.tv_sec + 1e-9 * (double)now.tv_nsec};
  return EAR_OK;
}

static ear_status
run(loop *lp, fit_result *result, ear_error *err)
{
  const recipe_train *t = &lp->config->recipe->train;
  double best = INFINITY;
  uint32_t best_epoch = 0;
  for (uint32_t e = 1; e <= t->epochs && !result->stopped; ++e) {
    lp->progress.epoch = e;
    ear_status st = train_epoch(lp, err);
    if (st) {
      return st;
    }
    optim_swap_average(lp->optim);
    st = validate(lp);
    optim_judge(lp->optim, lp->progress.valid_loss >= 0 ? lp->progress.valid_loss
                                                        : lp->progress.loss);
    lp->progress.best = lp->progress.valid_loss < best;
    if (lp->kept && (lp->progress.best || e == 1)) {
      keep(lp->net, lp->kept, false);
    }
    optim_swap_average(lp->optim);
    st = st ? st : remember(lp, &result->history);
    if (st) {
      return fail(err, st, "not enough memory");
    }
    best = fmin(best, lp->progress.valid_loss);
    best_epoch = lp->progress.best || e == 1 ? e : best_epoch;
    say(lp, lp->n_steps);
    result->epochs = e;
    result->stopped = lp->config->stop && *lp->config->stop;
    if (lp->kept && e - best_epoch >= t->patience) {
      break;
    }
  }
  result->kept_epoch = lp->kept ? best_epoch : result->epochs;
  result->valid_loss = lp->kept ? best : lp->progress.valid_loss;
  optim_swap_average(lp->optim);
  if (lp->kept) {
    keep(lp->net, lp->kept, true);
  }
  return EAR_OK;
}

static ear_status
loop_new(loop *lp, ear_error *err)
{
  const fit_config *c = lp->config;
  const recipe *r = c->recipe;
  const uint32_t n = c->train.n_examples;
  lp->n_steps = n < r->train.batch ? 1 : n / r->train.batch;
  lp->progress = (fit_progress){.n_epochs = r->train.epochs,
                                .valid_loss = -1,
                                .valid_accuracy = -1,
                                .valid_macro_f1 = -1};
  ear_status st =
      nn_new(&lp->net, r, c->train.n_labels, r->train.batch, r->frames, c->seed, err);
  char what[160];
  if (!st && r->train.activation == RECIPE_BINARY && c->train.n_labels != 2) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "recipe %s tells two classes apart (activation binary), not %u", r->name,
              c->train.n_labels);
  }
  if (!st && nn_uses_reference(lp->net, what, sizeof what)) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "oneDNN would train this recipe with its slow reference code (%s): choose "
              "another kernel or number of channels",
              what);
  }
  if (st) {
    return st;
  }
  st = optim_new(&lp->optim, lp->net, &r->train, (uint64_t)lp->n_steps * r->train.epochs);
  if (st || batch_new(&lp->batch, r, c->train.n_labels)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  const size_t nv = (size_t)c->valid.n_examples * c->valid.n_labels + 1;
  const bool patient = r->train.patience > 0 && c->valid.n_examples > 0;
  lp->p = malloc(nv * sizeof *lp->p);
  lp->target = malloc(nv * sizeof *lp->target);
  lp->truth = malloc(nv * sizeof *lp->truth);
  lp->kept = patient ? malloc((n_values(lp->net) + 1) * sizeof *lp->kept) : NULL;
  if (!lp->p || !lp->target || !lp->truth || (patient && !lp->kept)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  return EAR_OK;
}

ear_status
fit(nn **net, const fit_config *config, fit_result *result, ear_error *err)
{
  loop lp = {.config = config};
  *net = NULL;
  *result = (fit_result){0};
  if (config->train.n_examples == 0) {
    return fail(err, EAR_BAD_ARGUMENT, "there is nothing to train on");
  }
  ear_status st = loop_new(&lp, err);
  lp.start_s = now_s();
  if (!st) {
    st = run(&lp, result, err);
  }
  if (st) {
    nn_free(lp.net);
    fit_result_free(result);
  } else {
    *net = lp.net;
  }
  optim_free(lp.optim);
  batch_free(&lp.batch);
  free(lp.p);
  free(lp.target);
  free(lp.truth);
  free(lp.kept);
  return st;
}
