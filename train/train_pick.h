/* SPDX-License-Identifier: ISC */
/* What nobody said is picked from the data, and the reason told. */
#ifndef EAR_TRAIN_TRAIN_PICK_H
#define EAR_TRAIN_TRAIN_PICK_H

#include "options.h"

/* Recipe and task by the names of the classes and the lengths of the clips, where o has
   none.  why: a sentence, "" if both were given. */
void pick_recipe(options *o, const dataset *ds, char why[256]);

/* Epochs and crops by the number of training clips, if the recipe was picked too and o
   has no epochs.  why: a sentence, "" if nothing was changed. */
void pick_length(recipe *r, const options *o, uint32_t n_clips, char why[256]);

#endif
