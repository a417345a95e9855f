/* SPDX-License-Identifier: ISC */
/* From here on the engine decides: the spec that is built is written, loaded and checked
   by ear_model_write, with the engine's own bounds. */
#include "export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "equalize.h"
#include "integers.h"
#include "nn_layers.h"

static void
describe(ear_model_spec *spec, const export_info *info)
{
  spec->name = info->name;
  spec->task = info->task;
  spec->license = info->license;
  spec->card = info->card;
  spec->n_labels = info->n_labels;
  for (uint32_t i = 0; i < info->n_labels; ++i) {
    spec->label[i] = info->label[i];
    spec->threshold[i] = info->threshold[i];
  }
  spec->temperature = info->temperature;
  spec->unsure = info->unsure;
  spec->mean = info->mean;
  spec->inverse_std = info->inverse_std;
}

/* Weights that are not finite come from a training that went wrong. */
static ear_status
check_finite(nn *net, ear_error *err)
{
  for (uint32_t i = 0; i < net->n_params + net->n_buffers; ++i) {
    const nn_param p = i < net->n_params ? net->param[i] : net->buffer[i - net->n_params];
    for (size_t k = 0; k < p.n; ++k) {
      if (!isfinite(p.value[k])) {
        if (err) {
          snprintf(err->text, sizeof err->text,
                   "the weights of %s are not numbers any more: train again with a lower "
                   "rate",
                   net->recipe.name);
        }
        return EAR_BAD_ARGUMENT;
      }
    }
  }
  return EAR_OK;
}

static ear_status
check(nn *net, const export_info *info, uint32_t n_patches, ear_error *err)
{
  if (info->n_labels != net->n_labels || info->n_labels > EAR_MAX_LABELS || !n_patches) {
    if (err) {
      snprintf(err->text, sizeof err->text,
               "%u labels for a network of %u, %u patches: cannot be exported",
               info->n_labels, net->n_labels, n_patches);
    }
    return EAR_BAD_ARGUMENT;
  }
  return check_finite(net, err);
}

ear_status
export_model(nn *net, const export_info *info, const float *patches, uint32_t n_patches,
             uint8_t **bytes, size_t *n, ear_error *err)
{
  integers q;
  calibrate_steps steps[EAR_MAX_LAYERS + 1];
  nn *equal = NULL;
  moments m[RECIPE_MAX_LAYERS] = {{0}};
  *bytes = NULL;
  *n = 0;
  ear_status st = check(net, info, n_patches, err);
  if (st) {
    return st;
  }
  st = integers_new(&q, net, err);
  st = st ? st : equalized_new(&equal, steps, net, patches, n_patches, err);
  st = st ? st : moments_of(m, equal, patches, n_patches);
  st = st ? st : integers_take(&q, equal, steps, m);
  if (!st) {
    describe(&q.spec, info);
    st = ear_model_write(&q.spec, bytes, n, err);
  }
  nn_free(equal);
  moments_free(m, RECIPE_MAX_LAYERS);
  integers_free(&q);
  return st;
}
