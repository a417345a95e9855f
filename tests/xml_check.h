/* SPDX-License-Identifier: ISC */
/* Is a text well-formed: every tag closed in order, every attribute quoted, no stray < or
   &?  Enough of XML for the pages that the trainer writes. */
#ifndef EAR_TESTS_XML_CHECK_H
#define EAR_TESTS_XML_CHECK_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline size_t
xml_name(const char *s)
{
  size_t n = 0;
  while (isalnum((unsigned char)s[n]) || (n && strchr("-:_.", s[n]) && s[n])) {
    ++n;
  }
  return n;
}

static inline const char *
xml_space(const char *s)
{
  return s + strspn(s, " \t\r\n");
}

/* After an entity, NULL if it is none. */
static inline const char *
xml_entity(const char *s)
{
  static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (strncmp(s, known[i], strlen(known[i])) == 0) {
      return s + strlen(known[i]);
    }
  }
  return NULL;
}

/* After a quoted value, NULL if it is not one. */
static inline const char *
xml_value(const char *s)
{
  if (*s++ != '"') {
    return NULL;
  }
  while (s && *s && *s != '"') {
    s = *s == '&' ? xml_entity(s) : *s == '<' ? NULL : s + 1;
  }
  return s && *s ? s + 1 : NULL;
}

/* NULL, or where it is wrong. */
static inline const char *
xml_error(const char *text)
{
  enum { DEPTH = 32 };
  const char *open[DEPTH], *s = text;
  size_t length[DEPTH], depth = 0;
  if (strncmp(s, "<!DOCTYPE html>", 15) == 0) {
    s += 15;
  }
  while (*s) {
    const char *start = s;
    if (*s == '&') {
      if (!(s = xml_entity(s))) {
        return start;
      }
      continue;
    }
    if (*s++ != '<') {
      continue;
    }
    const bool closes = *s == '/';
    s += closes;
    const size_t n = xml_name(s);
    if (n == 0) {
      return start;
    }
    const char *name = s;
    s = xml_space(s + n);
    if (closes) {
      if (*s++ != '>' || depth == 0 || length[depth - 1] != n ||
          strncmp(open[depth - 1], name, n) != 0) {
        return start;
      }
      --depth;
      continue;
    }
    while (isalpha((unsigned char)*s)) {
      s += xml_name(s);
      if (*s != '=' || !(s = xml_value(s + 1))) {
        return start;
      }
      s = xml_space(s);
    }
    const bool empty = *s == '/';
    s += empty;
    if (*s++ != '>' || depth == DEPTH) {
      return start;
    }
    if (!empty) {
      open[depth] = name;
      length[depth++] = n;
    }
  }
  return depth ? open[depth - 1] : NULL;
}

#endif
