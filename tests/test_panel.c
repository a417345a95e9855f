/* SPDX-License-Identifier: ISC */
/* The panel: the same data give the stored text, no text is wider or higher than asked,
   and nothing but colours and printable characters ever leaves it. */
#include "panel.h" /* before cmocka.h, whose fail is a macro */
#include "panel_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const char *golden_dir;
static bool storing; /* write the stored texts anew */

static void
draw(panel_text *text, const panel_world *w, const panel_look *look)
{
  panel *p = calloc(1, sizeof *p);
  assert_non_null(p);
  panel_reset(p);
  live_status s = w->s;
  for (uint32_t m = 0; m < w->models.n; ++m) { /* a peak, two seconds ago */
    ear_verdict before = w->r.tally[m].last;
    before.p[EAR_MOMENTARY][1] += 0.05f;
    s.clock_s = w->s.clock_s - 2;
    if (w->r.tally[m].n_ticks > 0) {
      panel_feed_verdict(p, &s, &before);
      panel_feed_verdict(p, &w->s, &w->r.tally[m].last);
    }
  }
  for (uint32_t c = 0; c < s.n_peaks; ++c) {
    s.peak[c] *= 1.25f;
  }
  panel_feed(p, &s);
  panel_feed(p, &w->s);
  panel_draw(text, p, &w->s, look);
  free(p);
}

static const struct {
  const char *scene;
  panel_look look;
} stored[] = {
    {"start", {79, 23, true, 0}},   {"silence", {79, 23, true, 0}},
    {"clean", {79, 23, true, 0}},   {"clean", {79, 23, false, 0}},
    {"clean", {79, 23, true, 256}}, {"harsh", {79, 23, true, 0}},
    {"harsh", {79, 23, false, 0}},  {"harsh", {79, 23, true, 256}},
    {"harsh", {79, 23, true, 16}},  {"harsh", {59, 19, true, 0}},
    {"harsh", {39, 7, true, 0}},    {"harsh", {39, 7, false, 0}},
    {"harsh", {79, 7, true, 0}},    {"harsh", {39, 23, true, 0}},
    {"harsh", {79, 1, true, 0}},    {"harsh", {12, 3, true, 0}},
    {"under", {79, 23, true, 0}},   {"waiting", {79, 23, true, 0}},
    {"waiting", {39, 7, true, 0}},  {"drops", {79, 23, true, 0}},
    {"drops", {79, 23, true, 16}},  {"classes", {79, 23, true, 0}},
    {"classes", {39, 7, true, 0}},  {"labels", {79, 23, true, 0}},
    {"labels", {79, 23, false, 0}}, {"labels", {39, 12, true, 0}},
    {"several", {79, 23, true, 0}}, {"channels", {79, 23, true, 0}},
    {"no-rms", {79, 23, true, 0}},  {"mono", {79, 23, true, 0}},
    {"genre", {79, 23, true, 0}},   {"unsure", {79, 23, true, 0}},
    {"unsure", {39, 23, true, 0}},
};

static void
read_stored(const char *path, char *text, size_t size)
{
  FILE *f = fopen(path, "r");
  if (!f) {
    fail_msg("%s is missing", path);
    return;
  }
  const size_t n = fread(text, 1, size - 1, f);
  text[n] = '\0';
  (void)fclose(f);
}

