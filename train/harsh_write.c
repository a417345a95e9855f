/* SPDX-License-Identifier: ISC */
/* Units are rendered on all cores; each fills its own piece of the table, and the pieces
   are joined in order. */
#include "harsh_write.h"
#include "csv.h"
#include "fail.h"
#include "file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  FIRST_WRITTEN = 7200000,
  BETWEEN_SIDES = 300000
}; /* units; see harsh_protocol.c */

typedef struct {
  harsh_side from;
  const char *side; /* in the split column */
  unsigned splits;  /* of processors */
} part;

static const part parts[] = {{HARSH_TRAIN, "train", DEGRADE_TRAIN},
                             {HARSH_VALID, "valid", DEGRADE_TRAIN | DEGRADE_VALID},
                             {HARSH_TEST, "test", DEGRADE_TEST}};
enum { N_PARTS = sizeof parts / sizeof *parts };

/* To 16 bits, which FLAC stores in a third of the room. */
static void
round_to_16_bits(audio *a)
{
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    a->x[i] = fminf(fmaxf(rintf(a->x[i] * 32768), -32768), 32767) / 32768;
  }
}

/* The sounds of one unit and their lines; *lines is malloc'ed. */
static ear_status
write_unit(const harsh_plan *plan, uint64_t index, const char *name, const char *folder,
           char **lines, ear_error *err)
{
  harsh_unit unit;
  size_t n = 0;
  ear_status st = harsh_render(plan, index, &unit, err);
  if (st) {
    return st;
  }
  FILE *f = open_memstream(lines, &n);
  st = f ? EAR_OK : fail(err, EAR_NO_MEMORY, "not enough memory");
  for (uint32_t i = 0; i < unit.n_versions && !st; ++i) {
    harsh_version *v = &unit.version[i];
    char key[80], path[PATH_MAX];
    snprintf(key, sizeof key, "%s/%s-%llu-%u.flac", v->harsh ? "harsh" : "clean", name,
             (unsigned long long)(index % BETWEEN_SIDES), i);
    snprintf(path, sizeof path, "%s/%s", folder, key);
    round_to_16_bits(&v->sound);
    st = audio_write(&v->sound, path, err);
    fprintf(f, "%s,%s,", key, v->harsh ? "harsh" : "clean");
    csv_put(f, plan->track[unit.track].artist);
    fprintf(f, ",%s,%llu,%.1f,", name, (unsigned long long)(index % BETWEEN_SIDES),
            v->severity);
    csv_put(f, v->chain);
    putc('\n', f);
  }
  harsh_unit_free(&unit);
  if (f && fclose(f) != 0 && !st) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  return st;
}

static ear_status
write_part(const harsh_split *split, uint32_t which, const harsh_write_config *c,
           FILE *table, ear_error *err)
{
  const part *p = &parts[which];
  const uint32_t n = which ? c->units / 8 + 1 : c->units;
  const harsh_plan plan = {.track = split->track[p->from],
                           .n_tracks = split->n[p->from],
                           .excerpt_s = c->excerpt_s,
                           .n_neutral = 1,
                           .n_harsh = 2,
                           .harsh_splits = p->splits,
                           .neutral_splits = p->splits,
                           .seed = c->seed};
  harsh_teller teller = {&c->protocol, p->side};
  char **lines = calloc(n, sizeof *lines);
  uint32_t done = 0, n_failed = 0;
  bool full = !lines;
  if (plan.n_tracks == 0) {
    free(lines);
    return fail(err, EAR_BAD_ARGUMENT, "the corpus has no artist for %s", p->side);
  }
#pragma omp parallel for schedule(dynamic, 4)
  for (uint32_t u = 0; u < n; ++u) {
    ear_error problem = {""};
    const uint64_t index = FIRST_WRITTEN + (uint64_t)which * BETWEEN_SIDES + u;
    const bool stopped = c->protocol.stop && *c->protocol.stop;
    const ear_status st = full || stopped ? EAR_OK
                                          : write_unit(&plan, index, p->side, c->folder,
                                                       &lines[u], &problem);
#pragma omp critical(harsh_write)
    {
      n_failed += st != EAR_OK;
      if (st && err) {
        *err = problem;
      }
      harsh_tell(&teller, ++done, n);
    }
  }
  for (uint32_t u = 0; u < n && lines; ++u) {
    fputs(lines[u] ? lines[u] : "", table);
    free(lines[u]);
  }
  free(lines);
  return full            ? fail(err, EAR_NO_MEMORY, "not enough memory")
         : n_failed == n ? EAR_IO
                         : EAR_OK;
}

/* DIR, DIR/clean and DIR/harsh; none of what is there may be mixed with it. */
static ear_status
make_folders(const char *folder, ear_error *err)
{
  static const char *const inside[] = {"", "/clean", "/harsh"};
  char path[PATH_MAX];
  for (int i = 0; i < 3; ++i) {
    snprintf(path, sizeof path, "%s%s", folder, inside[i]);
    if (mkdir(path, 0777) != 0 && (i > 0 || errno != EEXIST)) {
      return fail(err, EAR_IO, "%s cannot be made: %s; give a new or empty folder", path,
                  strerror(errno));
    }
  }
  return EAR_OK;
}

ear_status
harsh_write(const harsh_split *split, const harsh_write_config *c, ear_error *err)
{
  char path[PATH_MAX], *text = NULL;
  size_t n = 0;
  ear_status st = make_folders(c->folder, err);
  FILE *table = st ? NULL : open_memstream(&text, &n);
  if (!table) {
    return st ? st : fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  fputs("path,label,group,split,unit,severity,chain\n", table);
  for (uint32_t k = 0; k < N_PARTS && !st; ++k) {
    st = write_part(split, k, c, table, err);
  }
  if (fclose(table) != 0 && !st) {
    st = fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  snprintf(path, sizeof path, "%s/index.csv", c->folder);
  st = st ? st : file_write(path, text, n, NULL, err);
  free(text);
  return st;
}
