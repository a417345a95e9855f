/* SPDX-License-Identifier: ISC */
/* Every colour can be read and told apart, by colour-blind people too. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../view/theme.h"

static double
linear(double v)
{
  return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

typedef struct {
  double l, a, b;
} lab;

/* CIE 1976 L*a*b* of linear RGB, D65. */
static lab
lab_of(double r, double g, double b)
{
  const double xyz[3] = {(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
                         0.2126 * r + 0.7152 * g + 0.0722 * b,
                         (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089};
  double f[3];
  for (int i = 0; i < 3; ++i) {
    f[i] = xyz[i] > 0.008856 ? cbrt(xyz[i]) : 7.787 * xyz[i] + 16.0 / 116;
  }
  return (lab){116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

enum { N_EYES = 4 };

/* As seen by normal eyes, protanopes, deuteranopes, tritanopes; G. Machado, M. Oliveira,
   L. Fernandes, IEEE Trans. VCG 15(6), 2009, severity 1. */
static lab
seen(view_rgb c, int eyes)
{
  static const double m[N_EYES][3][3] = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                                         {{0.152286, 1.052583, -0.204868},
                                          {0.114503, 0.786281, 0.099216},
                                          {-0.003882, -0.048116, 1.051998}},
                                         {{0.367322, 0.860646, -0.227968},
                                          {0.280085, 0.672501, 0.047413},
                                          {-0.011820, 0.042940, 0.968881}},
                                         {{1.255528, -0.076749, -0.178779},
                                          {-0.078411, 0.930809, 0.147602},
                                          {0.004733, 0.691367, 0.303900}}};
  const double v[3] = {linear(c.r), linear(c.g), linear(c.b)};
  double out[3];
  for (int i = 0; i < 3; ++i) {
    const double *k = m[eyes][i];
    out[i] = fmin(fmax(k[0] * v[0] + k[1] * v[1] + k[2] * v[2], 0), 1);
  }
  return lab_of(out[0], out[1], out[2]);
}

static double
difference(view_rgb a, view_rgb b, int eyes)
{
  const lab x = seen(a, eyes), y = seen(b, eyes);
  return sqrt((x.l - y.l) * (x.l - y.l) + (x.a - y.a) * (x.a - y.a) +
              (x.b - y.b) * (x.b - y.b));
}

static void
text_stands_out_as_wcag_asks(void **state)
{
  (void)state;
  for (view_mode m = VIEW_LIGHT; m < VIEW_N_MODES; ++m) {
    const view_theme *th = view_theme_get(m);
    assert_true(view_contrast(th->ink, th->page) >= 7);
    assert_true(view_contrast(th->ink, th->plot) >= 7);
    assert_true(view_contrast(th->dim, th->page) >= 4.5);
    assert_true(view_contrast(th->dim, th->plot) >= 4.5);
    for (int i = 0; i <= 20; ++i) {
      const view_rgb right = view_mix(th->plot, th->good, i / 20.0);
      const view_rgb wrong = view_mix(th->plot, th->bad, i / 20.0);
      assert_true(view_contrast(view_text_on(th, right), right) >= 4);
      assert_true(view_contrast(view_text_on(th, wrong), wrong) >= 4);
    }
  }
  assert_true(fabs(view_contrast((view_rgb){0, 0, 0}, (view_rgb){1, 1, 1}) - 21) < 1e-9);
}

static void
lines_and_bars_stand_out_from_their_ground(void **state)
{
  (void)state;
  for (view_mode m = VIEW_LIGHT; m < VIEW_N_MODES; ++m) {
    const view_theme *th = view_theme_get(m);
    assert_true(view_contrast(th->good, th->plot) >= 3);
    assert_true(view_contrast(th->bad, th->plot) >= 3);
    for (int i = 0; i < VIEW_N_SERIES; ++i) {
      assert_true(view_contrast(th->series[i], th->plot) >= 3);
    }
  }
}

/* Series i and i + 4 share a dash. */
static void
all_eyes_tell_right_from_wrong_and_series_of_one_dash_apart(void **state)
{
  (void)state;
  for (view_mode m = VIEW_LIGHT; m < VIEW_N_MODES; ++m) {
    const view_theme *th = view_theme_get(m);
    for (int eyes = 0; eyes < N_EYES; ++eyes) {
      assert_true(difference(th->good, th->bad, eyes) >= 40);
      for (int i = 0; i < 4; ++i) {
        const double d = difference(th->series[i], th->series[i + 4], eyes);
        if (d < 20) {
          fail_msg("mode %d, eyes %d: series %d and %d differ by %.1f", (int)m, eyes, i,
                   i + 4, d);
        }
      }
    }
  }
}

static void
a_ramp_goes_one_way_in_lightness_for_all_eyes(void **state)
{
  (void)state;
  for (view_mode m = VIEW_LIGHT; m < VIEW_N_MODES; ++m) {
    const view_theme *th = view_theme_get(m);
    const double sign = m == VIEW_DARK ? 1 : -1;
    for (int eyes = 0; eyes < N_EYES; ++eyes) {
      for (int i = 0; i < 40; ++i) {
        const double t = i / 40.0, next = (i + 1) / 40.0;
        assert_true(sign * (seen(view_ramp(th->cool, next), eyes).l -
                            seen(view_ramp(th->cool, t), eyes).l) >
                    0);
        assert_true(sign * (seen(view_ramp(th->warm, next), eyes).l -
                            seen(view_ramp(th->warm, t), eyes).l) >
                    0);
      }
    }
  }
}

static void
the_tint_changes_the_colour_not_the_loudness_shown(void **state)
{
  (void)state;
  for (view_mode m = VIEW_LIGHT; m < VIEW_N_MODES; ++m) {
    const view_theme *th = view_theme_get(m);
    for (int i = 0; i <= 20; ++i) {
      const lab cool = seen(view_ramp(th->cool, i / 20.0), 0);
      const lab warm = seen(view_ramp(th->warm, i / 20.0), 0);
      if (fabs(cool.l - warm.l) > 5) {
        fail_msg("mode %d: lightness %.1f and %.1f at %.2f", (int)m, cool.l, warm.l,
                 i / 20.0);
      }
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_stands_out_as_wcag_asks),
      cmocka_unit_test(lines_and_bars_stand_out_from_their_ground),
      cmocka_unit_test(all_eyes_tell_right_from_wrong_and_series_of_one_dash_apart),
      cmocka_unit_test(a_ramp_goes_one_way_in_lightness_for_all_eyes),
      cmocka_unit_test(the_tint_changes_the_colour_not_the_loudness_shown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
