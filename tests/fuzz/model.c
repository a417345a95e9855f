/* SPDX-License-Identifier: ISC */
/* Whatever the bytes of a model file are: they are refused with a sentence, or make a
   network that runs, whose fastest kernels give the bits of the reference and whose
   logits and posteriors are finite. */
#include "fuzz.h"

#include "kernels.h"
#include "model_file.h"
#include "net.h"
#include "random_model.h"
#include "small_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  MORE_TICKS = 3,
  MOST_FRAMES = 512,
  N_SEEDS = 24,
  LOGITS = EAR_N_HORIZONS * EAR_MAX_LABELS
};

static void
check_info(const ear_model_info *info)
{
  const bool fits = info->n_labels >= 1 && info->n_labels <= EAR_MAX_LABELS &&
                    info->n_rows <= EAR_MAX_ROWS && strlen(info->sha256) == 64;
  if (!fits || !(info->tick_s > 0) || !(info->receptive_s > 0) ||
      !isfinite(info->tick_s + info->receptive_s)) {
    fuzz_broken("what a model says of itself makes sense");
  }
}

/* Frames made of the file's own bytes through a new network; its accumulators at the end
   and a check of all that can be asked. */
static void
run_network(ear_model *model, const uint8_t *data, size_t n, int32_t acc[LOGITS])
{
  const ear_model_spec *spec = ear_model_spec_get(model);
  const ear_shape *last = &model->shape[spec->n_layers - 1];
  const uint32_t n_frames = last->receptive + MORE_TICKS * last->stride;
  const uint32_t n_values = ear_front_end_values(&spec->front_end);
  float value[EAR_MAX_BANDS], p[EAR_MAX_LABELS], row[EAR_MAX_BANDS];
  ear_net *net;
  if (ear_net_new(&net, model, 2, 3, NULL)) {
    fuzz_broken("a model that was loaded makes a network");
  }
  for (uint32_t t = 0, i = 0; t < n_frames && t < MOST_FRAMES; ++t) {
    for (uint32_t v = 0; v < n_values; ++v, i = (i + 1) % (uint32_t)n) {
      value[v] = (float)data[i] - 128;
    }
    if (ear_net_push(net, value)) {
      ear_net_tick(net, data[i] % 4 == 0);
    }
  }
  for (int h = 0; h < (ear_net_averages(net) ? EAR_N_HORIZONS : 1); ++h) {
    const float *logit = ear_net_logits(net, (ear_horizon)h);
    ear_net_posteriors(spec, logit, p);
    ear_net_activation(net, (ear_horizon)h, spec->n_labels - 1, row);
    for (uint32_t o = 0; o < spec->n_labels; ++o) {
      acc[h * EAR_MAX_LABELS + (int)o] = ear_net_accumulators(net, (ear_horizon)h)[o];
      if (!(p[o] >= 0 && p[o] <= 1)) {
        fuzz_broken("posteriors are from 0 to 1");
      }
    }
  }
  ear_net_free(net);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  ear_model *model;
  ear_error err = {""};
  const ear_status st = ear_model_parse(&model, data, n, &err);
  if (st) {
    if (model || (st != EAR_BAD_MODEL && st != EAR_NO_MEMORY)) {
      fuzz_broken("what is refused leaves nothing");
    }
    fuzz_sentence(err.text);
    return 0;
  }
  fuzz_taken();
  int32_t fast[LOGITS] = {0}, reference[LOGITS] = {0};
  check_info(ear_model_info_get(model));
  run_network(model, data, n, fast);
  ear_kernels_force("ref");
  run_network(model, data, n, reference);
  ear_kernels_force(NULL);
  if (memcmp(fast, reference, sizeof fast)) {
    fuzz_broken("every kernel gives the bits of the reference");
  }
  ear_model_unref(model);
  return 0;
}

/* Network i; those of the second half have a branch. */
static void
make_seed(random_model *m, uint32_t i)
{
  random_model_make(m, i, 1, RANDOM_HEAD);
  for (uint32_t more = 1;
       i >= N_SEEDS / 2 && ear_model_concat(&m->spec) == m->spec.n_layers; ++more) {
    random_model_free(m);
    random_model_make(m, i + N_SEEDS * more, 1, RANDOM_HEAD);
  }
  if (!strcmp(m->spec.task, "classifier") && m->spec.activation == EAR_SOFTMAX) {
    m->spec.unsure = (float)i / N_SEEDS;
  }
}

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  uint8_t *bytes = NULL;
  size_t n = 0;
  if (i == 0) {
    bytes = small_model_bytes(&n);
  } else if (i < N_SEEDS) {
    random_model m;
    make_seed(&m, i);
    if (ear_model_write(&m.spec, &bytes, &n, NULL)) {
      fuzz_broken("random networks are models");
    }
    random_model_free(&m);
  }
  if (n && n <= FUZZ_MOST) {
    memcpy(data, bytes, n);
  }
  free(bytes);
  return n <= FUZZ_MOST ? n : 0;
}
