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

bool
outfile_exists(const char *path)
{
  struct stat st;
  return lstat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
}

static bool
is_device_or_pipe(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

bool
outfile_open(outfile *o, const char *path, bool overwrite, ear_error *err)
{
  *o = (outfile){.file = stdout, .overwrite = overwrite};
  if (!path) {
    return true;
  }
  o->file = NULL;
  const bool direct = is_device_or_pipe(path);
  if (!direct && !overwrite && outfile_exists(path)) {
    return fail(err, "%s exists already; add -y to replace it", path);
  }
  o->path = strdup(path);
  if (!o->path ||
      (!direct && asprintf(&o->temporary, "%s.%ld.part", path, (long)getpid()) < 0)) {
    o->temporary = NULL;
    outfile_discard(o);
    return fail(err, "there is not enough memory to write %s", path);
  }
  const int flags = direct ? O_WRONLY : O_RDWR | O_CREAT | O_EXCL;
  const int fd = open(direct ? path : o->temporary, flags | O_CLOEXEC, 0666);
  o->file = fd < 0 ? NULL : fdopen(fd, direct ? "w" : "w+");
  if (!o->file) {
    const int why = errno;
    if (fd >= 0) {
      (void)close(fd);
    } else {
      free(o->temporary); /* not ours to remove */
      o->temporary = NULL;
    }
    outfile_discard(o);
    return fail(err, "cannot write %s: %s", path, strerror(why));
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
