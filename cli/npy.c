/* SPDX-License-Identifier: ISC */
/* The transpose goes through one tile of TILE frames; each band of it is written in one
   piece to its place in the file. */
#include "npy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 4096, HEADER = 128 };

static bool
write_header(FILE *out, uint32_t n_bands, uint64_t n_frames)
{
  const char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
  char header[HEADER + 1];
  memset(header, ' ', sizeof header);
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)(HEADER - 10); /* length of what follows, little endian */
  header[9] = 0;
  const int n = snprintf(header + 10, HEADER - 10,
                         "{'descr': '%cf4', 'fortran_order': False, 'shape': (%" PRIu32
                         ", %" PRIu64 "), }",
                         order, n_bands, n_frames);
  header[10 + n] = ' ';
  header[HEADER - 1] = '\n';
  return fwrite(header, 1, HEADER, out) == HEADER;
}

/* tile[n][n_bands] to its columns t .. t + n of the file; column is scratch [TILE]. */
static bool
write_tile(FILE *out, const float *tile, float *column, uint32_t n_bands,
           uint64_t n_frames, uint64_t t, size_t n)
{
  for (uint32_t b = 0; b < n_bands; b++) {
    for (size_t i = 0; i < n; i++) {
      column[i] = tile[i * n_bands + b];
    }
    const uint64_t at = HEADER + sizeof(float) * (b * n_frames + t);
    if (fseeko(out, (off_t)at, SEEK_SET) != 0 ||
        fwrite(column, sizeof(float), n, out) != n) {
      return false;
    }
  }
  return true;
}

bool
npy_write_transposed(FILE *out, FILE *rows, uint32_t n_bands, uint64_t n_frames,
                     ear_error *err)
{
  float *tile = malloc(sizeof(float) * TILE * (n_bands + 1));
  if (!tile) {
    return fail(err, "there is not enough memory to write the features");
  }
  bool ok = write_header(out, n_bands, n_frames) && fflush(rows) == 0;
  rewind(rows);
  for (uint64_t t = 0; ok && t < n_frames; t += TILE) {
    const size_t n = n_frames - t < TILE ? (size_t)(n_frames - t) : TILE;
    ok = fread(tile, sizeof(float) * n_bands, n, rows) == n &&
         write_tile(out, tile, tile + (size_t)TILE * n_bands, n_bands, n_frames, t, n);
  }
  free(tile);
  return ok || fail(err, "%s", strerror(errno));
}
