/* SPDX-License-Identifier: ISC */
/* A file is a head, the examples as they are in memory, then the frames of each in order.
   It is read by the machine that wrote it; the head says how large everything is. */
#include "harsh_cache.h"

#include "fail.h"
#include "file.h"

#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char magic[8];
  uint32_t n, example_size, per_frame, reserved; /* per_frame: values */
  uint64_t n_values;                             /* of all frames */
} head;

static const char magic[8] = "earpool1";

static void
hash_text(SHA2_CTX *c, const char *text)
{
  SHA256Update(c, (const uint8_t *)text, strlen(text) + 1);
}

/* Everything that decides what is in the pool. */
static void
name_file(char *path, size_t size, const char *cache, const harsh_plan *plan,
          uint64_t first, uint32_t n_units, const ear_front_end *fe)
{
  char text[512], hex[SHA256_DIGEST_STRING_LENGTH];
  SHA2_CTX c;
  SHA256Init(&c);
  snprintf(text, sizeof text, "%d %llu %u %.9g %u %u %u %u %u %llu %u", DEGRADE_REVISION,
           (unsigned long long)first, n_units, plan->excerpt_s, plan->n_neutral,
           plan->n_harsh, plan->harsh_splits, plan->neutral_splits, plan->kinds,
           (unsigned long long)plan->seed, plan->n_tracks);
  hash_text(&c, text);
  snprintf(text, sizeof text, "%.9g %u %u %u %.9g %.9g %d %.9g %d", (double)fe->rate_hz,
           fe->n_fft, fe->hop, fe->n_bands, (double)fe->low_hz, (double)fe->high_hz,
           (int)fe->scale, (double)fe->floor_power, fe->power);
  hash_text(&c, text);
  if (fe->kinds != EAR_KIND_MEL) {
    snprintf(text, sizeof text, "%u %u", fe->kinds,
             fe->kinds & EAR_KIND_MFCC ? fe->n_mfcc : 0);
    hash_text(&c, text);
  }
  for (uint32_t i = 0; i < plan->n_tracks; ++i) {
    const char *slash = strrchr(plan->track[i].path, '/');
    hash_text(&c, slash ? slash + 1 : plan->track[i].path);
    snprintf(text, sizeof text, "%.9g %.9g", plan->track[i].seconds,
             plan->track[i].weight);
    hash_text(&c, text);
  }
  SHA256End(&c, hex);
  snprintf(path, size, "%s/harsh-%.32s.pool", cache, hex);
}

static size_t
values_of(const harsh_example *e, uint32_t per_frame)
{
  return (size_t)e->frames.n_frames * per_frame;
}

static void
save(const harsh_pool *pool, const char *path, uint32_t per_frame)
{
  head h = {.n = pool->n, .example_size = sizeof *pool->example, .per_frame = per_frame};
  memcpy(h.magic, magic, sizeof magic);
  for (uint32_t i = 0; i < pool->n; ++i) {
    h.n_values += values_of(&pool->example[i], per_frame);
  }
  const size_t table = pool->n * sizeof *pool->example;
  const size_t size = sizeof h + table + h.n_values * sizeof(int16_t);
  uint8_t *bytes = malloc(size), *to = bytes;
  if (!bytes) {
    return;
  }
  memcpy(to, &h, sizeof h);
  memcpy(to + sizeof h, pool->example, table);
  to += sizeof h + table;
  for (uint32_t i = 0; i < pool->n; ++i) {
    const size_t n = values_of(&pool->example[i], per_frame) * sizeof(int16_t);
    memcpy(to, pool->example[i].frames.kept, n);
    to += n;
  }
  file_write(path, bytes, size, NULL, NULL);
  free(bytes);
}

/* Frames of the examples from values; false, with nothing kept, when they do not fit. */
static bool
take_frames(harsh_pool *pool, const int16_t *value, uint64_t n_values, uint32_t per_frame)
{
  bool ok = true;
  for (uint32_t i = 0; i < pool->n; ++i) {
    feature_clip *f = &pool->example[i].frames;
    const size_t n = values_of(&pool->example[i], per_frame);
    f->problem = NULL;
    f->kept = ok && n <= n_values ? malloc((n ? n : 1) * sizeof *f->kept) : NULL;
    ok = f->kept != NULL;
    if (ok) {
      memcpy(f->kept, value, n * sizeof *f->kept);
      value += n;
      n_values -= n;
    }
  }
  return ok && !n_values;
}

static bool
load(harsh_pool *pool, const char *path, uint32_t per_frame)
{
  uint8_t *bytes;
  size_t size;
  head h;
  bool ok = false;
  *pool = (harsh_pool){0, NULL};
  if (file_read(path, &bytes, &size, NULL)) {
    return false;
  }
  memcpy(&h, bytes, size < sizeof h ? size : sizeof h);
  if (size >= sizeof h && !memcmp(h.magic, magic, sizeof magic) && h.n &&
      h.per_frame == per_frame && h.example_size == sizeof *pool->example &&
      h.n_values < size &&
      size ==
          sizeof h + (size_t)h.n * sizeof *pool->example + h.n_values * sizeof(int16_t)) {
    const size_t table = h.n * sizeof *pool->example;
    pool->example = malloc(table);
    if (pool->example) {
      pool->n = h.n;
      memcpy(pool->example, bytes + sizeof h, table);
      ok = take_frames(pool, (const int16_t *)(const void *)(bytes + sizeof h + table),
                       h.n_values, per_frame);
    }
  }
  free(bytes);
  if (!ok) {
    harsh_pool_free(pool);
  }
  return ok;
}

ear_status
harsh_cache_render(harsh_pool *pool, const harsh_plan *plan, uint64_t first,
                   uint32_t n_units, const harsh_pool_options *o, const char *cache,
                   ear_error *err)
{
  char path[4096];
  if (!cache) {
    return harsh_pool_render(pool, plan, first, n_units, o, err);
  }
  name_file(path, sizeof path, cache, plan, first, n_units, o->front_end);
  if (load(pool, path, ear_front_end_values(o->front_end))) {
    return EAR_OK;
  }
  const ear_status st = harsh_pool_render(pool, plan, first, n_units, o, err);
  if (!st && !(o->stop && *o->stop)) {
    save(pool, path, ear_front_end_values(o->front_end));
  }
  return st;
}
