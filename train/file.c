/* SPDX-License-Identifier: ISC */
/* The rename is the last thing that can fail. */
#include "file.h"
#include "fail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sha256.h>

#define ENDING ".tmp" /* of temporary files */

/* The process in NAME.12345-6.tmp, if that begins with prefix; 0: it is no such file. */
static pid_t
writer_of(const char *name, const char *prefix)
{
  const size_t n = strlen(name), n_prefix = strlen(prefix), n_end = strlen(ENDING);
  if (n < n_end || strcmp(name + n - n_end, ENDING) != 0 ||
      strncmp(name, prefix, n_prefix) != 0) {
    return 0;
  }
  const char *from = name + n - n_end;
  while (from > name && strchr("0123456789-", from[-1])) {
    --from;
  }
  const bool ours = from > name && from[-1] == '.' && from >= name + n_prefix;
  return ours ? (pid_t)strtol(from, NULL, 10) : 0;
}

/* Remove what processes that are no more left of files whose names begin so. */
static void
sweep(const char *folder, const char *prefix)
{
  DIR *d = opendir(folder);
  const struct dirent *e;
  while (d && (e = readdir(d))) {
    const pid_t writer = writer_of(e->d_name, prefix);
    if (writer > 0 && kill(writer, 0) != 0 && errno == ESRCH) {
      unlinkat(dirfd(d), e->d_name, 0);
    }
  }
  if (d) {
    closedir(d);
  }
}

void
file_sweep(const char *folder)
{
  sweep(folder, "");
}

void
file_sweep_beside(const char *path)
{
  char folder[PATH_MAX], prefix[NAME_MAX + 2];
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  snprintf(folder, sizeof folder, "%.*s", slash ? (int)(name - path) : 1,
           slash ? path : ".");
  if (*name) {
    snprintf(prefix, sizeof prefix, "%.*s.", NAME_MAX, name);
    sweep(folder, prefix);
  }
}

static bool
write_all(int fd, const char *from, size_t left)
{
  while (left > 0) {
    const ssize_t done = write(fd, from, left);
    if (done < 0 && errno != EINTR) {
      return false;
    }
    from += done > 0 ? done : 0;
    left -= done > 0 ? (size_t)done : 0;
  }
  return true;
}

ear_status
file_write(const char *path, const void *bytes, size_t n, char hash[65], ear_error *err)
{
  static atomic_uint count; /* of names in this process */
  char temporary[PATH_MAX];
  if (snprintf(temporary, sizeof temporary, "%s.%ld-%u" ENDING, path, (long)getpid(),
               atomic_fetch_add(&count, 1)) >= PATH_MAX) {
    return fail(err, EAR_BAD_ARGUMENT, "%s: the name is too long", path);
  }
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    return fail(err, EAR_IO, "%s cannot be written: %s", path, strerror(errno));
  }
  bool good = write_all(fd, bytes, n) && fsync(fd) == 0;
  good = close(fd) == 0 && good && rename(temporary, path) == 0;
  if (!good) {
    fail_say(err, "%s cannot be written: %s", path, strerror(errno));
    unlink(temporary);
    return EAR_IO;
  }
  if (hash) {
    SHA256Data(bytes, n, hash);
  }
  return EAR_OK;
}

ear_status
file_can_be_written(const char *path, ear_error *err)
{
  struct stat info;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
    return fail(err, EAR_BAD_ARGUMENT, "%s is %s: give -o the name of a file", path,
                S_ISDIR(info.st_mode) ? "a folder" : "no plain file");
  }
  file_sweep_beside(path);
  return EAR_OK;
}

ear_status
file_read(const char *path, uint8_t **bytes, size_t *n, ear_error *err)
{
  struct stat info;
  FILE *f = fopen(path, "rb");
  *bytes = NULL;
  if (!f || fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode)) {
    fail_say(err, "%s cannot be opened: %s", path, strerror(f ? EINVAL : errno));
    if (f) {
      fclose(f);
    }
    return EAR_IO;
  }
  *n = (size_t)info.st_size;
  *bytes = malloc(*n + 1);
  ear_status st = *bytes ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  if (!st && fread(*bytes, 1, *n, f) != *n) {
    free(*bytes);
    *bytes = NULL;
    st = fail(err, EAR_IO, "%s cannot be read", path);
  }
  fclose(f);
  return st;
}
