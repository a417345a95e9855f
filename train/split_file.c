/* SPDX-License-Identifier: ISC */
/* A split as a table: what is written can be read back and gives the same sides. */
#include "csv.h"
#include "fail.h"
#include "file.h"
#include "split.h"

#include <stdlib.h>
#include <string.h>

static int
key_is(const void *key, const void *c)
{
  return strcmp(key, ((const clip *)c)->key);
}

ear_status
split_read(dataset *ds, const char *path, ear_error *err)
{
  csv t;
  ear_status st = csv_read(&t, path, err);
  if (st) {
    return st;
  }
  const uint32_t key = csv_column(&t, "path"), at = csv_column(&t, "split");
  if (key == t.n_columns || at == t.n_columns) {
    st = fail(err, EAR_BAD_ARGUMENT, "%s has no columns path and split", path);
  }
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    ds->clip[i].side = SIDE_NONE;
  }
  for (uint32_t row = 0; row < t.n_rows && !st; ++row) {
    const char *name = csv_cell(&t, row, key);
    const side s = side_find(csv_cell(&t, row, at));
    clip *c = bsearch(name, ds->clip, ds->n_clips, sizeof *c, key_is);
    if (s == N_SIDES) {
      st = fail(err, EAR_BAD_ARGUMENT, "%s: split of %s is neither train, valid nor test",
                path, name);
    } else if (c) {
      c->side = s;
    }
  }
  for (uint32_t i = 0; i < ds->n_clips && !st; ++i) {
    if (ds->clip[i].side == SIDE_NONE) {
      st = fail(err, EAR_BAD_ARGUMENT, "%s is not in %s", ds->clip[i].key, path);
    }
  }
  csv_free(&t);
  return st;
}

/* All of them, as a table's label column has them: the first named first. */
static void
put_labels(FILE *f, const dataset *ds, const clip *c)
{
  char all[EAR_MAX_LABELS * 80];
  size_t n = (size_t)snprintf(all, sizeof all, "%s", ds->label[c->label]);
  for (uint32_t l = 0; l < ds->n_labels && n < sizeof all; ++l) {
    if (l != c->label && c->labels >> l & 1) {
      n += (size_t)snprintf(all + n, sizeof all - n, ";%s", ds->label[l]);
    }
  }
  csv_put(f, all);
}

ear_status
split_write(const dataset *ds, const char *path, char hash[65], ear_error *err)
{
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  fputs("path,label,group,split,sha256\n", f);
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const clip *c = &ds->clip[i];
    csv_put(f, c->key);
    putc(',', f);
    put_labels(f, ds, c);
    putc(',', f);
    csv_put(f, ds->group[c->group]);
    fprintf(f, ",%s,%s\n", side_name(c->side), c->sha256);
  }
  if (fclose(f) != 0) {
    free(text);
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  const ear_status st = file_write(path, text, n, hash, err);
  free(text);
  return st;
}
