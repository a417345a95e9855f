/* SPDX-License-Identifier: ISC */
/* Text of strangers on a terminal: never wider than asked, never a byte that controls,
   always whole characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fit.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static const struct {
  const char *text;
  unsigned columns;
  const char *utf8, *ascii;
  unsigned used;
} cases[] = {
    {"rock", 4, "rock", "rock", 4},
    {"rock", 3, "ro…", "ro~", 3},
    {"rock", 1, "…", "~", 1},
    {"rock", 0, "", "", 0},
    {"", 5, "", "", 0},
    {"König", 5, "König", "K?nig", 5},
    {"音楽", 4, "音楽", "??", 4}, /* ASCII: one for one */
    {"音楽", 3, "音…", "??", 3},
    {"音楽", 2, "…", "??", 1},
    {"a\033[31mb\007\n\177", 20, "a?[31mb???", "a?[31mb???", 10},
    {"\xc2\x9b"
     "1m",
     9, "?1m", "?1m", 3}, /* the one-byte CSI, as UTF-8 */
    {"\xff\xc3", 9, "??", "??", 2},
    {"a\xe2\x80\xae"
     "b\xe2\x80\x8d"
     "c",
     9, "abc", "abc", 3}, /* turned, joined */
    {"e\xcc\x81\xcc\x82\xcc\x83\xcc\x84", 9, "e\xcc\x81\xcc\x82", "e", 1},
    {"\xcc\x81"
     "e",
     9, "e", "e", 1}, /* a mark on nothing */
};

static void
known_texts_come_out_as_expected(void **state)
{
  (void)state;
  char out[100];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    const unsigned n = fit_text(out, sizeof out, cases[i].text, cases[i].columns, true);
    assert_string_equal(out, cases[i].utf8);
    assert_int_equal(n, cases[i].used);
    (void)fit_text(out, sizeof out, cases[i].text, cases[i].columns, false);
    assert_string_equal(out, cases[i].ascii);
  }
}

/* Of well-formed UTF-8 without control characters; fails on anything else. */
static unsigned
width_of(const char *text)
{
  unsigned width = 0;
  while (*text) {
    wchar_t c = 0;
    mbstate_t state;
    memset(&state, 0, sizeof state);
    const size_t n = mbrtowc(&c, text, strlen(text), &state);
    assert_in_range(n, 1, 4);
    assert_true(wcwidth(c) >= 0);
    width += (unsigned)wcwidth(c);
    text += n;
  }
  return width;
}

static void
random_bytes_stay_in_their_place(void **state)
{
  (void)state;
  static const char *const parts[] = {
      "a",    "\xcc\x81", "\xe9\x9f\xb3", "\xf0\x9f\x8e\xa4", "\xe2\x80\x8d", "\033[2J",
      "\xc3", "\xe9\x9f", "\x80"};
  uint32_t seed = 1;
  for (int i = 0; i < 200000; ++i) {
    char text[64] = "", out[40];
    memset(out, 0x55, sizeof out);
    for (int k = 0; k < 12 && strlen(text) < 50; ++k) {
      seed = seed * 1664525u + 1013904223u;
      if (seed >> 31) {
        strcat(text, parts[(seed >> 8) % 9]);
      } else {
        const char byte[2] = {(char)(1 + (seed >> 8) % 255), '\0'};
        strcat(text, byte);
      }
    }
    const size_t size = 1 + (seed >> 12) % (sizeof out - 1);
    const unsigned columns = (seed >> 20) % 20;
    const bool utf8 = i % 2;
    const unsigned n = fit_text(out, size, text, columns, utf8);
    assert_true(strlen(out) < size);
    assert_int_equal(out[size], 0x55);
    assert_true(n <= columns);
    assert_int_equal(width_of(out), n);
    for (const char *c = out; *c && !utf8; ++c) {
      assert_in_range(*c, ' ', '~');
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_texts_come_out_as_expected),
      cmocka_unit_test(random_bytes_stay_in_their_place),
  };
  (void)setlocale(LC_CTYPE, "C.UTF-8");
  return cmocka_run_group_tests(tests, NULL, NULL);
}
