/* SPDX-License-Identifier: ISC */
/* Text stands out 4.5 to 1 from what is behind it, lines of a series 3 to 1. */
#include "theme.h"

#include <math.h>

#define HEX(c)                                                                           \
  {                                                                                      \
    ((c) >> 16) / 255.0, ((c) >> 8 & 255) / 255.0, ((c)&255) / 255.0                     \
  }

static const view_theme themes[VIEW_N_MODES] = {
    {.page = HEX(0xffffff),
     .plot = HEX(0xf4f6f8),
     .grid = HEX(0xdde2e7),
     .edge = HEX(0x9aa4ae),
     .ink = HEX(0x1a1f24),
     .dim = HEX(0x5a6570),
     .good = HEX(0x0b6bb0),
     .bad = HEX(0xcc5500),
     .series = {HEX(0x0b6bb0), HEX(0xcc5500), HEX(0x00855f), HEX(0xb0408a), HEX(0x826600),
                HEX(0x2b8fb8), HEX(0x7d2020), HEX(0x23282e)},
     .cool = {HEX(0xf7f9fb), HEX(0xc3d6e6), HEX(0x7fa8cc), HEX(0x3a72a8), HEX(0x0b2f57)},
     .warm = {HEX(0xfff8ef), HEX(0xffca90), HEX(0xe98e41), HEX(0xba4d00), HEX(0x512000)}},
    {.page = HEX(0x15181d),
     .plot = HEX(0x1c2027),
     .grid = HEX(0x2e343d),
     .edge = HEX(0x6c7683),
     .ink = HEX(0xeceff3),
     .dim = HEX(0xa3adb9),
     .good = HEX(0x4fa8e8),
     .bad = HEX(0xff8f3c),
     .series = {HEX(0x4fa8e8), HEX(0xff8f3c), HEX(0x2fc79a), HEX(0xe394c6), HEX(0xf0e05a),
                HEX(0x9db4ff), HEX(0xb86a5e), HEX(0xe8edf2)},
     .cool = {HEX(0x10141b), HEX(0x1c3550), HEX(0x33648f), HEX(0x6aa3d4), HEX(0xe4f1fc)},
     .warm = {HEX(0x201006), HEX(0x562608), HEX(0x9e470d), HEX(0xe18844),
              HEX(0xfceddd)}}};

const view_theme *
view_theme_get(view_mode mode)
{
  return &themes[mode == VIEW_DARK];
}

view_rgb
view_mix(view_rgb a, view_rgb b, double t)
{
  return (view_rgb){a.r + t * (b.r - a.r), a.g + t * (b.g - a.g), a.b + t * (b.b - a.b)};
}

view_rgb
view_ramp(const view_rgb stop[VIEW_N_STOPS], double t)
{
  const double at = (t > 0 ? t < 1 ? t : 1 : 0) * (VIEW_N_STOPS - 1);
  const int i = at < VIEW_N_STOPS - 1 ? (int)at : VIEW_N_STOPS - 2;
  return view_mix(stop[i], stop[i + 1], at - i);
}

static double
linear(double v)
{
  return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double
luminance(view_rgb c)
{
  return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double
view_contrast(view_rgb a, view_rgb b)
{
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return x > y ? x / y : y / x;
}

view_rgb
view_text_on(const view_theme *th, view_rgb ground)
{
  return view_contrast(th->ink, ground) >= view_contrast(th->page, ground) ? th->ink
                                                                           : th->page;
}
