/* SPDX-License-Identifier: ISC */
/* The rename is the last thing that can fail. */
#include "file.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sha256.h>

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
  if (snprintf(temporary, sizeof temporary, "%s.%ld-%u.tmp", path, (long)getpid(),
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
    fail(err, EAR_IO, "%s cannot be written: %s", path, strerror(errno));
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
  return EAR_OK;
}

ear_status
file_read(const char *path, uint8_t **bytes, size_t *n, ear_error *err)
{
  struct stat info;
  FILE *f = fopen(path, "rb");
  *bytes = NULL;
  if (!f || fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode)) {
    fail(err, EAR_IO, "%s cannot be opened: %s", path, strerror(f ? EINVAL : errno));
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
