/* SPDX-License-Identifier: ISC */
/* A unit rendered again is the unit that was judged, so what is heard is what was
   judged. */
#include "harsh_worst.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* How far on the wrong side: 0 or less when it is right. */
static double
wrongness(const harsh_example *e, double threshold, bool alarms)
{
  const double over = (double)e->score - threshold;
  return e->harsh == alarms ? -1 : alarms ? over + 1e-9 : -over;
}

static bool
has_track(const harsh_worst *worst, uint32_t n, uint32_t track)
{
  for (uint32_t i = 0; i < n; ++i) {
    if (worst[i].example->track == track) {
      return true;
    }
  }
  return false;
}

uint32_t
harsh_worst_of(harsh_worst worst[HARSH_N_WORST], const harsh_pool *pool, double threshold,
               bool alarms)
{
  uint32_t n = 0;
  for (; n < HARSH_N_WORST; ++n) {
    const harsh_example *best = NULL;
    for (uint32_t i = 0; i < pool->n; ++i) {
      const harsh_example *e = &pool->example[i];
      const double wrong = wrongness(e, threshold, alarms);
      if (wrong > 0 && !has_track(worst, n, e->track) &&
          (!best || wrong > wrongness(best, threshold, alarms))) {
        best = e;
      }
    }
    if (!best) {
      break;
    }
    worst[n] = (harsh_worst){.example = best};
    snprintf(worst[n].name, sizeof worst[n].name, "%s-%u.flac", alarms ? "alarm" : "miss",
             n + 1);
  }
  return n;
}

static void
describe(harsh_worst *w, const harsh_track *t, const harsh_version *v)
{
  const char *slash = strrchr(t->path, '/');
  /* harsh_render counts in samples of 44.1 kHz, before it knows the rate */
  const double s = floor((double)w->example->start_s * 44100 / v->sound.rate_hz);
  const int at =
      snprintf(w->what, sizeof w->what, "%.80s: %.120s at %.0f:%02.0f; ", t->artist,
               slash ? slash + 1 : t->path, floor(s / 60), fmod(s, 60));
  char *to = w->what + at;
  const size_t room = sizeof w->what - (size_t)at;
  if (v->harsh) {
    snprintf(to, room, "%.150s, severity %.0f", v->chain, v->severity);
  } else if (v->neutral) {
    snprintf(to, room, "harmless: %.150s", v->chain);
  } else {
    snprintf(to, room, "untouched");
  }
}

ear_status
harsh_worst_write(harsh_worst *w, const harsh_plan *plan, uint64_t first,
                  const char *folder, ear_error *err)
{
  char path[PATH_MAX];
  harsh_unit unit;
  const harsh_example *e = w->example;
  ear_status st = harsh_render(plan, first + e->unit, &unit, err);
  if (st) {
    return st;
  }
  if (e->version < unit.n_versions) {
    const harsh_version *v = &unit.version[e->version];
    describe(w, &plan->track[unit.track], v);
    snprintf(path, sizeof path, "%.*s/%s", PATH_MAX - 64, folder, w->name);
    st = audio_write(&v->sound, path, err);
  }
  harsh_unit_free(&unit);
  return st;
}
