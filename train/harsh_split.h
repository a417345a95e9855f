/* SPDX-License-Identifier: ISC */
/* Which artists train, which choose, which judge.

   An *artist* is what the group column says, without a "[package holder ...]" remark.
   Anonymous tracks ("unknown (...)", "[package holder ...]") may be by any of the artists
   named in the same package (the first folder of the path): they go where all of those
   are, and are left out when those are on several sides. */
#ifndef EAR_TRAIN_HARSH_SPLIT_H
#define EAR_TRAIN_HARSH_SPLIT_H

#include "dataset.h"
#include "harsh.h"

enum { HARSH_NAME_SIZE = 80 }; /* bytes of an artist's name, with its end */

typedef enum {
  HARSH_UNUSED, /* unreadable, or its artist cannot be kept apart */
  HARSH_TRAIN,
  HARSH_SEEN,  /* other tracks of training artists: judged as "seen artist" */
  HARSH_VALID, /* artists that only choose thresholds */
  HARSH_TEST,  /* artists that only judge */
  HARSH_METAL, /* metal by artists that neither train nor choose; see harsh_split_metal */
  HARSH_N_SIDES
} harsh_side;

extern const char *const harsh_side_name[HARSH_N_SIDES];

typedef struct {
  uint32_t n[HARSH_N_SIDES];
  harsh_track *track[HARSH_N_SIDES]; /* weighed; strings belong to the split */
  double hours[HARSH_N_SIDES];
  uint32_t artists[HARSH_N_SIDES];
  char *strings;        /* artists' names */
  char *metal_strings;  /* paths and artists' names */
  uint32_t n_more;      /* the last tracks that train; see harsh_split_more */
  char *more_strings;   /* their paths and artists' names */
  size_t n_more_folder; /* bytes of each path that are the table's folder */
} harsh_split;

/* Split every clip of ds that libsndfile can open: about 10 % of the hours to test, 6 %
   to valid, by artist; artists with more than 2 % of the hours train; of training artists
   with four tracks or more about one in fourteen is kept as seen.  ds must outlive the
   split.  [setup] */
ear_status harsh_split_make(harsh_split *split, const dataset *ds, uint64_t seed,
                            ear_error *err);
void harsh_split_free(harsh_split *split);

/* Fill the side HARSH_METAL from a table with the columns path, group and style (paths
   relative to root): every track of style "metal", clean source or not, whose artist is
   not on the sides train, seen or valid.  None may be found.  [setup] */
ear_status harsh_split_metal(harsh_split *split, const char *root, const char *table,
                             ear_error *err);

/* Whether that side has a track by this artist.  [any] */
bool harsh_split_has(const harsh_split *split, harsh_side which, const char *artist);

/* "Ann [package holder, x]" becomes Ann; true if there was a remark.  [any] */
bool harsh_cut_remark(char *artist);

/* More music that only trains: a table with the columns path (relative to the table's
   folder) and group or artist.  Left out are tracks by artists of other sides, those that
   name no artist, files of the corpus, a file's second row, and what libsndfile cannot
   open; EAR_BAD_ARGUMENT when nothing is left.  After harsh_split_metal, which must not
   judge these artists.  [setup] */
ear_status harsh_split_more(harsh_split *split, const char *table, ear_error *err);

/* path,artist,side,seconds, sorted by path, then what harsh_split_more added; hash (may
 * be NULL) gets its SHA-256. */
ear_status harsh_split_write(const harsh_split *split, const dataset *ds,
                             const char *path, char hash[65], ear_error *err);

#endif
