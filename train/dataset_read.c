/* SPDX-License-Identifier: ISC */
/* Folders are walked and tables are read into the same list. */
#include "csv.h"
#include "dataset.h"
#include "dataset_tags.h"
#include "fail.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Is this a sound file that libsndfile reads, by its ending? */
static bool
is_sound(const char *path)
{
  static const char *const ending[] = {".wav",  ".flac", ".mp3",  ".ogg",
                                       ".opus", ".oga",  ".aiff", ".aif"};
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < sizeof ending / sizeof ending[0]; ++i) {
    if (strcasecmp(dot, ending[i]) == 0) {
      return true;
    }
  }
  return false;
}

typedef struct {
  dataset *ds;
  size_t root;        /* length of the root's path with its slash */
  uint32_t levels;    /* of folders that are classes, >= 1 */
  const regex_t *re;  /* NULL: none */
  uint32_t n_matched; /* keys that re matched */
  ear_status st;
} walk;

/* Where the class folders of a key end: at the slash after the last. */
static const char *
after_class(const walk *w, const char *key)
{
  const char *slash = strchr(key, '/');
  for (uint32_t level = 1; slash && level < w->levels && strchr(slash + 1, '/');
       ++level) {
    slash = strchr(slash + 1, '/');
  }
  return slash;
}

/* The group that key belongs to, "" for its own: the regex's match, or given, or the
   first folder under the class. */
static void
find_group(walk *w, const char *key, const char *given, char *group)
{
  regmatch_t m[2];
  size_t from = 0, to = 0;
  if (w->re && regexec(w->re, key, 2, m, 0) == 0) {
    const int which = m[1].rm_so >= 0 ? 1 : 0;
    ++w->n_matched;
    from = (size_t)m[which].rm_so;
    to = (size_t)m[which].rm_eo;
  } else if (!w->re && given) {
    snprintf(group, PATH_MAX, "%s", given);
    return;
  } else if (!w->re) {
    const char *first = after_class(w, key);
    const char *second = first ? strchr(first + 1, '/') : NULL;
    from = first ? (size_t)(first + 1 - key) : 0;
    to = second ? (size_t)(second - key) : from;
  }
  snprintf(group, PATH_MAX, "%.*s", (int)(to - from), key + from);
}

/* nftw has no user argument. */
static _Thread_local walk *walking;

static int
visit(const char *path, const struct stat *info, int type, struct FTW *at)
{
  (void)info;
  walk *w = walking;
  char label[PATH_MAX], group[PATH_MAX];
  label_set set;
  if (at->level == 0 || (at->base && path[at->base] == '.')) {
    return FTW_CONTINUE;
  }
  const char *key = path + w->root;
  const char *slash = after_class(w, key);
  if (type == FTW_D &&
      at->level <= (int)w->levels) { /* a class, with sounds or without */
    w->st = dataset_label(w->ds, key) == EAR_MAX_LABELS ? EAR_NO_MEMORY : EAR_OK;
    return w->st ? FTW_STOP : FTW_CONTINUE;
  }
  if (type != FTW_F || !slash || !is_sound(path)) {
    return FTW_CONTINUE;
  }
  snprintf(label, sizeof label, "%.*s", (int)(slash - key), key);
  find_group(w, key, NULL, group);
  clip *c = dataset_label_set(w->ds, label, w->levels, false, &set)
                ? dataset_add(w->ds, path, key, set.first, group)
                : NULL;
  w->st = c ? EAR_OK : EAR_NO_MEMORY;
  if (c) {
    c->labels = set.all;
  }
  return c ? FTW_CONTINUE : FTW_STOP;
}

static ear_status
read_folder(walk *w, const char *root, ear_error *err)
{
  walking = w;
  const int r = nftw(root, visit, 32, FTW_ACTIONRETVAL);
  if (w->st) {
    return fail(err, w->st, "%s has more than %d classes, or memory is short", root,
                EAR_MAX_LABELS);
  }
  return r == -1 ? fail(err, EAR_IO, "%s cannot be read: %s", root, strerror(errno))
                 : EAR_OK;
}

/* The column for `what`: as columns says ("what=NAME"), else its own name or the alias.
 */
static uint32_t
find_column(const csv *t, const char *columns, const char *what, const char *alias)
{
  const size_t n = strlen(what);
  for (const char *c = columns; c && *c;
       c += strcspn(c, ",") + (strchr(c, ',') != NULL)) {
    if (strncmp(c, what, n) == 0 && c[n] == '=') {
      char name[256];
      snprintf(name, sizeof name, "%.*s", (int)strcspn(c + n + 1, ","), c + n + 1);
      return csv_column(t, name);
    }
  }
  const uint32_t own = csv_column(t, what);
  return own < t->n_columns ? own : csv_column(t, alias);
}

