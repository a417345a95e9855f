/* SPDX-License-Identifier: ISC */
/* One hash of every verdict and event, all bits of them, from samples on: made sound at
   seven rates, each in three splits into blocks, which must agree.

   usage: chain_hash */
#include "earshot.h"
#include "made_sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_SAMPLES = 24 * 48000 };

typedef struct {
  uint64_t numbers, bits; /* of labels and flags; of everything */
  uint32_t n_verdicts, n_events;
} tally;

static void
take(uint64_t *hash, const void *bytes, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    *hash = (*hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
  }
}

static void
hear(void *user, const ear_verdict *v)
{
  tally *t = user;
  ++t->n_verdicts;
  for (uint32_t h = 0; h < EAR_N_HORIZONS; ++h) {
    const uint8_t said[4] = {(uint8_t)v->model, v->label[h], v->flag[h], v->gated};
    take(&t->numbers, said, sizeof said);
    take(&t->bits, said, sizeof said);
    take(&t->bits, v->p[h], v->n_labels * sizeof v->p[h][0]);
    take(&t->bits, &v->low_hz[h], sizeof v->low_hz[h]);
    take(&t->bits, &v->high_hz[h], sizeof v->high_hz[h]);
  }
  take(&t->bits, &v->t_s, sizeof v->t_s);
  take(&t->bits, &v->level_dbfs, sizeof v->level_dbfs);
  take(&t->bits, v->contribution, v->n_rows * sizeof v->contribution[0]);
  take(&t->bits, v->momentary, v->n_rows * sizeof v->momentary[0]);
}

static void
hear_event(void *user, const ear_event *e)
{
  tally *t = user;
  ++t->n_events;
  take(&t->numbers, &e->label, sizeof e->label);
  take(&t->bits, &e->start_s, sizeof e->start_s);
  take(&t->bits, &e->end_s, sizeof e->end_s);
  take(&t->bits, &e->peak_p, sizeof e->peak_p);
}

/* In blocks of `split`, or of 0..4096 at random. */
static tally
run(ear_model *const *model, const float *x, double rate_hz, size_t split)
{
  tally t = {UINT64_C(0xcbf29ce484222325), UINT64_C(0xcbf29ce484222325), 0, 0};
  ear_analyzer_config config = {.rate_hz = rate_hz,
                                .n_models = 2,
                                .on_verdict = hear,
                                .on_event = hear_event,
                                .user = &t};
  ear_analyzer *an;
  for (uint32_t m = 0; m < 2; ++m) {
    config.model[m] = model[m];
    config.flag[m] = ear_flag_config_default(model[m]);
  }
  if (ear_analyzer_new(&an, &config, NULL)) {
    exit(1);
  }
  uint32_t random = 7;
  for (size_t i = 0; i < N_SAMPLES;) {
    random = random * 1664525u + 1013904223u;
    const size_t n = split ? split : random >> 20;
    const size_t left = N_SAMPLES - i;
    ear_analyzer_push(an, x + i, n < left ? n : left);
    i += n;
  }
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  return t;
}

int
main(void)
{
  static const double rate_hz[] = {48000, 44100, 22050, 96000, 16000, 8000, 37800};
  static float x[N_SAMPLES];
  uint32_t noise = 1;
  ear_model *model[2];
  for (size_t i = 0; i < N_SAMPLES; ++i) {
    x[i] = (float)made_sample(i, &noise) / 32768.0f;
  }
  if (ear_model_builtin(&model[0], "harshness", NULL) ||
      ear_model_builtin(&model[1], "genre", NULL)) {
    return 1;
  }
  for (size_t r = 0; r < sizeof rate_hz / sizeof *rate_hz; ++r) {
    const tally a = run(model, x, rate_hz[r], 0), b = run(model, x, rate_hz[r], 64),
                c = run(model, x, rate_hz[r], N_SAMPLES);
    if (memcmp(&a, &b, sizeof a) || memcmp(&a, &c, sizeof a)) {
      printf("%.0f Hz: the split into blocks is heard\n", rate_hz[r]);
      return 1;
    }
    printf("%.0f Hz %016llx %016llx %u verdicts %u events\n", rate_hz[r],
           (unsigned long long)a.numbers, (unsigned long long)a.bits, a.n_verdicts,
           a.n_events);
  }
  ear_model_unref(model[0]);
  ear_model_unref(model[1]);
  return 0;
}
