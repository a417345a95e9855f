/* SPDX-License-Identifier: ISC */
/* The list of formats, and what all of them need. */
#include "output.h"

#include <string.h>

const output_format *const output_formats[] = {&out_text,     &out_jsonl, &out_csv,
                                               &out_audacity, &out_raven, NULL};

const output_format *
output_find(const char *name)
{
  for (size_t i = 0; output_formats[i]; i++) {
    if (strcmp(output_formats[i]->name, name) == 0) {
      return output_formats[i];
    }
  }
  return NULL;
}

const char *
event_label(const report *r, const ear_event *e)
{
  return ear_model_info_get(r->models->model[e->model])->label[e->label];
}

bool
range_known(float low_hz, float high_hz)
{
  return high_hz > low_hz && high_hz > 0;
}
