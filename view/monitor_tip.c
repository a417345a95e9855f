/* SPDX-License-Identifier: ISC */
/* Each tooltip says what there is and what to do, in two short lines. */
#include "monitor_parts.h"
#include "spectrogram.h"

#include <math.h>
#include <stdio.h>

void
monitor_hz_text(char *out, size_t n, double hz)
{
  if (hz < 1000) {
    snprintf(out, n, "%.0f Hz", round(hz / 10) * 10);
  } else {
    snprintf(out, n, hz < 9950 ? "%.1f kHz" : "%.0f kHz", hz / 1000);
  }
  for (char *c = out; *c; ++c) {
    *c = *c == ',' ? '.' : *c;
  }
}

/* The frequency at a place on the mel scale, by halving. */
static double
hz_at(const view_spectrum *s, double place)
{
  double low = (double)s->low_hz, high = (double)s->high_hz;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    const double p =
        view_mel_place(s->scale, (double)s->low_hz, (double)s->high_hz, middle);
    *(p < place ? &low : &high) = middle;
  }
  return low;
}

bool
monitor_reading(const view_monitor *m, double *hz, double *age_s)
{
  const view_box p = monitor_plot(m, VIEW_SPECTRUM);
  if (m->hover != SPOT_SPECTRUM || !m->spectrum.n_bands || p.h <= 0) {
    return false;
  }
  *hz = hz_at(&m->spectrum, 1 - (m->y - p.y) / p.h);
  *age_s = (p.x + p.w - m->x) * (double)m->spectrum.column_s;
  return true;
}

static void
spectrum_tip(const view_monitor *m, char *out, size_t n)
{
  double hz, age_s;
  char at[16];
  if (!monitor_reading(m, &hz, &age_s)) {
    snprintf(out, n, "This model looks at no spectrum.");
    return;
  }
  monitor_hz_text(at, sizeof at, hz);
  snprintf(out, n,
           "%s, %.0f s ago. Orange: what the model takes for harsh. Wheel: brightness "
           "(%+.0f dB).",
           at, age_s, m->gain_db);
}

static void
history_tip(const view_monitor *m, char *out, size_t n)
{
  const view_box p = monitor_plot(m, VIEW_HISTORY);
  const double age = (p.x + p.w - m->x) / p.w * VIEW_SECONDS;
  const uint32_t s = age > 0 ? (uint32_t)age : 0;
  if (s >= VIEW_SECONDS || s >= m->n_seconds) {
    snprintf(out, n, "The last ten minutes, second by second. Orange: flagged as harsh.");
    return;
  }
  const uint8_t v = m->second[(m->n_seconds - 1 - s) % VIEW_SECONDS];
  snprintf(out, n, "%u min %u s ago: %u %%, %s.", s / 60, s % 60, v & 127u,
           v > 127 ? "flagged as harsh" : "not flagged");
}

static const char *
fixed_tip(view_spot spot)
{
  switch ((int)spot) {
  case SPOT_FREEZE:
    return "Holds the picture still to look at it; the analysis goes on. Key: F.";
  case SPOT_RESET:
    return "Forgets what was heard: integrated harshness and class begin anew. Key: R.";
  case SPOT_MODE:
    return "Dark or light. Key: T.";
  case SPOT_THRESHOLD:
    return "Harshness from this line on raises the flag: drag it, or turn the wheel. "
           "Double click: the model's own.";
  case SPOT_HORIZON:
    return "Judge the flag by the last 0.4 s: quick and nervous. Key: M.";
  case SPOT_HORIZON + 1:
    return "Judge the flag by the last 3 s. Key: S.";
  case SPOT_HORIZON + 2:
    return "Judge the flag by all since the reset: slow and sure. Key: I.";
  case SPOT_BACK:
  case SPOT_BACK + 1:
    return "The model before this one in its folder. Wheel over the name does so too.";
  case SPOT_NEXT:
  case SPOT_NEXT + 1:
    return "The next model in the folder. Wheel over the name does so too.";
  case SPOT_LAMP:
    return "Lit while the sound is harsh over the horizon chosen, and for the hold time.";
  case SPOT_CLASSES:
    return "What the classifier takes the music for since the reset; the small line is "
           "the last 3 s.";
  default:
    return "";
  }
}

void
monitor_tip_text(const view_monitor *m, char *out, size_t n)
{
  const view_spot spot = m->hover;
  if (spot == SPOT_SPECTRUM) {
    spectrum_tip(m, out, n);
  } else if (spot == SPOT_HISTORY) {
    history_tip(m, out, n);
  } else if (spot >= SPOT_NAME && spot < SPOT_NEXT) {
    snprintf(out, n, "%s", m->model[spot - SPOT_NAME].sentence);
  } else {
    snprintf(out, n, "%s", fixed_tip(spot));
  }
}
