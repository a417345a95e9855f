/* SPDX-License-Identifier: ISC */
/* Data by arithmetic that every machine does alike: no libm between seed and pixel. */
#include "view_world.h"
#include "../view/curves.h"
#include "../view/histogram.h"
#include "../view/matrix.h"
#include "../view/reliability.h"
#include "../view/roc.h"
#include "../view/save.h"
#include "../view/spectrogram.h"
#include "../view/trials.h"
#include "view_file_world.h"

#include <math.h>
#include <stdio.h>

static const char *const genre[10] = {"blues", "classical", "country", "disco",  "hiphop",
                                      "jazz",  "metal",     "pop",     "reggae", "rock"};

/* 0..1 */
static double
noise(uint32_t i)
{
  uint64_t z = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)(z >> 40) / (1 << 24);
}

static void
curves(cairo_t *cr, const view_theme *th, view_box box)
{
  enum { N = 40 };
  double loss[N], valid[N], accuracy[N], f1[N], rate[N];
  for (uint32_t i = 0; i < N; ++i) {
    const double t = 6.0 / (6 + i);
    loss[i] = 2.3 * t + 0.05 * noise(i);
    valid[i] = 2.2 * t + 0.3 + 0.006 * i + 0.12 * noise(100 + i);
    accuracy[i] = 0.84 * (1 - t) + 0.12 + 0.05 * noise(200 + i);
    f1[i] = accuracy[i] - 0.02 - 0.03 * noise(300 + i);
    rate[i] = i < 4 ? 2.5e-4 * (i + 1) : i < 28 ? 1e-3 : 1e-4;
  }
  valid[0] = NAN;
  view_draw_curves(cr, th, box,
                   &(view_curves){.title = "How it learned",
                                  .note = "Validation tells how it does on music it does "
                                          "not train on.",
                                  .n = N,
                                  .loss = loss,
                                  .valid_loss = valid,
                                  .measure = {accuracy, f1},
                                  .measure_name = {"accuracy", "macro-F1"},
                                  .rate = rate,
                                  .best = 29});
}

static void
one_epoch(cairo_t *cr, const view_theme *th, view_box box)
{
  const double loss = 0.7;
  view_draw_curves(
      cr, th, box,
      &(view_curves){.title = "One epoch", .n = 1, .loss = &loss, .best = 1});
}

static void
matrix_of(cairo_t *cr, const view_theme *th, view_box box, uint32_t n,
          const char *const *label, bool none)
{
  uint32_t count[64][64], undecided[64] = {0};
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t k = 0; k < n; ++k) {
      const double u = noise(64 * i + k);
      count[i][k] = i == k    ? 30 + (uint32_t)(60 * u)
                    : u > 0.7 ? (uint32_t)(60 * (u - 0.7))
                              : 0;
    }
  }
  undecided[n / 2] = 4;
  view_draw_matrix(
      cr, th, box,
      &(view_matrix){.title = "What is taken for what",
                     .note = "Rows: what a clip is. Blue: right, orange: wrong.",
                     .n = n,
                     .label = label,
                     .count = &count[0][0],
                     .stride = 64,
                     .none = none ? undecided : NULL});
}

static void
matrix_10(cairo_t *cr, const view_theme *th, view_box box)
{
  matrix_of(cr, th, box, 10, genre, true);
}

static void
matrix_2(cairo_t *cr, const view_theme *th, view_box box)
{
  static const char *const label[2] = {"clean", "harsh"};
  matrix_of(cr, th, box, 2, label, false);
}

static void
matrix_64(cairo_t *cr, const view_theme *th, view_box box)
{
  static char text[64][24];
  const char *label[64];
  for (int i = 0; i < 64; ++i) {
    snprintf(text[i], sizeof text[i], "%s number %d", genre[i % 10], i);
    label[i] = text[i];
  }
  matrix_of(cr, th, box, 64, label, false);
}

static void
roc_of(cairo_t *cr, const view_theme *th, view_box box, uint32_t n)
{
  enum { N = 24 };
  double x[64][N], y[64][N], mean[N] = {0}, at[N];
  view_roc_curve c[64];
  for (uint32_t i = 0; i < n; ++i) {
    const double k = 0.02 + 0.3 * noise(i) * noise(i);
    for (uint32_t j = 0; j < N; ++j) {
      x[i][j] = at[j] = j / (N - 1.0) * j / (N - 1.0);
      y[i][j] = x[i][j] * (1 + k) / (x[i][j] + k);
      mean[j] += y[i][j] / n;
    }
    c[i] = (view_roc_curve){genre[i % 10], N, x[i], y[i], 1 - k / 1.5};
  }
  view_draw_roc(cr, th, box,
                &(view_roc){.title = "How well each class is told apart",
                            .note = "The nearer to the upper left corner, the better.",
                            .n = n,
                            .curve = c,
                            .mean = {"mean", N, at, mean, 0.953}});
}

