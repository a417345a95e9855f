/* SPDX-License-Identifier: ISC */
/* A file is a head, the examples as they are in memory, then the frames of each in order.
   It is read by the machine that wrote it; the head says how large everything is and has
   the digest of all: what a disk has changed would be learnt from. */
#include "harsh_cache.h"

#include "fail.h"
#include "file.h"

#include <dirent.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char magic[8];
  uint32_t n, example_size, per_frame, reserved; /* per_frame: values */
  uint64_t n_values;                             /* of all frames */
  uint8_t hash[SHA256_DIGEST_LENGTH]; /* of the file; of the head with zeros here */
} head;

static const char magic[8] = "earpool5";
enum { PART = 64 }; /* units of a file */

static void
hash_text(SHA2_CTX *c, const char *text)
{
  SHA256Update(c, (const uint8_t *)text, strlen(text) + 1);
}

static void
hash_front_end(SHA2_CTX *c, const ear_front_end *fe)
{
  char text[512];
  snprintf(text, sizeof text, "%.9g %u %u %u %.9g %.9g %d %.9g %d", (double)fe->rate_hz,
           fe->n_fft, fe->hop, fe->n_bands, (double)fe->low_hz, (double)fe->high_hz,
           (int)fe->scale, (double)fe->floor_power, fe->power);
  hash_text(c, text);
  if (fe->kinds != EAR_KIND_MEL) {
    snprintf(text, sizeof text, "%u %u", fe->kinds,
             fe->kinds & EAR_KIND_MFCC ? fe->n_mfcc : 0);
    hash_text(c, text);
  }
}

