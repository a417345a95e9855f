/* SPDX-License-Identifier: ISC */
/* One model slot of one plugin instance: what was asked for, what runs.

     patch:Set, restore, instantiate -> slot_put, slot_load (worker or host's thread:
   opens, checks, makes a part) -> slot_result -> slot_take (audio thread: swaps the part
   in, answers)

   What runs depends on the newest request alone: "" is the built-in model; a file that is
   missing or refused leaves its path in place, to be saved again, and the built-in model
   runs (when memory is short, what ran before).  A missing file is looked for in the
   model folders: the same bytes there take its place, in what is saved too; another file
   of its name only stands in, and what was asked for is saved.  A request that finishes
   late never replaces a newer one.  The mutex inside is never taken by the audio thread.
 */
#ifndef PLUGIN_SLOT_H
#define PLUGIN_SLOT_H

#include "earshot.h"

enum {
  SLOT_HARSHNESS = 0, /* = index of the model in the analyzer */
  SLOT_CLASSIFIER = 1,
  N_SLOTS = 2,
  SLOT_PATH_SIZE = 4096, /* bytes with the end, PATH_MAX */
};

/* The values of the status ports. */
typedef enum {
  SLOT_BUILT_IN = 0,
  SLOT_OWN = 1,       /* the file asked for, or the same found by hash or name */
  SLOT_LOADING = 2,   /* the newest request is not finished */
  SLOT_MISSING = 3,   /* no such file here: the built-in model runs */
  SLOT_REFUSED = 4,   /* not a model for this slot: the built-in model runs */
  SLOT_NOT_READY = 5, /* no analysis: a rate outside 8..384 kHz, or no memory */
} slot_status;

/* How one request ended.  Immutable but for `part`. */
typedef struct slot_result {
  uint32_t request; /* its number */
  slot_status status;
  char path[SLOT_PATH_SIZE]; /* of the file that runs, links resolved; "" is the built-in
                                model; else what was asked for and cannot run */
  char text[512];            /* what runs, or what is wrong and what to do: one
                                sentence, UTF-8 without control characters */
  char model[64];            /* name of the model that runs */
  ear_front_end front_end;   /* its, and as ear_model_info: */
  double column_s;           /* ear_column_s */
  uint32_t n_rows;
  float row_low_hz[EAR_MAX_ROWS], row_high_hz[EAR_MAX_ROWS];
  uint32_t n_labels;
  char label[EAR_MAX_LABELS][64];
  ear_flag_config flag;     /* its own */
  float threshold;          /* the lowest in it, at most 1 */
  ear_live_part *part;      /* NULL: it runs already, or live has it */
  struct slot_result *next; /* the slot's own */
} slot_result;

/* What is saved.  hash and name are "" until a file was read (or restored). */
typedef struct {
  char path[SLOT_PATH_SIZE];
  char hash[65];  /* SHA-256 of the file, hexadecimal */
  char name[256]; /* file name without folders */
} slot_memo;

typedef struct slot slot;

/* `which` is SLOT_HARSHNESS or SLOT_CLASSIFIER; starts with the built-in model as result
   of request 0, without a part.  `builtin` is that model, from shelf_builtin; the slot
   holds it too.  NULL when memory is short.  [setup] */
slot *slot_new(uint32_t which, ear_model *builtin);
/* Every result must have been given back.  NULL is fine.  [setup] */
void slot_free(slot *sl);

/* The analyzer that parts are made for, which runs `builtin` in place `which`; before the
   first request.  NULL (none was possible): results say SLOT_NOT_READY, paths are kept
   all the same.  [setup] */
void slot_set_live(slot *sl, const ear_live *live);

/* A number for a new request, larger than all before; the status is SLOT_LOADING until
   its result is taken.  [any] */
uint32_t slot_request(slot *sl) EAR_RT;

/* Request `number` asks for what memo describes: from now on it is what is saved, unless
   a newer request was put before.  [any thread but audio; several at once] */
void slot_put(slot *sl, uint32_t number, const slot_memo *memo);

/* Fulfil request `number`: load what was put with it and leave the result for slot_take.
   Does nothing if a newer request was put, before or meanwhile.  [as slot_put] */
void slot_load(slot *sl, uint32_t number);

/* The newest result that was not yet taken, or NULL.  The taker owns it until it gives it
   back; it is freed by a later slot_load or slot_free.  The slot counts on the part of a
   result that was taken: it must go to live before the next one is taken.  [audio] */
slot_result *slot_take(slot *sl) EAR_RT;
/* NULL is fine.  [audio] */
void slot_give_back(slot *sl, slot_result *result) EAR_RT;

/* Whether a request waits for its result.  `taken` is the request number of the result in
   the taker's hands.  [any] */
bool slot_is_loading(const slot *sl, uint32_t taken) EAR_RT;

/* Free what was given back, and the model that ran before what was taken; slot_load does
   so too.  [any thread but audio; several at once] */
void slot_tidy(slot *sl);

/* What to save now.  [any thread but audio] */
void slot_get_memo(slot *sl, slot_memo *memo);

#endif
