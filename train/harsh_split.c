/* SPDX-License-Identifier: ISC */
/* The split depends on the seed, the names and the durations only, never on the order of
   the list: artists are shuffled by a hash of seed and name. */
#include "harsh_split.h"

#include "csv.h"
#include "fail.h"
#include "file.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = HARSH_NAME_SIZE };
static const double test_share = 0.095, valid_share = 0.065; /* of all hours */
static const double big_share = 0.02;  /* an artist with more than this trains */
static const double seen_share = 0.06; /* of the tracks of artists with several */
enum { SEEN_MIN_TRACKS = 4 };

const char *const harsh_side_name[HARSH_N_SIDES] = {"unused", "train", "seen",
                                                    "valid",  "test",  "metal"};

typedef struct {
  const clip *c;
  char artist[NAME_SIZE];
  char package[NAME_SIZE]; /* first folder, up to its first '-' */
  bool anonymous;
  double seconds;
  harsh_side side;
} entry;

typedef struct {
  const char *artist;
  double seconds;
  uint64_t order;
  uint32_t n_tracks;
  harsh_side side;
} person;

static uint64_t
hash_name(uint64_t seed, const char *name)
{
  uint64_t h = UINT64_C(1469598103934665603); /* FNV-1a */
  for (; *name; ++name) {
    h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
  }
  rng r = rng_stream(seed, 301, h);
  return rng_u64(&r);
}

bool
harsh_cut_remark(char *artist)
{
  char *remark = strstr(artist, " [");
  if (remark) {
    *remark = '\0';
  }
  return remark != NULL;
}

static void
name_entry(entry *e, const clip *c)
{
  e->c = c;
  snprintf(e->artist, sizeof e->artist, "%s", c->in);
  snprintf(e->package, sizeof e->package, "%s", c->key);
  e->package[strcspn(e->package, "-/")] = '\0';
  e->anonymous = harsh_cut_remark(e->artist) || !strncmp(e->artist, "unknown (", 9);
}

/* The people of the list, in shuffled order.  Anonymous tracks have no person where their
   package names one. */
static uint32_t
find_people(entry *e, uint32_t n, uint64_t seed, person *people)
{
  uint32_t n_people = 0;
  for (uint32_t i = 0; i < n; ++i) {
    bool named = false;
    for (uint32_t j = 0; e[i].anonymous && j < n; ++j) {
      named |= !e[j].anonymous && !strcmp(e[i].package, e[j].package);
    }
    if (named || e[i].seconds <= 0) {
      continue;
    }
    e[i].anonymous = false;
    uint32_t p = 0;
    while (p < n_people && strcmp(people[p].artist, e[i].artist)) {
      ++p;
    }
    if (p == n_people) {
      people[n_people++] =
          (person){.artist = e[i].artist, .order = hash_name(seed, e[i].artist)};
    }
    people[p].seconds += e[i].seconds;
    ++people[p].n_tracks;
  }
  return n_people;
}

static int
by_order(const void *a, const void *b)
{
  const person *x = a;
  const person *y = b;
  return (x->order > y->order) - (x->order < y->order);
}

static void
assign_people(person *people, uint32_t n, double total)
{
  double test = 0, valid = 0;
  qsort(people, n, sizeof *people, by_order);
  for (uint32_t p = 0; p < n; ++p) {
    people[p].side = HARSH_TRAIN;
    if (people[p].seconds > big_share * total) {
      continue;
    }
    if (test < test_share * total) {
      people[p].side = HARSH_TEST;
      test += people[p].seconds;
    } else if (valid < valid_share * total) {
      people[p].side = HARSH_VALID;
      valid += people[p].seconds;
    }
  }
}

