/* SPDX-License-Identifier: ISC */
/* Of a file only the start is read, to see for which slot it is; what is wrong with it
   the plugin will say. */
#include "ui_models.h"
#include "folders.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 72 << 10, MOST_NAMES = 8192 };

static const char ending[] = ".safetensors";

typedef struct {
  ui_models *found;
  uint32_t which;
  int n_names; /* looked at */
} search;

static bool
has_ending(const char *name)
{
  const size_t n = strlen(name), n_end = strlen(ending);
  return n > n_end && !strcmp(name + n - n_end, ending);
}

/* Whether the header says that it is for another slot. */
static bool
is_of_other(const char *head, uint32_t which)
{
  const char *task = strstr(head, "\"task\"");
  if (!task) {
    return false;
  }
  const char *value = task + 6 + strspn(task + 6, " \t\r\n:");
  return strncmp(value, which == SLOT_HARSHNESS ? "\"classifier" : "\"harshness", 10) ==
         0;
}

static bool
fits(const char *path, uint32_t which)
{
  struct stat info;
  bool fit = false;
  char *head = NULL;
  const int fd = stat(path, &info) || !S_ISREG(info.st_mode)
                     ? -1
                     : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0 && (head = malloc(HEADER + 1))) {
    const ssize_t n = read(fd, head, HEADER);
    if (n > 8) {
      for (ssize_t i = 0; i < 8; ++i) {
        head[i] = ' '; /* the length: bytes, not text */
      }
      head[n] = '\0';
      fit = !is_of_other(head, which);
    }
  }
  if (fd >= 0) {
    close(fd);
  }
  free(head);
  return fit;
}

static const char *
base(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static void
add(search *s, const char *path)
{
  ui_models *found = s->found;
  char *whole = realpath(path, NULL);
  if (!whole || found->n >= UI_MODELS || ui_models_place(found, whole) >= 0 ||
      !fits(whole, s->which)) {
    free(whole);
    return;
  }
  uint32_t i = found->n++;
  for (; i > 1 && strcmp(base(found->path[i - 1]), base(whole)) > 0; --i) {
    found->path[i] = found->path[i - 1];
  }
  found->path[i] = whole;
}

static bool
look(void *user, const char *folder)
{
  search *s = user;
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  while (dir && s->n_names++ < MOST_NAMES && (entry = readdir(dir))) {
    char path[SLOT_PATH_SIZE];
    const int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (has_ending(entry->d_name) && n > 0 && (size_t)n < sizeof path) {
      add(s, path);
    }
  }
  if (dir) {
    closedir(dir);
  }
  return false;
}

void
ui_models_find(ui_models *found, uint32_t which, const char *current)
{
  search s = {.found = found, .which = which};
  char folder[SLOT_PATH_SIZE];
  found->path[0] = strdup("");
  found->n = found->path[0] ? 1 : 0;
  snprintf(folder, sizeof folder, "%s", current);
  char *slash = strrchr(folder, '/');
  if (!found->n) {
    return;
  }
  if (slash) {
    *slash = '\0';
    add(&s, current);
    look(&s, *folder ? folder : "/");
  }
  folders_each(look, &s);
}

void
ui_models_clear(ui_models *found)
{
  for (uint32_t i = 0; i < found->n; ++i) {
    free(found->path[i]);
  }
  found->n = 0;
}

int
ui_models_place(const ui_models *found, const char *path)
{
  for (uint32_t i = 0; i < found->n; ++i) {
    if (!strcmp(found->path[i], path)) {
      return (int)i;
    }
  }
  return -1;
}

void
ui_models_name(char *name, size_t size, const char *path)
{
  const char *file = base(path);
  const int n = (int)strlen(file) - (has_ending(file) ? (int)strlen(ending) : 0);
  snprintf(name, size, "%.*s", n, file);
}