static void
roc_10(cairo_t *cr, const view_theme *th, view_box box)
{
  roc_of(cr, th, box, 10);
}

static void
roc_2(cairo_t *cr, const view_theme *th, view_box box)
{
  roc_of(cr, th, box, 2);
}

static void
reliability(cairo_t *cr, const view_theme *th, view_box box)
{
  enum { N = 15 };
  double said[N], right[N];
  uint32_t count[N];
  for (uint32_t i = 0; i < N; ++i) {
    said[i] = (i + 0.5) / N;
    right[i] = said[i] + 0.25 * (noise(i) - 0.7);
    right[i] = right[i] < 0 ? 0 : right[i];
    count[i] = i < 2 ? 0 : i * i * 3;
  }
  view_draw_reliability(
      cr, th, box,
      &(view_reliability){.title = "Can you trust its certainty?",
                          .note = "On the dashed line it is right as often as it says.",
                          .n = N,
                          .said = said,
                          .right = right,
                          .count = count,
                          .error = 0.083});
}

static void
histogram(cairo_t *cr, const view_theme *th, view_box box)
{
  enum { N = 40 };
  uint32_t count[N];
  for (uint32_t i = 0; i < N; ++i) {
    const double d = i - 26.0;
    count[i] = (uint32_t)(200 / (1 + d * d / 12) * (0.6 + 0.4 * noise(i)));
  }
  const double mark[2] = {-70, -0.5};
  const char *const name[2] = {"silent", "clipping is likely"};
  view_draw_histogram(cr, th, box,
                      &(view_histogram){.title = "Peak levels",
                                        .axis = {-80, 0, .title = "dBFS"},
                                        .n = N,
                                        .count = count,
                                        .what = "clips",
                                        .n_marks = 2,
                                        .mark = mark,
                                        .mark_name = name});
}

static void
bars(cairo_t *cr, const view_theme *th, view_box box)
{
  double value[10], of[10];
  for (uint32_t i = 0; i < 10; ++i) {
    of[i] = 60 + (int)(40 * noise(i));
    value[i] = 5 + (int)(30 * noise(i + 50));
  }
  view_draw_bars(cr, th, box,
                 &(view_bars){.title = "Clips of each class",
                              .note = "Strong: groups (artists), faint: clips.",
                              .n = 10,
                              .name = genre,
                              .value = value,
                              .of = of});
}

static void
spectrogram_of(cairo_t *cr, const view_theme *th, view_box box, bool activation)
{
  enum { FRAMES = 200, BANDS = 128, TICKS = 50, ROWS = 16 };
  static float db[FRAMES][BANDS], a[TICKS][ROWS];
  float low[ROWS], high[ROWS];
  for (uint32_t t = 0; t < FRAMES; ++t) {
    for (uint32_t b = 0; b < BANDS; ++b) {
      const int beat = (int)(t % 25);
      const bool tone = b % 17 == (t / 50) % 4 + 3;
      db[t][b] =
          (float)(-20 - 0.3 * b - 0.8 * beat + 12 * noise(t * 128 + b) + (tone ? 25 : 0));
    }
  }
  for (uint32_t t = 0; t < TICKS; ++t) {
    for (uint32_t r = 0; r < ROWS; ++r) {
      const bool inside = t > 15 && t < 32 && r > 8 && r < 13;
      a[t][r] = (float)((inside ? 2 : 0.2) * noise(t * 16 + r) - 0.3);
    }
  }
  for (int r = 0; r < ROWS; ++r) {
    low[r] = (float)(r < 4 ? 200 * r : 11025.0 * r * r / (ROWS * ROWS));
    high[r] =
        (float)(r < 3 ? 200 * (r + 1) : 11025.0 * (r + 1) * (r + 1) / (ROWS * ROWS));
  }
  view_draw_spectrogram(
      cr, th, box,
      &(view_spectrogram){.title = "rock/highway.ogg",
                          .note = "It is clean; the model said harsh (91 %).",
                          .n_frames = FRAMES,
                          .n_bands = BANDS,
                          .db = &db[0][0],
                          .start_s = 62,
                          .frame_s = 512 / 22050.0,
                          .high_hz = 11025,
                          .n_ticks = activation ? TICKS : 0,
                          .n_rows = ROWS,
                          .activation = &a[0][0],
                          .tick_start_s = 62,
                          .tick_s = 4 * 512 / 22050.0,
                          .row_low_hz = low,
                          .row_high_hz = high,
                          .activation_name = "harsh",
                          .mark_low_hz = activation ? 2800 : 0,
                          .mark_high_hz = activation ? 6100 : 0});
}

