/* SPDX-License-Identifier: ISC */
/* The options that train, eval and check share, and the data set that they mean. */
#ifndef EAR_TRAIN_OPTIONS_H
#define EAR_TRAIN_OPTIONS_H

#include "featureset.h"
#include "recipe.h"

enum { OPTIONS_UNSAID = UINT32_MAX };

typedef struct {
  const char *dataset; /* folder */
  const char *model;   /* eval: file or built-in name */
  const char *out;     /* train: file */
  const char *recipe;  /* name or path; NULL: picked */
  const char *name;    /* of the model; NULL: out's without its ending */
  const char *task;    /* "classifier" or "harshness"; NULL: picked */
  const char *license; /* of the weights, "" if not said */
  const char *data;    /* quantize: folder; NULL: as the run says */
  const char *teacher; /* models with commas between; NULL: none */
  const char *init;    /* model or checkpoint to begin with; NULL: none */
  const char *split;   /* table with sides, NULL: the data set's own, or made */
  char cache[4096];    /* folder, "" none */
  dataset_source source;
  float threshold; /* posterior from which a class flags; 2: never; 0: by precision */
  float precision; /* of the flags on validation that thresholds are set for */
  float unsure;    /* margin under which a classifier is; 2: never; 0: by validation */
  uint64_t seed;
  uint32_t epochs;           /* 0: the recipe's, or picked */
  uint32_t freeze;           /* OPTIONS_UNSAID: the recipe's */
  uint32_t patience;         /* OPTIONS_UNSAID: the recipe's */
  uint32_t folds;            /* train and judge that many times on other splits; 0: not */
  uint32_t background;       /* sounds of that class to be made; 0: no such class */
  uint32_t seeds;            /* compare: as many, from 1 on; 0: not said */
  double minutes;            /* of training at most; 0: no limit */
  uint32_t checkpoint_steps; /* steps between checkpoints; 0: by time and epoch */
  side side; /* eval: which clips; N_SIDES all; SIDE_NONE: valid if there are sides, else
                all */
  bool json, help;
  bool resume; /* go on with the run beside out */
  bool picked; /* nobody named the recipe: it and its length follow from the data */
} options;

/* argv[0] is the subcommand; usage is printed on a mistake.  0, or an exit code. */
int options_parse(options *o, int argc, char **argv, int n_names, const char *usage);

/* A data set ready for use: read, hashed, decoded, split, checked. */
typedef struct {
  dataset ds;
  featureset fs;
  uint32_t n_dropped; /* clips that could not be used */
  char **problem;     /* [n_dropped] why */
  char **dropped;     /* [n_dropped] their keys */
  uint32_t n_copies;  /* clips that are copies of others, see duplicates.h */
  uint32_t n_apart;   /* of them, in groups of their own: these may be on two sides */
} intake;

/* Where progress goes; each may be NULL. */
typedef struct {
  void (*sounds)(void *user, uint32_t done, uint32_t n); /* looked at */
  void (*features)(void *user, uint32_t done, uint32_t n);
  void *user;
} intake_say;

/* Fails with a sentence on everything that would spoil training.  With `split` false the
   sides stay as the data set gives them.  [setup] */
ear_status intake_open(intake *in, const options *o, const ear_front_end *fe, bool split,
                       const intake_say *say, ear_error *err);
void intake_free(intake *in);

/* The command that repeats this, without paths of this machine; malloc'ed, may be NULL.
 */
char *options_command(const options *o, const intake *in, const recipe *r);

#endif
