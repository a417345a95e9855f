/* SPDX-License-Identifier: ISC */
/* Whatever paths and models are called, the sentence fits, and is clean UTF-8. */
#include "slot_text.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SHOWN = 150 }; /* bytes of a path at most: two fit into a sentence */

/* One path, or the end of it. */
typedef struct {
  char text[PATH_SHOWN + 4];
} shown;

static shown
show(const char *path)
{
  shown s;
  size_t n = path ? strlen(path) : 0;
  if (n <= PATH_SHOWN) {
    snprintf(s.text, sizeof s.text, "%s", path ? path : "");
    return s;
  }
  const char *end = path + n - PATH_SHOWN;
  while (((unsigned char)*end & 0xc0) == 0x80) { /* not from the middle of a character */
    ++end;
  }
  snprintf(s.text, sizeof s.text, "...%s", end);
  return s;
}

/* Bytes of the character at c, 0 if it is none: UTF-8 as of RFC 3629, which some hosts
   insist on; no control character. */
static size_t
character(const unsigned char *c)
{
  const size_t n = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
  if (n == 0 || *c > 0xf4 || *c < 0x20 || *c == 0x7f) {
    return 0;
  }
  const bool control = *c == 0xc2 && c[1] < 0xa0;
  const bool overlong = (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xf0 && c[1] < 0x90);
  const bool surrogate = *c == 0xed && c[1] > 0x9f, beyond = *c == 0xf4 && c[1] > 0x8f;
  if (control || overlong || surrogate || beyond) {
    return 0;
  }
  for (size_t i = 1; i < n; ++i) {
    if ((c[i] & 0xc0) != 0x80) {
      return 0;
    }
  }
  return n;
}

static void
clean(char *text)
{
  for (unsigned char *c = (unsigned char *)text; *c;) {
    const size_t n = character(c);
    if (n) {
      c += n;
    } else {
      *c++ = '?';
    }
  }
}

/* A file runs: the one asked for, or one in its place. */
static void
say_own(char *text, size_t size, slot_saying saying, const char *asked, const char *found,
        const char *model)
{
  if (saying == SLOT_SAYS_OWN) {
    snprintf(text, size, "The model \"%.63s\" from %s runs.", model, found);
  } else if (saying == SLOT_SAYS_CHANGED) {
    snprintf(text, size,
             "The model \"%.63s\" from %s runs; the file is not the one that was saved: "
             "listen whether it judges alike.",
             model, found);
  } else if (saying == SLOT_SAYS_FOUND) {
    snprintf(text, size, "The model \"%.63s\" runs, from %s as %s is missing.", model,
             found, asked);
  } else {
    snprintf(text, size,
             "The model \"%.63s\" from %s runs, another version of %s, which is missing: "
             "bring that file back for the same verdicts.",
             model, found, asked);
  }
}

/* No file runs. */
static void
say_other(char *text, size_t size, slot_saying saying, const char *asked, const char *why,
          const char *model)
{
  if (saying == SLOT_SAYS_BUILT_IN) {
    snprintf(text, size, "The built-in model \"%.63s\" runs.", model);
  } else if (saying == SLOT_SAYS_MISSING) {
    snprintf(text, size,
             "%s is missing, so the built-in model \"%.63s\" runs: bring the file back, "
             "put it into a model folder, or choose another.",
             asked, model);
  } else if (saying == SLOT_SAYS_REFUSED) {
    snprintf(text, size,
             "%s: %.150s; the built-in model \"%.63s\" runs: choose another file.", asked,
             why, model);
  } else if (saying == SLOT_SAYS_UNCHANGED) {
    snprintf(text, size, "%s: %.150s; the model \"%.63s\" runs on.",
             *asked ? asked : "The built-in model", why, model);
  } else {
    snprintf(text, size,
             "Nothing is analysed, as the sample rate is outside 8 to 384 kHz, or memory "
             "or threads are short; audio passes unchanged.");
  }
}

void
slot_say(char *text, size_t size, slot_saying saying, const char *asked,
         const char *found, const char *why, const char *model)
{
  const shown a = show(asked), f = show(found);
  model = model ? model : "";
  if (saying >= SLOT_SAYS_OWN && saying <= SLOT_SAYS_STAND_IN) {
    say_own(text, size, saying, a.text, f.text, model);
  } else {
    say_other(text, size, saying, a.text, why ? why : "", model);
  }
  clean(text);
}
