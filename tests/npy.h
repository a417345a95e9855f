/* SPDX-License-Identifier: ISC */
/* The golden files of these tests: .npy of little-endian doubles in C order with one or
   two axes, and .wav of mono float32.  A test fails if a file is anything else. */
#ifndef EAR_TEST_NPY_H
#define EAR_TEST_NPY_H

#ifndef GOLDEN_PART /* folder in GOLDEN_DIR */
#define GOLDEN_PART "/librosa/"
#endif

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  size_t n_rows, n_columns; /* one axis: n_rows 1 */
  double *x;                /* [n_rows][n_columns], to be freed */
} npy_matrix;

static inline unsigned char *
read_golden(const char *name, const char *suffix, size_t *n)
{
  char path[1024];
  snprintf(path, sizeof path, GOLDEN_DIR GOLDEN_PART "%s%s", name, suffix);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  *n = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = calloc(*n + 1, 1);
  assert_non_null(bytes);
  assert_int_equal(fread(bytes, 1, *n, file), *n);
  fclose(file);
  return bytes;
}

static inline npy_matrix
read_npy(const char *name, const char *suffix)
{
  size_t n;
  unsigned char *bytes = read_golden(name, suffix, &n);
  assert_true(n > 10 && memcmp(bytes, "\x93NUMPY\x01", 7) == 0);
  const size_t n_header = 10 + bytes[8] + 256u * bytes[9];
  assert_true(n_header <= n);
  char *header = (char *)bytes + 10;
  assert_non_null(strstr(header, "'descr': '<f8'"));
  assert_non_null(strstr(header, "'fortran_order': False"));
  const char *shape = strstr(header, "'shape': (");
  assert_non_null(shape);
  npy_matrix m = {.n_rows = 1};
  if (sscanf(shape, "'shape': (%zu, %zu)", &m.n_rows, &m.n_columns) != 2) {
    m.n_columns = m.n_rows;
    m.n_rows = 1;
  }
  assert_int_equal(n - n_header, m.n_rows * m.n_columns * sizeof *m.x);
  m.x = malloc(n - n_header);
  assert_non_null(m.x);
  memcpy(m.x, bytes + n_header, n - n_header);
  free(bytes);
  return m;
}

/* x[0..*n), to be freed. */
static inline float *
read_wav(const char *name, size_t *n)
{
  size_t n_bytes;
  unsigned char *bytes = read_golden(name, ".wav", &n_bytes);
  size_t at = 12;
  uint32_t size = 0;
  for (;;) {
    assert_true(at + 8 <= n_bytes);
    memcpy(&size, bytes + at + 4, 4);
    if (memcmp(bytes + at, "data", 4) == 0) {
      break;
    }
    at += 8 + size + (size & 1);
  }
  assert_true(at + 8 + size <= n_bytes);
  float *x = malloc(size + 1);
  assert_non_null(x);
  memcpy(x, bytes + at + 8, size);
  *n = size / sizeof *x;
  free(bytes);
  return x;
}

#endif
