/* SPDX-License-Identifier: ISC */
/* What earshot-train tells while it trains, on stderr. */
#ifndef EAR_TRAIN_TRAIN_SAY_H
#define EAR_TRAIN_TRAIN_SAY_H

#include "fit.h"
#include "options.h"

void say_features(void *user, uint32_t done, uint32_t n);
void say_sounds(void *user, uint32_t done, uint32_t n);
void say_epoch(void *user, const fit_progress *p);
void say_unsaved(void *user, const char *sentence); /* as fit_saving.warn */

/* One line for each thing that was left out: the first few, and how many more there are
   in the table at path. */
void say_problems(const intake *in, const char *path);

/* What there is, and where the groups are from. */
void say_data(const options *o, const intake *in);

/* The sides of each class. */
void say_split(const intake *in);

/* How many clips are shorter than what the network looks at, if any. */
void say_short(const recipe *r, const intake *in);

/* Recipe and settings. */
void say_settings(const options *o, const recipe *r);

#endif
