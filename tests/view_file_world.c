/* SPDX-License-Identifier: ISC */
/* Data by arithmetic that every machine does alike. */
#include "view_file_world.h"
#include "../view/file_picture.h"

#include <math.h>
#include <stdint.h>

enum { COLUMNS = 900, BANDS = 96, ROWS = 16, CLASSES = 5 };

static struct {
  float db[COLUMNS][BANDS], evidence[COLUMNS][ROWS], p[2][COLUMNS], short_p[2][COLUMNS];
  float class[CLASSES][COLUMNS], lufs[COLUMNS], short_lufs[COLUMNS];
  float low_hz[ROWS], high_hz[ROWS];
} world;

/* 0..1 */
static float
noise(uint32_t i)
{
  uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (float)(z >> 40) / (1 << 24);
}

static bool
harsh_at(uint32_t t)
{
  return (t > 300 && t < 360) || (t > 640 && t < 655);
}

static void
make(void)
{
  for (uint32_t t = 0; t < COLUMNS; ++t) {
    const float harsh = harsh_at(t) ? 1 : 0;
    for (uint32_t b = 0; b < BANDS; ++b) {
      const bool high = b > 60 && b < 76;
      world.db[t][b] = -18 - 0.45F * (float)b + 14 * noise(t * 128 + b) +
                       (high ? 22 * harsh : 0) - (t % 30 < 6 ? 0 : 8);
    }
    for (uint32_t r = 0; r < ROWS; ++r) {
      world.evidence[t][r] = (r > 8 && r < 12 ? 2 * harsh : 0.1F) * noise(t * 16 + r);
    }
    for (uint32_t m = 0; m < 2; ++m) {
      const float p = m ? 0.3F : 0.15F + 0.75F * harsh;
      world.p[m][t] = p * (0.5F + 0.6F * noise(7000 + 2 * t + m));
      world.short_p[m][t] = p * (0.85F + 0.2F * noise(9000 + 2 * t + m));
    }
    for (uint32_t c = 0; c < CLASSES; ++c) {
      const uint32_t turn = t / 180;
      world.class[c][t] = (c == turn ? 0.7F : 0.05F) + 0.2F * noise(31 * t + c);
    }
    world.lufs[t] = -14 - 8 * noise(40000 + t) + 4 * harsh;
    world.short_lufs[t] = -17 - 2 * noise(50000 + t) + 3 * harsh;
  }
  for (int r = 0; r < ROWS; ++r) {
    world.low_hz[r] = 16000.0F * (float)(r * r) / (ROWS * ROWS);
    world.high_hz[r] = 16000.0F * (float)((r + 1) * (r + 1)) / (ROWS * ROWS);
  }
}

static view_track
track(const float *v, double length_s)
{
  return (view_track){COLUMNS, length_s / COLUMNS / 2, length_s / COLUMNS, 1, v};
}

static view_file
describe(double length_s)
{
  make();
  view_file d = {.title = "album/07 - Tall <b>Tales</b>.flac",
                 .note = "6:12 long, 44.1 kHz, stereo. Harsh 8 % of the time, worst "
                         "2:10-2:27, 2.9-6.1 kHz. -15.2 LUFS.",
                 .length_s = length_s,
                 .worst_s = length_s * 345 / COLUMNS,
                 .worst_text = "worst at 2:22: harsh 97 %, 2.9-6.1 kHz",
                 .sound = {.n_frames = COLUMNS,
                           .n_bands = BANDS,
                           .db = &world.db[0][0],
                           .frame_s = length_s / COLUMNS,
                           .high_hz = 16000,
                           .n_ticks = COLUMNS,
                           .n_rows = ROWS,
                           .activation = &world.evidence[0][0],
                           .tick_s = length_s / COLUMNS,
                           .row_low_hz = world.low_hz,
                           .row_high_hz = world.high_hz,
                           .activation_name = "harsh"},
                 .n_likelihoods = 1,
                 .likelihood = {{"harsh", 0.6, track(world.p[0], length_s),
                                 track(world.short_p[0], length_s)}},
                 .momentary_lufs = track(world.lufs, length_s),
                 .short_lufs = track(world.short_lufs, length_s)};
  return d;
}

static void
add_classes(view_file *d)
{
  static const char *const name[CLASSES] = {"rock", "metal", "a class of a long name",
                                            "blues", "jazz"};
  static const double share[CLASSES] = {0.61, 0.22, 0.09, 0.05, NAN};
  for (uint32_t c = 0; c < CLASSES; ++c) {
    d->class[c] = (view_class){name[c], share[c], track(world.class[c], d -> length_s)};
  }
  d->n_classes = CLASSES;
}

void
file_scene(cairo_t *cr, const view_theme *th, view_box box)
{
  view_file d = describe(372);
  const double s = 372.0 / COLUMNS;
  const view_flagged flagged[2] = {{300 * s, 360 * s, 2900, 6100, 0},
                                   {640 * s, 655 * s, 2900, 6100, 0}};
  add_classes(&d);
  d.flagged = flagged;
  d.n_flagged = 2;
  view_draw_file(cr, th, box, &d);
}

void
file_scene_long(cairo_t *cr, const view_theme *th, view_box box)
{
  enum { N = 400 };
  static view_flagged flagged[N];
  view_file d = describe(36000);
  for (uint32_t i = 0; i < N; ++i) {
    const float from = 36000 * noise(60000 + i);
    flagged[i] = (view_flagged){(double)from, (double)(from + 20 * noise(i)), 2000,
                                5000 + 9000 * noise(i), i % 3 == 0};
  }
  d.note = NULL;
  d.n_likelihoods = 2;
  d.likelihood[1] = (view_likelihood){"applause or rain", NAN, track(world.p[1], 36000),
                                      track(world.short_p[1], 36000)};
  d.flagged = flagged;
  d.n_flagged = N;
  d.worst_s = 35000;
  d.worst_text = "worst at 9:43:20: harsh 97 %, 2.9-6.1 kHz";
  view_draw_file(cr, th, box, &d);
}

/* One step of everything, no evidence, no threshold, nothing flagged. */
void
file_scene_short(cairo_t *cr, const view_theme *th, view_box box)
{
  view_file d = describe(0.3);
  add_classes(&d);
  d.sound.n_frames = 3;
  d.sound.frame_s = 0.09;
  d.sound.n_ticks = 0;
  d.n_classes = 1;
  d.class[0].p.n = 1;
  d.class[0].p.step_s = 0.3;
  d.class[0].p.start_s = 0.15;
  d.likelihood[0].momentary.n = d.likelihood[0].short_term.n = 1;
  d.momentary_lufs.n = d.short_lufs.n = 0;
  d.worst_s = NAN;
  view_draw_file(cr, th, box, &d);
}

void
file_scene_empty(cairo_t *cr, const view_theme *th, view_box box)
{
  view_draw_file(cr, th, box, &(view_file){.title = "nothing.wav", .worst_s = NAN});
}
