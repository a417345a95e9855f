/* SPDX-License-Identifier: ISC */
/* Everything but the file's name follows from its bytes, so what was found once is kept
   under their hash. */
#include "inspect.h"
#include "inspect_cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sha256.h>

static const double silent_db = -70, short_s = 0.5;
/* Three samples in a row at the very top are no wave; 1 in 10000 such samples is what a
   master gets away with. */
enum { FLAT_RUN = 3 };
static const double flat_share = 1e-4, flat_least_db = -40;

const char *
sound_state_name(sound_state s)
{
  static const char *const name[N_SOUND_STATES] = {"good", "unreadable", "silent",
                                                   "short", "clipped"};
  return name[s];
}

static double
db(double x)
{
  return x > 1e-10 ? 20 * log10(x) : -200;
}

/* Samples of one channel in runs at the highest or the lowest value of all.  The top of
   a slow wave is flat too, in 16 bits, but is reached step by step. */
static size_t
count_flat(const float *x, size_t n, size_t stride, float top, float bottom)
{
  const float sharp = (top - bottom) / 1024;
  size_t flat = 0, run = 0;
  bool counts = false;
  for (size_t i = 0; i < n; ++i, x += stride) {
    const bool at_end = *x == top || *x == bottom;
    const float step = i ? fabsf(*x - x[-(ptrdiff_t)stride]) : 0;
    if (at_end && step > 0) {
      run = 0;
      counts = step >= sharp;
    }
    run = at_end ? run + 1 : 0;
    flat += !counts ? 0 : run == FLAT_RUN ? FLAT_RUN : run > FLAT_RUN;
  }
  return flat;
}

static void
measure(inspection *k, const audio *a)
{
  const size_t n = a->n_frames * a->n_channels;
  float top = -INFINITY, bottom = INFINITY;
  double power = 0;
  size_t flat = 0;
  for (size_t i = 0; i < n; ++i) {
    top = fmaxf(top, a->x[i]);
    bottom = fminf(bottom, a->x[i]);
    power += (double)a->x[i] * (double)a->x[i];
  }
  for (uint32_t c = 0; c < a->n_channels; ++c) {
    flat += count_flat(a->x + c, a->n_frames, a->n_channels, top, bottom);
  }
  k->seconds = (double)a->n_frames / a->rate_hz;
  k->rate_hz = a->rate_hz;
  k->n_channels = a->n_channels;
  k->peak_db = db(fmax((double)top, -(double)bottom));
  k->level_db = db(sqrt(power / (double)n));
  k->flat = (double)flat / (double)n;
}

/* Minus zero is zero: some decoders write one, some the other. */
static void
hash_samples(inspection *k, const audio *a)
{
  SHA2_CTX c;
  float block[4096];
  const size_t n = a->n_frames * a->n_channels;
  const double kind[2] = {a->rate_hz, a->n_channels};
  SHA256Init(&c);
  SHA256Update(&c, (const uint8_t *)kind, sizeof kind);
  for (size_t from = 0; from < n; from += 4096) {
    const size_t some = n - from < 4096 ? n - from : 4096;
    for (size_t i = 0; i < some; ++i) {
      block[i] = a->x[from + i] + 0.0f;
    }
    SHA256Update(&c, (const uint8_t *)block, some * sizeof *block);
  }
  SHA256End(&c, k->sound);
}

static ear_status
look_at(inspection *k, const audio *a)
{
  measure(k, a);
  if (k->peak_db < silent_db) {
    return EAR_OK;
  }
  hash_samples(k, a);
  return print_of(k->mark, a);
}

void
inspect(inspection *k, const char *path, const char *sha256, const char *cache)
{
  audio a;
  ear_error err = {""};
  *k = (inspection){.peak_db = -200, .level_db = -200};
  if (inspect_cache_get(k, cache, sha256)) {
    return;
  }
  ear_status st = audio_read(&a, path, 0, 0, &err);
  if (!st) {
    st = look_at(k, &a);
    audio_free(&a);
  }
  if (st) {
    k->unreadable = strdup(err.text[0] ? err.text : "not enough memory");
  } else {
    inspect_cache_put(k, cache, sha256);
  }
}

void
inspect_note(const audio *a, const char *sha256, const char *cache)
{
  inspection k = {.peak_db = -200, .level_db = -200};
  if (cache && cache[0] && sha256[0] && !inspect_cache_get(&k, cache, sha256) &&
      look_at(&k, a) == EAR_OK) {
    inspect_cache_put(&k, cache, sha256);
  }
  inspection_free(&k);
}

void
inspection_free(inspection *k)
{
  print_free(k->mark);
  free(k->unreadable);
  *k = (inspection){0};
}

sound_state
inspection_state(const inspection *k)
{
  return k->unreadable                                        ? SOUND_UNREADABLE
         : k->peak_db < silent_db                             ? SOUND_SILENT
         : k->seconds < short_s                               ? SOUND_SHORT
         : k->flat > flat_share && k->peak_db > flat_least_db ? SOUND_CLIPPED
                                                              : SOUND_GOOD;
}