static void
assign_tracks(entry *e, uint32_t n, uint64_t seed, const person *people,
              uint32_t n_people)
{
  for (uint32_t i = 0; i < n; ++i) {
    e[i].side = HARSH_UNUSED;
    for (uint32_t p = 0; !e[i].anonymous && e[i].seconds > 0 && p < n_people; ++p) {
      if (!strcmp(people[p].artist, e[i].artist)) {
        rng r = rng_stream(seed, 302, hash_name(seed, e[i].c->key));
        const bool seen =
            people[p].n_tracks >= SEEN_MIN_TRACKS && rng_uniform(&r) < seen_share;
        e[i].side = people[p].side == HARSH_TRAIN && seen ? HARSH_SEEN : people[p].side;
      }
    }
  }
  for (uint32_t i = 0; i < n; ++i) {
    harsh_side common = HARSH_UNUSED;
    bool several = false;
    for (uint32_t j = 0; e[i].anonymous && j < n; ++j) {
      if (!e[j].anonymous && !strcmp(e[i].package, e[j].package) && e[j].side) {
        const harsh_side s = e[j].side == HARSH_SEEN ? HARSH_TRAIN : e[j].side;
        several |= common && common != s;
        common = s;
      }
    }
    if (e[i].anonymous && e[i].seconds > 0 && !several) {
      e[i].side = common;
    }
  }
}

/* Distribute the entries to the lists of their sides. */
static ear_status
collect(harsh_split *split, const entry *e, uint32_t n)
{
  split->strings = calloc(n, NAME_SIZE);
  if (!split->strings) {
    return EAR_NO_MEMORY;
  }
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    split->track[s] = calloc(n, sizeof *split->track[s]);
    if (!split->track[s]) {
      return EAR_NO_MEMORY;
    }
  }
  for (uint32_t i = 0; i < n; ++i) {
    const harsh_side s = e[i].side;
    char *artist = split->strings + (size_t)i * NAME_SIZE;
    memcpy(artist, e[i].artist, NAME_SIZE);
    bool known = false;
    for (uint32_t j = 0; j < split->n[s]; ++j) {
      known |= !strcmp(split->track[s][j].artist, artist);
    }
    split->artists[s] += !known;
    split->hours[s] += e[i].seconds / 3600;
    split->track[s][split->n[s]++] =
        (harsh_track){.path = e[i].c->path, .artist = artist, .seconds = e[i].seconds};
  }
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    harsh_weigh(split->track[s], split->n[s]);
  }
  return EAR_OK;
}

ear_status
harsh_split_make(harsh_split *split, const dataset *ds, uint64_t seed, ear_error *err)
{
  *split = (harsh_split){.strings = NULL};
  entry *e = calloc(ds->n_clips, sizeof *e);
  person *people = calloc(ds->n_clips, sizeof *people);
  ear_status st = e && people ? EAR_OK : EAR_NO_MEMORY;
  double total = 0;
#pragma omp parallel for schedule(dynamic)
  for (uint32_t i = 0; i < (e ? ds->n_clips : 0); ++i) {
    name_entry(&e[i], &ds->clip[i]);
    e[i].seconds = audio_seconds(ds->clip[i].path);
  }
  if (!st) {
    for (uint32_t i = 0; i < ds->n_clips; ++i) {
      total += e[i].seconds;
    }
    const uint32_t n_people = find_people(e, ds->n_clips, seed, people);
    assign_people(people, n_people, total);
    assign_tracks(e, ds->n_clips, seed, people, n_people);
    st = collect(split, e, ds->n_clips);
  }
  free(e);
  free(people);
  for (int s = HARSH_TRAIN; !st && s < HARSH_METAL; ++s) {
    if (!split->n[s]) {
      st = fail(err, EAR_BAD_ARGUMENT,
                "no tracks are left for the side \"%s\"; give more artists (at least "
                "about ten, some with four tracks or more)",
                harsh_side_name[s]);
    }
  }
  if (st == EAR_NO_MEMORY) {
    fail_say(err, "not enough memory for a list of %u tracks", ds->n_clips);
  }
  if (st) {
    harsh_split_free(split);
  }
  return st;
}

void
harsh_split_free(harsh_split *split)
{
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    free(split->track[s]);
  }
  free(split->strings);
  free(split->metal_strings);
  free(split->more_strings);
  *split = (harsh_split){.strings = NULL};
}

bool
harsh_split_has(const harsh_split *split, harsh_side which, const char *artist)
{
  for (uint32_t i = 0; i < split->n[which]; ++i) {
    if (!strcmp(split->track[which][i].artist, artist)) {
      return true;
    }
  }
  return false;
}