static void
spectrogram(cairo_t *cr, const view_theme *th, view_box box)
{
  spectrogram_of(cr, th, box, false);
}

static void
activation(cairo_t *cr, const view_theme *th, view_box box)
{
  spectrogram_of(cr, th, box, true);
}

static void
trials(cairo_t *cr, const view_theme *th, view_box box)
{
  enum { N = 48 };
  static const double rates[5] = {1e-4, 3e-4, 1e-3, 3e-3, 1e-2};
  double score[N], value[N][4];
  for (uint32_t i = 0; i < N; ++i) {
    const uint32_t r = (uint32_t)(5 * noise(i));
    value[i][0] = rates[r] * (0.8 + 0.4 * noise(i + 500));
    value[i][1] = 16 << (int)(4 * noise(i + 100));
    value[i][2] = 0.5 * noise(i + 200);
    value[i][3] = 32 + (int)(224 * noise(i + 300));
    score[i] = 0.72 - 0.05 * (r > 2 ? r - 2 : 2 - r) + 0.06 * noise(i + 400);
  }
  score[3] = NAN;
  const view_axis axis[4] = {{.title = "learning rate", .log = true},
                             {.title = "batch", .whole = true},
                             {.title = "dropout"},
                             {.title = "channels", .whole = true}};
  view_draw_trials(cr, th, box,
                   &(view_trials){.title = "What the search found",
                                  .n = N,
                                  .score = score,
                                  .score_name = "macro-F1",
                                  .n_settings = 4,
                                  .axis = axis,
                                  .value = &value[0][0]});
}

const view_scene view_scenes[N_SCENES] = {{"curves", 720, 480, curves},
                                          {"one_epoch", 400, 240, one_epoch},
                                          {"matrix_10", 760, 600, matrix_10},
                                          {"matrix_2", 480, 320, matrix_2},
                                          {"matrix_64", 1200, 1200, matrix_64},
                                          {"roc_10", 720, 480, roc_10},
                                          {"roc_2", 640, 420, roc_2},
                                          {"reliability", 560, 480, reliability},
                                          {"histogram", 560, 280, histogram},
                                          {"bars", 560, 320, bars},
                                          {"spectrogram", 720, 300, spectrogram},
                                          {"activation", 720, 320, activation},
                                          {"trials", 720, 480, trials},
                                          {"file", 1120, 860, file_scene},
                                          {"file_narrow", 480, 300, file_scene},
                                          {"file_long", 1120, 760, file_scene_long},
                                          {"file_short", 720, 480, file_scene_short},
                                          {"file_empty", 400, 240, file_scene_empty}};

typedef struct {
  const view_scene *scene;
  const view_theme *theme;
} request;

static void
draw(void *user, cairo_t *cr, double w, double h)
{
  const request *r = user;
  r->scene->draw(cr, r->theme, (view_box){0, 0, w, h});
}

cairo_surface_t *
view_scene_image(const view_scene *s, view_mode mode, double scale)
{
  request r = {s, view_theme_get(mode)};
  return view_image(&(view_picture){s->w, s->h, scale, draw, &r});
}

uint64_t
view_hash(cairo_surface_t *image)
{
  const int w = cairo_image_surface_get_width(image),
            h = cairo_image_surface_get_height(image);
  const int stride = cairo_image_surface_get_stride(image);
  const unsigned char *data = cairo_image_surface_get_data(image);
  uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ ((uint64_t)w << 32 | (uint32_t)h);
  for (int y = 0; y < h; ++y) {
    const uint32_t *row =
        (const uint32_t *)(const void *)(data + (size_t)y * (size_t)stride);
    for (int x = 0; x < w; ++x) {
      hash = (hash ^ (row[x] & 0xffffff)) * UINT64_C(0x100000001b3);
    }
  }
  return hash;
}
