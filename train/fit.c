/* SPDX-License-Identifier: ISC */
/* The state between two steps is all that the next step depends on. */
#include "fit.h"
#include "fail.h"
#include "fit_ahead.h"
#include "fit_loss.h"
#include "fit_save.h"
#include "fit_valid.h"
#include "parallel.h"
#include "parallel_fit.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* Seconds of a clock. */
static double
now_s(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { SHORTEST_S = 1 }; /* between checkpoints of short epochs */

/* Everything the loop owns. */
typedef struct {
  const fit_config *config;
  fit_state s;
  recipe own; /* with a batch of what one rank takes at most */
  fit_ahead *ahead;
  parallel_batch shared;
  uint32_t n_steps; /* of one epoch */
  fit_valid valid;
  double start_s, saved_s;      /* CLOCK_MONOTONIC: this sitting, the last checkpoint */
  double start_steps, before_s; /* of all, when this sitting began */
  bool best_moved;              /* since the last checkpoint */
  fit_progress progress;
} loop;

static void
say(loop *lp, uint32_t steps_done)
{
  fit_progress *p = &lp->progress;
  const double done = (p->epoch - 1.0) * lp->n_steps + steps_done;
  const double all = (double)p->n_epochs * lp->n_steps;
  const double here = done - lp->start_steps;
  const double spent = now_s(CLOCK_MONOTONIC) - lp->start_s;
  p->step = steps_done;
  p->n_steps = lp->n_steps;
  p->examples_per_s = here * lp->shared.n / fmax(spent, 1e-9);
  p->eta_s = here > 0 ? spent * (all - done) / here : 0;
  if (lp->config->say && parallel_first()) {
    lp->config->say(lp->config->user, p);
  }
}

/* On any rank. */
static bool
stop_asked(const loop *lp)
{
  const fit_config *c = lp->config;
  return parallel_any((c->stop && *c->stop) ||
                      (c->until_s > 0 && now_s(CLOCK_MONOTONIC) >= c->until_s));
}

static ear_status
save_best(loop *lp, ear_error *err)
{
  const ear_status st = fit_save_best(&lp->s, &lp->config->saving, err);
  lp->best_moved = st != EAR_OK;
  return st;
}

/* A checkpoint that fails is no reason to stop: the one before it stands. */
static void
save(loop *lp)
{
  const fit_saving *to = &lp->config->saving;
  ear_error err = {""};
  if (!to->last || !parallel_first()) {
    return;
  }
  lp->saved_s = now_s(CLOCK_MONOTONIC);
  lp->s.seconds = lp->before_s + lp->saved_s - lp->start_s;
  ear_status st = lp->best_moved ? save_best(lp, &err) : EAR_OK;
  st = fit_save(&lp->s, to, &err) ? EAR_IO : st;
  if (st && to->warn) {
    to->warn(lp->config->user, err.text);
  }
  if (to->log && lp->s.step == 0) {
    to->log(lp->config->user, &lp->s.history);
  }
}

static bool
save_is_due(const loop *lp, double every_s)
{
  const fit_saving *to = &lp->config->saving;
  return (to->every_steps && lp->s.step % to->every_steps == 0) ||
         (every_s > 0 && now_s(CLOCK_MONOTONIC) - lp->saved_s >= every_s);
}

/* Whether the epoch trains in integers.  Their ranges are those of its first step. */
static ear_status
look_at_ranges(loop *lp, bool *in_integers, ear_error *err)
{
  const fit_config *c = lp->config;
  const recipe_train *t = &c->recipe->train;
  *in_integers = lp->s.quantized && lp->s.epoch + t->quantize > t->epochs;
  if (*in_integers && lp->s.step == 0 &&
      quantized_calibrate(lp->s.quantized, c->patches, c->n_patches)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  return EAR_OK;
}

/* This rank's part of the batch `ahead` steps from now; none beyond the last epoch. */
static batch_place
place_of(const loop *lp, uint32_t ahead)
{
  const uint32_t step = lp->s.step + ahead, epoch = lp->s.epoch + step / lp->n_steps;
  const bool beyond = epoch > lp->config->recipe->train.epochs;
  return (batch_place){epoch, step % lp->n_steps * lp->shared.n + lp->shared.first,
                       beyond ? 0 : lp->shared.mine};
}

/* The steps of the epoch from where it stands.  Fails when the loss is no number any
   more. */
static ear_status
train_epoch(loop *lp, ear_error *err)
{
  const fit_config *c = lp->config;
  fit_state *s = &lp->s;
  const uint32_t labels = c->train.n_labels;
  const parallel_batch *all = &lp->shared;
  const uint32_t n = all->mine;
  const recipe_train *t = &c->recipe->train;
  const loss_rule rule = {
      t->activation, t->label_smoothing,        t->focal,    c->train.weight,
      all->n,        recipe_n_extra(c->recipe), t->severity, t->kinds};
  bool in_integers;
  const ear_status st = look_at_ranges(lp, &in_integers, err);
  while (!st && s->step < lp->n_steps && !stop_asked(lp)) {
    batch *b = fit_ahead_take(lp->ahead, place_of(lp, 0), place_of(lp, 1));
    nn_place(s->net, all->first);
    const float *logit = in_integers ? quantized_forward(s->quantized, b->x, n, true)
                                     : nn_forward(s->net, b->x, n, true);
    double loss = fit_loss(logit, b->target, n, labels, &rule, b->dlogit);
    if (in_integers) {
      quantized_backward(s->quantized, b->dlogit);
    } else {
      nn_backward(s->net, b->dlogit);
    }
    parallel_batch_sum(&lp->shared, s->net, &loss);
    s->loss_sum += loss;
    if (!isfinite(s->loss_sum)) {
      return fail(err, EAR_BAD_ARGUMENT,
                  "the loss is not a number after epoch %u, step %u: lower the rate",
                  s->epoch, s->step + 1);
    }
    lp->progress.learning_rate = (double)optim_step(s->optim);
    nn_project(s->net);
    lp->progress.loss = s->loss_sum / ++s->step;
    if (s->step < lp->n_steps) {
      say(lp, s->step);
      if (save_is_due(lp, c->saving.every_s)) {
        save(lp);
      }
    }
  }
  return st;
}

static ear_status
remember(loop *lp)
{
  const fit_progress *p = &lp->progress;
  fit_epoch *e = fit_history_add(&lp->s.history);
  if (!e) {
    return EAR_NO_MEMORY;
  }
  *e = (fit_epoch){.epoch = p->epoch,
                   .best = p->best,
                   .loss = p->loss,
                   .valid_loss = p->valid_loss,
                   .valid_accuracy = p->valid_accuracy,
                   .valid_macro_f1 = p->valid_macro_f1,
                   .learning_rate = p->learning_rate,
                   .seconds = lp->before_s + now_s(CLOCK_MONOTONIC) - lp->start_s,
                   .time = now_s(CLOCK_REALTIME)};
  return EAR_OK;
}

static bool
patient(const loop *lp)
{
  return lp->s.kept && lp->config->recipe->train.patience > 0;
}

/* All steps of the epoch are done: judge it, and move to the next. */
static ear_status
end_epoch(loop *lp, ear_error *err)
{
  const fit_config *c = lp->config;
  fit_state *s = &lp->s;
  optim_swap_average(s->optim);
  nn_project(s->net);
  ear_status st = fit_valid_judge(&lp->valid, s->net, &lp->progress); /* the averages */
  optim_judge(s->optim,
              lp->progress.valid_loss >= 0 ? lp->progress.valid_loss : lp->progress.loss);
  lp->progress.best = s->kept && lp->progress.valid_loss < s->best_loss;
  if (lp->progress.best || (s->kept && s->best_epoch == 0)) {
    fit_keep(s->net, s->kept, false);
    s->best_epoch = s->epoch;
    lp->best_moved = true;
    s->best_loss = fmin(s->best_loss, lp->progress.valid_loss); /* not a NaN */
  }
  optim_swap_average(s->optim);
  st = st ? st : remember(lp);
  if (st) {
    return fail(err, st, "not enough memory");
  }
  say(lp, lp->n_steps);
  s->ended = s->epoch == c->recipe->train.epochs ||
             (patient(lp) && s->epoch - s->best_epoch >= c->recipe->train.patience);
  ++s->epoch;
  s->step = 0;
  s->loss_sum = 0;
  if (s->ended || save_is_due(lp, SHORTEST_S)) {
    save(lp);
  }
  return EAR_OK;
}

/* The weights that are kept, into the network. */
static void
choose(loop *lp, fit_result *result)
{
  fit_state *s = &lp->s;
  const bool best = patient(lp) || (result->stopped && s->best_epoch > 0);
  result->epochs = s->history.n;
  result->kept_epoch = best ? s->best_epoch : s->history.n;
  result->valid_loss = best               ? s->best_loss
                       : s->history.n > 0 ? s->history.epoch[s->history.n - 1].valid_loss
                                          : -1;
  optim_swap_average(s->optim);
  nn_project(s->net);
  if (best && s->best_epoch > 0) {
    fit_keep(s->net, s->kept, true);
  }
}

static ear_status
run(loop *lp, fit_result *result, ear_error *err)
{
  fit_state *s = &lp->s;
  ear_status st = parallel_state(s, err);
  while (!st && !s->ended && !result->stopped) {
    lp->progress.epoch = s->epoch;
    st = train_epoch(lp, err);
    if (!st && s->step == lp->n_steps) {
      st = end_epoch(lp, err);
      st = st ? st : parallel_state(s, err);
    }
    if (st) {
      return st;
    }
    result->stopped = !s->ended && stop_asked(lp);
  }
  if (!st && s->history.n == 0 && s->step == 0) {
    return fail(err, EAR_IO, "interrupted before the first step: nothing was trained");
  }
  if (st) {
    return st;
  }
  if (result->stopped) {
    save(lp);
  }
  choose(lp, result);
  result->history = s->history;
  s->history = (fit_history){0};
  return EAR_OK;
}

static ear_status
net_new(loop *lp, ear_error *err)
{
  const fit_config *c = lp->config;
  const recipe *r = &lp->own;
  char what[160];
  ear_status st =
      nn_new(&lp->s.net, r, c->train.n_labels, r->train.batch, r->frames, c->seed, err);
  if (!st && r->train.activation == RECIPE_BINARY && c->train.n_labels != 2) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "recipe %s tells two classes apart (activation binary), not %u", r->name,
              c->train.n_labels);
  }
  if (!st && nn_uses_reference(lp->s.net, what, sizeof what)) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "oneDNN would train this recipe with its slow reference code (%s): choose "
              "another kernel or number of channels",
              what);
  }
  return !st && c->init && !c->saving.from ? c->init(c->init_user, lp->s.net, err) : st;
}

