/* SPDX-License-Identifier: ISC */
/* A name as one word of a command line that can be copied into a shell. */
#ifndef EAR_TRAIN_SHELL_WORD_H
#define EAR_TRAIN_SHELL_WORD_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* s in single quotes if it needs them, cut to n bytes with the 0; n >= 8. */
static inline void
shell_word(char *out, size_t n, const char *s)
{
  size_t at = 0, plain = 0;
  while (s[plain] &&
         (isalnum((unsigned char)s[plain]) || strchr("_-./+@%=:,", s[plain]))) {
    ++plain;
  }
  const bool quoted = s[plain] != '\0' || plain == 0;
  if (quoted) {
    out[at++] = '\'';
  }
  for (; *s && at + 6 < n; ++s) {
    if (*s == '\'') {
      memcpy(out + at, "'\\''", 4);
      at += 4;
    } else {
      out[at++] = *s;
    }
  }
  if (quoted) {
    out[at++] = '\'';
  }
  out[at] = '\0';
}

#endif
