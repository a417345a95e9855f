/* SPDX-License-Identifier: ISC */
/* What a value must be is checked before any model is opened; what it means, after. */
#include "model_options.h"

#include <string.h>

bool
model_options_model(model_options *o, const char *name, ear_error *err)
{
  if (o->n_models == EAR_MAX_MODELS) {
    return fail(err, "--model can be given four times at most; one too many is %s", name);
  }
  o->model[o->n_models++] = name;
  return true;
}

bool
model_options_threshold(model_options *o, const char *text, ear_error *err)
{
  const char *equals = strrchr(text, '=');
  double p = 0;
  if (equals == text || !parse_number(equals ? equals + 1 : text, 0, 1, &p)) {
    return fail(err,
                "--threshold takes a likelihood from 0 to 1, such as 0.7 or harsh=0.7, "
                "not %s",
                text);
  }
  if (o->n_thresholds == MAX_THRESHOLDS) {
    return fail(err, "--threshold was given too often, at %s", text);
  }
  o->threshold[o->n_thresholds++] = text;
  return true;
}

bool
model_options_hold(model_options *o, const char *text, ear_error *err)
{
  return parse_number(text, 0, 60000, &o->hold_ms) ||
         fail(err, "--hold-ms takes a time from 0 to 60000 ms, not %s", text);
}

static void
set_hold(const model_options *o, model_set *set)
{
  for (uint32_t m = 0; o->hold_ms >= 0 && m < set->n; m++) {
    set->flag[m].hold_ms = (float)o->hold_ms;
  }
}

exit_code
model_options_open(const model_options *o, model_set *set, ear_error *err)
{
  if (!model_set_open(set, o->model, o->n_models, err)) {
    return EXIT_MODEL;
  }
  for (size_t i = 0; i < o->n_thresholds; i++) {
    if (!model_set_threshold(set, o->threshold[i], err)) {
      model_set_close(set);
      return EXIT_USAGE;
    }
  }
  set_hold(o, set);
  return EXIT_DONE;
}

bool
model_options_reopen(const model_options *o, uint32_t m, ear_model **model,
                     ear_flag_config *flag, ear_error *err)
{
  model_set one;
  if (!model_set_open(&one, &o->model[m], 1, err)) {
    return false;
  }
  ear_error ignored;
  for (size_t i = 0; i < o->n_thresholds; i++) {
    (void)model_set_threshold(&one, o->threshold[i], &ignored);
  }
  set_hold(o, &one);
  *model = ear_model_ref(one.model[0]);
  *flag = one.flag[0];
  model_set_close(&one);
  return true;
}
