/* SPDX-License-Identifier: ISC */
/* Whatever a name holds and however small the box, a picture is drawn and stays in it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../view/axes.h"
#include "../view/curves.h"
#include "../view/histogram.h"
#include "../view/matrix.h"
#include "../view/reliability.h"
#include "../view/roc.h"
#include "../view/save.h"
#include "../view/spectrogram.h"
#include "../view/text.h"
#include "../view/trials.h"
#include "folder.h"

static char long_name[201];
static const char *const odd[] = {
    "<script>alert(1)</script>",
    "\xf0\x9f\x8e\xb8 \xf0\x9f\xa5\x81 \xe6\x97\xa5\xe6\x9c\xac",
    "",
    "\xff\xfe broken \xc3",
    "line\nbreak\ttab\x01",
    "\xd8\xb9\xd8\xb1\xd8\xa8\xd9\x8a",
    long_name};
enum { N_ODD = sizeof odd / sizeof *odd };

static void
broken_utf8_and_control_characters_are_replaced(void **state)
{
  char out[64];
  (void)state;
  view_text_clean(out, sizeof out,
                  "a\xff"
                  "b\xc3");
  assert_string_equal(out, "a\xef\xbf\xbd"
                           "b\xef\xbf\xbd");
  view_text_clean(out, sizeof out,
                  "a\nb\x7f"
                  "c\xc2\x85");
  assert_string_equal(out, "a b c ");
  view_text_clean(out, sizeof out, "\xe0\x9f\xbfz"); /* overlong */
  assert_string_equal(out, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz");
  view_text_clean(out, sizeof out, "\xed\xa0\x80\xc0\xaf"); /* surrogate, overlong */
  assert_string_equal(out,
                      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  view_text_clean(out, 5, "\xf0\x9f\x8e\xb8z"); /* whole characters only */
  assert_string_equal(out, "\xf0\x9f\x8e\xb8");
  view_text_clean(out, 4, "\xf0\x9f\x8e\xb8z");
  assert_string_equal(out, "");
}

static void
text_is_cut_to_its_width_at_a_character(void **state)
{
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 400, 40);
  cairo_t *cr = cairo_create(s);
  const view_style st = {VIEW_TEXT_PX, false, VIEW_LEFT, {1, 1, 1}};
  (void)state;
  for (int i = 0; i < N_ODD; ++i) {
    const double whole = view_text_width(cr, &st, odd[i]);
    for (double w = -5; w < 300; w += 3.7) {
      const double drawn = view_text(cr, &st, 5, 20, w, odd[i]);
      assert_true(drawn <= fmax(w, 0) && drawn <= whole + 1e-6);
    }
    assert_true(fabs(view_text(cr, &st, 5, 20, 1e6, odd[i]) - whole) < 1e-9);
  }
  assert_int_equal(cairo_status(cr), CAIRO_STATUS_SUCCESS);
  cairo_destroy(cr);
  cairo_surface_destroy(s);
}

static void
numbers_have_a_dot_and_the_digits_of_their_step(void **state)
{
  static const struct {
    double v, step;
    const char *text;
  } all[] = {{0.5, 0.25, "0.50"},
             {3, 1, "3"},
             {-0.0, 1, "0"},
             {1e9, 1, "1e+09"},
             {0.001, 0.001, "0.001"}};
  char s[32];
  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
    view_number(s, sizeof s, all[i].v, all[i].step);
    assert_string_equal(s, all[i].text);
  }
}

static void
ticks_are_few_round_and_inside(void **state)
{
  double tick[VIEW_MAX_TICKS], step;
  (void)state;
  for (int e = -9; e <= 9; ++e) {
    for (int most = 1; most <= 12; ++most) {
      const view_axis a = {-0.37 * pow(10, e), 1.91 * pow(10, e), .title = NULL};
      const uint32_t n = view_ticks(&a, (uint32_t)most, tick, &step);
      assert_in_range(n, 0, most + 1);
      const double lead = step / pow(10, floor(log10(step) + 1e-9));
      assert_true(fabs(lead - 1) < 1e-6 || fabs(lead - 2) < 1e-6 ||
                  fabs(lead - 5) < 1e-6);
      for (uint32_t i = 0; i < n; ++i) {
        assert_true(tick[i] >= a.low - 1e-6 * step && tick[i] <= a.high + 1e-6 * step);
        assert_true(i == 0 || fabs(tick[i] - tick[i - 1] - step) < 1e-6 * step);
      }
    }
  }
}

/* ---- scenes of extreme data ---- */

typedef struct {
  uint32_t n; /* of everything */
  const char *label[64];
  double a[64], b[64]; /* values, some not finite */
  uint32_t count[64][64];
  float db[64][64];
} extreme;

