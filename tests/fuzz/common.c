/* SPDX-License-Identifier: ISC */
/* Nothing here depends on which engine runs the target. */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
fuzz_broken(const char *promise)
{
  dprintf(STDERR_FILENO, "broken: %s\n", promise);
  abort();
}

static uint32_t n_taken;

void
fuzz_taken(void)
{
  ++n_taken;
}

uint32_t
fuzz_n_taken(void)
{
  return n_taken;
}

void
fuzz_sentence(const char *text)
{
  const size_t n = strlen(text);
  if (n < 10 || n > 511) {
    fuzz_broken("a refusal says why in a sentence");
  }
  for (size_t i = 0; i < n; ++i) {
    const unsigned char c = (unsigned char)text[i];
    const unsigned char next = (unsigned char)text[i + 1];
    if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0)) {
      fuzz_broken("a sentence has no control characters");
    }
  }
}

void
fuzz_hush(void)
{
  static FILE *nowhere;
  if (!nowhere && !getenv("FUZZ_LOUD")) {
    nowhere = fopen("/dev/null", "w");
    stdout = nowhere;
    stderr = nowhere;
  }
}

size_t
fuzz_text(uint8_t *data, const char *text)
{
  const size_t n = strlen(text);
  memcpy(data, text, n);
  return n;
}

const char *
fuzz_file(const uint8_t *data, size_t n)
{
  static int fd = -1;
  static char path[64];
  if (fd < 0) {
    fd = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  }
  if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, n, 0) != (ssize_t)n) {
    perror("memory for an input");
    exit(1);
  }
  return path;
}

static char folder[256];

static int
remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
  (void)info, (void)type, (void)at;
  return remove(path);
}

static void
remove_folder(void)
{
  nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
fuzz_folder(void)
{
  if (!*folder) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/earshot-fuzz-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder) || atexit(remove_folder)) {
      perror(folder);
      exit(1);
    }
  }
  return folder;
}

const char *
fuzz_path(const char *name)
{
  static char path[4][512];
  static unsigned next;
  char *to = path[next++ % 4];
  snprintf(to, sizeof path[0], "%s/%s", fuzz_folder(), name);
  return to;
}

int
fuzz_words(const uint8_t *data, size_t n, char *argv[FUZZ_WORDS + 1])
{
  int argc = 0;
  char *words = malloc(n + 1);
  if (!words) {
    perror("memory for an input");
    exit(1);
  }
  memcpy(words, data, n);
  words[n] = '\0';
  for (char *w = words; w && argc < FUZZ_WORDS;) {
    argv[argc++] = w;
    w = strchr(w, '\n');
    if (w) {
      *w++ = '\0';
    }
  }
  argv[argc] = NULL;
  return argc;
}

uint64_t
fuzz_next(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

uint32_t
fuzz_below(uint64_t *state, uint32_t n)
{
  return n ? (uint32_t)((fuzz_next(state) >> 32) * n >> 32) : 0;
}
