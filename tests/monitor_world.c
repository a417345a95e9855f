/* SPDX-License-Identifier: ISC */
/* Made-up music from whole numbers: chords that change every half second, a drum, and
   where it is harsh a band of noise that the rows know of. */
#include "monitor_world.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BANDS = 128, ROWS = 16 };

static double
noise(uint32_t i)
{
  uint32_t x = i * 2654435761u + 12345u;
  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  return (x >> 8) / 16777216.0;
}

void
monitor_world_spectrum(view_monitor *m, uint32_t n_rows)
{
  view_spectrum s = {.n_bands = BANDS,
                     .high_hz = 11025,
                     .scale = EAR_MEL_SLANEY,
                     .column_s = 512 / 22050.0f,
                     .n_rows = n_rows};
  for (uint32_t r = 0; r < n_rows; ++r) {
    s.row_low_hz[r] = 11025.0f * (float)(r * r) / (float)(n_rows * n_rows);
    s.row_high_hz[r] = 11025.0f * (float)((r + 1) * (r + 1)) / (float)(n_rows * n_rows);
  }
  view_monitor_set_spectrum(m, &s);
}

static double
level_db(uint32_t t, uint32_t b, bool harsh)
{
  const uint32_t chord = t / 22;
  double db = -4 - 0.42 * b + 9 * noise(t * 131 + b);
  for (uint32_t k = 1; k < 9; ++k) { /* partials */
    const double at = 7 + 9 * noise(chord * 17) + 13.0 * k;
    db = fmax(db, 26 - 4.2 * k - 5.6 * fabs(b - at) - 4 * (t % 22) / 22.0);
  }
  if (t % 11 < 2) { /* a drum */
    db = fmax(db, 16 - 0.3 * b - 8 * (t % 11) + 5 * noise(t * 7 + b));
  }
  if (harsh && b > 66 && b < 92) {
    db = fmax(db, 8 + 9 * noise(t * 29 + b) - 0.3 * fabs(b - 79.0));
  }
  return db;
}

void
monitor_world_play(view_monitor *m, uint32_t first, uint32_t n, bool harsh)
{
  for (uint32_t t = first; t < first + n; ++t) {
    view_column c;
    float row[EAR_MAX_ROWS] = {0};
    memset(&c, 0, sizeof c);
    for (uint32_t b = 0; b < BANDS; ++b) {
      c.level[b] = (uint8_t)fmin(fmax(2 * (level_db(t, b, harsh) + 70), 0), 255);
    }
    for (uint32_t r = 0; r < ROWS; ++r) {
      row[r] = (float)(2 - fabs(r - 8.5));
    }
    view_monitor_tint(&c, ROWS, row, harsh ? 0.8 : 0.2, 0.62);
    view_monitor_column(m, &c);
  }
}

static void
names(view_monitor *m)
{
  static const char *const genre[] = {"blues", "classical", "country", "disco",  "hiphop",
                                      "jazz",  "metal",     "pop",     "reggae", "rock"};
  view_monitor_model(m, 0,
                     &(view_model){VIEW_FINE, "harshness (built in)",
                                   "The built-in model \"harshness\" runs."});
  view_monitor_model(
      m, 1,
      &(view_model){VIEW_FINE, "genre (built in)", "The built-in model \"genre\" runs."});
  view_monitor_labels(m, 10, genre);
  view_monitor_settings(m, 0.62f, true, EAR_SHORT);
}

static void
say(view_monitor *m, float momentary, float short_term, float integrated, bool flag)
{
  view_monitor_verdict(m,
                       &(view_verdict){.p = {momentary, short_term, integrated},
                                       .flag = flag,
                                       .low_hz = flag ? 2100 : 0,
                                       .high_hz = flag ? 4700 : 0},
                       10);
}

static void
minutes(view_monitor *m, uint32_t n)
{
  for (uint32_t s = 0; s < n; ++s) {
    const double wave = sin(s / 23.0) * sin(s / 7.0) + 0.4 * noise(s);
    const double p = fmin(fmax(0.3 + 0.45 * wave, 0.02), 0.98);
    view_monitor_second(m, (float)p, p > 0.62);
  }
}

static void
kinds(view_monitor *m)
{
  static const float all[] = {0.02f, 0.01f, 0.03f, 0.05f, 0.04f,
                              0.01f, 0.55f, 0.08f, 0.01f, 0.2f};
  static const float now[] = {0.01f, 0.01f, 0.01f, 0.02f, 0.02f,
                              0.01f, 0.71f, 0.03f, 0.01f, 0.17f};
  view_monitor_classes(m, all, now, false);
}

static void
empty(view_monitor *m)
{
  (void)m;
}

static void
waiting(view_monitor *m)
{
  names(m);
  monitor_world_spectrum(m, ROWS);
}

static void
music(view_monitor *m)
{
  waiting(m);
  monitor_world_play(m, 0, 700, false);
  say(m, 0.18f, 0.22f, 0.25f, false);
  kinds(m);
  minutes(m, 200);
}

