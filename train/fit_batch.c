/* SPDX-License-Identifier: ISC */
/* Threads fill disjoint examples of a batch; everything that sums runs in one order. */
#include "fit_batch.h"
#include "../engine/net.h"
#include "fit.h"
#include "fit_loss.h"

#include <stdlib.h>
#include <string.h>

void
batch_free(batch *b)
{
  free(b->x);
  free(b->target);
  free(b->dlogit);
}

ear_status
batch_new(batch *b, const recipe *r, uint32_t n_labels)
{
  const uint32_t n_outputs = n_labels + recipe_n_extra(r);
  *b = (batch){.room = r->train.batch,
               .n_outputs = n_outputs,
               .patch = (size_t)r->frames * ear_front_end_values(&r->front_end)};
  b->x = malloc(b->room * b->patch * sizeof *b->x);
  b->target = malloc((size_t)b->room * n_outputs * sizeof *b->target);
  b->dlogit = malloc((size_t)b->room * n_outputs * sizeof *b->dlogit);
  if (!b->x || !b->target || !b->dlogit) {
    batch_free(b);
    return EAR_NO_MEMORY;
  }
  return EAR_OK;
}

void
batch_draw(batch *b, const example_source *s, uint64_t epoch, uint32_t first, uint32_t n)
{
#pragma omp parallel for schedule(static)
  for (uint32_t i = 0; i < n; ++i) {
    s->draw(s->self, epoch, first + i, b->x + i * b->patch,
            b->target + (size_t)i * b->n_outputs);
  }
}

/* Posteriors of n_labels logits. */
static void
activate(const float *logit, uint32_t n_labels, recipe_activation activation, float *p)
{
  ear_model_spec spec = {.n_labels = n_labels,
                         .activation =
                             activation == RECIPE_SIGMOID ? EAR_SIGMOID : EAR_SOFTMAX,
                         .temperature = 1};
  ear_net_posteriors(&spec, logit, p);
}

ear_status
fit_predict(nn *net, const example_source *source, float *p, float *target, double *loss)
{
  const recipe *r = nn_recipe(net);
  const uint32_t labels = source->n_labels, extra = recipe_n_extra(r);
  const uint32_t outputs = labels + extra;
  const loss_rule plain = {.activation = r->train.activation, .n_extra = extra};
  batch b;
  const ear_status st = batch_new(&b, r, labels);
  if (st) {
    return st;
  }
  *loss = 0;
  for (uint32_t i = 0; i < source->n_examples; i += b.room) {
    const uint32_t left = source->n_examples - i, n = left < b.room ? left : b.room;
    batch_draw(&b, source, 0, i, n);
    const float *logit = nn_forward(net, b.x, n, false);
    *loss += n * fit_loss(logit, b.target, n, labels, &plain, NULL) / source->n_examples;
    for (uint32_t k = 0; k < n; ++k) {
      const size_t at = (size_t)(i + k) * labels;
      activate(logit + (size_t)k * outputs, labels, r->train.activation, p + at);
      if (target) {
        memcpy(target + at, b.target + (size_t)k * outputs, labels * sizeof *target);
      }
    }
  }
  batch_free(&b);
  return EAR_OK;
}
