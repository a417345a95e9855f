/* SPDX-License-Identifier: ISC */
/* Clean music to labelled harsh music: 1 to 3 operators, loudness-matched to the source
   within 0.1 LU (ITU-R BS.1770, libebur128), severity measured afterwards.

   Every operator is one *implementation* of one *kind*; implementations belong to a
   *split*, so that a model can be judged on processors that it never met. */
#ifndef EAR_TRAIN_DEGRADE_H
#define EAR_TRAIN_DEGRADE_H

#include "audio.h"
#include "rng.h"

/* Raise when anything changes what an operator, the path or the severity gives: rendered
   pools of another revision are not used again. */
enum { DEGRADE_REVISION = 4 };

typedef enum {
  DEGRADE_PRESENCE,   /* 2 to 5 kHz boost, static or following the programme */
  DEGRADE_RESONANCE,  /* narrow peaks, Q 8 to 40, static and note-following */
  DEGRADE_CLIPPING,   /* hard, at the sample rate and oversampled, asymmetric */
  DEGRADE_SATURATION, /* tanh, cubic, diode, fold-over */
  DEGRADE_LIMITING,   /* over-limiting, pumping */
  DEGRADE_ALIASING,   /* bit and rate reduction */
  DEGRADE_SIBILANCE,  /* 5 to 9 kHz bursts boosted */
  DEGRADE_CODEC,      /* low-rate MP3, Opus, Vorbis */
  DEGRADE_IDENTIFIER, /* the published Harshness Identifier's only operator */
  DEGRADE_NEUTRAL,    /* what stays clean: gain, gentle shelves, 2:1, reverb, ... */
  DEGRADE_N_KINDS
} degrade_kind;

typedef enum { DEGRADE_TRAIN = 1, DEGRADE_VALID = 2, DEGRADE_TEST = 4 } degrade_split;

/* Where bands are lifted that stay where they are. */
enum { DEGRADE_MAX_CENTRES = 6 };
typedef struct {
  uint32_t n;
  float hz[DEGRADE_MAX_CENTRES];
} degrade_centres;

/* What an operator tells of what it did. */
typedef struct {
  char text[96]; /* its settings */
  degrade_centres centres;
} degrade_words;

/* One processor.  Works in place on a, draws what it needs from r; amount 0..1 goes from
   barely to badly; fills *say, zeroed before.  It may allocate. */
typedef struct {
  const char *name; /* e.g. "clipping-oversampled" */
  degrade_kind kind;
  degrade_split split;
  ear_status (*apply)(audio *a, double amount, rng *r, degrade_words *say);
} degrade_operator;

/* All of them; *n in number.  [any] */
const degrade_operator *degrade_operators(size_t *n);

const char *degrade_kind_name(degrade_kind kind);
/* DEGRADE_N_KINDS when there is no such kind. */
degrade_kind degrade_kind_find(const char *name);

typedef struct {
  unsigned kinds;       /* bit set of 1u << degrade_kind to draw from */
  unsigned splits;      /* bit set of degrade_split */
  uint32_t n_operators; /* 1..3, all of them drawn; 0: 1 to 3 at random */
  double amount;        /* 0..1, or < 0: drawn anew for each operator */
  uint64_t seed;
} degrade_request;

typedef struct {
  char chain[256];         /* the operators with their settings, in words */
  unsigned kinds;          /* bit set applied */
  degrade_centres centres; /* of the last operator that has any */
  const degrade_operator *op[3];
  uint32_t n_operators;
  double severity; /* 0..100, measured against the source; see severity.h */
  double gain_db;  /* applied to match the loudness */
} degrade_result;

/* Degrade a in place: same rate, channels and length as before, aligned with it, as loud;
   only neutral-gain and identifier, alone, keep the level they gave it (severity is
   measured on a matched copy).  On failure a is as it was, and err says why. */
ear_status degrade_apply(audio *a, const degrade_request *request, degrade_result *result,
                         ear_error *err);

/* The same with the operators given, op[0..n), 1 <= n <= 3, all at one amount 0..1: one
   processor, or chain, turned up and down under one seed. */
ear_status degrade_apply_chain(audio *a, const degrade_operator *const *op, uint32_t n,
                               double amount, uint64_t seed, degrade_result *result,
                               ear_error *err);

/* What both classes go through so that bandwidth, level or format never tell: drawn from
   the seed: resampling there and back, low-pass 11 to 20 kHz, dither, high-rate codec,
   gain (never into clipping).  Same seed and peak, same path.  peak: the largest one of
   all the signals that are compared, so that the gain is the same for each; 0: of a
   alone. */
ear_status degrade_path(audio *a, uint64_t seed, double peak, ear_error *err);

#endif
