/* SPDX-License-Identifier: ISC */
/* Examples are drawn by their number in the epoch, so who draws one changes nothing of
   it. */
#include "parallel_fit.h"
#include "fail.h"
#include "parallel.h"

#include <stdlib.h>
#include <string.h>

ear_status
parallel_batch_new(parallel_batch *b, uint32_t n, const nn *net, ear_error *err)
{
  *b = (parallel_batch){.n = n};
  b->mine = parallel_part(n, &b->first);
  if (n < parallel_ranks()) {
    return fail(err, EAR_BAD_ARGUMENT,
                "%u ranks cannot share batches of %u examples: start fewer, or give the "
                "recipe a larger batch",
                parallel_ranks(), n);
  }
  if (parallel_ranks() > 1) {
    b->gradient = malloc((nn_size(net) + 1) * sizeof *b->gradient);
    if (!b->gradient) {
      return fail(err, EAR_NO_MEMORY, "not enough memory");
    }
  }
  return EAR_OK;
}

void
parallel_batch_free(parallel_batch *b)
{
  free(b->gradient);
}

void
parallel_batch_sum(parallel_batch *b, nn *net, double *loss)
{
  float *at = b->gradient;
  if (!at) {
    return;
  }
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param q = nn_param_get(net, i);
    memcpy(at, q.gradient, q.n * sizeof *at);
    at += q.n;
  }
  parallel_sum(b->gradient, (size_t)(at - b->gradient));
  at = b->gradient;
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param q = nn_param_get(net, i);
    memcpy(q.gradient, at, q.n * sizeof *at);
    at += q.n;
  }
  parallel_sum_f64(loss, 1);
}

/* Examples of a source from `first` on. */
typedef struct {
  const example_source *source;
  uint32_t first;
} part;

static void
draw_part(void *self, uint64_t epoch, uint32_t i, float *patch, float *target)
{
  const part *p = self;
  p->source->draw(p->source->self, epoch, p->first + i, patch, target);
}

ear_status
parallel_predict(nn *net, const example_source *source, float *p, float *target,
                 double *loss)
{
  if (parallel_ranks() == 1) {
    return fit_predict(net, source, p, target, loss);
  }
  part mine = {.source = source};
  example_source here = *source;
  here.n_examples = parallel_part(source->n_examples, &mine.first);
  here.self = &mine;
  here.draw = draw_part;
  const size_t at = (size_t)mine.first * source->n_labels;
  const size_t bytes = (size_t)source->n_examples * source->n_labels * sizeof *p;
  memset(p, 0, bytes);
  memset(target, 0, bytes);
  const ear_status st = fit_predict(net, &here, p + at, target + at, loss);
  if (!st) {
    *loss *= (double)here.n_examples / source->n_examples;
    parallel_sum_f64(loss, 1);
    parallel_merge(p, bytes);
    parallel_merge(target, bytes);
  }
  return st;
}

ear_status
parallel_state(fit_state *s, ear_error *err)
{
  return parallel_ranks() == 1 ? EAR_OK : fit_share(s, parallel_tell, err);
}