static void
make_extreme(extreme *x, uint32_t n, int kind)
{
  static const double bad[] = {NAN, INFINITY, -INFINITY, 0, -1, 1e300, 1e-300, 0.5};
  *x = (extreme){.n = n};
  for (uint32_t i = 0; i < 64; ++i) {
    x->label[i] = odd[i % N_ODD];
    x->a[i] = kind == 0 ? 0 : kind == 1 ? bad[i % 8] : i / 64.0;
    x->b[i] = kind == 0 ? 0 : kind == 1 ? bad[(i + 3) % 8] : 1 - i / 64.0;
    for (uint32_t k = 0; k < 64; ++k) {
      x->count[i][k] = kind == 0 ? 0 : kind == 1 ? UINT32_MAX / 64 : i * k;
      x->db[i][k] = (float)(kind == 1 ? bad[(i + k) % 8] : -(double)k);
    }
  }
}

enum { N_KINDS = 3, N_DRAWS = 8 };

static void
draw_extreme(cairo_t *cr, const view_theme *th, view_box box, const extreme *x, int which)
{
  const char *title = odd[6], *note = odd[6];
  view_roc_curve roc[64];
  view_axis axis[64];
  float rows[64];
  for (uint32_t i = 0; i < 64; ++i) {
    roc[i] = (view_roc_curve){x->label[i], x->n, x->a, x->b, x->a[i]};
    axis[i] = (view_axis){.title = x->label[i], .log = i % 2};
    rows[i] = (float)(100 * i);
  }
  switch (which) {
  case 0:
    view_draw_curves(
        cr, th, box,
        &(view_curves){
            title, note, x->n, x->a, x->b, {x->a, x->b}, {odd[0], odd[1]}, x->a, x->n});
    break;
  case 1:
    view_draw_matrix(
        cr, th, box,
        &(view_matrix){title, note, x->n, x->label, &x->count[0][0], 64, x->count[0]});
    break;
  case 2:
    view_draw_roc(cr, th, box, &(view_roc){title, note, x->n, roc, roc[0]});
    break;
  case 3:
    view_draw_reliability(
        cr, th, box,
        &(view_reliability){title, note, x->n, x->a, x->b, x->count[1], x->a[0]});
    break;
  case 4:
    view_draw_histogram(cr, th, box,
                        &(view_histogram){title,
                                          note,
                                          {x->a[0], x->b[0], .title = odd[6]},
                                          x->n,
                                          x->count[1],
                                          odd[3],
                                          x->n,
                                          x->a,
                                          x->label});
    break;
  case 5:
    view_draw_bars(cr, th, box,
                   &(view_bars){title, note, x->n, x->label, x->a, x->b, x->label});
    break;
  case 6:
    view_draw_trials(
        cr, th, box,
        &(view_trials){title, note, x->n ? 1 : 0, x->b, odd[6], x->n, axis, x->a});
    break;
  default:
    view_draw_spectrogram(cr, th, box,
                          &(view_spectrogram){.title = title,
                                              .note = note,
                                              .n_frames = x->n,
                                              .n_bands = 64,
                                              .db = &x->db[0][0],
                                              .frame_s = 0.02,
                                              .high_hz = 8000,
                                              .n_ticks = x->n,
                                              .n_rows = 64,
                                              .activation = &x->db[0][0],
                                              .tick_s = 0.02,
                                              .row_low_hz = rows,
                                              .row_high_hz = rows,
                                              .activation_name = odd[6],
                                              .mark_low_hz = 1000,
                                              .mark_high_hz = 9e9f});
  }
}

/* The frame of 20 around the box keeps its colour; so does the box's own edge when there
   is room for the margin. */
static void
check_frame(cairo_surface_t *image, int w, int h, const view_theme *th, const char *what)
{
  const unsigned char *data = cairo_image_surface_get_data(image);
  const int stride = cairo_image_surface_get_stride(image);
  const uint32_t page = (uint32_t)(255 * th->page.r + 0.5) << 16 |
                        (uint32_t)(255 * th->page.g + 0.5) << 8 |
                        (uint32_t)(255 * th->page.b + 0.5);
  for (int y = 0; y < h + 40; ++y) {
    for (int x = 0; x < w + 40; ++x) {
      uint32_t v;
      memcpy(&v, data + (ptrdiff_t)y * stride + (ptrdiff_t)4 * x, sizeof v);
      const bool inside = x >= 20 && x < w + 20 && y >= 20 && y < h + 20;
      const bool edge = inside && w >= 200 && h >= 150 &&
                        (x < 24 || x >= w + 16 || y < 24 || y >= h + 16);
      if ((!inside && (v & 0xffffff) != 0xff00ff) || (edge && (v & 0xffffff) != page)) {
        fail_msg("%s leaves its place at (%d, %d)", what, x - 20, y - 20);
      }
    }
  }
}

