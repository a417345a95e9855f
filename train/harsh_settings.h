/* SPDX-License-Identifier: ISC */
/* What the bytes of a harshness model depend on, as words: for config.json, for
   checkpoints, and to name what differs when a run goes on. */
#ifndef EAR_TRAIN_HARSH_SETTINGS_H
#define EAR_TRAIN_HARSH_SETTINGS_H

#include "harsh_run.h"

#include <jansson.h>

/* A flat object of strings, as run_settings_same compares them.  NULL: no memory. */
json_t *harsh_settings(const harsh_options *o, const recipe *r, const char *split_hash);

/* config.json: the settings, the command and what only names the model. */
ear_status harsh_settings_write(const char *path, json_t *settings,
                                const harsh_options *o, ear_error *err);

/* dataset.json: tracks, hours and artists of each side. */
ear_status harsh_settings_write_data(const char *path, const harsh_split *split,
                                     ear_error *err);

#endif
