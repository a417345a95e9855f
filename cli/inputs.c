/* SPDX-License-Identifier: ISC */
/* Nothing is opened here and nothing dropped in silence: what cannot be analysed stays in
   the list with its problem. */
#include "inputs.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool
append(input_list *list, const char *path, const char *relative, const char *problem,
       double n_bytes)
{
  if (list->n == list->capacity) {
    const size_t capacity = list->capacity ? 2 * list->capacity : 64;
    input *item = realloc(list->item, capacity * sizeof *item);
    if (!item) {
      return false;
    }
    list->item = item;
    list->capacity = capacity;
  }
  input *in = &list->item[list->n];
  *in = (input){.path = strdup(path),
                .relative = strdup(relative),
                .problem = problem ? strdup(problem) : NULL,
                .n_bytes = n_bytes};
  list->n++;
  list->n_bytes += n_bytes;
  return in->path && in->relative && (!problem || in->problem);
}

static bool
is_audio_name(const char *name)
{
  static const char *const endings[] = {"wav",  "flac", "ogg", "oga", "opus", "mp3",
                                        "aiff", "aif",  "au",  "caf", "w64"};
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++) {
    if (strcasecmp(dot + 1, endings[i]) == 0) {
      return true;
    }
  }
  return false;
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
  return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* One entry of the walk; `root` is the length of the folder's path and its slash. */
static bool
visit(input_list *list, FTS *walk, FTSENT *entry, size_t root)
{
  if (entry->fts_level > 0 && entry->fts_name[0] == '.') {
    (void)fts_set(walk, entry, FTS_SKIP);
    return true;
  }
  const char *relative = entry->fts_level > 0 ? entry->fts_path + root : ".";
  switch (entry->fts_info) {
  case FTS_F:
    return !is_audio_name(entry->fts_name) ||
           append(list, entry->fts_path, relative, NULL,
                  (double)entry->fts_statp->st_size);
  case FTS_DNR:
  case FTS_ERR:
  case FTS_NS:
    return append(list, entry->fts_path, relative, strerror(entry->fts_errno), 0);
  case FTS_DC:
    return append(list, entry->fts_path, relative,
                  "is a link to a folder that it lies in itself; left out", 0);
  default: /* folders on the way, links to nothing without an audio name */
    return entry->fts_info != FTS_SLNONE || !is_audio_name(entry->fts_name) ||
           append(list, entry->fts_path, relative, "is a link to nothing", 0);
  }
}

static bool
add_folder(input_list *list, const char *path)
{
  char *root = strdup(path);
  if (!root) {
    return false;
  }
  size_t length = strlen(root);
  while (length > 1 && root[length - 1] == '/') {
    root[--length] = '\0';
  }
  char *const roots[] = {root, NULL};
  const size_t before = list->n;
  FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
  bool ok = walk != NULL;
  FTSENT *entry = NULL;
  while (ok && (entry = fts_read(walk)) != NULL) {
    ok = visit(list, walk, entry, length + (strcmp(root, "/") != 0));
  }
  if (walk) {
    (void)fts_close(walk);
  }
  if (ok && list->n == before) {
    ok = append(list, path, ".", "holds no audio files", 0);
  }
  free(root);
  return ok;
}

bool
inputs_add(input_list *list, const char *path, bool recursive)
{
  if (strcmp(path, "-") == 0) {
    return append(list, path, "stdin", NULL, 0);
  }
  struct stat st = {0};
  const bool exists = stat(path, &st) == 0;
  if (exists && S_ISDIR(st.st_mode) && recursive) {
    return add_folder(list, path);
  }
  const char *slash = strrchr(path, '/');
  return append(list, path, slash && slash[1] ? slash + 1 : path, NULL,
                exists && S_ISREG(st.st_mode) ? (double)st.st_size : 0);
}

void
inputs_free(input_list *list)
{
  for (size_t i = 0; i < list->n; i++) {
    free(list->item[i].path);
    free(list->item[i].relative);
    free(list->item[i].problem);
  }
  free(list->item);
  *list = (input_list){0};
}