static void
store(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  (void)fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void
every_scene_looks_as_stored(void **state)
{
  (void)state;
  static panel_text text;
  static char now[PANEL_ROWS * PANEL_LINE_BYTES], then[sizeof now];
  for (size_t i = 0; i < sizeof stored / sizeof stored[0]; ++i) {
    const panel_look *look = &stored[i].look;
    char path[4096];
    panel_world w;
    assert_true(world_make(&w, stored[i].scene));
    draw(&text, &w, look);
    size_t n = 0;
    for (unsigned r = 0; r < text.n; ++r) {
      n += (size_t)snprintf(now + n, sizeof now - n, "%s\n", text.line[r]);
    }
    (void)snprintf(path, sizeof path, "%s/panel-%s-%ux%u%s%s.txt", golden_dir,
                   stored[i].scene, look->columns, look->rows, look->utf8 ? "" : "-ascii",
                   look->colours == 0    ? ""
                   : look->colours == 16 ? "-16"
                                         : "-256");
    if (storing) {
      store(path, now);
    } else {
      read_stored(path, then, sizeof then);
      if (strcmp(now, then) != 0) {
        fail_msg("%s differs; now it is\n%s", path, now);
      }
    }
    world_free(&w);
  }
}

/* Columns of a line as a terminal would count them; fails on what may not be in it. */
static unsigned
width_of(const char *line, bool utf8, unsigned colours)
{
  unsigned width = 0;
  bool coloured = false;
  while (*line) {
    wchar_t c = 0;
    mbstate_t state;
    memset(&state, 0, sizeof state);
    if (*line == '\033') {
      const size_t n = strspn(line + 2, "0123456789;");
      assert_true(colours > 0);
      assert_true(line[1] == '[' && line[2 + n] == 'm');
      coloured = !(n == 1 && line[2] == '0');
      line += 3 + n;
      continue;
    }
    const size_t n = mbrtowc(&c, line, strlen(line), &state);
    assert_in_range(n, 1, utf8 ? 4 : 1);
    assert_true(wcwidth(c) >= 0);
    width += (unsigned)wcwidth(c);
    line += n;
  }
  assert_false(coloured);
  return width;
}

static void
no_size_is_exceeded(void **state)
{
  (void)state;
  static panel_text text;
  for (size_t i = 0; world_scenes[i]; ++i) {
    panel_world w;
    assert_true(world_make(&w, world_scenes[i]));
    for (unsigned k = 0; k < 100 * 30; ++k) {
      const panel_look look = {1 + k % 100, 1 + k / 100, k % 2, (k / 2 % 3) * 16};
      draw(&text, &w, &look);
      assert_in_range(text.n, 1, look.rows < 23 ? look.rows : 23);
      for (unsigned r = 0; r < text.n; ++r) {
        const unsigned width = width_of(text.line[r], look.utf8, look.colours);
        const unsigned most = look.columns < 79 ? look.columns : 79;
        if (width > most) {
          fail_msg("%s at %ux%u, row %u: %u columns\n%s", world_scenes[i], look.columns,
                   look.rows, r, width, text.line[r]);
        }
      }
    }
    world_free(&w);
  }
}

/* Without colour, within one line's room: a flag must be seen all the same. */
static void
a_flag_shows_in_every_size(void **state)
{
  (void)state;
  static panel_text lit, dark;
  panel_world harsh, clean;
  assert_true(world_make(&harsh, "harsh"));
  assert_true(world_make(&clean, "clean"));
  for (unsigned k = 0; k < 76 * 23 * 2; ++k) {
    const panel_look look = {4 + k % 76, 1 + k / 76 % 23, k / 76 / 23, 0};
    draw(&lit, &harsh, &look);
    draw(&dark, &clean, &look);
    unsigned full[2] = {0, 0};
    for (unsigned r = 0; r < PANEL_ROWS; ++r) {
      /* a line that begins with two full blocks is part of a lit lamp, and of nothing
         else */
      const char *sign = look.utf8 ? "\xe2\x96\x88\xe2\x96\x88" : "##";
      full[0] += r < lit.n && strncmp(lit.line[r], sign, strlen(sign)) == 0;
      full[1] += r < dark.n && strncmp(dark.line[r], sign, strlen(sign)) == 0;
    }
    assert_true(full[0] > 0);
    assert_int_equal(full[1], 0);
  }
  world_free(&harsh);
  world_free(&clean);
}

static void
show(const char *scene, char **size)
{
  static panel_text text;
  panel_world w;
  const panel_look look = {(unsigned)atoi(size[0]), (unsigned)atoi(size[1]),
                           strcmp(size[2], "ascii") != 0, (unsigned)atoi(size[3])};
  (void)world_make(&w, scene);
  draw(&text, &w, &look);
  for (unsigned r = 0; r < text.n; ++r) {
    (void)puts(text.line[r]);
  }
  world_free(&w);
}

/* test_panel FOLDER [store]; test_panel show SCENE COLUMNS ROWS utf8|ascii COLOURS */
int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_scene_looks_as_stored),
      cmocka_unit_test(no_size_is_exceeded),
      cmocka_unit_test(a_flag_shows_in_every_size),
  };
  if (argc == 7) {
    show(argv[2], argv + 3);
    return 0;
  }
  golden_dir = argc > 1 ? argv[1] : ".";
  storing = argc > 2;
  (void)setlocale(LC_CTYPE, "C.UTF-8");
  return cmocka_run_group_tests(tests, NULL, NULL);
}
