/* SPDX-License-Identifier: ISC */
/* The names follow from the model's alone; the lock is the folder's own, so that it ends
   with the process, however that ends. */
#include "run_folder.h"
#include "fail.h"
#include "file.h"
#include "fit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ending[] = ".safetensors";

/* Length of out without its ending. */
static size_t
stem(const char *out)
{
  const size_t n = strlen(out), e = sizeof ending - 1;
  return n > e && !strcmp(out + n - e, ending) ? n - e : n;
}

void
run_folder_path(char path[PATH_MAX], const char *out)
{
  snprintf(path, PATH_MAX, "%.*s.run", (int)stem(out), out);
}

const char *
run_folder_file(const run_folder *f, const char *name, char path[PATH_MAX])
{
  snprintf(path, PATH_MAX, "%.*s/%s", (int)(PATH_MAX - 64), f->path, name);
  return path;
}

/* mkdir unless it is there, and lock it. */
static ear_status
make(run_folder *f, ear_error *err)
{
  if (mkdir(f->path, 0777) != 0 && errno != EEXIST) {
    return fail(err, EAR_IO, "the folder %s cannot be made: %s", f->path,
                strerror(errno));
  }
  f->lock = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (f->lock < 0) {
    return fail(err, EAR_IO, "the folder %s cannot be opened: %s", f->path,
                strerror(errno));
  }
  if (flock(f->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return fail(err, EAR_IO,
                "another earshot-train works in %s: wait for it, or give another -o",
                f->path);
  }
  return EAR_OK;
}

static bool
exists(const char *path)
{
  struct stat info;
  return lstat(path, &info) == 0;
}

/* A second name for a file; a copy where there are no links. */
static ear_status
also_as(const char *from, const char *to, ear_error *err)
{
  uint8_t *bytes;
  size_t n;
  if (link(from, to) == 0) {
    return EAR_OK;
  }
  ear_status st = file_read(from, &bytes, &n, err);
  if (!st) {
    st = file_write(to, bytes, n, NULL, err);
    free(bytes);
  }
  return st;
}

static bool
same_file(const char *a, const char *b)
{
  struct stat x, y;
  return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
         x.st_ino == y.st_ino;
}

/* The model that stands at out, and the folder if a run left it, get the first free
   number.  out stays where it is until a new model takes its place. */
static ear_status
keep_earlier(run_folder *f, const char *out, bool has_run, ear_error *err)
{
  char folder[PATH_MAX], model[PATH_MAX];
  const int n = (int)stem(out);
  bool has_model = exists(out);
  unsigned k = 0;
  do {
    ++k;
    snprintf(folder, sizeof folder, "%.*s-%u.run", n, out, k);
    snprintf(model, sizeof model, "%.*s-%u%s", n, out, k, out + n);
    has_model = has_model && !same_file(out, model); /* kept already */
  } while (exists(folder) || exists(model));
  ear_status st = has_model ? also_as(out, model, err) : EAR_OK;
  if (!st && has_run && rename(f->path, folder) != 0) {
    return fail(err, EAR_IO, "%s cannot be kept as %s: %s", f->path, folder,
                strerror(errno));
  }
  if (!st && (has_run || has_model)) {
    snprintf(f->said, sizeof f->said, "what was there is kept: %.200s%s%.200s",
             has_model ? model : "", has_model && has_run ? ", " : "",
             has_run ? folder : "");
  }
  if (!st && has_run) {
    close(f->lock);
    f->lock = -1;
    st = make(f, err);
  }
  return st;
}

/* Nobody asked to go on with what is there. */
static ear_status
leave(run_folder *f, const char *out, const char *last, ear_error *err)
{
  checkpoint *c;
  fit_standing at = {0};
  const bool has_run = exists(last);
  if (has_run && !checkpoint_open(&c, last, NULL)) {
    at = fit_standing_of(c);
    checkpoint_free(c);
  }
  if (at.unfinished) {
    return fail(err, EAR_BAD_ARGUMENT,
                "%s holds an unfinished run (in epoch %u): go on with --resume, or "
                "give another -o",
                f->path, at.epoch);
  }
  return keep_earlier(f, out, has_run, err);
}

ear_status
run_folder_open(run_folder *f, const char *out, bool resume, ear_error *err)
{
  char last[PATH_MAX];
  *f = (run_folder){.lock = -1};
  if (strlen(out) > PATH_MAX - 64) {
    return fail(err, EAR_BAD_ARGUMENT, "%.200s...: the name is too long", out);
  }
  run_folder_path(f->path, out);
  ear_status st = make(f, err);
  run_folder_file(f, "last.ckpt", last);
  if (!st && !resume) {
    st = leave(f, out, last, err);
  } else if (!st && exists(last)) {
    st = checkpoint_open(&f->from, last, err);
  } else if (!st) {
    st = keep_earlier(f, out, false, err);
    snprintf(f->said, sizeof f->said,
             "there is nothing to go on with in %.400s: beginning anew", f->path);
  }
  if (st) {
    run_folder_close(f);
  } else {
    file_sweep(f->path);
    file_sweep_beside(out);
  }
  return st;
}

void
run_folder_close(run_folder *f)
{
  checkpoint_free(f->from);
  f->from = NULL;
  if (f->lock >= 0) {
    close(f->lock);
  }
  f->lock = -1;
}
