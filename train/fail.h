/* SPDX-License-Identifier: ISC */
/* One sentence into an ear_error, and the status to return with it.  It may quote a file
   that anybody wrote: no control character may reach a terminal. */
#ifndef EAR_TRAIN_FAIL_H
#define EAR_TRAIN_FAIL_H

#include "../engine/earshot.h"

#include <stdarg.h>
#include <stdio.h>

/* Spaces for the characters of C0 and, in UTF-8, C1 (U+0080 to U+009F). */
static inline void
blank_controls(char *text)
{
  for (unsigned char *s = (unsigned char *)text; *s; ++s) {
    if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) {
      *s++ = ' ';
      *s = ' ';
    } else if (s[0] < 0x20 || s[0] == 0x7f) {
      *s = ' ';
    }
  }
}

__attribute__((format(printf, 2, 3))) static inline void
fail_say(ear_error *err, const char *format, ...)
{
  if (err) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->text, sizeof err->text, format, ap);
    va_end(ap);
    blank_controls(err->text);
  }
}

/* A macro, because analyzers look into no function with `...`: they take its status for
   any, EAR_OK too, and then find NULL used after every failure. */
#define fail(err, st, ...) (fail_say(err, __VA_ARGS__), (st))

#endif
