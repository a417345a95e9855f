/* SPDX-License-Identifier: ISC */
/* Whatever comes in, what goes out moves the cursor by exactly the columns returned. */
#include "fit.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wchar.h>

enum { MAX_MARKS = 2 };

/* Of UTF-8, whatever the user's locale is; 0 if the system has none. */
static locale_t utf8_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make_locale(void)
{
  utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* One character: its bytes in the text, and how it is shown. */
typedef struct {
  size_t n_bytes;
  int columns; /* 0: it stands on the one before, or is nothing */
  bool shown;
} character;

/* Marks of direction, invisible joiners, variants and tags: they would change how wide
   others are. */
static bool
steers(wchar_t c)
{
  return c == 0xad || c == 0x34f || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

/* In the locale of this thread; columns < 0 if the character must not be written. */
static character
next_character(const char *text)
{
  const unsigned char first = (unsigned char)*text;
  if (first < 0x80) {
    return (character){1, first < 0x20 || first == 0x7f ? -1 : 1, true};
  }
  wchar_t c = 0;
  mbstate_t state;
  memset(&state, 0, sizeof state);
  const size_t n = mbrtowc(&c, text, strnlen(text, 4), &state);
  if (n == 0 || n > 4) { /* an error is (size_t)-1 or -2 */
    return (character){.n_bytes = 1, .columns = -1, .shown = true};
  }
  return (character){.n_bytes = n, .columns = wcwidth(c), .shown = !steers(c)};
}

typedef struct {
  char *out;
  size_t n, size;
  unsigned column;
  int n_marks; /* on the last character */
} place;

static bool
put(place *p, const char *text, size_t n, unsigned columns)
{
  if (p->n + n >= p->size) {
    return false;
  }
  memcpy(p->out + p->n, text, n);
  p->n += n;
  p->column += columns;
  p->out[p->n] = '\0';
  return true;
}

static bool
put_character(place *p, const char *text, character c, bool utf8)
{
  if (!c.shown || (c.columns == 0 && (p->column == 0 || ++p->n_marks > MAX_MARKS))) {
    return true;
  }
  if (c.columns == 0) {
    return !utf8 || put(p, text, c.n_bytes, 0);
  }
  p->n_marks = 0;
  return c.columns < 0 || (!utf8 && c.n_bytes > 1)
             ? put(p, "?", 1, 1)
             : put(p, text, c.n_bytes, (unsigned)c.columns);
}

/* As much of text as fits; *room is where an ellipsis would stand. */
static bool
put_all(place *p, const char *text, unsigned columns, bool utf8, place *room)
{
  while (*text) {
    const character c = next_character(text);
    place before = *p;
    if (!put_character(p, text, c, utf8) || p->column > columns) {
      *p = before;
      return false;
    }
    if (p->column < columns && p->n + 3 < p->size) {
      *room = *p;
    }
    text += c.n_bytes;
  }
  return true;
}

unsigned
fit_text(char *out, size_t size, const char *text, unsigned columns, bool utf8)
{
  pthread_once(&once, make_locale);
  const locale_t users = utf8_locale ? uselocale(utf8_locale) : (locale_t)0;
  place p = {.out = out, .size = size};
  place room = p;
  out[0] = '\0';
  if (!put_all(&p, text, columns, utf8 && utf8_locale, &room)) {
    p = room;
    if (columns > 0) {
      (void)(utf8 ? put(&p, "\xe2\x80\xa6", 3, 1) : put(&p, "~", 1, 1));
    }
    out[p.n] = '\0';
  }
  if (utf8_locale) {
    (void)uselocale(users);
  }
  return p.column;
}
