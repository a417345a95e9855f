/* SPDX-License-Identifier: ISC */
/* A letter is five rows of bits, the highest of `width` bits on the left. */
#include "big_text.h"

#include <stdint.h>

typedef struct {
  uint8_t width; /* 0: there is none */
  uint8_t row[BIG_HEIGHT];
} big_letter;

/* Rows of three pixels as octal digits: 5 is # #, 7 is ###. */
static const big_letter letters[128] = {
    ['A'] = {3, {2, 5, 7, 5, 5}},      ['B'] = {3, {6, 5, 6, 5, 6}},
    ['C'] = {3, {7, 4, 4, 4, 7}},      ['D'] = {3, {6, 5, 5, 5, 6}},
    ['E'] = {3, {7, 4, 6, 4, 7}},      ['F'] = {3, {7, 4, 6, 4, 4}},
    ['G'] = {3, {7, 4, 5, 5, 7}},      ['H'] = {3, {5, 5, 7, 5, 5}},
    ['I'] = {1, {1, 1, 1, 1, 1}},      ['J'] = {3, {1, 1, 1, 5, 7}},
    ['K'] = {3, {5, 5, 6, 5, 5}},      ['L'] = {3, {4, 4, 4, 4, 7}},
    ['M'] = {5, {17, 27, 21, 17, 17}}, ['N'] = {4, {9, 13, 11, 9, 9}},
    ['O'] = {3, {7, 5, 5, 5, 7}},      ['P'] = {3, {7, 5, 7, 4, 4}},
    ['Q'] = {4, {14, 10, 10, 10, 15}}, ['R'] = {3, {6, 5, 6, 5, 5}},
    ['S'] = {3, {7, 4, 7, 1, 7}},      ['T'] = {3, {7, 2, 2, 2, 2}},
    ['U'] = {3, {5, 5, 5, 5, 7}},      ['V'] = {3, {5, 5, 5, 5, 2}},
    ['W'] = {5, {17, 17, 21, 27, 17}}, ['X'] = {3, {5, 5, 2, 5, 5}},
    ['Y'] = {3, {5, 5, 2, 2, 2}},      ['Z'] = {3, {7, 1, 2, 4, 7}},
    ['k'] = {3, {4, 5, 6, 5, 5}},      ['z'] = {3, {0, 7, 1, 4, 7}},
    ['0'] = {3, {7, 5, 5, 5, 7}},      ['1'] = {3, {2, 6, 2, 2, 7}},
    ['2'] = {3, {7, 1, 7, 4, 7}},      ['3'] = {3, {7, 1, 3, 1, 7}},
    ['4'] = {3, {5, 5, 7, 1, 1}},      ['5'] = {3, {7, 4, 7, 1, 7}},
    ['6'] = {3, {7, 4, 7, 5, 7}},      ['7'] = {3, {7, 1, 1, 1, 1}},
    ['8'] = {3, {7, 5, 7, 5, 7}},      ['9'] = {3, {7, 5, 7, 1, 7}},
    [' '] = {3, {0, 0, 0, 0, 0}},      ['.'] = {1, {0, 0, 0, 0, 1}},
    ['-'] = {2, {0, 0, 3, 0, 0}},      ['+'] = {3, {0, 2, 7, 2, 0}},
    ['/'] = {3, {1, 1, 2, 4, 4}},      ['_'] = {3, {0, 0, 0, 0, 7}},
    ['#'] = {3, {5, 7, 5, 7, 5}},      ['%'] = {3, {5, 1, 2, 4, 5}},
    ['&'] = {3, {2, 5, 2, 5, 3}},      ['\''] = {1, {1, 1, 0, 0, 0}},
    ['('] = {2, {1, 2, 2, 2, 1}},      [')'] = {2, {2, 1, 1, 1, 2}},
};

static const big_letter *
find(char c)
{
  return &letters[(unsigned char)c & 127];
}

unsigned
big_width(const char *text)
{
  unsigned width = 0;
  for (; *text; text++) {
    const unsigned letter = (unsigned char)*text < 128 ? find(*text)->width : 0;
    if (letter == 0) {
      return 0;
    }
    width += letter + (width > 0);
  }
  return width;
}

bool
big_pixel(const char *text, unsigned x, unsigned y)
{
  for (; *text; text++) {
    const big_letter *letter = find(*text);
    if (x < letter->width) {
      return y < BIG_HEIGHT && (letter->row[y] >> (letter->width - 1 - x) & 1);
    }
    if (x == letter->width) {
      return false; /* between two */
    }
    x -= letter->width + 1u;
  }
  return false;
}
