/* SPDX-License-Identifier: ISC */
/* A scout is an analyzer whose judges only note; what it notes depends on the samples
   from its place on, and on where that place is, and on nothing else. */
#include "analyzer.h"
#include "model_check.h"

#include <math.h>
#include <stdlib.h>

/* Of each model, for what a block of a resampler brings at once and an end flushes. */
enum { SPARE_TICKS = 8 };
static const double spare_s = 0.5, most_ticks = 1e8;

struct ear_scout {
  ear_analyzer *an;
  ear_notes notes;
  uint64_t at; /* samples of the stream pushed or passed over */
};

/* Room for the ticks of all models in n samples. */
static bool
take_room(ear_scout *s, const ear_analyzer_config *config, uint64_t n)
{
  uint32_t n_notes = 0;
  size_t n_bytes = 0;
  for (uint32_t m = 0; m < config->n_models; ++m) {
    const ear_model_info *info = ear_model_info_get(config->model[m]);
    const double n_ticks = ((double)n / config->rate_hz + spare_s) / info->tick_s;
    if (n_ticks > most_ticks) {
      return false;
    }
    const uint32_t n_own = (uint32_t)ceil(n_ticks) + SPARE_TICKS;
    n_notes += n_own;
    n_bytes += n_own * ear_analyzer_column_bytes(s->an, m);
  }
  return ear_notes_new(&s->notes, n_notes, n_bytes);
}

ear_status
ear_scout_new(ear_scout **out, const ear_analyzer_config *config, uint64_t n,
              ear_error *err)
{
  *out = NULL;
  ear_analyzer_config own = *config;
  own.on_verdict = NULL;
  own.on_event = NULL;
  ear_scout *s = calloc(1, sizeof *s);
  ear_status st = s ? ear_analyzer_new_cold(&s->an, &own, err) : EAR_NO_MEMORY;
  if (!st && !ear_analyzer_can_seek(s->an)) {
    st = ear_fail(err, EAR_BAD_ARGUMENT,
                  "At %.10g Hz a recording cannot be analysed in several places at once: "
                  "analyse it in one pass.",
                  config->rate_hz);
  } else if (!st && (!take_room(s, config, n) || !ear_analyzer_warm(s->an))) {
    st = ear_fail(err, EAR_NO_MEMORY,
                  "Not enough memory for the analyzer: close other programs.");
  }
  if (st) {
    ear_scout_free(s);
    return st;
  }
  ear_analyzer_set_notes(s->an, &s->notes);
  *out = s;
  return EAR_OK;
}

void
ear_scout_free(ear_scout *s)
{
  if (s) {
    ear_analyzer_free(s->an);
    ear_notes_free(&s->notes);
    free(s);
  }
}

uint64_t
ear_scout_begin(ear_scout *s, uint64_t first)
{
  ear_analyzer_warm(s->an);
  ear_notes_clear(&s->notes, first);
  s->at = ear_analyzer_seek(s->an, first);
  return s->at;
}

void
ear_scout_push(ear_scout *s, const float *x, size_t n)
{
  ear_analyzer_push(s->an, x, n);
  s->at += n;
}

void
ear_scout_finish(ear_scout *s)
{
  ear_analyzer_finish(s->an);
}

void
ear_analyzer_take(ear_analyzer *an, const ear_scout *s)
{
  ear_analyzer_take_notes(an, &s->notes, s->at);
}
