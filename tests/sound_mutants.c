/* SPDX-License-Identifier: ISC */
/* Everything about a mutant follows from its seed and number. */
#include "sound_mutants.h"

#include "../train/audio.h"
#include "../train/file.h"
#include "../train/rng.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 4 << 20, N_WAYS = 10 };

static const char *const endings[] = {"wav", "flac", "ogg", "opus", "mp3"};
enum { N_ENDINGS = sizeof endings / sizeof *endings };

struct sound_mutants {
  uint8_t *seed[SOUND_N_CLASSES][N_ENDINGS]; /* of each class: one sound has one */
  size_t size[SOUND_N_CLASSES][N_ENDINGS];
  uint8_t *x; /* [MOST_BYTES] the one being made */
};

int
sound_write(const char *path, int i)
{
  const bool tone = i % 2;
  audio a = {.n_frames = SOUND_RATE / 2 + 100 * (size_t)i,
             .n_channels = 1,
             .rate_hz = SOUND_RATE};
  ear_error err = {""};
  rng r = rng_stream(4, 1, (uint64_t)i);
  a.x = malloc(a.n_frames * sizeof *a.x);
  if (!a.x) {
    return 0;
  }
  for (size_t n = 0; n < a.n_frames; ++n) {
    a.x[n] = tone ? (float)(0.1 * ((n / (10 + (size_t)i)) % 2) - 0.05)
                  : (float)(0.05 * rng_normal(&r));
  }
  const ear_status st = audio_write(&a, path, &err);
  if (st) {
    fprintf(stderr, "%s\n", err.text);
  }
  audio_free(&a);
  return !st;
}

sound_mutants *
sound_mutants_new(const char *folder, int n_good)
{
  sound_mutants *m = calloc(1, sizeof *m);
  bool good = m && (m->x = malloc(MOST_BYTES));
  for (int e = 0; good && e < SOUND_N_CLASSES * N_ENDINGS; ++e) {
    const int c = e / N_ENDINGS, k = e % N_ENDINGS;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%.4000s/seed.%s", folder, endings[k]);
    good = sound_write(path, n_good + c) &&
           !file_read(path, &m->seed[c][k], &m->size[c][k], NULL) &&
           m->size[c][k] < MOST_BYTES / 2;
    remove(path);
  }
  if (!good) {
    sound_mutants_free(m);
    return NULL;
  }
  return m;
}

void
sound_mutants_free(sound_mutants *m)
{
  for (int e = 0; m && e < SOUND_N_CLASSES * N_ENDINGS; ++e) {
    free(m->seed[e / N_ENDINGS][e % N_ENDINGS]);
  }
  if (m) {
    free(m->x);
  }
  free(m);
}

static void
overwrite(uint8_t *x, size_t n, uint32_t count, rng *r)
{
  for (uint32_t k = 0; k < count && n; ++k) {
    x[rng_below(r, (uint32_t)n)] = (uint8_t)rng_u64(r);
  }
}

static void
flip_bits(uint8_t *x, size_t n, uint32_t count, rng *r)
{
  for (uint32_t k = 0; k < count && n; ++k) {
    x[rng_below(r, (uint32_t)n)] ^= (uint8_t)(1u << rng_below(r, 8));
  }
}

/* A place in x[0..n), and how many bytes up to `most` follow it. */
static size_t
piece(size_t n, size_t most, size_t *size, rng *r)
{
  const size_t from = rng_below(r, (uint32_t)n);
  const size_t wish = rng_below(r, (uint32_t)most) + 1u;
  *size = wish < n - from ? wish : n - from;
  return from;
}

/* Change x[0..n) of MOST_BYTES room in one of ten ways; returns how many there are now.
   other[0..n_other): a file of another format, to splice from. */
static size_t
mutate(uint8_t *x, size_t n, const uint8_t *other, size_t n_other, uint32_t way, rng *r)
{
  const size_t head = n < 96 ? n : 96;
  size_t size, from, to;
  switch (n ? way % N_WAYS : N_WAYS) {
  case 0: /* anywhere */
    overwrite(x, n, 1 + rng_below(r, 64), r);
    return n;
  case 1: /* in the header */
    overwrite(x, head, 1 + rng_below(r, 8), r);
    return n;
  case 2: /* one field of the header at its extremes */
    if (head > 4) {
      memset(x + rng_below(r, (uint32_t)head - 4), rng_below(r, 2) ? 0xff : 0,
             1 + rng_below(r, 4));
    }
    return n;
  case 3: /* cut off */
    return rng_below(r, (uint32_t)n + 1);
  case 4: /* a hole */
    from = piece(n, 4096, &size, r);
    memset(x + from, 0, size);
    return n;
  case 5: /* a piece missing */
    from = piece(n, 512, &size, r);
    memmove(x + from, x + from + size, n - from - size);
    return n - size;
  case 6: /* single bits */
    flip_bits(x, n, 1 + rng_below(r, 16), r);
    return n;
  case 7: /* a block of it elsewhere again, in the way or in addition */
    from = piece(n, 4096, &size, r);
    to = rng_below(r, (uint32_t)(n - size + 1));
    if (rng_below(r, 2)) {
      memmove(x + to + size, x + to, n - to);
      memmove(x + to, x + from, size);
      return n + size;
    }
    memmove(x + to, x + from, size);
    return n;
  case 8: /* a block of another format */
    from = piece(n_other, 4096, &size, r);
    to = rng_below(r, (uint32_t)n);
    memcpy(x + to, other + from, size);
    return to + size > n ? to + size : n;
  default: /* noise; nothing at all; or only the magic */
    if (rng_below(r, 2)) {
      n = 1 + rng_below(r, 5000);
      overwrite(x, n, (uint32_t)n, r);
      return n;
    }
    return rng_below(r, 2) && n > 4 ? 4 : 0;
  }
}

int
sound_mutant_write(sound_mutants *m, const char *folder, uint64_t seed, uint32_t i,
                   char name[64])
{
  rng r = rng_stream(seed, 2, i);
  const uint32_t e = i % N_ENDINGS, c = i % 2, o = (e + 1) % N_ENDINGS;
  size_t n = m->size[c][e];
  char path[PATH_MAX];
  memcpy(m->x, m->seed[c][e], n);
  n = mutate(m->x, n, m->seed[c][o], m->size[c][o], i / N_ENDINGS, &r);
  if (i % 7 == 0) { /* twice */
    n = mutate(m->x, n, m->seed[c][o], m->size[c][o], rng_below(&r, N_WAYS), &r);
  }
  /* one of ten under another's name */
  snprintf(name, 64, "%s/m%u.%s", c ? "tone" : "noise", i, endings[i % 10 == 9 ? o : e]);
  snprintf(path, sizeof path, "%.4000s/%s", folder, name);
  FILE *f = fopen(path, "wb");
  const bool good = f && fwrite(m->x, 1, n, f) == n;
  return f && fclose(f) == 0 && good;
}
