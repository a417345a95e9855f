/* SPDX-License-Identifier: ISC */
/* A part's name holds a digest of all that it depends on, so what is there is right or is
   not looked at. */
#include "compare_part.h"
#include "csv.h"
#include "fail.h"
#include "file.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sha256.h>

enum { DIGEST = 12 };

void
part_name(part_names *to, const char *folder, const char *name, uint32_t seed,
          uint32_t fold, const char *depends_on)
{
  char hash[SHA256_DIGEST_STRING_LENGTH], stem[PATH_MAX];
  SHA256Data((const uint8_t *)depends_on, strlen(depends_on), hash);
  snprintf(stem, sizeof stem, "%.*s/%s-s%u-f%u", PATH_MAX - 160, folder, name, seed,
           fold + 1);
  snprintf(to->model, sizeof to->model, "%.*s.safetensors", PATH_MAX - 16, stem);
  snprintf(to->run, sizeof to->run, "%.*s.run", PATH_MAX - 16, stem);
  snprintf(to->part, sizeof to->part, "%.*s-%.*s.csv", PATH_MAX - 32, stem, DIGEST, hash);
}

static bool
take_cells(const csv *t, uint32_t row, uint32_t first, uint32_t n, float *p)
{
  for (uint32_t l = 0; l < n; ++l) {
    char *end;
    const char *cell = csv_cell(t, row, first + l);
    p[l] = strtof(cell, &end);
    if (end == cell || *end) {
      return false;
    }
  }
  return true;
}

bool
part_read(const char *path, const dataset *ds, float *p, float *flt)
{
  csv t;
  uint32_t row = 0;
  const uint32_t n = ds->n_labels;
  if (access(path, F_OK) != 0 || csv_read(&t, path, NULL)) {
    return false;
  }
  bool good = t.n_columns == 1 + (flt ? 2 : 1) * n;
  for (uint32_t i = 0; i < ds->n_clips && good; ++i) {
    if (ds->clip[i].side == SIDE_TEST) {
      good = row < t.n_rows && !strcmp(csv_cell(&t, row, 0), ds->clip[i].key) &&
             take_cells(&t, row, 1, n, p + (size_t)i * n) &&
             (!flt || take_cells(&t, row, 1 + n, n, flt + (size_t)i * n));
      ++row;
    }
  }
  good = good && row == t.n_rows;
  csv_free(&t);
  return good;
}

static void
put_head(FILE *f, const dataset *ds, const char *prefix)
{
  char name[128];
  for (uint32_t l = 0; l < ds->n_labels; ++l) {
    snprintf(name, sizeof name, "%s%s", prefix, ds->label[l]);
    putc(',', f);
    csv_put(f, name);
  }
}

static void
put_cells(FILE *f, const float *p, uint32_t n)
{
  for (uint32_t l = 0; l < n; ++l) {
    fprintf(f, ",%.9g", (double)p[l]);
  }
}

ear_status
part_write(const char *path, const dataset *ds, const float *p, const float *flt,
           ear_error *err)
{
  char *text = NULL;
  size_t size = 0;
  const uint32_t n = ds->n_labels;
  FILE *f = open_memstream(&text, &size);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  fputs("path", f);
  put_head(f, ds, "");
  if (flt) {
    put_head(f, ds, "float ");
  }
  putc('\n', f);
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    if (ds->clip[i].side == SIDE_TEST) {
      csv_put(f, ds->clip[i].key);
      put_cells(f, p + (size_t)i * n, n);
      if (flt) {
        put_cells(f, flt + (size_t)i * n, n);
      }
      putc('\n', f);
    }
  }
  const ear_status st = fclose(f) == 0 ? file_write(path, text, size, NULL, err)
                                       : fail(err, EAR_NO_MEMORY, "not enough memory");
  free(text);
  return st;
}

static int
remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
  (void)info;
  (void)kind;
  (void)at;
  return remove(path);
}

void
part_remove_run(const char *path)
{
  nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
