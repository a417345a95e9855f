/* SPDX-License-Identifier: ISC */
/* A name means the same wherever it is given: a built-in of that name, else a file. */
#include "models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const builtins[] = {"harshness", "genre"};
enum { N_BUILTINS = sizeof builtins / sizeof builtins[0] };

bool
model_find(ear_model **model, const char *name, ear_error *err)
{
  *model = NULL;
  for (size_t i = 0; i < N_BUILTINS; i++) {
    if (strcmp(name, builtins[i]) == 0) {
      return ear_model_builtin(model, name, err) == EAR_OK;
    }
  }
  if (!strchr(name, '/') && access(name, F_OK) != 0) {
    return fail(err,
                "there is no model file %s, and no built-in of that name (the built-ins "
                "are harshness and genre)",
                name);
  }
  return ear_model_open(model, name, err) == EAR_OK;
}

static bool
is_taken(const model_set *set, uint32_t m, const char *name)
{
  for (uint32_t i = 0; i < set->n; i++) {
    if (i != m && strcmp(set->name[i], name) == 0) {
      return true;
    }
  }
  return false;
}

char *
model_set_name(const model_set *set, uint32_t m, const ear_model *model)
{
  const char *own = ear_model_info_get(model)->name;
  char *name = strdup(own);
  for (uint32_t k = 2; name && is_taken(set, m, name); k++) {
    free(name);
    name = NULL;
    if (asprintf(&name, "%s#%u", own, k) < 0) {
      name = NULL;
    }
  }
  return name;
}

static bool
add(model_set *set, ear_model *model, ear_error *err)
{
  const uint32_t m = set->n;
  set->model[m] = model;
  set->flag[m] = ear_flag_config_default(model);
  set->name[m] = model_set_name(set, m, model);
  set->n++;
  return set->name[m] || fail(err, "there is not enough memory for the model %s",
                              ear_model_info_get(model)->name);
}

static bool
open_builtins(model_set *set, ear_error *err)
{
  for (size_t i = 0; i < N_BUILTINS; i++) {
    ear_model *model = NULL;
    if (ear_model_builtin(&model, builtins[i], err) != EAR_OK) {
      note("%s", err->text);
    } else if (!add(set, model, err)) {
      return false;
    }
  }
  return set->n > 0
             ? true
             : fail(err, "this build has no built-in model; name a model file with "
                         "--model");
}

bool
model_set_open(model_set *set, const char *const *name, size_t n, ear_error *err)
{
  *set = (model_set){0};
  bool ok = true;
  if (n == 0) {
    ok = open_builtins(set, err);
  }
  for (size_t i = 0; ok && i < n; i++) {
    ear_model *model = NULL;
    ok = model_find(&model, name[i], err) && add(set, model, err);
  }
  if (!ok) {
    model_set_close(set);
  }
  return ok;
}

void
model_set_close(model_set *set)
{
  for (uint32_t m = 0; m < set->n; m++) {
    ear_model_unref(set->model[m]);
    free(set->name[m]);
  }
  *set = (model_set){0};
}

bool
can_flag(const model_set *set, uint32_t model, uint32_t label)
{
  return set->flag[model].threshold[label] <= 1;
}

void
model_set_list_labels(const model_set *set, char *text, size_t size)
{
  size_t used = 0;
  text[0] = '\0';
  for (uint32_t m = 0; m < set->n; m++) {
    const ear_model_info *info = ear_model_info_get(set->model[m]);
    for (uint32_t l = 0; l < info->n_labels && used < size; l++) {
      used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                               info->label[l]);
    }
  }
}

bool
model_set_has_label(const model_set *set, const char *label)
{
  for (uint32_t m = 0; m < set->n; m++) {
    const ear_model_info *info = ear_model_info_get(set->model[m]);
    for (uint32_t l = 0; l < info->n_labels; l++) {
      if (strcmp(info->label[l], label) == 0) {
        return true;
      }
    }
  }
  return false;
}

/* label NULL: all that harshness models flag.  Returns how many were set. */
static unsigned
set_thresholds(model_set *set, const char *label, float p)
{
  unsigned n = 0;
  for (uint32_t m = 0; m < set->n; m++) {
    const ear_model_info *info = ear_model_info_get(set->model[m]);
    for (uint32_t l = 0; l < info->n_labels; l++) {
      const bool meant =
          label ? strcmp(info->label[l], label) == 0
                : strcmp(info->task, "harshness") == 0 && info->threshold[l] <= 1;
      if (meant) {
        set->flag[m].threshold[l] = p;
        n++;
      }
    }
  }
  return n;
}

bool
model_set_threshold(model_set *set, const char *text, ear_error *err)
{
  const char *equals = strrchr(text, '=');
  char *label = equals ? strndup(text, (size_t)(equals - text)) : NULL;
  double p = 0;
  unsigned n = 0;
  if (!equals || label) {
    (void)parse_number(equals ? equals + 1 : text, 0, 1, &p);
    n = set_thresholds(set, label, (float)p);
  }
  if (n == 0 && label) {
    char labels[300];
    model_set_list_labels(set, labels, sizeof labels);
    (void)fail(err, "--threshold %s: no model here has the label '%s' (it can be %s)",
               text, label, labels);
  } else if (n == 0) {
    (void)fail(err,
               "--threshold %s: none of the models here judges harshness; name a "
               "label, as in --threshold LABEL=%s",
               text, text);
  }
  free(label);
  return n > 0;
}