static void
harsh(view_monitor *m)
{
  waiting(m);
  monitor_world_play(m, 0, 420, false);
  monitor_world_play(m, 420, 120, true);
  monitor_world_play(m, 540, 90, false);
  monitor_world_play(m, 630, 110, true);
  say(m, 0.97f, 0.97f, 0.4f, false);
  say(m, 0.93f, 0.81f, 0.41f, true);
  kinds(m);
  minutes(m, 580);
}

static void
frozen(view_monitor *m)
{
  harsh(m);
  view_monitor_input(m, &(view_input){.kind = VIEW_KEY, .key = 'f'});
  monitor_world_play(m, 0, 100, false);
  say(m, 0, 0, 0, false);
}

static void
hovered(view_monitor *m)
{
  harsh(m);
  view_monitor_input(m,
                     &(view_input){.kind = VIEW_MOVE, .x = 400, .y = 160, .now_s = 11});
  view_monitor_tick(m, 12);
}

static void
listed(view_monitor *m)
{
  static const char *const choice[] = {"built in: harshness", "drums-2.safetensors",
                                       "my long evening mix.safetensors",
                                       "vocals.safetensors"};
  music(m);
  view_monitor_can_browse(m, true);
  view_monitor_list(m, 0, 4, choice, 2);
}

static void
odd_names(view_monitor *m)
{
  static const char *const label[] = {
      "\xe6\x97\xa5\xe6\x9c\xac\xe3\x81\xae\xe9\x9f\xb3\xe6\xa5\xbd",
      "a label that is as long as sixty-three bytes may be, more or less",
      "\xff\xfe broken \xc3",
      "line\nbreak\ttab",
      "",
      "\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a"};
  static const float p[] = {0.5f, 0.2f, 0.1f, 0.1f, 0.05f, 0.05f};
  harsh(m);
  view_monitor_labels(m, 6, label);
  view_monitor_classes(m, p, p, false);
  view_monitor_model(
      m, 0,
      &(view_model){
          VIEW_TROUBLE,
          "a folder/with a model of a very long name indeed, "
          "version 12 (final).safetensors",
          "/home/me/a folder/with a model of a very long name indeed, version 12 "
          "(final).safetensors is missing, so the built-in model \"harshness\" "
          "runs: bring the file back, put it into a model folder, or choose "
          "another."});
  view_monitor_model(m, 1, &(view_model){VIEW_LOADING, "\xff\xfe", ""});
}

static void
without_rows(view_monitor *m)
{
  names(m);
  monitor_world_spectrum(m, 0);
  monitor_world_play(m, 0, 700, true);
  view_monitor_verdict(
      m, &(view_verdict){.p = {0.9f, 0.8f, 0.7f}, .flag = true, .low_hz = 0}, 10);
  view_monitor_dropped(m, 12);
}

const monitor_scene monitor_scenes[N_MONITOR_SCENES] = {
    {"empty", 860, 500, 1, VIEW_DARK, empty},
    {"waiting", 860, 500, 1, VIEW_DARK, waiting},
    {"music", 860, 500, 1, VIEW_DARK, music},
    {"harsh", 860, 500, 1, VIEW_DARK, harsh},
    {"harsh-light", 860, 500, 1, VIEW_LIGHT, harsh},
    {"harsh-2x", 860, 500, 2, VIEW_DARK, harsh},
    {"harsh-3x", 640, 400, 3, VIEW_LIGHT, harsh},
    {"frozen", 860, 500, 1, VIEW_DARK, frozen},
    {"hovered", 860, 500, 1, VIEW_DARK, hovered},
    {"listed", 860, 500, 1, VIEW_DARK, listed},
    {"odd-names", 700, 420, 1, VIEW_LIGHT, odd_names},
    {"without-rows", 1200, 700, 1, VIEW_DARK, without_rows},
    {"small", 330, 260, 1, VIEW_DARK, harsh},
    {"tiny", 150, 110, 1, VIEW_DARK, harsh},
};

view_monitor *
monitor_scene_new(const monitor_scene *s)
{
  view_monitor *m = view_monitor_new(s->mode);
  if (m) {
    view_monitor_size(m, s->w, s->h);
    s->fill(m);
  }
  return m;
}

cairo_surface_t *
monitor_image(view_monitor *m, double w, double h, double scale)
{
  cairo_surface_t *image = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)round(w * scale), (int)round(h * scale));
  cairo_t *cr = cairo_create(image);
  cairo_scale(cr, scale, scale);
  view_monitor_draw(m, cr, VIEW_ALL);
  cairo_destroy(cr);
  cairo_surface_flush(image);
  return image;
}

uint64_t
monitor_hash(cairo_surface_t *image)
{
  const int w = cairo_image_surface_get_width(image);
  const int h = cairo_image_surface_get_height(image);
  const unsigned char *data = cairo_image_surface_get_data(image);
  uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)w * 65536 + (uint64_t)h;
  for (int y = 0; y < h; ++y) {
    const unsigned char *row =
        data + (ptrdiff_t)y * cairo_image_surface_get_stride(image);
    for (int i = 0; i < 4 * w; ++i) {
      hash = (hash ^ (i % 4 == 3 ? 0 : row[i])) * UINT64_C(1099511628211);
    }
  }
  return hash;
}
