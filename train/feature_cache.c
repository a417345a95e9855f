/* SPDX-License-Identifier: ISC */
/* A file is believed only if its length and its hash say so. */
#include "feature_cache.h"
#include "fail.h"
#include "file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sha256.h>

static const char magic[8] = "EARFEAT1";

typedef struct {
  char magic[8];
  uint32_t n_frames, n_values;
  uint8_t hash[SHA256_DIGEST_LENGTH]; /* of the frames */
} header;

/* The settings as words: two front ends share an entry only if all of them agree. */
static bool
name_of(char path[PATH_MAX], const char *folder, const char *sha256,
        const ear_front_end *fe)
{
  char key[512], hash[SHA256_DIGEST_STRING_LENGTH];
  int n = snprintf(key, sizeof key, "%s %s %.9g %u %u %u %.9g %.9g %d %.9g",
                   ear_version(), sha256, (double)fe->rate_hz, fe->n_fft, fe->hop,
                   fe->n_bands, (double)fe->low_hz, (double)fe->high_hz, (int)fe->scale,
                   (double)fe->floor_power);
  if (fe->kinds != EAR_KIND_MEL) {
    n += snprintf(key + n, sizeof key - (size_t)n, " %u %u", fe->kinds,
                  fe->kinds & EAR_KIND_MFCC ? fe->n_mfcc : 0);
  }
  SHA256Data((const uint8_t *)key, (size_t)n, hash);
  return snprintf(path, PATH_MAX, "%s/%s.feat", folder, hash) < PATH_MAX;
}

static void
hash_frames(const void *frames, size_t n, uint8_t hash[SHA256_DIGEST_LENGTH])
{
  SHA2_CTX c;
  SHA256Init(&c);
  SHA256Update(&c, frames, n);
  SHA256Final(hash, &c);
}

ear_status
feature_cache_make(const char *path, ear_error *err)
{
  char *part = strdup(path);
  if (!part) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  ear_status st = EAR_OK;
  for (char *slash = part + 1; !st; ++slash) {
    slash += strcspn(slash, "/");
    const char end = *slash;
    *slash = '\0';
    if (mkdir(part, 0777) != 0 && errno != EEXIST) {
      st = fail(err, EAR_IO, "the cache folder %s cannot be made: %s (--cache none)",
                part, strerror(errno));
    }
    if (!end) {
      break;
    }
    *slash = end;
  }
  free(part);
  if (!st) {
    file_sweep(path);
  }
  return st;
}

bool
feature_cache_get(feature_clip *out, const char *folder, const char *sha256,
                  const ear_front_end *fe)
{
  char path[PATH_MAX];
  uint8_t *bytes, hash[SHA256_DIGEST_LENGTH];
  size_t n;
  header h;
  if (!folder || !sha256[0] || !name_of(path, folder, sha256, fe) ||
      file_read(path, &bytes, &n, NULL)) {
    return false;
  }
  bool good = n >= sizeof h;
  if (good) {
    memcpy(&h, bytes, sizeof h);
    good = memcmp(h.magic, magic, sizeof magic) == 0 &&
           h.n_values == ear_front_end_values(fe) && h.n_frames > 0 &&
           n - sizeof h == (size_t)h.n_frames * h.n_values * 2;
  }
  if (good) {
    hash_frames(bytes + sizeof h, n - sizeof h, hash);
    good = memcmp(hash, h.hash, sizeof hash) == 0;
  }
  int16_t *kept = good ? malloc(n - sizeof h) : NULL;
  if (kept) {
    memcpy(kept, bytes + sizeof h, n - sizeof h);
    *out = (feature_clip){.n_frames = h.n_frames, .kept = kept};
  }
  free(bytes);
  return kept != NULL;
}

void
feature_cache_put(const feature_clip *c, const char *folder, const char *sha256,
                  const ear_front_end *fe)
{
  char path[PATH_MAX];
  header h = {.n_frames = c->n_frames, .n_values = ear_front_end_values(fe)};
  const size_t n = (size_t)c->n_frames * h.n_values * sizeof *c->kept;
  if (!folder || !sha256[0] || n == 0 || !name_of(path, folder, sha256, fe)) {
    return;
  }
  memcpy(h.magic, magic, sizeof magic);
  hash_frames(c->kept, n, h.hash);
  uint8_t *bytes = malloc(sizeof h + n);
  if (bytes) {
    memcpy(bytes, &h, sizeof h);
    memcpy(bytes + sizeof h, c->kept, n);
    file_write(path, bytes, sizeof h + n, NULL, NULL);
    free(bytes);
  }
}
