/* SPDX-License-Identifier: ISC */
/* Ten pictures a second at most, and none that would be the same. */
#include "outputs.h"
#include "trust.h"

static const double pause_s = 0.1;

void
strip_advance(plugin *pl, uint32_t n)
{
  strip *s = &pl->strip;
  const slot_result *result = pl->result[SLOT_HARSHNESS];
  const float own = result ? result->threshold * 100 : 100;
  const float threshold = pl->set_threshold > 0 ? pl->set_threshold : own;
  const float p = pl->harsh[(ear_horizon)pl->set_horizon];
  const uint32_t flag = outputs_flag(pl);
  const uint32_t shown =
      (uint32_t)(p + 0.5f) | (uint32_t)(threshold + 0.5f) << 7 | flag << 14;
  atomic_store_explicit(&s->shown, shown, memory_order_relaxed);
  s->since_s += pl->live ? n / pl->rate_hz : 0; /* else the rate is anything */
  if (pl->display && shown != s->asked && s->since_s >= pause_s) {
    s->asked = shown;
    s->since_s = 0;
    trust_queue_draw(pl->display);
  }
}
