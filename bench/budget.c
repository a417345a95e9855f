/* SPDX-License-Identifier: ISC */
/* Each stage of the chain once, for tests/test_budget.sh to count its instructions under
   callgrind: a function stage_NAME each, called when all windows are full.  Same input,
   one thread (the plugin has its own beside it), AVX2 at most: so the counts are the same
   on every machine that has that.

   Prints "NAME units" for each stage.  Exit code 77: this CPU has no AVX2.

   usage: bench_budget [PLUGIN.so]      the plugin's run() is a stage where it is given */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend.h"
#include "kernels.h"
#include "net.h"
#include "resample.h"
#include "ring.h"
#include "tape.h"
#ifdef BUDGET_PLUGIN
#include "rt_host.h"
#endif

enum {
  RATE = 48000,
  SECONDS = 3,
  BLOCK = 64,
  FRAMES = 64, /* of the front end */
  HOP = 512,
  N_FFT = 2048,
  TICKS = 64,
  CYCLES = 128, /* of the plugin: no verdict comes so soon */
};
#define STAGE __attribute__((noinline, noclone)) static void

typedef struct {
  float sound[SECONDS * RATE];
  ear_model *harshness, *genre;
  ear_frontend *frontend;
  ear_resampler *resampler;
  ear_net *net[2]; /* harshness, genre */
  ear_analyzer *analyzer;
  ear_ring *ring;
  ear_tape *tape;
  uint64_t n; /* keeps callbacks from being nothing */
#ifdef BUDGET_PLUGIN
  rt_host *host;
#endif
} world;

static void
on_frame(void *user, uint64_t t, const float *value)
{
  (void)t;
  ((world *)user)->n += value[0] > 0;
}

static void
on_samples(void *user, const float *y, size_t n)
{
  (void)y;
  ((world *)user)->n += n;
}

static void
on_verdict(void *user, const ear_verdict *v)
{
  ((world *)user)->n += v->n_labels;
}

STAGE
stage_logmel_frame(world *w)
{
  ear_frontend_push(w->frontend, w->sound, FRAMES * HOP, on_frame, w);
}

STAGE
stage_resampler_second(world *w)
{
  for (size_t i = 0; i < RATE; i += BLOCK) {
    ear_resampler_push(w->resampler, w->sound + i, BLOCK, on_samples, w);
  }
}

/* TICKS ticks of a network. */
static void
run_ticks(ear_net *net)
{
  static uint8_t frame[EAR_MAX_BANDS];
  uint32_t random = 1;
  for (uint32_t n = 0; n < TICKS;) {
    for (uint32_t b = 0; b < EAR_MAX_BANDS; ++b) {
      random = random * 1664525u + 1013904223u;
      frame[b] = (uint8_t)(random >> 24);
    }
    if (ear_net_push_quantized(net, frame)) {
      ear_net_tick(net, false);
      ++n;
    }
  }
}

STAGE
stage_harshness_tick(world *w)
{
  run_ticks(w->net[0]);
}

STAGE
stage_genre_tick(world *w)
{
  run_ticks(w->net[1]);
}

STAGE
stage_chain_second(world *w)
{
  ear_analyzer_push(w->analyzer, w->sound, RATE);
}

STAGE
stage_ring_item(world *w)
{
  float item[16] = {0};
  for (int i = 0; i < 1000; ++i) {
    ear_ring_write(w->ring, item, 1);
    w->n += ear_ring_read(w->ring, item, 1);
  }
}

STAGE
stage_tape_block(world *w)
{
  static float x[BLOCK];
  uint64_t lost;
  for (int i = 0; i < 1000; ++i) {
    ear_tape_write(w->tape, x, BLOCK);
    w->n += ear_tape_read(w->tape, ear_tape_head(w->tape), x, BLOCK, &lost);
  }
}

#ifdef BUDGET_PLUGIN
STAGE
stage_plugin_run(world *w)
{
  for (int i = 0; i < CYCLES; ++i) {
    rt_host_run_only(w->host, BLOCK);
  }
}

/* Its ports are connected by a whole run. */
static bool
prepare_plugin(world *w, const char *module)
{
  static float in[2][BLOCK], out[2][BLOCK];
  float *const ins[] = {in[0], in[1]}, *const outs[] = {out[0], out[1]};
  w->host = rt_host_new(module, 2, RATE);
  if (w->host) {
    memcpy(in[0], w->sound, sizeof in[0]);
    memcpy(in[1], w->sound + BLOCK, sizeof in[1]);
    rt_host_run(w->host, ins, outs, BLOCK, RT_ATOMS);
  }
  return w->host;
}
#endif

static bool
prepare(world *w)
{
  const ear_front_end fe = ear_front_end_default();
  uint32_t random = 1;
  for (size_t i = 0; i < SECONDS * RATE; ++i) {
    random = random * 1664525u + 1013904223u;
    w->sound[i] = (float)(int32_t)random / 8589934592.0f;
  }
  if (ear_model_builtin(&w->harshness, "harshness", NULL) ||
      ear_model_builtin(&w->genre, "genre", NULL)) {
    return false;
  }
  const ear_analyzer_config config = {.rate_hz = RATE,
                                      .n_models = 1,
                                      .model = {w->harshness},
                                      .flag = {ear_flag_config_default(w->harshness)},
                                      .on_verdict = on_verdict,
                                      .user = w};
  w->ring = ear_ring_new(64, 16 * sizeof(float));
  w->tape = ear_tape_new(RATE);
  return w->ring && w->tape && !ear_frontend_new(&w->frontend, &fe, NULL) &&
         !ear_resampler_new(&w->resampler, RATE, 32000, NULL) &&
         !ear_net_new(&w->net[0], w->harshness, 5, 38, NULL) &&
         !ear_net_new(&w->net[1], w->genre, 5, 38, NULL) &&
         !ear_analyzer_new(&w->analyzer, &config, NULL);
}

/* Fill every window, so that the stages do all their work. */
static void
warm_up(world *w)
{
  ear_frontend_push(w->frontend, w->sound, N_FFT, on_frame, w);
  ear_resampler_push(w->resampler, w->sound, RATE, on_samples, w);
  ear_analyzer_push(w->analyzer, w->sound, SECONDS * RATE);
  run_ticks(w->net[0]);
  run_ticks(w->net[1]);
}

int
main(int argc, char **argv)
{
  static world w;
  if (!ear_kernels_force("avx2")) {
    fprintf(stderr, "skipped: this CPU has no AVX2\n");
    return 77;
  }
  if (!prepare(&w)) {
    fprintf(stderr, "bench_budget: the models or memory are missing\n");
    return 2;
  }
  warm_up(&w);
  stage_logmel_frame(&w);
  stage_resampler_second(&w);
  stage_harshness_tick(&w);
  stage_genre_tick(&w);
  stage_chain_second(&w);
  stage_ring_item(&w);
  stage_tape_block(&w);
  printf("logmel_frame %d\nresampler_second 1\nharshness_tick %d\ngenre_tick %d\n"
         "chain_second 1\nring_item 1000\ntape_block 1000\n",
         FRAMES, TICKS, TICKS);
#ifdef BUDGET_PLUGIN
  if (argc > 1 && prepare_plugin(&w, argv[1])) {
    stage_plugin_run(&w);
    printf("plugin_run %d\n", CYCLES);
    rt_host_free(w.host);
  }
#endif
  (void)argc;
  (void)argv;
  return w.n == 0;
}
