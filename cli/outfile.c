/* SPDX-License-Identifier: ISC */
/* Until outfile_commit only the temporary name exists; after a failure neither does. */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_stdout(const char *path)
{
  return !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0;
}

static bool
is_device_or_pipe(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

bool
outfile_exists(const char *path)
{
  struct stat st;
  return !is_stdout(path) && !is_device_or_pipe(path) && lstat(path, &st) == 0;
}

/* path, or what the link of that name leads to, so that a link stays one. */
static char *
follow(const char *path)
{
  char *target = realpath(path, NULL);
  return target ? target : strdup(path);
}

/* Fill path, temporary and file; what was filled stays for outfile_discard. */
static bool
create(outfile *o, const char *path, bool direct)
{
  o->path = follow(path);
  if (!o->path) {
    return false;
  }
  if (direct) {
    o->file = fopen(o->path, "we");
    return o->file != NULL;
  }
  char *temporary = NULL;
  if (asprintf(&temporary, "%s.%ld.part", o->path, (long)getpid()) < 0) {
    return false;
  }
  const int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    free(temporary);
    return false;
  }
  o->temporary = temporary; /* ours to remove from now on */
  o->file = fdopen(fd, "w+");
  if (!o->file) {
    (void)close(fd);
  }
  return o->file != NULL;
}

bool
outfile_open(outfile *o, const char *path, bool overwrite, ear_error *err)
{
  *o = (outfile){.overwrite = overwrite};
  if (is_stdout(path)) {
    o->file = stdout;
    return true;
  }
  if (!overwrite && outfile_exists(path)) {
    return fail(err, "%s exists already; add -y to replace it", path);
  }
  if (!create(o, path, is_device_or_pipe(path))) {
    (void)fail(err, "cannot write %s: %s", path, strerror(errno));
    outfile_discard(o);
    return false;
  }
  return true;
}

/* Give the temporary file its name; never over a file that appeared meanwhile. */
static bool
name_it(const outfile *o)
{
  if (!o->overwrite) {
    if (link(o->temporary, o->path) == 0) {
      return unlink(o->temporary) == 0;
    }
    if (errno == EEXIST) {
      return false;
    } /* else a file system without hard links */
  }
  return rename(o->temporary, o->path) == 0;
}

/* Why an earlier write failed; its errno is long gone. */
static int
write_errno(FILE *file)
{
  struct pollfd out = {.fd = fileno(file), .events = POLLOUT};
  return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) ? EPIPE : ENOSPC;
}

bool
outfile_commit(outfile *o, ear_error *err)
{
  bool ok = fflush(o->file) == 0;
  if (ok && ferror(o->file)) {
    errno = write_errno(o->file);
    ok = false;
  }
  if (o->temporary) {
    ok = ok && fsync(fileno(o->file)) == 0;
    ok = ok && name_it(o);
  }
  const int why = errno;
  if (!ok) {
    (void)fail(err, "cannot write %s: %s", o->path ? o->path : "the results",
               strerror(why));
  } else {
    free(o->temporary);
    o->temporary = NULL;
  }
  outfile_discard(o);
  return ok;
}

void
outfile_discard(outfile *o)
{
  if (o->file && o->file != stdout) {
    (void)fclose(o->file);
  }
  if (o->temporary) {
    (void)unlink(o->temporary);
  }
  free(o->temporary);
  free(o->path);
  *o = (outfile){0};
}

bool
make_folders_of(const char *path, ear_error *err)
{
  char *folder = strdup(path);
  if (!folder) {
    return fail(err, "there is not enough memory to write %s", path);
  }
  bool ok = true;
  for (char *slash = strchr(folder + 1, '/'); ok && slash;
       slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    ok = mkdir(folder, 0777) == 0 || errno == EEXIST;
    if (!ok) {
      (void)fail(err, "cannot make the folder %s: %s", folder, strerror(errno));
    }
    *slash = '/';
  }
  free(folder);
  return ok;
}
