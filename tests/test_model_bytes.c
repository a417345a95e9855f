/* SPDX-License-Identifier: ISC */
/* A file that is cut anywhere, or in which any one byte is changed to any other value,
   is refused with a sentence or loads to the same verdicts.  Arguments: N tries only
   every Nth changed value; FILE takes that file instead of a small one, and of its
   tensors' bytes, which stand under one digest, one changed value each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "small_model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t step = 1;
static const char *path; /* NULL: a small file, every byte alike */

/* A copy of the file under test. */
static uint8_t *
file_bytes(size_t *n)
{
  if (!path) {
    return small_model_bytes(n);
  }
  enum { MOST = 1 << 24 };
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  uint8_t *bytes = malloc(MOST);
  assert_non_null(bytes);
  *n = fread(bytes, 1, MOST, f);
  fclose(f);
  return bytes;
}

/* How many values further the next one to try at byte i is.  Weights of a shipped file
   are under one digest: one value each, and in the short form of every seventh byte; 0:
   none. */
static uint32_t
step_at(const uint8_t *bytes, size_t i)
{
  uint64_t header = 0;
  for (int k = 7; k >= 0; --k) {
    header = header << 8 | bytes[k];
  }
  const bool weights = path && i >= 8 + header;
  return !weights ? step : step > 1 && i % 7 != 0 ? 0 : 255;
}

static void
every_truncation_is_refused(void **state)
{
  size_t n;
  uint8_t *bytes = file_bytes(&n);
  (void)state;
  for (size_t cut = 0; cut < n; ++cut) {
    ear_model *model;
    ear_error err = {""};
    uint8_t *part = malloc(cut + 1); /* a copy, so that reading past the end is seen */
    assert_non_null(part);
    memcpy(part, bytes, cut);
    part = realloc(part, cut ? cut : 1);
    assert_int_equal(ear_model_parse(&model, part, cut, &err), EAR_BAD_MODEL);
    assert_null(model);
    assert_true(strlen(err.text) > 10);
    free(part);
  }
  free(bytes);
}

static void
appended_bytes_are_refused(void **state)
{
  size_t n;
  uint8_t *bytes = file_bytes(&n);
  ear_model *model;
  (void)state;
  bytes = realloc(bytes, n + 3);
  assert_non_null(bytes);
  memset(bytes + n, 0, 3);
  assert_int_equal(ear_model_parse(&model, bytes, n + 1, NULL), EAR_BAD_MODEL);
  assert_int_equal(ear_model_parse(&model, bytes, n + 3, NULL), EAR_BAD_MODEL);
  free(bytes);
}

static void
every_changed_byte_is_refused_or_means_the_same(void **state)
{
  size_t n;
  uint32_t n_tried = 0, n_loaded = 0;
  uint8_t *bytes = file_bytes(&n);
  ear_model *model;
  (void)state;
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
  char *meaning = small_meaning(model);
  ear_model_unref(model);
  for (size_t i = 0; i < n; ++i) {
    const uint32_t by = step_at(bytes, i);
    for (uint32_t k = by ? 1 + (uint32_t)(i % by) : 256; k < 256; k += by) {
      ear_error err = {""};
      bytes[i] ^= (uint8_t)k;
      ++n_tried;
      if (ear_model_parse(&model, bytes, n, &err)) {
        assert_true(strlen(err.text) > 10);
      } else {
        char *found = small_meaning(model);
        assert_string_equal(found, meaning);
        free(found);
        ear_model_unref(model);
        ++n_loaded;
      }
      bytes[i] ^= (uint8_t)k;
    }
  }
  print_message("%zu bytes, %u changes: %u load to the same, %u refused\n", n, n_tried,
                n_loaded, n_tried - n_loaded);
  free(meaning);
  free(bytes);
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_truncation_is_refused),
      cmocka_unit_test(appended_bytes_are_refused),
      cmocka_unit_test(every_changed_byte_is_refused_or_means_the_same),
  };
  step = argc > 1 ? (uint32_t)atoi(argv[1]) : step;
  path = argc > 2 ? argv[2] : NULL;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
