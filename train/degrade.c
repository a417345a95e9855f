/* SPDX-License-Identifier: ISC */
/* The source is kept until the end: loudness and severity are always taken against it,
   and a failure gives it back. */
#include "degrade.h"

#include "dsp.h"
#include "loudness.h"
#include "severity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_DRAW, STREAM_AMOUNT, STREAM_OPERATOR };

static ear_status
fail(ear_error *err, ear_status st, const char *what)
{
  if (err) {
    snprintf(err->text, sizeof err->text, "degrade: %s", what);
  }
  return st;
}

/* One operator of one of the wanted kinds, each kind equally likely; NULL if there is
   none.  Kinds already taken are left out while others remain. */
static const degrade_operator *
draw_operator(const degrade_request *q, unsigned taken, rng *r)
{
  size_t n;
  const degrade_operator *all = degrade_operators(&n);
  unsigned kinds = 0;
  for (size_t i = 0; i < n; ++i) {
    kinds |= all[i].split & q->splits ? q->kinds & 1u << all[i].kind : 0;
  }
  kinds = kinds & ~taken ? kinds & ~taken : kinds;
  if (!kinds) {
    return NULL;
  }
  uint32_t nth = rng_below(r, (uint32_t)__builtin_popcount(kinds));
  while (nth--) {
    kinds &= kinds - 1;
  }
  const degrade_kind kind = (degrade_kind)__builtin_ctz(kinds);
  const degrade_operator *fit[64];
  uint32_t n_fit = 0;
  for (size_t i = 0; i < n && n_fit < 64; ++i) {
    if (all[i].kind == kind && all[i].split & q->splits) {
      fit[n_fit++] = &all[i];
    }
  }
  return fit[rng_below(r, n_fit)];
}

/* Whether the level is the operator's own doing and must stay. */
static bool
keeps_level(const degrade_result *z)
{
  return z->n_operators == 1 && (z->op[0]->kind == DEGRADE_IDENTIFIER ||
                                 !strcmp(z->op[0]->name, "neutral-gain"));
}

/* Match y to x, measure, and leave y unmatched if its level is to stay. */
static ear_status
match_and_measure(const audio *x, audio *y, degrade_result *z)
{
  loudness lx, ly;
  ear_status st = loudness_measure(x, &lx);
  if (st) {
    return st;
  }
  st = loudness_measure(y, &ly);
  if (!st) {
    const double gain_db = loudness_match_db(&lx, &ly);
    severity s;
    dsp_gain(y, db_to_gain(gain_db));
    st = severity_measure(x, y, &s);
    z->severity = st ? 0.0 : s.severity;
    z->gain_db = gain_db;
    if (keeps_level(z)) {
      dsp_gain(y, db_to_gain(-gain_db));
      z->gain_db = 0.0;
    }
    loudness_free(&ly);
  }
  loudness_free(&lx);
  return st;
}

static ear_status
run_chain(audio *a, const double *amount, uint64_t seed, degrade_result *z)
{
  ear_status st = EAR_OK;
  size_t at = 0;
  for (uint32_t i = 0; !st && i < z->n_operators; ++i) {
    degrade_words say = {.text = ""};
    rng r = rng_stream(seed, STREAM_OPERATOR, i);
    st = z->op[i]->apply(a, amount[i], &r, &say);
    z->kinds |= 1u << z->op[i]->kind;
    const int n = snprintf(z->chain + at, sizeof z->chain - at, "%s%s (%s)",
                           i ? ", " : "", z->op[i]->name, say.text);
    z->centres = say.centres.n ? say.centres : z->centres;
    at = at + (size_t)n < sizeof z->chain ? at + (size_t)n : sizeof z->chain - 1;
  }
  return st;
}

/* z->op and z->n_operators are set; the rest is filled. */
static ear_status
apply(audio *a, const double *amount, uint64_t seed, degrade_result *z, ear_error *err)
{
  if (!a->n_frames || !a->n_channels) {
    return fail(err, EAR_BAD_ARGUMENT, "there are no samples to work on");
  }
  audio source;
  ear_status st = dsp_copy(&source, a);
  if (st) {
    return fail(err, st, "not enough memory for a copy of the source");
  }
  st = run_chain(a, amount, seed, z);
  if (!st) {
    st = dsp_fit(a, source.n_frames);
  }
  if (!st) {
    st = match_and_measure(&source, a, z);
  }
  if (st) {
    audio_free(a);
    *a = source;
    return fail(err, st, z->chain);
  }
  audio_free(&source);
  return EAR_OK;
}

ear_status
degrade_apply_chain(audio *a, const degrade_operator *const *op, uint32_t n,
                    double amount, uint64_t seed, degrade_result *result, ear_error *err)
{
  *result = (degrade_result){.n_operators = n};
  if (n < 1 || n > 3) {
    return fail(err, EAR_BAD_ARGUMENT, "a chain has one to three operators");
  }
  const double same[3] = {amount, amount, amount};
  memcpy(result->op, op, n * sizeof *op);
  return apply(a, same, seed, result, err);
}

ear_status
degrade_apply(audio *a, const degrade_request *q, degrade_result *z, ear_error *err)
{
  *z = (degrade_result){0};
  rng draw = rng_stream(q->seed, STREAM_DRAW, 0);
  rng amounts = rng_stream(q->seed, STREAM_AMOUNT, 0);
  const uint32_t n = q->n_operators ? q->n_operators : 1 + rng_below(&draw, 3);
  double amount[3];
  unsigned taken = 0;
  for (uint32_t i = 0; i < n && i < 3; ++i) {
    z->op[i] = draw_operator(q, taken, &draw);
    if (!z->op[i]) {
      return fail(err, EAR_BAD_ARGUMENT, "no operator has this kind and split");
    }
    taken |= 1u << z->op[i]->kind;
    amount[i] =
        q->amount >= 0.0 ? fmin(q->amount, 1.0) : rng_uniform(&amounts) / sqrt((double)n);
    ++z->n_operators;
  }
  return apply(a, amount, q->seed, z, err);
}
