/* SPDX-License-Identifier: ISC */
/* Every random choice of a unit comes from streams of (seed, purpose, index), so a unit
   never depends on which thread renders it or on what was rendered before. */
#include "harsh.h"

#include "dsp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE_EXCERPT = 101, PURPOSE_NEUTRAL, PURPOSE_HARSH, PURPOSE_PATH };

/* Heard by the processors on both sides of an excerpt and cut off afterwards, so that
   nothing that starts from rest or flushes at the end can tell one class from another. */
static const double margin_s = 0.3;

static const double quiet_dbfs = -45.0; /* excerpts under this RMS are drawn again */
enum { MAX_TRIES = 12 };

static uint32_t
draw_track(const harsh_plan *plan, rng *r)
{
  double total = 0;
  for (uint32_t i = 0; i < plan->n_tracks; ++i) {
    total += plan->track[i].weight;
  }
  double left = rng_uniform(r) * total;
  for (uint32_t i = 0; i < plan->n_tracks; ++i) {
    left -= plan->track[i].weight;
    if (left < 0) {
      return i;
    }
  }
  return plan->n_tracks - 1;
}

void
harsh_weigh(harsh_track *track, uint32_t n_tracks)
{
  for (uint32_t i = 0; i < n_tracks; ++i) {
    double of_artist = 0;
    for (uint32_t j = 0; j < n_tracks; ++j) {
      if (!strcmp(track[i].artist, track[j].artist)) {
        of_artist += track[j].seconds;
      }
    }
    track[i].weight = of_artist > 0 ? track[i].seconds / sqrt(of_artist) : 0;
  }
}

static ear_status
draw_excerpt(const harsh_plan *plan, uint64_t index, harsh_unit *unit, ear_error *err)
{
  rng r = rng_stream(plan->seed, PURPOSE_EXCERPT, index);
  for (int try = 0; try < MAX_TRIES; ++try) {
    audio *a = &unit->version[0].sound;
    unit->track = draw_track(plan, &r);
    const harsh_track *t = &plan->track[unit->track];
    const double whole_s = plan->excerpt_s + 2 * margin_s;
    const double room = t->seconds - whole_s - 0.5;
    unit->start_s = room > 0 ? rng_range(&r, 0, room) : 0;
    /* The rate is not known before the file is open: ask for enough at 48 kHz. */
    ear_status st = audio_read_mono(a, t->path, (size_t)(unit->start_s * 44100),
                                    (size_t)(whole_s * 48000), err);
    if (st == EAR_NO_MEMORY) {
      return st;
    }
    if (st) {
      continue;
    }
    const size_t wanted = (size_t)(whole_s * a->rate_hz);
    if (a->n_frames >= wanted && gain_to_db(dsp_rms(a)) > quiet_dbfs) {
      a->n_frames = wanted;
      return EAR_OK;
    }
    audio_free(a);
  }
  if (err && !err->text[0]) {
    snprintf(
        err->text, sizeof err->text,
        "no excerpt of %.1f s with sound in it was found; use longer or louder tracks",
        plan->excerpt_s);
  }
  return EAR_IO;
}

/* Append one processed version; keeps quiet about an imperceptible one. */
static ear_status
add_version(const harsh_plan *plan, uint64_t index, uint32_t k, bool harsh,
            harsh_unit *unit, ear_error *err)
{
  harsh_version *v = &unit->version[unit->n_versions];
  memset(v, 0, sizeof *v);
  ear_status st = dsp_copy(&v->sound, &unit->version[0].sound);
  if (st) {
    return st;
  }
  rng r = rng_stream(plan->seed, harsh ? PURPOSE_HARSH : PURPOSE_NEUTRAL,
                     index * HARSH_MAX_VERSIONS + k);
  const unsigned every = (1u << DEGRADE_IDENTIFIER) - 1;
  const degrade_request request = {
      .kinds = !harsh        ? 1u << DEGRADE_NEUTRAL
               : plan->kinds ? plan->kinds
                             : every,
      .splits = harsh ? plan->harsh_splits : plan->neutral_splits,
      .n_operators = harsh && rng_uniform(&r) < 0.6 ? 1 : 0,
      .amount = -1,
      .seed = rng_u64(&r),
  };
  degrade_result result;
  st = degrade_apply(&v->sound, &request, &result, err);
  if (st || (harsh && result.severity < HARSH_MIN_SEVERITY)) {
    audio_free(&v->sound);
    return st == EAR_NO_MEMORY ? st : EAR_OK;
  }
  v->harsh = harsh;
  v->neutral = !harsh;
  v->kinds = result.kinds;
  v->severity = result.severity;
  v->centres = result.centres;
  snprintf(v->chain, sizeof v->chain, "%s", result.chain);
  ++unit->n_versions;
  return EAR_OK;
}

static double
largest_peak(const harsh_unit *unit)
{
  double peak = 0;
  for (uint32_t i = 0; i < unit->n_versions; ++i) {
    peak = fmax(peak, dsp_peak(&unit->version[i].sound));
  }
  return peak;
}

/* Cut the margins off every version. */
static void
trim(harsh_unit *unit)
{
  for (uint32_t i = 0; i < unit->n_versions; ++i) {
    audio *a = &unit->version[i].sound;
    const size_t margin = (size_t)(margin_s * a->rate_hz);
    a->n_frames -= 2 * margin;
    memmove(a->x, a->x + margin, a->n_frames * sizeof *a->x);
  }
}

ear_status
harsh_render(const harsh_plan *plan, uint64_t index, harsh_unit *unit, ear_error *err)
{
  memset(unit, 0, sizeof *unit);
  if (err) {
    err->text[0] = '\0';
  }
  ear_status st = draw_excerpt(plan, index, unit, err);
  if (st) {
    return st;
  }
  unit->n_versions = 1;
  for (uint32_t k = 0; !st && k < plan->n_neutral; ++k) {
    st = add_version(plan, index, k, false, unit, err);
  }
  for (uint32_t k = 0; !st && k < plan->n_harsh; ++k) {
    st = add_version(plan, index, k, true, unit, err);
  }
  rng r = rng_stream(plan->seed, PURPOSE_PATH, index);
  const uint64_t path_seed = rng_u64(&r);
  const double peak = largest_peak(unit); /* one gain for all: clipping lowers peaks */
  for (uint32_t i = 0; !st && i < unit->n_versions; ++i) {
    st = degrade_path(&unit->version[i].sound, path_seed, peak, err);
  }
  if (st) {
    harsh_unit_free(unit);
    return st;
  }
  trim(unit);
  return EAR_OK;
}

void
harsh_unit_free(harsh_unit *unit)
{
  for (uint32_t i = 0; i < unit->n_versions; ++i) {
    audio_free(&unit->version[i].sound);
  }
  unit->n_versions = 0;
}
