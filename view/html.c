/* SPDX-License-Identifier: ISC */
/* Nothing that came from outside reaches the page but through html_text or html_link. */
#include "html.h"
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--page:#fff;--card:#f4f6f8;--line:#dde2e7;"
    "--ink:#1a1f24;--dim:#5a6570;--good:#0b6bb0;--bad:#b34a00}\n"
    "@media (prefers-color-scheme:dark){:root{--page:#15181d;--card:#1c2027;"
    "--line:#2e343d;--ink:#eceff3;--dim:#a3adb9;--good:#4fa8e8;--bad:#ff8f3c}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--page);color:var(--ink);"
    "font:16px/1.55 system-ui,'DejaVu Sans',sans-serif}\n"
    "main{max-width:56rem;margin:0 auto;padding:2rem 1.25rem 4rem}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem}\n"
    "h2{font-size:1.2rem;margin:2.5rem 0 .5rem}\n"
    "p,ul{margin:.4rem 0}\nul{padding-left:1.2rem}\n"
    "a{color:var(--good)}\n"
    ".dim{color:var(--dim)}\n.small{font-size:.85rem}\n"
    ".head{font-size:1.25rem;line-height:1.4;background:var(--card);"
    "border-left:4px solid var(--good);padding:1rem 1.25rem;margin:1rem 0;"
    "border-radius:0 .5rem .5rem 0}\n"
    ".head.bad{border-color:var(--bad)}\n"
    ".figures{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}\n"
    ".figures div{flex:1 1 9rem;background:var(--card);border-radius:.5rem;"
    "padding:.75rem 1rem}\n"
    ".figures b{display:block;font-size:1.5rem;line-height:1.2}\n"
    ".figures span{color:var(--dim);font-size:.85rem}\n"
    "figure{margin:.75rem 0;border:1px solid var(--line);border-radius:.5rem;"
    "overflow:hidden;background:var(--page)}\n"
    "figure img{display:block;width:100%;height:auto;margin:0 auto}\n"
    "pre,code{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:.9rem}\n"
    "pre{background:var(--card);border-radius:.5rem;padding:.8rem 1rem;margin:.6rem 0;"
    "white-space:pre-wrap;overflow-wrap:anywhere}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);"
    "vertical-align:top;overflow-wrap:break-word}\n"
    "th{color:var(--dim);font-weight:600;white-space:nowrap}\n"
    ".any{overflow-wrap:anywhere}\n"
    ".n{text-align:right;white-space:nowrap}\n"
    ".good{color:var(--good)}\n.bad{color:var(--bad)}\n"
    "audio{width:9.5rem;height:2rem;display:block}\n"
    "summary{cursor:pointer}\n"
    "@media print{:root{--page:#fff;--card:#f4f6f8;--line:#ccc;--ink:#000;--dim:#444;"
    "--good:#0b6bb0;--bad:#b34a00}main{max-width:none;padding:0}audio{display:none}"
    "figure,tr,.head,.figures div{break-inside:avoid}h2{break-after:avoid}"
    "body{font-size:11pt}}\n";

void
html_text(FILE *f, const char *s)
{
  const size_t room = 3 * strlen(s) + 1;
  char *clean = malloc(room);
  if (!clean) {
    return;
  }
  view_text_clean(clean, room, s);
  for (const char *c = clean; *c; ++c) {
    switch (*c) {
    case '&':
      fputs("&amp;", f);
      break;
    case '<':
      fputs("&lt;", f);
      break;
    case '>':
      fputs("&gt;", f);
      break;
    case '"':
      fputs("&quot;", f);
      break;
    case '\'':
      fputs("&#39;", f);
      break;
    default:
      putc(*c, f);
    }
  }
  free(clean);
}

/* One %s or number of the format, from % to its letter. */
static void
say_one(FILE *f, const char *from, size_t n, va_list *ap)
{
  char spec[32];
  if (n >= sizeof spec) {
    return;
  }
  memcpy(spec, from, n);
  spec[n] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  switch (spec[n - 1]) {
  case 's':
    html_text(f, va_arg(*ap, const char *));
    break;
  case 'u':
  case 'd':
    fprintf(f, spec, va_arg(*ap, unsigned));
    break;
  case '%':
    putc('%', f);
    break;
  default:
    fprintf(f, spec, va_arg(*ap, double));
  }
#pragma GCC diagnostic pop
}

void
html_say(FILE *f, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  for (const char *c = format; *c; ++c) {
    if (*c != '%') {
      putc(*c, f);
      continue;
    }
    const size_t n = 2 + strspn(c + 1, "0123456789.-+ #");
    say_one(f, c, n, &ap);
    c += n - 1;
  }
  va_end(ap);
}

void
html_link(FILE *f, const char *path)
{
  for (const char *c = path; *c; ++c) {
    const unsigned char b = (unsigned char)*c;
    const bool plain = b < 0x80 && (isalnum(b) || strchr("-_.~/", b));
    fprintf(f, plain ? "%c" : "%%%02X", b);
  }
}

void
html_begin(FILE *f, const char *title, const char *more_style)
{
  fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
        "<head>\n<meta charset=\"utf-8\" />\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
        "<title>",
        f);
  html_text(f, title);
  fprintf(f, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<main>\n", style,
          more_style ? more_style : "");
}

void
html_end(FILE *f)
{
  fputs("</main>\n</body>\n</html>\n", f);
}

static void
base64(FILE *f, const uint8_t *b, size_t n)
{
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                              "0123456789+/";
  for (size_t i = 0; i < n; i += 3) {
    const uint32_t left = (uint32_t)(n - i);
    const uint32_t v = (uint32_t)b[i] << 16 | (left > 1 ? (uint32_t)b[i + 1] << 8 : 0) |
                       (left > 2 ? b[i + 2] : 0);
    putc(digit[v >> 18], f);
    putc(digit[v >> 12 & 63], f);
    putc(left > 1 ? digit[v >> 6 & 63] : '=', f);
    putc(left > 2 ? digit[v & 63] : '=', f);
  }
}

/* The bytes of a picture for an attribute. */
static void
data_url(FILE *f, const uint8_t *bytes, size_t n, view_format format)
{
  fprintf(f, "data:image/%s;base64,", format == VIEW_PNG ? "png" : "svg+xml");
  base64(f, bytes, n);
}

void
html_picture(FILE *f, const view_picture *light, const view_picture *dark,
             view_format format, const char *alt)
{
  uint8_t *day = NULL, *night = NULL;
  size_t n_day, n_night;
  if (view_bytes(light, format, &day, &n_day) ||
      view_bytes(dark, format, &night, &n_night)) {
    html_say(f, "<p>%s</p>\n", alt);
  } else {
    fputs("<figure><picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"", f);
    data_url(f, night, n_night, format);
    fputs("\" /><img src=\"", f);
    data_url(f, day, n_day, format);
    html_say(f,
             "\" width=\"%.0f\" height=\"%.0f\" style=\"max-width:%.0fpx\" alt=\"%s\" "
             "/></picture></figure>\n",
             light->w, light->h, light->w, alt);
  }
  free(day);
  free(night);
}