static ear_status
loop_new(loop *lp, ear_error *err)
{
  const fit_config *c = lp->config;
  const recipe *r = c->recipe;
  const uint32_t n = c->train.n_examples;
  fit_state *s = &lp->s;
  const uint32_t size = n < r->train.batch ? n : r->train.batch;
  const uint32_t ranks = parallel_ranks();
  lp->n_steps = n / size;
  lp->own = *r;
  lp->own.train.batch = (r->train.batch + ranks - 1) / ranks;
  lp->progress = (fit_progress){.n_epochs = r->train.epochs,
                                .valid_loss = -1,
                                .valid_accuracy = -1,
                                .valid_macro_f1 = -1};
  ear_status st = net_new(lp, err);
  if (st) {
    return st;
  }
  st = optim_new(&s->optim, s->net, &r->train, (uint64_t)lp->n_steps * r->train.epochs);
  if (st || fit_ahead_new(&lp->ahead, &lp->own, &c->train)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  st = parallel_batch_new(&lp->shared, size, s->net, err);
  if (st) {
    return st;
  }
  if (r->train.quantize) {
    if (!c->n_patches) {
      return fail(err, EAR_BAD_ARGUMENT, "`quantize` needs patches to find ranges with");
    }
    st = quantized_new(&s->quantized, s->net, err);
    if (st) {
      return st;
    }
  }
  s->n_kept = c->valid.n_examples ? fit_n_values(s->net) : 0;
  s->kept = s->n_kept ? calloc(s->n_kept, sizeof *s->kept) : NULL;
  if (fit_valid_new(&lp->valid, &c->valid) || (s->n_kept && !s->kept)) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  s->epoch = 1;
  s->best_loss = INFINITY;
  return EAR_OK;
}

/* Where an earlier sitting was, which may have ended while best.ckpt could not be
   written: that is done now. */
static ear_status
go_on(loop *lp, ear_error *err)
{
  const fit_saving *from = &lp->config->saving;
  fit_state *s = &lp->s;
  const ear_status st = fit_load(s, from->from, err);
  if (st || s->history.n == 0) {
    return st;
  }
  const fit_epoch *e = &s->history.epoch[s->history.n - 1];
  lp->progress.valid_loss = e->valid_loss;
  lp->progress.valid_accuracy = e->valid_accuracy;
  lp->progress.valid_macro_f1 = e->valid_macro_f1;
  ear_error why = {""};
  if (parallel_first() && s->best_epoch > 0 && save_best(lp, &why) && s->ended &&
      from->warn) {
    from->warn(lp->config->user, why.text); /* else the next checkpoint tells it */
  }
  if (from->log) {
    from->log(lp->config->user, &s->history);
  }
  return EAR_OK;
}

static void
loop_free(loop *lp)
{
  quantized_free(lp->s.quantized);
  optim_free(lp->s.optim);
  parallel_batch_free(&lp->shared);
  fit_ahead_free(lp->ahead);
  fit_valid_free(&lp->valid);
  free(lp->s.kept);
  free(lp->s.history.epoch);
}

void
fit_result_free(fit_result *result)
{
  free(result->history.epoch);
  result->history = (fit_history){0};
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
  if (!st && config->saving.from) {
    st = go_on(&lp, err);
  }
  st = parallel_agree(st, err);
  if (!st) {
    lp.start_s = lp.saved_s = now_s(CLOCK_MONOTONIC);
    lp.start_steps = (lp.s.epoch - 1.0) * lp.n_steps + lp.s.step;
    lp.before_s = lp.s.seconds;
    st = run(&lp, result, err);
    st = st == EAR_NO_MEMORY ? st : parallel_agree(st, err); /* memory is one rank's */
  }
  if (st) {
    nn_free(lp.s.net);
  } else {
    *net = lp.s.net;
  }
  loop_free(&lp);
  return st;
}
