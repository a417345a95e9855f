/* SPDX-License-Identifier: ISC */
/* The sentence of a result: UTF-8, no control characters, long paths by their end. */
#ifndef PLUGIN_SLOT_TEXT_H
#define PLUGIN_SLOT_TEXT_H

#include "slot.h"

typedef enum {
  SLOT_SAYS_BUILT_IN,   /* nothing else was asked for */
  SLOT_SAYS_OWN,        /* the file asked for */
  SLOT_SAYS_CHANGED,    /* that file, with other bytes than when it was saved */
  SLOT_SAYS_FOUND,      /* the same bytes in a model folder */
  SLOT_SAYS_STAND_IN,   /* another file of that name in a model folder */
  SLOT_SAYS_MISSING,    /* the built-in model, as there is no such file */
  SLOT_SAYS_REFUSED,    /* the built-in model, for `why` */
  SLOT_SAYS_UNCHANGED,  /* what ran before, for `why` */
  SLOT_SAYS_NO_ANALYSIS /* nothing */
} slot_saying;

/* asked: path of the request; found: path of the file that runs; why: a sentence without
   its end; model: name of the model that runs.  Those that a saying does not need may be
   NULL.  [any] */
void slot_say(char *text, size_t size, slot_saying saying, const char *asked,
              const char *found, const char *why, const char *model);

#endif
