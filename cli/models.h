/* SPDX-License-Identifier: ISC */
/* The models of one run, as --model names them, and their thresholds and times. */
#ifndef MODELS_H
#define MODELS_H

#include "cli.h"

typedef struct {
  uint32_t n;
  ear_model *model[EAR_MAX_MODELS];
  char *name[EAR_MAX_MODELS]; /* unique: a second model of the same name gets "#2" */
  ear_flag_config flag[EAR_MAX_MODELS];
} model_set;

/* A built-in by its name, else a file.  On failure err says why.  [setup] */
bool model_find(ear_model **model, const char *name_or_path, ear_error *err);

/* Open the models named, or with n == 0 every built-in there is.  [setup] */
bool model_set_open(model_set *set, const char *const *name, size_t n, ear_error *err);
void model_set_close(model_set *set);

/* What model m of a set is called if it is this one: its own name, or "NAME#2", "NAME#3"
   ... if others have that.  To be freed; NULL when memory is short. */
char *model_set_name(const model_set *set, uint32_t m, const ear_model *model);

/* Can this label of this model be flagged with its present threshold? */
bool can_flag(const model_set *set, uint32_t model, uint32_t label);

/* "P" for what harshness models flag, "LABEL=P" for one label of any model. */
bool model_set_threshold(model_set *set, const char *text, ear_error *err);
bool model_set_has_label(const model_set *set, const char *label);

/* "harsh, clean, rock" for messages, into text[0..size) */
void model_set_list_labels(const model_set *set, char *text, size_t size);

#endif
