/* SPDX-License-Identifier: ISC */
/* A file trains once, whatever it is called and whoever is said to be its artist. */
#include "harsh_split.h"

#include "csv.h"
#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MORE_PATH = 1024 }; /* bytes */

static bool
is_kept_apart(const harsh_split *split, const char *artist)
{
  for (int s = HARSH_SEEN; s < HARSH_N_SIDES; ++s) {
    if (harsh_split_has(split, (harsh_side)s, artist)) {
      return true;
    }
  }
  return false;
}

/* Which file it is, whatever its path. */
typedef struct {
  dev_t device;
  ino_t number;
} file_id;

/* Whether path is none of id[0..*n); then it is the next. */
static bool
is_new(file_id *id, uint32_t *n, const char *path)
{
  struct stat s;
  if (stat(path, &s) != 0) {
    return false;
  }
  for (uint32_t i = 0; i < *n; ++i) {
    if (id[i].device == s.st_dev && id[i].number == s.st_ino) {
      return false;
    }
  }
  id[(*n)++] = (file_id){s.st_dev, s.st_ino};
  return true;
}

/* Room for rows more tracks that train, and the files of the corpus in id. */
static ear_status
make_room(harsh_split *split, uint32_t rows, file_id **id, uint32_t *n_files)
{
  const uint32_t n = split->n[HARSH_TRAIN];
  size_t n_all = rows;
  harsh_track *grown =
      realloc(split->track[HARSH_TRAIN], ((size_t)n + rows + 1) * sizeof *grown);
  split->track[HARSH_TRAIN] = grown ? grown : split->track[HARSH_TRAIN];
  split->more_strings = calloc(rows + 1u, MORE_PATH + HARSH_NAME_SIZE);
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    n_all += split->n[s];
  }
  *id = malloc((n_all + 1) * sizeof **id);
  *n_files = 0;
  if (!grown || !split->more_strings || !*id) {
    return EAR_NO_MEMORY;
  }
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    for (uint32_t i = 0; i < split->n[s]; ++i) {
      is_new(*id, n_files, split->track[s][i].path);
    }
  }
  return EAR_OK;
}

/* Let track t, whose strings stay, train too, if it may. */
static void
add_more(harsh_split *split, harsh_track t, file_id *id, uint32_t *n_files)
{
  if (*t.artist && !is_kept_apart(split, t.artist) && is_new(id, n_files, t.path) &&
      (t.seconds = audio_seconds(t.path)) > 0) {
    split->artists[HARSH_TRAIN] += !harsh_split_has(split, HARSH_TRAIN, t.artist);
    split->hours[HARSH_TRAIN] += t.seconds / 3600;
    split->track[HARSH_TRAIN][split->n[HARSH_TRAIN]++] = t;
    ++split->n_more;
  }
}

static ear_status
more_of_table(harsh_split *split, const csv *rows, const char *table, ear_error *err)
{
  const uint32_t path = csv_column(rows, "path"), group = csv_column(rows, "group");
  const uint32_t artist = group < rows->n_columns ? group : csv_column(rows, "artist");
  if (path == rows->n_columns || artist == rows->n_columns) {
    return fail(err, EAR_BAD_ARGUMENT,
                "%s: a table of more music has the columns path, and group or artist",
                table);
  }
  file_id *id = NULL;
  uint32_t n_files;
  const ear_status st = make_room(split, rows->n_rows, &id, &n_files);
  const char *end = strrchr(table, '/');
  split->n_more_folder = end ? (size_t)(end + 1 - table) : 0;
  for (uint32_t i = 0; !st && i < rows->n_rows; ++i) {
    char *file = split->more_strings + (size_t)i * (MORE_PATH + HARSH_NAME_SIZE);
    char *name = file + MORE_PATH;
    snprintf(file, MORE_PATH, "%.*s%s", (int)split->n_more_folder, table,
             csv_cell(rows, i, path));
    snprintf(name, HARSH_NAME_SIZE, "%s", csv_cell(rows, i, artist));
    harsh_cut_remark(name);
    add_more(split, (harsh_track){.path = file, .artist = name}, id, &n_files);
  }
  free(id);
  harsh_weigh(split->track[HARSH_TRAIN], split->n[HARSH_TRAIN]);
  return st ? fail(err, st, "not enough memory for %s", table)
         : split->n_more
             ? EAR_OK
             : fail(err, EAR_BAD_ARGUMENT,
                    "%s: no track of it may train: none can be opened that is "
                    "not in the corpus, names an artist, and is by none who "
                    "judges",
                    table);
}

ear_status
harsh_split_more(harsh_split *split, const char *table, ear_error *err)
{
  csv rows;
  ear_status st = csv_read(&rows, table, err);
  if (!st) {
    st = more_of_table(split, &rows, table, err);
    csv_free(&rows);
  }
  return st;
}
