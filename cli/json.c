/* SPDX-License-Identifier: ISC */
/* Every byte that leaves is part of well-formed UTF-8 (RFC 3629, table 3-7 of Unicode).
 */
#include "json.h"

#include <math.h>
#include <string.h>

/* Bytes of the well-formed UTF-8 character at s, 0 if there is none. */
static size_t
utf8_length(const unsigned char *s)
{
  unsigned char low = 0x80, high = 0xbf;
  size_t n = 0;
  if (s[0] < 0x80) {
    return 1;
  } else if (s[0] >= 0xc2 && s[0] <= 0xdf) {
    n = 2;
  } else if ((s[0] & 0xf0) == 0xe0) {
    n = 3;
    low = s[0] == 0xe0 ? 0xa0 : low;   /* no overlong forms */
    high = s[0] == 0xed ? 0x9f : high; /* no surrogates */
  } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
    n = 4;
    low = s[0] == 0xf0 ? 0x90 : low;
    high = s[0] == 0xf4 ? 0x8f : high; /* up to U+10FFFF */
  } else {
    return 0;
  }
  if (s[1] < low || s[1] > high) {
    return 0;
  }
  for (size_t i = 2; i < n; i++) {
    if ((s[i] & 0xc0) != 0x80) {
      return 0;
    }
  }
  return n;
}

typedef enum { AS_JSON, AS_CSV, AS_LINE } text_use;

/* One character of n bytes that is well formed. */
static void
put_character(FILE *out, const unsigned char *s, size_t n, text_use use)
{
  const int control = *s < 0x20 || *s == 0x7f;
  if (control && use == AS_JSON) {
    (void)fprintf(out, "\\u%04x", *s);
  } else if (control && use == AS_LINE) {
    (void)fputc(' ', out);
  } else {
    if (use == AS_JSON && (*s == '"' || *s == '\\')) {
      (void)fputc('\\', out);
    } else if (use == AS_CSV && *s == '"') {
      (void)fputc('"', out);
    }
    (void)fwrite(s, 1, n, out);
  }
}

static void
put_text(FILE *out, const char *text, text_use use)
{
  const unsigned char *s = (const unsigned char *)text;
  while (*s) {
    const size_t n = utf8_length(s);
    if (n == 0) {
      (void)fputs("\xef\xbf\xbd", out);
    } else {
      put_character(out, s, n, use);
    }
    s += n ? n : 1;
  }
}

void
json_text(FILE *out, const char *text)
{
  (void)fputc('"', out);
  put_text(out, text, AS_JSON);
  (void)fputc('"', out);
}

void
plain_string(FILE *out, const char *text)
{
  put_text(out, text, AS_LINE);
}

void
csv_string(FILE *out, const char *text)
{
  const char *quote = strpbrk(text, ",\"\r\n") ? "\"" : "";
  (void)fputs(quote, out);
  put_text(out, text, AS_CSV);
  (void)fputs(quote, out);
}

void
json_number(FILE *out, double number, int decimals)
{
  if (!isfinite(number)) {
    (void)fputs("null", out);
    return;
  }
  char text[340];
  const int n = snprintf(text, sizeof text, "%.*f", decimals, number);
  size_t end = n > 0 && (size_t)n < sizeof text ? (size_t)n : 0;
  if (memchr(text, '.', end)) {
    while (text[end - 1] == '0') {
      end--;
    }
    end -= text[end - 1] == '.';
  }
  (void)fwrite(text, 1, end, out);
}

void
json_field_string(FILE *out, const char *key, const char *text)
{
  (void)fprintf(out, ",\"%s\":", key);
  json_text(out, text);
}

void
json_field_number(FILE *out, const char *key, double number, int decimals)
{
  (void)fprintf(out, ",\"%s\":", key);
  json_number(out, number, decimals);
}