static ear_status
add_row(walk *w, const csv *t, uint32_t row, const uint32_t col[4], const char *root,
        ear_error *err)
{
  const char *key = csv_cell(t, row, col[0]);
  const side s = side_find(csv_cell(t, row, col[3]));
  char path[PATH_MAX], group[PATH_MAX];
  const bool absolute = key[0] == '/';
  const int length = snprintf(path, sizeof path, "%s%s%s", absolute ? "" : root,
                              absolute ? "" : "/", key);
  if (length < 0 || (size_t)length >= sizeof path) {
    return fail(err, EAR_BAD_ARGUMENT, "a path in the table is too long: %.80s...", key);
  }
  if (s == N_SIDES) {
    return fail(err, EAR_BAD_ARGUMENT, "split of %s is \"%s\": train, valid or test", key,
                csv_cell(t, row, col[3]));
  }
  label_set set;
  if (!dataset_label_set(w->ds, csv_cell(t, row, col[1]), w->levels, true, &set)) {
    return fail(err, EAR_BAD_ARGUMENT, "more than %d labels", EAR_MAX_LABELS);
  }
  if (!set.all) {
    return fail(err, EAR_BAD_ARGUMENT, "%s has no label", key);
  }
  find_group(w, key, col[2] < t->n_columns ? csv_cell(t, row, col[2]) : NULL, group);
  clip *c = dataset_add(w->ds, path, key, set.first, group);
  if (!c) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  c->labels = set.all;
  c->side = s;
  return EAR_OK;
}

static ear_status
read_table(walk *w, const char *root, const dataset_source *source, ear_error *err)
{
  csv t;
  char inside[2 * PATH_MAX];
  snprintf(inside, sizeof inside, "%s/%s", root, source->csv);
  ear_status st =
      csv_read(&t, access(source->csv, R_OK) == 0 ? source->csv : inside, err);
  if (st) {
    return st;
  }
  const uint32_t col[4] = {find_column(&t, source->columns, "path", "file"),
                           find_column(&t, source->columns, "label", "genre"),
                           find_column(&t, source->columns, "group", "artist"),
                           find_column(&t, source->columns, "split", "side")};
  if (col[0] == t.n_columns || col[1] == t.n_columns) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "%s has no column path or label: name them with --columns label=NAME",
              source->csv);
  }
  for (uint32_t row = 0; row < t.n_rows && !st; ++row) {
    st = add_row(w, &t, row, col, root, err);
  }
  csv_free(&t);
  return st;
}

/* Without slashes at the end; the same text for `name` and `name/`. */
static ear_status
set_root(dataset *ds, const char *given, char *root)
{
  char whole[PATH_MAX];
  size_t n = (size_t)snprintf(root, PATH_MAX, "%s", given);
  while (n > 1 && n < PATH_MAX && root[n - 1] == '/') {
    root[--n] = '\0';
  }
  const char *name = realpath(root, whole) ? whole : root;
  const char *slash = strrchr(name, '/');
  ds->name = strdup(slash && slash[1] ? slash + 1 : name);
  return ds->name ? EAR_OK : EAR_NO_MEMORY;
}

ear_status
dataset_read(dataset *ds, const char *given, const dataset_source *source, ear_error *err)
{
  char root[PATH_MAX];
  regex_t re;
  walk w = {.ds = ds};
  *ds = (dataset){0};
  if (source->group_re && source->group_tag) {
    return fail(err, EAR_BAD_ARGUMENT, "--group-re and --group-tag exclude each other");
  }
  if (source->group_re && regcomp(&re, source->group_re, REG_EXTENDED) != 0) {
    return fail(err, EAR_BAD_ARGUMENT, "--group-re %s is not a regular expression",
                source->group_re);
  }
  w.levels = source->levels > 1 ? source->levels : 1;
  w.re = source->group_re ? &re : NULL;
  ear_status st = set_root(ds, given, root);
  w.root = strlen(root) + 1;
  if (!st) {
    st = source->csv ? read_table(&w, root, source, err) : read_folder(&w, root, err);
  }
  if (!st) {
    st = dataset_sort(ds);
  }
  if (!st && ds->n_clips == 0) {
    st = fail(err, EAR_BAD_ARGUMENT, "%s has no sound files in class folders", given);
  }
  if (!st && w.re && w.n_matched == 0) {
    st = fail(err, EAR_BAD_ARGUMENT,
              "--group-re %s matches none of the %u paths, such as %s: every clip would "
              "be a group of its own",
              source->group_re, ds->n_clips, ds->clip[0].key);
  }
  if (!st && source->group_tag) {
    st = dataset_group_by_tag(ds, source->group_tag, err);
  }
  if (w.re) {
    regfree(&re);
  }
  if (st) {
    dataset_free(ds);
  }
  return st;
}
