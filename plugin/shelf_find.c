/* SPDX-License-Identifier: ISC */
/* Only regular files are opened, only so many and so large ones are read: a search ends,
   whatever lies in the folders. */
#include "folders.h"
#include "shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  MAX_BYTES = 16 << 20, /* of a model file: see docs of the format */
  MAX_READ = 256 << 20, /* bytes read in one search */
  MAX_HASHED = 512,     /* files read in one search */
  MAX_NAMES = 8192,     /* names looked at in one search */
  CHUNK = 16384,        /* bytes read at once, on the stack */
};

typedef struct {
  char *path; /* where to write what was found */
  size_t size;
  const char *hash, *name;
  int n_hashed, n_names; /* so far */
  off_t n_read;
} search;

/* One way to look into one folder. */
typedef bool (*look_fn)(search *s, const char *folder);

static bool
is_file(const struct stat *info)
{
  return S_ISREG(info->st_mode) && info->st_size <= MAX_BYTES;
}

static bool
hash_open_file(int fd, char hash[65])
{
  uint8_t chunk[CHUNK];
  SHA2_CTX context;
  size_t n = 0;
  SHA256Init(&context);
  while (n <= MAX_BYTES) {
    const ssize_t got = read(fd, chunk, sizeof chunk);
    if (got == 0) {
      SHA256End(&context, hash);
      return true;
    }
    if (got > 0) {
      SHA256Update(&context, chunk, (size_t)got);
      n += (size_t)got;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return false;
}

bool
shelf_hash(const char *path, char hash[65])
{
  struct stat info;
  /* To open a device may already do something: look first, and again at what was opened.
   */
  if (stat(path, &info) || !is_file(&info)) {
    return false;
  }
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    return false;
  }
  const bool ok = !fstat(fd, &info) && is_file(&info) && hash_open_file(fd, hash);
  close(fd);
  return ok;
}

/* s->path = folder/name, if it is a regular file. */
static bool
join(search *s, const char *folder, const char *name)
{
  struct stat info;
  const int n = snprintf(s->path, s->size, "%s/%s", folder, name);
  return n > 0 && (size_t)n < s->size && !stat(s->path, &info) && is_file(&info);
}

static bool
has_hash(search *s)
{
  char hash[65];
  struct stat info;
  if (s->n_hashed++ >= MAX_HASHED || stat(s->path, &info) ||
      info.st_size > MAX_READ - s->n_read) {
    return false;
  }
  s->n_read += info.st_size;
  return shelf_hash(s->path, hash) && !strcmp(hash, s->hash);
}

static bool
look_for_both(search *s, const char *folder)
{
  return join(s, folder, s->name) && has_hash(s);
}

static bool
look_for_name(search *s, const char *folder)
{
  return join(s, folder, s->name);
}

static bool
look_for_hash(search *s, const char *folder)
{
  static const char end[] = ".safetensors";
  bool found = false;
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  while (dir && !found && s->n_names++ < MAX_NAMES && (entry = readdir(dir))) {
    const size_t n = strlen(entry->d_name);
    found = n > strlen(end) && !strcmp(entry->d_name + n - strlen(end), end) &&
            join(s, folder, entry->d_name) && has_hash(s);
  }
  if (dir) {
    closedir(dir);
  }
  return found;
}

/* What folders_each hands on. */
typedef struct {
  search *s;
  look_fn look;
} way;

static bool
look_there(void *user, const char *folder)
{
  const way *w = user;
  return w->look(w->s, folder);
}

static bool
look_everywhere(search *s, look_fn look)
{
  way w = {s, look};
  return folders_each(look_there, &w);
}

bool
shelf_find(char *path, size_t size, const char *hash, const char *name)
{
  search s = {.path = path, .size = size, .hash = hash, .name = name};
  const bool by_name = *name && !strchr(name, '/') && strcmp(name, ".") &&
                       strcmp(name, ".."); /* from a state file: not to lead elsewhere */
  const bool by_hash = strlen(hash) == 64;
  /* The same file under its own name is the rule, and found without reading others. */
  return (by_hash && by_name && look_everywhere(&s, look_for_both)) ||
         (by_hash && look_everywhere(&s, look_for_hash)) ||
         (by_name && look_everywhere(&s, look_for_name));
}
