/* SPDX-License-Identifier: ISC */
/* Which sounds there are: a folder with one folder a class, or a CSV, as a list of clips.

   A *clip* is one whole sound file: it belongs to one *group* (artist, album: what must
   never be on two sides of a split) and lies on one side.  It has one label, or several
   where the data set says so: `rock;live` in a table, the same file in two class folders
   (dataset_source.several), folders within class folders (dataset_source.levels: a clip
   of rock/punk has the labels `rock` and `rock/punk`). */
#ifndef EAR_TRAIN_DATASET_H
#define EAR_TRAIN_DATASET_H

#include "../engine/earshot.h"

typedef enum { SIDE_NONE = 0, SIDE_TRAIN, SIDE_VALID, SIDE_TEST, N_SIDES } side;

/* "train", "valid", "test"; "" for SIDE_NONE.  [any] */
const char *side_name(side s);
/* Also "val", "validation", "training", "testing"; N_SIDES when it is none of them. */
side side_find(const char *name);

typedef struct {
  char *path;     /* that opens it */
  char *key;      /* relative to the data set, '/' between folders: its name in files */
  uint32_t label; /* index in dataset.label: of several the first, at its deepest level */
  uint64_t labels; /* bit set of all of them */
  char *in;        /* name of its group */
  uint32_t group;  /* index in dataset.group */
  side side;
  char sha256[65]; /* of the file, hexadecimal; "" until dataset_hash */
} clip;

typedef struct {
  char *name; /* last part of the folder's name */
  uint32_t n_clips, room;
  clip *clip; /* in the order of their keys */
  uint32_t n_labels;
  char *label[EAR_MAX_LABELS]; /* sorted */
  uint32_t n_groups;
  char **group;        /* sorted */
  uint32_t n_untagged; /* clips that dataset_source.group_tag found nothing in */
} dataset;

typedef struct {
  const char *csv;       /* table, from here or from the folder; NULL: class folders */
  const char *group_re;  /* regex over the key; what its first parentheses (or all of it)
                            match is the group; NULL: group column, else the first folder
                            under the class, else the file itself */
  const char *group_tag; /* "artist" or "album": what the file says it is of; a file that
                            does not say keeps its group; NULL: not asked */
  uint32_t levels;       /* of class folders, or of a label's parts between slashes, that
                            are classes; 0 as 1 */
  bool several;          /* the same file in two class folders has both classes */
  const char *columns;   /* "label=NAME,group=NAME,path=NAME,split=NAME", or NULL */
} dataset_source;

/* Read the list of clips; files are opened for their tags only.  Sides come from the
   split column if there is one.  [setup] */
ear_status dataset_read(dataset *ds, const char *root, const dataset_source *source,
                        ear_error *err);
void dataset_free(dataset *ds);

/* SHA-256 of each file, on all cores; a file that cannot be read keeps "".  [setup] */
void dataset_hash(dataset *ds);

/* Clips of the same bytes become one with the labels of all of them, their groups one
   group (hashes needed). */
ear_status dataset_merge(dataset *ds);

/* True if any clip has several labels.  [any] */
bool dataset_is_multi(const dataset *ds);

/* Forget the clips with keep[i] == false; groups are numbered anew. */
ear_status dataset_keep(dataset *ds, const bool *keep);

/* Two classes at least, none of them empty, else a sentence naming it.  [any] */
ear_status dataset_check(const dataset *ds, ear_error *err);

/* Clips on a side, N_SIDES for all; index (may be NULL) gets room for n_clips. */
uint32_t dataset_side(const dataset *ds, side s, uint32_t *index);

/* For those who build the list (dataset_read does): the index of a label, added if need
   be; EAR_MAX_LABELS when there is no room or no memory. */
uint32_t dataset_label(dataset *ds, const char *name);
/* The labels that a text names, added if need be: with `several` those between
   semicolons, with levels > 1 each beginning of them that ends before a slash, up to that
   many parts.  False: no room or no memory. */
typedef struct {
  uint32_t
      first; /* the deepest level of the first; EAR_MAX_LABELS: the text names none */
  uint64_t all;
} label_set;
bool dataset_label_set(dataset *ds, const char *text, uint32_t levels, bool several,
                       label_set *set);
/* One more label of a clip. */
void dataset_also(clip *c, uint32_t label);
/* Adds a clip without a side; takes copies.  group "": a group of its own.  NULL when
   memory is short. */
clip *dataset_add(dataset *ds, const char *path, const char *key, uint32_t label,
                  const char *group);
/* After the last addition: sort labels and clips, number the groups. */
ear_status dataset_sort(dataset *ds);

#endif
