/* SPDX-License-Identifier: ISC */
/* What an instance that analyses in run() must say: ear_analyzer, told the same, and the
   rules of plugin/ports.h. */
#ifndef EAR_TESTS_LV2_TWIN_H
#define EAR_TESTS_LV2_TWIN_H

#include "earshot.h"
#include "lv2_host.h"

typedef struct {
  double rate_hz;
  ear_model *model[2];
  ear_analyzer *analyzer;
  float *mono; /* [HOST_BLOCK] */
  /* controls, to be set as the host's */
  float threshold, hold;
  uint32_t horizon;
  bool enabled, was_enabled;
  /* what was heard */
  ear_verdict verdict[2];              /* newest, n_labels 0: none */
  uint32_t n_verdicts;                 /* of harshness */
  uint64_t n_samples, reset_at, since; /* since: there was no verdict, or forgotten */
} twin;

twin *twin_new(double rate_hz);
void twin_free(twin *t);
void twin_reset(twin *t);
void twin_set_flags(twin *t); /* after a change of threshold, hold, horizon */
/* One block of n <= HOST_BLOCK samples. */
void twin_push(twin *t, const float *const *in, uint32_t n_channels, uint32_t n);
/* Fail the test unless every control output of h has the twin's bits. */
void twin_assert_equal(const twin *t, const host *h);

/* A signal that is soft, harsh and quiet by turns, so that horizons and flags differ:
   x [n] from sample `first` on. */
void make_turns(float *x, size_t first, size_t n, double rate_hz);

/* One plugin and its twin, with the same ears. */
typedef struct {
  host *h;
  twin *t;
  uint32_t n_channels;
  float *x[2];
  size_t n, i; /* samples there are, and given so far */
} pair;

/* Freewheeling, with `seconds` of make_turns for each channel. */
pair pair_new(double rate_hz, uint32_t n_channels, double seconds);
void pair_free(pair *p);
/* The next block of at most `size` samples, to both. */
void pair_give(pair *p, size_t size);

#endif
