/* SPDX-License-Identifier: ISC */
/* A file is believed only if its length and its hash say so. */
#include "inspect_cache.h"
#include "file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sha256.h>

/* Raise when anything is measured in another way. */
static const char magic[8] = "EARLOOK2";

typedef struct {
  char magic[8];
  double seconds, rate_hz, peak_db, level_db, flat;
  char sound[65];
  uint32_t n_channels, n_items[N_PRINT_SPEEDS];
} header;

static bool
name_of(char path[PATH_MAX], const char *folder, const char *sha256)
{
  char key[128], hash[SHA256_DIGEST_STRING_LENGTH];
  if (!folder || !folder[0] || !sha256 || !sha256[0]) {
    return false;
  }
  const int n = snprintf(key, sizeof key, "%.8s %.64s", magic, sha256);
  SHA256Data((const uint8_t *)key, (size_t)n, hash);
  return snprintf(path, PATH_MAX, "%s/%s.look", folder, hash) < PATH_MAX;
}

static bool
take_prints(inspection *k, const header *h, const uint8_t *from)
{
  bool good = true;
  for (int s = 0; s < N_PRINT_SPEEDS; ++s) {
    const size_t n = h->n_items[s] * sizeof *k->mark[s].item;
    k->mark[s].item = n ? malloc(n) : NULL;
    if (k->mark[s].item) {
      memcpy(k->mark[s].item, from, n);
      k->mark[s].n = h->n_items[s];
    }
    good = good && (n == 0 || k->mark[s].item);
    from += n;
  }
  if (!good) {
    print_free(k->mark);
  }
  return good;
}

bool
inspect_cache_get(inspection *k, const char *folder, const char *sha256)
{
  enum { HASH = SHA256_DIGEST_LENGTH };
  char path[PATH_MAX];
  uint8_t *bytes, hash[HASH];
  size_t n;
  header h;
  if (!name_of(path, folder, sha256) || file_read(path, &bytes, &n, NULL)) {
    return false;
  }
  bool good = n >= sizeof h + HASH;
  if (good) {
    SHA2_CTX c;
    SHA256Init(&c);
    SHA256Update(&c, bytes, n - HASH);
    SHA256Final(hash, &c);
    memcpy(&h, bytes, sizeof h);
    const size_t items = (size_t)h.n_items[PRINT_LONG] + h.n_items[PRINT_SHORT];
    good = memcmp(h.magic, magic, sizeof magic) == 0 && h.sound[64] == '\0' &&
           memcmp(hash, bytes + n - HASH, HASH) == 0 &&
           n == sizeof h + items * sizeof(uint32_t) + HASH &&
           take_prints(k, &h, bytes + sizeof h);
  }
  if (good) {
    k->seconds = h.seconds;
    k->rate_hz = h.rate_hz;
    k->peak_db = h.peak_db;
    k->level_db = h.level_db;
    k->flat = h.flat;
    k->n_channels = h.n_channels;
    memcpy(k->sound, h.sound, sizeof k->sound);
  }
  free(bytes);
  return good;
}

void
inspect_cache_put(const inspection *k, const char *folder, const char *sha256)
{
  char path[PATH_MAX], *text = NULL;
  uint8_t hash[SHA256_DIGEST_LENGTH];
  size_t n = 0;
  header h;
  SHA2_CTX c;
  FILE *f = name_of(path, folder, sha256) ? open_memstream(&text, &n) : NULL;
  if (!f) {
    return;
  }
  memset(&h, 0, sizeof h);
  memcpy(h.magic, magic, sizeof magic);
  h.seconds = k->seconds;
  h.rate_hz = k->rate_hz;
  h.peak_db = k->peak_db;
  h.level_db = k->level_db;
  h.flat = k->flat;
  h.n_channels = k->n_channels;
  memcpy(h.sound, k->sound, sizeof h.sound);
  for (int s = 0; s < N_PRINT_SPEEDS; ++s) {
    h.n_items[s] = k->mark[s].n;
  }
  fwrite(&h, sizeof h, 1, f);
  for (int s = 0; s < N_PRINT_SPEEDS; ++s) {
    if (k->mark[s].n) {
      fwrite(k->mark[s].item, sizeof *k->mark[s].item, k->mark[s].n, f);
    }
  }
  fflush(f);
  SHA256Init(&c);
  SHA256Update(&c, (const uint8_t *)text, n);
  SHA256Final(hash, &c);
  fwrite(hash, sizeof hash, 1, f);
  if (fclose(f) == 0) {
    file_write(path, text, n, NULL, NULL);
  }
  free(text);
}