/* The folder may be moved; a sound that was changed is another. */
static void
hash_track(SHA2_CTX *c, const harsh_track *track)
{
  char text[160];
  struct stat s = {.st_size = 0};
  const char *slash = strrchr(track->path, '/');
  hash_text(c, slash ? slash + 1 : track->path);
  (void)stat(track->path, &s); /* one that is gone cannot be rendered */
  snprintf(text, sizeof text, "%.9g %.9g %lld %lld %ld", track->seconds, track->weight,
           (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  hash_text(c, text);
}

/* Everything that decides what is in the part. */
static void
name_file(char *path, size_t size, const char *cache, const harsh_plan *plan,
          uint64_t first, uint32_t n_units, const harsh_pool_options *o)
{
  char text[512], hex[SHA256_DIGEST_STRING_LENGTH];
  SHA2_CTX c;
  SHA256Init(&c);
  snprintf(text, sizeof text, "%d %llu %u %.9g %u %u %u %u %u %llu %u", DEGRADE_REVISION,
           (unsigned long long)first, n_units, plan->excerpt_s, plan->n_neutral,
           plan->n_harsh, plan->harsh_splits, plan->neutral_splits, plan->kinds,
           (unsigned long long)plan->seed, plan->n_tracks);
  hash_text(&c, text);
  if (o->front_end) {
    hash_front_end(&c, o->front_end);
  }
  if (o->model) {
    hash_text(&c, ear_model_info_get(o->model)->sha256);
    snprintf(text, sizeof text, "%u", o->n_changed);
    hash_text(&c, text);
  }
  for (uint32_t i = 0; i < plan->n_tracks; ++i) {
    hash_track(&c, &plan->track[i]);
  }
  SHA256End(&c, hex);
  snprintf(path, size, "%s/harsh-%.32s.pool", cache, hex);
}

static size_t
values_of(const harsh_example *e, uint32_t per_frame)
{
  return (size_t)e->frames.n_frames * per_frame;
}

/* Of a whole file that begins with a head. */
static void
hash_file(const uint8_t *bytes, size_t size, uint8_t hash[SHA256_DIGEST_LENGTH])
{
  head h;
  SHA2_CTX c;
  memcpy(&h, bytes, sizeof h);
  memset(h.hash, 0, sizeof h.hash);
  SHA256Init(&c);
  SHA256Update(&c, (const uint8_t *)&h, sizeof h);
  SHA256Update(&c, bytes + sizeof h, size - sizeof h);
  SHA256Final(hash, &c);
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
  hash_file(bytes, size, h.hash);
  memcpy(bytes, &h, sizeof h);
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

/* Whether the bytes are a whole file with frames of that size, as it was written. */
static bool
is_whole(const uint8_t *bytes, size_t size, uint32_t per_frame, head *h)
{
  uint8_t hash[SHA256_DIGEST_LENGTH];
  if (size < sizeof *h) {
    return false;
  }
  memcpy(h, bytes, sizeof *h);
  if (memcmp(h->magic, magic, sizeof magic) || !h->n || h->per_frame != per_frame ||
      h->example_size != sizeof(harsh_example) || h->n_values >= size ||
      size != sizeof *h + (size_t)h->n * sizeof(harsh_example) +
                  h->n_values * sizeof(int16_t)) {
    return false;
  }
  hash_file(bytes, size, hash);
  return !memcmp(hash, h->hash, sizeof hash);
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
  if (is_whole(bytes, size, per_frame, &h)) {
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

/* One part, from its file or rendered.  A part without any example is empty. */
static ear_status
get_part(harsh_pool *part, const harsh_plan *plan, uint64_t first, uint32_t n_units,
         const harsh_pool_options *o, const char *cache, ear_error *err)
{
  char path[4096];
  const uint32_t per_frame = o->front_end ? ear_front_end_values(o->front_end) : 0;
  if (cache) {
    name_file(path, sizeof path, cache, plan, first, n_units, o);
    if (load(part, path, per_frame)) {
      return EAR_OK;
    }
  }
  const ear_status st = harsh_pool_render(part, plan, first, n_units, o, err);
  if (!st && cache) {
    save(part, path, per_frame);
  }
  return st;
}

/* The part's examples after those of the pool, which takes them over. */
static ear_status
append(harsh_pool *pool, harsh_pool *part, uint32_t first_unit)
{
  harsh_example *all = realloc(pool->example, (pool->n + part->n + 1u) * sizeof *all);
  if (!all) {
    harsh_pool_free(part);
    return EAR_NO_MEMORY;
  }
  pool->example = all;
  for (uint32_t i = 0; i < part->n; ++i) {
    all[pool->n] = part->example[i];
    all[pool->n++].unit += first_unit;
  }
  free(part->example);
  return EAR_OK;
}

typedef struct {
  const harsh_pool_options *options;
  uint32_t before, all; /* units */
} part_teller;

static void
tell_part(void *user, uint32_t done, uint32_t n)
{
  const part_teller *t = user;
  (void)n;
  t->options->say(t->options->user, t->before + done, t->all);
}

static bool
stopped(const harsh_pool_options *o)
{
  return o->stop && *o->stop;
}

ear_status
harsh_cache_render(harsh_pool *pool, const harsh_plan *plan, uint64_t first,
                   uint32_t n_units, const harsh_pool_options *o, const char *cache,
                   ear_error *err)
{
  part_teller teller = {o, 0, n_units};
  harsh_pool_options inner = *o;
  ear_status st = EAR_OK;
  *pool = (harsh_pool){0, NULL};
  inner.say = o->say ? tell_part : NULL;
  inner.user = &teller;
  for (uint32_t at = 0; at < n_units && !st; at += PART) {
    const uint32_t n = n_units - at < PART ? n_units - at : PART;
    harsh_pool part;
    teller.before = at;
    inner.n_changed = o->n_changed > at ? o->n_changed - at : 0;
    st = get_part(&part, plan, first + at, n, &inner, cache, err);
    if (!st) {
      st = append(pool, &part, at);
    } else if (st == EAR_IO && !stopped(o)) {
      st = EAR_OK; /* this part has nothing, others may have */
    }
  }
  st = !st && !pool->n ? EAR_IO : st; /* err has the reason */
  if (st) {
    harsh_pool_free(pool);
  }
  return st;
}

void
harsh_cache_clear(const char *cache)
{
  DIR *d = opendir(cache);
  const struct dirent *e;
  while (d && (e = readdir(d))) {
    const size_t n = strlen(e->d_name);
    if (!strncmp(e->d_name, "harsh-", 6) && n > 5 &&
        !strcmp(e->d_name + n - 5, ".pool")) {
      unlinkat(dirfd(d), e->d_name, 0);
    }
  }
  if (d) {
    closedir(d);
  }
}
