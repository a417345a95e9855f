/* SPDX-License-Identifier: ISC */
/* Room is taken once; a judgement allocates nothing here. */
#include "fit_valid.h"
#include "metrics.h"
#include "parallel_fit.h"

#include <stdlib.h>

ear_status
fit_valid_new(fit_valid *v, const example_source *source)
{
  const size_t n = source->n_examples, values = n * source->n_labels + 1;
  *v = (fit_valid){.source = source,
                   .p = malloc(values * sizeof *v->p),
                   .target = malloc(values * sizeof *v->target),
                   .truth = malloc((n + 1) * sizeof *v->truth),
                   .truths = malloc((n + 1) * sizeof *v->truths)};
  return v->p && v->target && v->truth && v->truths ? EAR_OK : EAR_NO_MEMORY;
}

void
fit_valid_free(fit_valid *v)
{
  free(v->p);
  free(v->target);
  free(v->truth);
  free(v->truths);
}

ear_status
fit_valid_judge(fit_valid *v, nn *net, fit_progress *p)
{
  const example_source *s = v->source;
  metrics m;
  if (s->n_examples == 0) {
    return EAR_OK;
  }
  const ear_status st = parallel_predict(net, s, v->p, v->target, &p->valid_loss);
  if (st) {
    return st;
  }
  bool several = false;
  for (uint32_t i = 0; i < s->n_examples; ++i) {
    const float *target = v->target + (size_t)i * s->n_labels;
    v->truth[i] = label_of(target, s->n_labels);
    v->truths[i] = labels_said(target, s->n_labels);
    several |= (v->truths[i] & (v->truths[i] - 1)) != 0;
  }
  const predictions pr = {s->n_examples, s->n_labels, v->truth,
                          NULL,          v->p,        several ? v->truths : NULL};
  metrics_compute(&m, &pr);
  p->valid_accuracy = m.accuracy;
  p->valid_macro_f1 = m.macro_f1;
  return EAR_OK;
}
