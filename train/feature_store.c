/* SPDX-License-Identifier: ISC */
/* The file grows by whole pieces whose blocks are reserved first: a full disk is an error
   here, never a signal later. */
#include "feature_store.h"
#include "fail.h"
#include "parallel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 16 << 20 }; /* bytes; one mapping each */

typedef struct {
  char *at;
  size_t n;
} piece;

struct feature_store {
  pthread_mutex_t lock;
  char folder[PATH_MAX];
  uint64_t memory, in_memory, moved;
  int file;    /* -1: none yet */
  off_t size;  /* of the file */
  size_t used; /* of the newest piece */
  uint32_t n_pieces, room;
  piece *piece;
};

/* Of what the machine has for each of its ranks. */
static uint64_t
third_of_memory(void)
{
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 3 / parallel_here()
                               : UINT64_MAX;
}

ear_status
feature_store_new(feature_store **s, const char *folder, uint64_t memory)
{
  const char *base = getenv("TMPDIR");
  *s = calloc(1, sizeof **s);
  if (!*s) {
    return EAR_NO_MEMORY;
  }
  pthread_mutex_init(&(*s)->lock, NULL);
  (*s)->file = -1;
  (*s)->memory = memory ? memory : third_of_memory();
  snprintf((*s)->folder, sizeof(*s)->folder, "%s",
           folder            ? folder
           : base && base[0] ? base
                             : "/var/tmp");
  return EAR_OK;
}

void
feature_store_free(feature_store *s)
{
  if (!s) {
    return;
  }
  for (uint32_t i = 0; i < s->n_pieces; ++i) {
    munmap(s->piece[i].at, s->piece[i].n);
  }
  if (s->file >= 0) {
    close(s->file);
  }
  pthread_mutex_destroy(&s->lock);
  free(s->piece);
  free(s);
}

static ear_status
open_file(feature_store *s, ear_error *err)
{
  char path[PATH_MAX + 32];
  snprintf(path, sizeof path, "%s/features-XXXXXX", s->folder);
  s->file = mkostemp(path, O_CLOEXEC);
  if (s->file < 0) {
    return fail(err, EAR_IO,
                "the features are more than the memory should hold, and no file for them "
                "can be made in %s: %s (--cache DIR on a disk with room)",
                s->folder, strerror(errno));
  }
  unlink(path);
  return EAR_OK;
}

/* One more piece, of n bytes at least. */
static ear_status
grow(feature_store *s, size_t n, ear_error *err)
{
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t size = n > PIECE ? (n + page - 1) / page * page : PIECE;
  if (s->n_pieces == s->room) {
    const uint32_t room = s->room ? 2 * s->room : 16;
    piece *grown = realloc(s->piece, room * sizeof *grown);
    if (!grown) {
      return fail(err, EAR_NO_MEMORY, "not enough memory");
    }
    s->piece = grown;
    s->room = room;
  }
  const int problem = posix_fallocate(s->file, s->size, (off_t)size);
  void *at = problem
                 ? MAP_FAILED
                 : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, s->file, s->size);
  if (at == MAP_FAILED) {
    return fail(
        err, EAR_IO,
        "the features are more than the memory should hold, and %s has no room for "
        "them: %s (--cache DIR on a disk with room)",
        s->folder, strerror(problem ? problem : errno));
  }
  s->size += (off_t)size;
  s->piece[s->n_pieces++] = (piece){at, size};
  s->used = 0;
  return EAR_OK;
}

static ear_status
move(feature_store *s, void **bytes, size_t n, ear_error *err)
{
  ear_status st = s->file < 0 ? open_file(s, err) : EAR_OK;
  if (!st && (!s->n_pieces || s->piece[s->n_pieces - 1].n - s->used < n)) {
    st = grow(s, n, err);
  }
  if (!st) {
    char *to = s->piece[s->n_pieces - 1].at + s->used;
    memcpy(to, *bytes, n);
    s->used += (n + 15) / 16 * 16;
    s->moved += n;
    free(*bytes);
    *bytes = to;
  }
  return st;
}

ear_status
feature_store_keep(feature_store *s, void **at, size_t n, bool *moved, ear_error *err)
{
  ear_status st = EAR_OK;
  pthread_mutex_lock(&s->lock);
  *moved = s->in_memory + n > s->memory;
  if (*moved) {
    st = move(s, at, n, err);
    *moved = st == EAR_OK;
  } else {
    s->in_memory += n;
  }
  pthread_mutex_unlock(&s->lock);
  return st;
}

uint64_t
feature_store_moved(feature_store *s)
{
  pthread_mutex_lock(&s->lock);
  const uint64_t n = s->moved;
  pthread_mutex_unlock(&s->lock);
  return n;
}
