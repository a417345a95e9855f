/* SPDX-License-Identifier: ISC */
/* Frames of whole clips in memory, made by the engine's own front end.

     file -> mono at its own rate -> ear_features -> frames [n_frames][n_values]
   kept as int16, bands in centi-dB: 0.005 dB of rounding, a quarter of the memory of a
   decoded clip.  A cache on disk, one file a clip, is keyed by the sound file's SHA-256
   and the settings: a second run decodes nothing.  Frames that are more than a third of
   the machine's memory lie in a file (feature_store.h), with the same bits. */
#ifndef EAR_TRAIN_FEATURESET_H
#define EAR_TRAIN_FEATURESET_H

#include "dataset.h"
#include "feature_store.h"

/* What a kept integer is worth: value = unit * kept. */
typedef struct {
  uint32_t n_values; /* of a frame */
  double unit[EAR_MAX_BANDS];
} feature_units;

/* Bands and contrast 0.01 dB, MFCC 0.02 dB but the first, which is sqrt(n_bands) times
   the mean level, 0.01 dB of that; chroma and tonnetz 1e-4.  [any] */
void feature_units_of(feature_units *u, const ear_front_end *fe);

typedef struct {
  uint32_t n_frames; /* 0: the clip could not be used */
  int16_t *kept;     /* [n_frames][n_values], see feature_units */
  char *problem;     /* why not, NULL if it could */
  bool stored;       /* kept lies in a feature_store, which frees it */
} feature_clip;

typedef struct {
  ear_front_end front_end;
  uint32_t n_clips;
  feature_clip *clip; /* beside dataset.clip */
  uint32_t n_cached;  /* that came from the cache */
  feature_store *store;
} featureset;

typedef struct {
  const char *cache; /* folder, made if need be; NULL: none */
  void (*say)(void *user, uint32_t done,
              uint32_t n); /* NULL: silent; one thread at a time */
  void *user;
} featureset_options;

/* All cores, result independent of their number.  Clips that cannot be read or are
   shorter than one frame keep a problem; that is no failure.  The clips need hashes for
   the cache. [setup] */
ear_status featureset_load(featureset *fs, const dataset *ds, const ear_front_end *fe,
                           const featureset_options *options, ear_error *err);
/* The same with another bound than a third of the memory, in bytes.  [setup] */
ear_status featureset_load_within(featureset *fs, const dataset *ds,
                                  const ear_front_end *fe,
                                  const featureset_options *options, uint64_t memory,
                                  ear_error *err);
void featureset_free(featureset *fs);

/* Forget the clips that could not be used, here and in ds. */
ear_status featureset_drop(featureset *fs, dataset *ds);

double featureset_hours(const featureset *fs, const dataset *ds, side s);

/* One clip: frames of a mono signal.  [any] */
ear_status features_of(feature_clip *out, const float *x, size_t n, double rate_hz,
                       const ear_front_end *fe, ear_error *err);

/* Let the store decide where the frames of c stay.  [any] */
ear_status feature_clip_store(feature_clip *c, const ear_front_end *fe, feature_store *s,
                              ear_error *err);
void feature_clip_free(feature_clip *c);

/* Values of frames [first, first + n_frames); beyond the end it begins anew. */
void feature_patch(const feature_clip *c, const feature_units *u, uint32_t first,
                   uint32_t n_frames, float *value);

#endif
