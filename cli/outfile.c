/* SPDX-License-Identifier: ISC */
/* Until outfile_commit only the temporary name exists; after a failure neither does. */
#include "outfile.h"
#include "fd_stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".part" /* of temporary files */

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

/* The process in NAME.12345.part, if that is a temporary file of NAME; or 0. */
static pid_t
writer_of(const char *file, const char *name)
{
  const size_t n = strlen(name);
  if (strncmp(file, name, n) != 0 || file[n] != '.') {
    return 0;
  }
  char *end;
  const long process = strtol(file + n + 1, &end, 10);
  return strcmp(end, ENDING) == 0 && process > 0 ? (pid_t)process : 0;
}

/* Remove what killed processes left of path. */
static void
sweep_left(const char *path)
{
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
  DIR *d = folder ? opendir(folder) : NULL;
  const struct dirent *e;
  while (d && (e = readdir(d))) {
    const pid_t writer = writer_of(e->d_name, name);
    if (writer > 0 && kill(writer, 0) != 0 && errno == ESRCH) {
      (void)unlinkat(dirfd(d), e->d_name, 0);
    }
  }
  if (d) {
    (void)closedir(d);
  }
  free(folder);
}

/* path, or what the link of that name leads to, so that a link stays one. */
static char *
follow(const char *path)
{
  char *target = realpath(path, NULL);
  return target ? target : strdup(path);
}

/* o->file into o->fd, if that was opened. */
static bool
make_stream(outfile *o)
{
  o->file = o->fd >= 0 ? fd_stream_open(o->fd) : NULL;
  if (!o->file && o->fd >= 0) {
    const int why = errno;
    (void)close(o->fd);
    errno = why;
  }
  return o->file != NULL;
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
    o->fd = open(o->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return make_stream(o);
  }
  char *temporary = NULL;
  sweep_left(o->path);
  if (asprintf(&temporary, "%s.%ld" ENDING, o->path, (long)getpid()) < 0) {
    return false;
  }
  o->fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (o->fd < 0) {
    free(temporary);
    return false;
  }
  o->temporary = temporary; /* ours to remove from now on */
  return make_stream(o);
}

bool
outfile_open(outfile *o, const char *path, bool overwrite, ear_error *err)
{
  *o = (outfile){.overwrite = overwrite};
  if (is_stdout(path)) {
    o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    return make_stream(o) || fail(err, "cannot write the results: %s", strerror(errno));
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

bool
outfile_commit(outfile *o, ear_error *err)
{
  int why = fd_stream_why(o->file);
  bool ok = why == 0;
  if (ok && o->temporary) {
    ok = fsync(o->fd) == 0 && name_it(o);
    why = errno;
  }
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
  if (o->file) {
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
