/* SPDX-License-Identifier: ISC */
/* What the weights of a run depend on, as words: for config.json, for checkpoints, and to
   name what differs when a run goes on. */
#ifndef EAR_TRAIN_RUN_SETTINGS_H
#define EAR_TRAIN_RUN_SETTINGS_H

#include "options.h"

#include <jansson.h>

/* A flat object of strings: recipe, each of its settings, seed, labels, hashes of data
   and split, version, threads.  NULL: no memory. */
json_t *run_settings(const options *o, const intake *in, const recipe *r,
                     const char *split_hash);

/* Fails naming the first that differs.  Threads and ranks may: *other_bits says so. */
ear_status run_settings_same(json_t *before, json_t *now, bool *other_bits,
                             ear_error *err);

/* Fails unless they are those of all ranks.  */
ear_status run_settings_agree(json_t *settings, ear_error *err);

/* The folder that config.json says the sounds were in, if they are in another now;
   malloc'ed, else NULL. */
char *run_settings_moved(const char *path, const options *o);

/* config.json: the settings, the command and what only names and judges the model. */
ear_status run_settings_write(const char *path, json_t *settings, const options *o,
                              const intake *in, const recipe *r, ear_error *err);

/* dataset.json: classes with clips, groups, hours and sides. */
ear_status run_settings_write_data(const char *path, const intake *in, ear_error *err);

#endif
