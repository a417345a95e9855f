/* SPDX-License-Identifier: ISC */
/* A log that somebody else left, whatever it ends with: whole lines stay as they are,
   only half a line of ours is taken away, and what is written next is a line of its own.
 */
#include "fuzz.h"

#include "logfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char line[] = "{\"type\":\"new\"}\n";

static void
check(const uint8_t *data, size_t n, const char *path)
{
  static char now[2 * FUZZ_MOST];
  FILE *f = fopen(path, "rb");
  const size_t size = f ? fread(now, 1, sizeof now, f) : 0;
  const size_t n_line = strlen(line);
  const uint8_t *newline = memrchr(data, '\n', n);
  const size_t whole = newline ? (size_t)(newline + 1 - data) : 0;
  if (f) {
    fclose(f);
  }
  if (size < whole + n_line || memcmp(now, data, whole)) {
    fuzz_broken("whole lines of a log stay as they are");
  }
  if (memcmp(now + size - n_line, line, n_line) ||
      (size > n_line && now[size - n_line - 1] != '\n')) {
    fuzz_broken("what is written is a line of its own");
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  const char *path = fuzz_path("log");
  const logfile_config config = {.path = path, .line_begin = "{\"type\""};
  ear_error err = {""};
  FILE *f = fopen(path, "wb");
  if (!f || (n && fwrite(data, 1, n, f) != n) || fclose(f)) {
    exit(1);
  }
  logfile *l = logfile_open(&config, &err);
  if (!l || logfile_prepare(l, strlen(line), &err) == LOGFILE_FAILED ||
      !logfile_write(l, line, strlen(line), &err)) {
    fuzz_broken("a log can be gone on with");
  }
  logfile_close(l);
  fuzz_taken();
  check(data, n, path);
  unlink(path);
  return 0;
}

static const char *const seed[] = {"{\"type\":\"start\",\"v\":1}\n{\"type\":\"ver",
                                   "foreign line\nhalf", "{\"type\"", "{", "\n\n"};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  return i < sizeof seed / sizeof *seed ? fuzz_text(data, seed[i]) : 0;
}