static void
extreme_data_draw_without_error_and_inside_their_box(void **state)
{
  static const int size[][2] = {{1, 1}, {40, 30}, {200, 150}, {700, 500}};
  static const uint32_t counts[] = {0, 1, 2, 64};
  static extreme x;
  (void)state;
  for (int i = 0; i < 4 * 4 * N_KINDS * N_DRAWS; ++i) {
    const int *wh = size[i & 3], which = i / 16 % N_DRAWS, kind = i / 16 / N_DRAWS;
    const view_theme *th = view_theme_get(i & 1 ? VIEW_DARK : VIEW_LIGHT);
    char what[80];
    make_extreme(&x, counts[i / 4 % 4], kind);
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, wh[0] + 40, wh[1] + 40);
    cairo_t *cr = cairo_create(image);
    cairo_set_source_rgb(cr, 1, 0, 1);
    cairo_paint(cr);
    draw_extreme(cr, th, (view_box){20, 20, wh[0], wh[1]}, &x, which);
    snprintf(what, sizeof what, "scene %d of %u, kind %d, %d x %d", which, x.n, kind,
             wh[0], wh[1]);
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS) {
      fail_msg("%s: %s", what, cairo_status_to_string(cairo_status(cr)));
    }
    cairo_surface_flush(image);
    check_frame(image, wh[0], wh[1], th, what);
    cairo_destroy(cr);
    cairo_surface_destroy(image);
  }
}

/* ---- files ---- */

static void
draw_title(void *user, cairo_t *cr, double w, double h)
{
  view_box in;
  if (view_begin(cr, view_theme_get(VIEW_DARK), (view_box){0, 0, w, h}, user, NULL, 20,
                 &in)) {
    view_end(cr);
  }
}

static size_t
starts_with(const char *path, const char *magic)
{
  char have[8] = {0};
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  assert_int_equal(fread(have, 1, 5, f), 5);
  fclose(f);
  return strncmp(have, magic, strlen(magic)) == 0;
}

static void
a_picture_is_saved_by_its_ending_or_refused_with_a_sentence(void **state)
{
  char title[] = "\xff <b>";
  const view_picture p = {240, 160, 2, draw_title, title};
  ear_error err;
  (void)state;
  assert_int_equal(view_save(&p, folder_path("a.png"), &err), EAR_OK);
  assert_int_equal(view_save(&p, folder_path("a.SVG"), &err), EAR_OK);
  assert_int_equal(view_save(&p, folder_path("a.pdf"), &err), EAR_OK);
  assert_true(starts_with(folder_path("a.png"), "\x89PNG"));
  assert_true(starts_with(folder_path("a.SVG"), "<?xml"));
  assert_true(starts_with(folder_path("a.pdf"), "%PDF"));
  assert_int_equal(view_save(&p, folder_path("a.gif"), &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "must end in .png, .svg or .pdf"));
  assert_int_equal(view_save(&p, folder_path("none"), &err), EAR_BAD_ARGUMENT);
}

/* A folder stands where the file should: the rename fails, and nothing is left over. */
static void
a_picture_that_cannot_be_written_leaves_no_trace(void **state)
{
  char title[] = "x", command[2 * PATH_MAX + 64];
  const view_picture p = {240, 160, 1, draw_title, title};
  ear_error err;
  (void)state;
  folder_put("taken/b.png/file", "");
  assert_int_equal(view_save(&p, folder_path("taken/b.png"), &err), EAR_IO);
  assert_non_null(strstr(err.text, "b.png cannot be written"));
  snprintf(command, sizeof command, "test $(ls %s | wc -l) = 1", folder_path("taken"));
  assert_int_equal(system(command), 0);
  assert_int_equal(view_save(&p, folder_path("missing") /* made */, NULL),
                   EAR_BAD_ARGUMENT);
}

int
main(void)
{
  memset(long_name, 'W', sizeof long_name - 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(broken_utf8_and_control_characters_are_replaced),
      cmocka_unit_test(text_is_cut_to_its_width_at_a_character),
      cmocka_unit_test(numbers_have_a_dot_and_the_digits_of_their_step),
      cmocka_unit_test(ticks_are_few_round_and_inside),
      cmocka_unit_test(extreme_data_draw_without_error_and_inside_their_box),
      cmocka_unit_test_setup_teardown(
          a_picture_is_saved_by_its_ending_or_refused_with_a_sentence, folder_make,
          folder_remove),
      cmocka_unit_test_setup_teardown(a_picture_that_cannot_be_written_leaves_no_trace,
                                      folder_make, folder_remove),
  };
  const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
  cairo_debug_reset_static_data();
  return n_failed;
}
