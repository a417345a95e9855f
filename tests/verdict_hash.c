/* SPDX-License-Identifier: ISC */
/* One hash of all that the integer network says: every feature column, and the
   accumulators of every horizon at every tick, of 300 random networks over random and
   extreme frames, and of stored networks over stored frames.  A line for each kernel
   variant that runs here; fails unless the first hash is the one below, on every machine,
   and the second the same with every variant.  Needs no library.

   usage: verdict_hash [STORE]     (made by verdict_store) */
#include "kernels.h"
#include "net.h"
#include "random_model.h"
#include "stored_net.h"

#include <stdlib.h>

enum { N_NETWORKS = 300, N_FRAMES = 160 };

static const uint64_t known = UINT64_C(0xa091b60c2b03f22a); /* of the random networks */

typedef struct {
  uint64_t hash; /* FNV-1a, of little-endian bytes */
  uint32_t n_ticks;
} tally;

static void
take(tally *t, uint64_t value, unsigned n_bytes)
{
  for (unsigned i = 0; i < n_bytes; ++i) {
    t->hash = (t->hash ^ (value >> 8 * i & 255)) * UINT64_C(0x100000001b3);
  }
}

/* One tick in four is gated: silence is not counted by the integrated horizon. */
static void
take_tick(tally *t, ear_net *net, uint32_t n_labels)
{
  size_t n;
  ear_net_tick(net, t->n_ticks++ % 4 == 3);
  const uint8_t *column = ear_net_column(net, &n);
  for (size_t i = 0; i < n; ++i) {
    take(t, column[i], 1);
  }
  for (uint32_t h = 0; h < (ear_net_averages(net) ? EAR_N_HORIZONS : 1); ++h) {
    for (uint32_t l = 0; l < n_labels; ++l) {
      take(t, (uint32_t)ear_net_accumulators(net, (ear_horizon)h)[l], 4);
    }
  }
}

static void
take_run(tally *t, const ear_model_spec *spec, const uint8_t *frames, uint32_t n_frames)
{
  ear_net *net;
  ear_error err = {""};
  if (ear_net_from_spec(&net, spec, 3, 20, &err)) {
    fprintf(stderr, "verdict_hash: %s\n", err.text);
    exit(1);
  }
  const uint32_t n_values = ear_front_end_values(&spec->front_end);
  for (uint32_t f = 0; f < n_frames; ++f) {
    if (ear_net_push_quantized(net, frames + (size_t)f * n_values)) {
      take_tick(t, net, spec->n_labels);
    }
  }
  ear_net_free(net);
}

static void
take_random(tally *t)
{
  static uint8_t frames[N_FRAMES * EAR_MAX_BANDS];
  for (uint64_t seed = 0; seed < N_NETWORKS; ++seed) {
    static random_model m;
    uint64_t s = seed ^ 0x5eed;
    random_model_make(&m, seed, seed % 60 == 0 ? 3 : seed % 4 == 0 ? 2 : 1, RANDOM_HEAD);
    for (size_t i = 0; i < sizeof frames; ++i) {
      const uint8_t q = (uint8_t)random_next(&s);
      frames[i] = seed % 10 == 0 ? (q & 1) * 255 : q;
    }
    take_run(t, &m.spec, frames, N_FRAMES);
    random_model_free(&m);
  }
}

static void
take_store(tally *t, const char *path)
{
  FILE *f = fopen(path, "rb");
  stored_net net;
  uint32_t n = 0;
  while (f && fgetc(f) == 'n') {
    if (!stored_net_read(f, &net)) {
      break;
    }
    take_run(t, &net.spec, net.frames, net.n_frames);
    stored_net_free(&net);
    ++n;
  }
  if (!f || !feof(f) || n == 0) {
    fprintf(stderr, "verdict_hash: %s is no store of networks\n", path);
    exit(1);
  }
  fclose(f);
}

static const tally empty = {UINT64_C(0xcbf29ce484222325), 0};

static void
tell(const char *what, const tally *t, const char *kernels)
{
  printf("%s %016llx %u ticks, %s\n", what, (unsigned long long)t->hash, t->n_ticks,
         kernels);
}

int
main(int argc, char **argv)
{
  uint64_t first = 0;
  bool ok = true;
  for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
    tally random = empty, stored = empty;
    ok &= ear_kernels_force((*v)->name);
    take_random(&random);
    tell("random", &random, (*v)->name);
    ok &= random.hash == known;
    if (argc > 1) {
      take_store(&stored, argv[1]);
      tell("stored", &stored, (*v)->name);
      first = first ? first : stored.hash;
      ok &= stored.hash == first;
    }
  }
  return ok ? 0 : 1;
}