ear_status
harsh_split_metal(harsh_split *split, const char *root, const char *table, ear_error *err)
{
  enum { SIZE = 1024 };
  csv rows;
  ear_status st = csv_read(&rows, table, err);
  if (st) {
    return st;
  }
  const uint32_t path = csv_column(&rows, "path"), group = csv_column(&rows, "group");
  const uint32_t style = csv_column(&rows, "style");
  free(split->track[HARSH_METAL]);
  split->track[HARSH_METAL] = calloc(rows.n_rows + 1u, sizeof(harsh_track));
  split->metal_strings = calloc(rows.n_rows + 1u, SIZE + NAME_SIZE);
  split->n[HARSH_METAL] = 0;
  st = split->track[HARSH_METAL] && split->metal_strings ? EAR_OK : EAR_NO_MEMORY;
  for (uint32_t i = 0; !st && i < rows.n_rows; ++i) {
    char *file = split->metal_strings + (size_t)i * (SIZE + NAME_SIZE);
    char *artist = file + SIZE;
    snprintf(file, SIZE, "%s/%s", root, csv_cell(&rows, i, path));
    snprintf(artist, NAME_SIZE, "%s", csv_cell(&rows, i, group));
    harsh_cut_remark(artist);
    if (strcmp(csv_cell(&rows, i, style), "metal") ||
        harsh_split_has(split, HARSH_TRAIN, artist) ||
        harsh_split_has(split, HARSH_SEEN, artist) ||
        harsh_split_has(split, HARSH_VALID, artist)) {
      continue;
    }
    const harsh_track t = {
        .path = file, .artist = artist, .seconds = audio_seconds(file)};
    if (t.seconds > 0) {
      split->track[HARSH_METAL][split->n[HARSH_METAL]++] = t;
      split->hours[HARSH_METAL] += t.seconds / 3600;
    }
  }
  harsh_weigh(split->track[HARSH_METAL], split->n[HARSH_METAL]);
  csv_free(&rows);
  return st ? fail(err, st, "not enough memory for %s", table) : EAR_OK;
}

/* The side of one clip, by its path. */
static harsh_side
side_of(const harsh_split *split, const clip *c, const harsh_track **track)
{
  for (int s = 0; s < HARSH_N_SIDES; ++s) {
    for (uint32_t i = 0; i < split->n[s]; ++i) {
      if (split->track[s][i].path == c->path) {
        *track = &split->track[s][i];
        return (harsh_side)s;
      }
    }
  }
  *track = NULL;
  return HARSH_UNUSED;
}

static void
put_quoted(FILE *f, const char *text)
{
  putc('"', f);
  for (; *text; ++text) {
    if (*text == '"') {
      putc('"', f);
    }
    putc(*text, f);
  }
  putc('"', f);
}

ear_status
harsh_split_write(const harsh_split *split, const dataset *ds, const char *path,
                  char hash[65], ear_error *err)
{
  char *text = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&text, &n);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  }
  fprintf(f, "path,artist,side,seconds\n");
  for (uint32_t i = 0; i < ds->n_clips; ++i) {
    const harsh_track *t;
    const harsh_side s = side_of(split, &ds->clip[i], &t);
    put_quoted(f, ds->clip[i].key);
    putc(',', f);
    put_quoted(f, t ? t->artist : "");
    fprintf(f, ",%s,%.2f\n", harsh_side_name[s], t ? t->seconds : 0.0);
  }
  for (uint32_t i = split->n[HARSH_TRAIN] - split->n_more; i < split->n[HARSH_TRAIN];
       ++i) {
    const harsh_track *t = &split->track[HARSH_TRAIN][i];
    put_quoted(f, t->path + split->n_more_folder);
    putc(',', f);
    put_quoted(f, t->artist);
    fprintf(f, ",%s,%.2f\n", harsh_side_name[HARSH_TRAIN], t->seconds);
  }
  const bool ok = !fclose(f);
  const ear_status st = ok ? file_write(path, text, n, hash, err)
                           : fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  free(text);
  return st;
}
