/* SPDX-License-Identifier: ISC */
/* The page of some data, as text. */
#ifndef EAR_TESTS_PAGE_TEXT_H
#define EAR_TESTS_PAGE_TEXT_H

#include "../train/file.h"
#include "../train/page.h"
#include "folder.h"
#include "xml_check.h"

/* The page of these data, malloc'ed. */
static inline char *
page_text(const page *pg)
{
  ear_error err = {""};
  uint8_t *bytes;
  size_t n;
  if (page_write(folder, pg, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(file_read(folder_path("page.html"), &bytes, &n, &err), EAR_OK);
  char *text = realloc(bytes, n + 1);
  assert_non_null(text);
  text[n] = '\0';
  return text;
}

static inline void
check_well_formed(const char *text)
{
  const char *wrong = xml_error(text);
  if (wrong) {
    fail_msg("not well-formed at: %.80s", wrong);
  }
}

#endif
