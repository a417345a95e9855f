/* SPDX-License-Identifier: ISC */
/* What is not proven to be unchanged is read. */
#include "hash_cache.h"
#include "fail.h"
#include "feature_cache.h"
#include "file.h"
#include "parallel.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <sha256.h>

static const char magic[8] = "EARHASH1";
static const int64_t young_ns = 3000000000; /* coarser are no file system's times */

typedef struct {
  uint64_t size, number;
  int64_t modified_ns, changed_ns;
} stamp;

/* 16-byte name first: entries are sorted by it. */
typedef struct {
  uint8_t name[16]; /* of the clip's key */
  char sha256[64];
  stamp stamp;
  uint64_t lasting; /* 1: may be believed later */
} entry;
_Static_assert(sizeof(entry) == 16 + 64 + 32 + 8, "no padding");

typedef struct {
  char magic[8];
  uint64_t n;
  uint8_t hash[SHA256_DIGEST_LENGTH];
} header;

typedef struct {
  uint8_t *bytes; /* of the file, NULL: none */
  uint64_t n;
  const entry *entry;
} known;

static int64_t
ns_of(struct timespec t)
{
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool
look(const char *path, stamp *s)
{
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
    return false;
  }
  *s = (stamp){(uint64_t)info.st_size, (uint64_t)info.st_ino, ns_of(info.st_mtim),
               ns_of(info.st_ctim)};
  return true;
}

static bool
same(const stamp *a, const stamp *b)
{
  return a->size == b->size && a->number == b->number &&
         a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static void
digest(const void *bytes, size_t n, uint8_t hash[SHA256_DIGEST_LENGTH])
{
  SHA2_CTX c;
  SHA256Init(&c);
  SHA256Update(&c, bytes, n);
  SHA256Final(hash, &c);
}

static int
by_name(const void *a, const void *b)
{
  return memcmp(((const entry *)a)->name, ((const entry *)b)->name, 16);
}

static bool
path_of(char path[PATH_MAX], const char *folder, const char *root)
{
  char hash[SHA256_DIGEST_STRING_LENGTH], *real = realpath(root, NULL);
  if (!folder || !real) {
    free(real);
    return false;
  }
  SHA256Data((const uint8_t *)real, strlen(real), hash);
  free(real);
  return snprintf(path, PATH_MAX, "%s/%s.hashes", folder, hash) < PATH_MAX;
}

static known
load(const char *path)
{
  known k = {NULL, 0, NULL};
  header h;
  size_t n;
  uint8_t hash[SHA256_DIGEST_LENGTH];
  if (file_read(path, &k.bytes, &n, NULL)) {
    k.bytes = NULL;
    return k;
  }
  if (n >= sizeof h) {
    memcpy(&h, k.bytes, sizeof h);
    digest(k.bytes + sizeof h, n - sizeof h, hash);
    if (memcmp(h.magic, magic, sizeof magic) == 0 &&
        h.n == (n - sizeof h) / sizeof(entry) && (n - sizeof h) % sizeof(entry) == 0 &&
        memcmp(hash, h.hash, sizeof hash) == 0) {
      k.n = h.n;
      k.entry = (const entry *)(const void *)(k.bytes + sizeof h);
    }
  }
  return k;
}

/* Takes the order of e. */
static void
store(const char *path, entry *e, uint32_t n_clips)
{
  header h = {.n = 0};
  qsort(e, n_clips, sizeof *e, by_name);
  uint8_t *bytes = malloc(sizeof h + n_clips * sizeof *e);
  if (!bytes) {
    return; /* costs time later, nothing else */
  }
  for (uint32_t i = 0; i < n_clips; ++i) {
    if (e[i].lasting) {
      memcpy(bytes + sizeof h + h.n++ * sizeof *e, &e[i], sizeof *e);
    }
  }
  memcpy(h.magic, magic, sizeof magic);
  digest(bytes + sizeof h, h.n * sizeof *e, h.hash);
  memcpy(bytes, &h, sizeof h);
  file_write(path, bytes, sizeof h + h.n * sizeof *e, NULL, NULL);
  free(bytes);
}

/* One file; false: it had to be read. */
static bool
take(entry *e, const clip *c, const known *k, int64_t now_ns)
{
  uint8_t name[SHA256_DIGEST_LENGTH];
  char hex[SHA256_DIGEST_STRING_LENGTH];
  stamp after;
  const bool there = look(c->path, &e->stamp);
  digest(c->key, strlen(c->key), name);
  memcpy(e->name, name, sizeof e->name);
  const entry *was = k->n ? bsearch(e, k->entry, k->n, sizeof *e, by_name) : NULL;
  if (there && was && same(&was->stamp, &e->stamp)) {
    *e = *was;
    return true;
  }
  if (there && SHA256File(c->path, hex)) {
    memcpy(e->sha256, hex, sizeof e->sha256);
    e->lasting = look(c->path, &after) && same(&e->stamp, &after) &&
                 now_ns - e->stamp.modified_ns > young_ns &&
                 now_ns - e->stamp.changed_ns > young_ns;
  }
  return false;
}

/* This rank's part of the entries, then all of them. */
static uint32_t
take_all(entry *e, const dataset *ds, const known *k)
{
  struct timespec now;
  uint32_t first, n_read = 0;
  const uint32_t mine = parallel_part(ds->n_clips, &first);
  clock_gettime(CLOCK_REALTIME, &now);
#pragma omp parallel for schedule(dynamic) reduction(+ : n_read)
  for (uint32_t i = first; i < first + mine; ++i) {
    n_read += !take(&e[i], &ds->clip[i], k, ns_of(now));
  }
  double all = n_read;
  parallel_agree(EAR_OK, NULL); /* one may have to read more than others */
  parallel_sum_f64(&all, 1);
  parallel_merge(e, ds->n_clips * sizeof *e);
  return (uint32_t)all;
}

ear_status
hash_cache_take(dataset *ds, const char *folder, const char *root, uint32_t *n_read,
                ear_error *err)
{
  char path[PATH_MAX];
  known k = {NULL, 0, NULL};
  ear_status st = folder ? feature_cache_make(folder, err) : EAR_OK;
  entry *e = calloc(ds->n_clips + 1u, sizeof *e);
  st = st || e ? st : fail(err, EAR_NO_MEMORY, "not enough memory");
  st = parallel_agree(st, err);
  if (!st) {
    const bool keep = path_of(path, folder, root);
    k = keep ? load(path) : k;
    *n_read = take_all(e, ds, &k);
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      memcpy(ds->clip[i].sha256, e[i].sha256, sizeof e[i].sha256);
      ds->clip[i].sha256[sizeof e[i].sha256] = '\0';
    }
    if (keep && (*n_read || k.n != ds->n_clips)) {
      store(path, e, ds->n_clips);
    }
  }
  free(k.bytes);
  free(e);
  return st;
}
