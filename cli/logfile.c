/* SPDX-License-Identifier: ISC */
/* Nothing is kept in memory: what logfile_write has taken is the system's, and outlives
   the process however that ends. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_KEPT = 9999 };

struct logfile {
  char *path; /* absolute, links followed */
  uint64_t max_bytes;
  uint32_t n_kept;
  const char *line_begin;
  int fd;       /* -1: not open */
  bool regular; /* else a device or a pipe, which is never rotated */
  bool empty;   /* at the last look */
  bool cut;     /* it ends in the middle of a line */
};

/* How many bytes follow the last newline, of a file of `size`, and do they begin like a
   line of ours?  A process that is killed while it writes across a page leaves such. */
static size_t
half_a_line(const logfile *l, const char *path, off_t size, bool *ours)
{
  char end[16384]; /* longer than any line of ours */
  const off_t n = size < (off_t)sizeof end ? size : (off_t)sizeof end;
  const int fd = size > 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  const ssize_t got = fd >= 0 ? pread(fd, end, (size_t)n, size - n) : 0;
  if (fd >= 0) {
    (void)close(fd);
  }
  const char *newline = got > 0 ? memrchr(end, '\n', (size_t)got) : NULL;
  const char *half = newline ? newline + 1 : end;
  const size_t length = got > 0 ? (size_t)(end + got - half) : 0;
  const size_t n_begin = strlen(l->line_begin);
  *ours = (newline || n == size) && length > 0 &&
          memcmp(half, l->line_begin, length < n_begin ? length : n_begin) == 0;
  return length;
}

/* Take away what was cut, or leave it a line of its own if it is not ours. */
static void
mend(logfile *l, const char *path, off_t size)
{
  bool ours = false;
  const size_t half = half_a_line(l, path, size, &ours);
  l->cut = half > 0 && !(ours && ftruncate(l->fd, size - (off_t)half) == 0);
}

static bool
open_file(logfile *l, const char *path, ear_error *err)
{
  struct stat st;
  l->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
               0644); /* NONBLOCK: a pipe without a reader is refused */
  if (l->fd < 0 || fstat(l->fd, &st) != 0) {
    return fail(err, "%s", strerror(errno));
  }
  l->regular = S_ISREG(st.st_mode);
  l->empty = l->regular && st.st_size == 0;
  l->cut = false;
  if (l->regular) {
    mend(l, path, st.st_size);
  }
  return true;
}

static void
close_file(logfile *l)
{
  if (l->fd >= 0) {
    (void)close(l->fd);
  }
  l->fd = -1;
}

logfile *
logfile_open(const logfile_config *config, ear_error *err)
{
  logfile *l = calloc(1, sizeof *l);
  if (!l) {
    (void)fail(err, "there is not enough memory for the log %.300s", config->path);
    return NULL;
  }
  l->max_bytes = config->max_bytes;
  l->line_begin = config->line_begin;
  l->n_kept = config->n_kept < 1          ? 1
              : config->n_kept > MAX_KEPT ? MAX_KEPT
                                          : config->n_kept;
  l->fd = -1;
  ear_error why = {""};
  const bool opened = open_file(l, config->path, &why);
  l->path = opened ? realpath(config->path, NULL) : NULL;
  if (!l->path) {
    (void)fail(err, "the log %.300s cannot be written: %.100s", config->path,
               opened ? strerror(errno) : why.text);
    logfile_close(l);
    return NULL;
  }
  return l;
}

void
logfile_close(logfile *l)
{
  if (l) {
    close_file(l);
    free(l->path);
    free(l);
  }
}

/* "FILE.k" */
static bool
numbered(const logfile *l, uint32_t k, char *name, size_t size)
{
  const int n = snprintf(name, size, "%s.%u", l->path, k);
  return n > 0 && (size_t)n < size;
}

/* Make FILE.1 free: those up to the first gap move by one, the last of all goes. */
static bool
shift(const logfile *l)
{
  char from[4096], to[4096];
  struct stat st;
  uint32_t gap = 1;
  while (gap < l->n_kept && numbered(l, gap, from, sizeof from) &&
         lstat(from, &st) == 0) {
    gap++;
  }
  for (uint32_t k = gap; k > 1; k--) {
    if (!numbered(l, k - 1, from, sizeof from) || !numbered(l, k, to, sizeof to) ||
        rename(from, to) != 0) {
      return false;
    }
  }
  return true;
}

/* The open file becomes FILE.1. */
static bool
rotate(logfile *l, ear_error *err)
{
  char first[4096];
  errno = ENAMETOOLONG;
  if (!shift(l) || !numbered(l, 1, first, sizeof first) || rename(l->path, first) != 0) {
    return fail(err, "%s", strerror(errno));
  }
  close_file(l);
  return true;
}

/* Is the open file still what the path leads to? */
static bool
in_place(const logfile *l, const struct stat *opened)
{
  struct stat st;
  return stat(l->path, &st) == 0 && st.st_dev == opened->st_dev &&
         st.st_ino == opened->st_ino;
}

logfile_state
logfile_prepare(logfile *l, size_t n, ear_error *err)
{
  struct stat st;
  err->text[0] = '\0';
  if (l->fd >= 0 && l->regular) {
    const bool here = fstat(l->fd, &st) == 0 && in_place(l, &st);
    l->empty = here && st.st_size == 0; /* somebody may have emptied it, too */
    if (!here) {
      close_file(l);
    } else if (l->max_bytes > 0 && !l->empty && (uint64_t)st.st_size + n > l->max_bytes) {
      (void)rotate(l, err); /* if not, it grows on */
    }
  }
  if (l->fd < 0 && !open_file(l, l->path, err)) {
    close_file(l);
    return LOGFILE_FAILED;
  }
  return l->empty ? LOGFILE_FRESH : LOGFILE_READY;
}

/* All of text, or the errno that prevented it, with *done bytes written. */
static int
write_all(int fd, const char *text, size_t n, size_t *done)
{
  for (*done = 0; *done < n;) {
    const ssize_t got = write(fd, text + *done, n - *done);
    if (got < 0 && errno != EINTR) {
      return errno;
    }
    *done += got > 0 ? (size_t)got : 0;
  }
  return 0;
}

/* Take back the last n bytes, unless somebody else has written since. */
static bool
take_back(const logfile *l, size_t n)
{
  struct stat st;
  const off_t length = (off_t)n;
  return fstat(l->fd, &st) == 0 && st.st_size == lseek(l->fd, 0, SEEK_CUR) &&
         ftruncate(l->fd, st.st_size - length) == 0;
}

bool
logfile_write(logfile *l, const char *text, size_t n, ear_error *err)
{
  size_t done = 0;
  if (l->fd < 0) {
    return fail(err, "it is not open");
  }
  int failed = l->cut ? write_all(l->fd, "\n", 1, &done) : 0;
  if (!failed) {
    l->cut = false;
    failed = write_all(l->fd, text, n, &done);
  }
  if (failed) {
    l->cut = l->cut || (done > 0 && !(l->regular && take_back(l, done)));
    return fail(err, "%s", strerror(failed));
  }
  return true;
}
