/* SPDX-License-Identifier: ISC */
/* A whole data set looked at: every sound, every pair of copies, and how it is spread. */
#ifndef EAR_TRAIN_INSPECT_SET_H
#define EAR_TRAIN_INSPECT_SET_H

#include "duplicates.h"

enum { INSPECT_MAX_BINS = 24, INSPECT_MAX_RATES = 16, INSPECT_FEW_GROUPS = 10 };

/* How many sounds lie in each range of a number. */
typedef struct {
  const char *name, *unit;
  double low, high; /* outer edges; what lies beyond counts in the outer bins */
  bool log;         /* bins are equally wide in the logarithm */
  uint32_t n_bins, n;
  uint32_t count[INSPECT_MAX_BINS];
  double least, median, most; /* of all sounds */
} inspect_histogram;

typedef struct {
  uint32_t n;
  inspection *sound; /* [n] beside the clips */
  duplicates copies;
  uint32_t n_unreadable; /* taken out by inspect_drop */
  char **unreadable;     /* [n_unreadable] "key: why" */
  uint32_t n_state[N_SOUND_STATES];
  double seconds;
  uint32_t n_mono, n_stereo, n_more; /* channels */
  uint32_t n_rates;                  /* that occur, the most frequent first */
  double rate_hz[INSPECT_MAX_RATES];
  uint32_t rate_count[INSPECT_MAX_RATES]; /* of more rates, the last counts all others */
  inspect_histogram length, peak, level;
  double window_s;    /* what the network to be trained looks at; 0: not known */
  char window_of[64]; /* its recipe */
} inspected;

typedef struct {
  const char *cache; /* folder, made if need be; NULL: none */
  void (*say)(void *user, uint32_t done, uint32_t n); /* NULL: silent; one thread at a
                                                         time */
  void *user;
} inspect_options;

/* All cores; the clips need hashes for the cache.  EAR_NO_MEMORY is the only failure.
   [setup] */
ear_status inspect_set(inspected *in, const dataset *ds, const inspect_options *o);
void inspected_free(inspected *in);

/* Forget the sounds that could not be read, here and in ds, as training does.  [setup] */
ear_status inspect_drop(inspected *in, dataset *ds);

/* Left and right edge of a bin.  [any] */
double inspect_edge(const inspect_histogram *h, uint32_t bin);

/* Seconds, clips and groups of a class.  [any] */
typedef struct {
  uint32_t clips, groups, side[4]; /* N_SIDES */
  double seconds;
} inspect_class;
ear_status inspect_class_of(inspect_class *c, const inspected *in, const dataset *ds,
                            uint32_t label);

#endif
