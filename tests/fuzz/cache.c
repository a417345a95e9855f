/* SPDX-License-Identifier: ISC */
/* What training keeps on disk to be quick: a damaged file counts as none, and one that is
   taken holds what it says.  The first byte of an input says which kind of file the rest
   is: frames of a clip, what was found out about a sound, hashes of a data set. */
#include "seal.h"

#include "../../train/feature_cache.h"
#include "../../train/hash_cache.h"
#include "../../train/inspect_cache.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { N_KINDS = 3, DIGEST_AT = 16 };

static const char hash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static char folder[3][512]; /* one a kind */
static char file[3][2048];  /* the one file in each */
static dataset set;

static ear_front_end
front_end(void)
{
  ear_front_end fe = ear_front_end_default();
  fe.n_bands = 4;
  return fe;
}

/* Puts an entry of each kind into folders of its own and remembers their names. */
static void
begin(void)
{
  static int16_t frames[2 * 4];
  static uint32_t item[3] = {1, 2, 3};
  feature_clip clip_frames = {.n_frames = 2, .kept = frames};
  inspection found = {.seconds = 1, .rate_hz = 44100, .n_channels = 2};
  const ear_front_end fe = front_end();
  uint32_t n_read;
  found.mark[0].item = item;
  found.mark[0].n = 3;
  for (int k = 0; k < N_KINDS; ++k) {
    snprintf(folder[k], sizeof folder[k], "%s/%d", fuzz_folder(), k);
    mkdir(folder[k], 0700);
  }
  feature_cache_put(&clip_frames, folder[0], hash, &fe);
  inspect_cache_put(&found, folder[1], hash);
  dataset_label(&set, "a");
  dataset_add(&set, "/etc/hostname", "a/x.wav", 0, "");
  hash_cache_take(&set, folder[2], "/", &n_read, NULL);
  for (int k = 0; k < N_KINDS; ++k) {
    DIR *d = opendir(folder[k]);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
      if (e->d_name[0] != '.') {
        snprintf(file[k], sizeof file[k], "%s/%s", folder[k], e->d_name);
      }
    }
    closedir(d);
    if (!file[k][0]) {
      fuzz_broken("each kind has a file");
    }
  }
}

static void
get(int kind)
{
  const ear_front_end fe = front_end();
  feature_clip frames = {.n_frames = 0};
  inspection found = {.seconds = 0};
  uint32_t n_read;
  switch (kind) {
  case 0:
    if (feature_cache_get(&frames, folder[0], hash, &fe)) {
      fuzz_taken();
      int32_t sum = 0;
      for (size_t i = 0; i < (size_t)frames.n_frames * 4; ++i) {
        sum += frames.kept[i] & 1;
      }
      free(sum < 0 ? NULL : frames.kept);
    }
    return;
  case 1:
    if (inspect_cache_get(&found, folder[1], hash)) {
      fuzz_taken();
      print_free(found.mark);
    }
    return;
  default:
    if (hash_cache_take(&set, folder[2], "/", &n_read, NULL) ||
        strlen(set.clip[0].sha256) > 64) {
      fuzz_broken("hashes are taken or made");
    }
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  if (!file[0][0]) {
    begin();
  }
  const int kind = n ? data[0] % N_KINDS : 0;
  FILE *f = fopen(file[kind], "wb");
  if (!f || (n > 1 && fwrite(data + 1, 1, n - 1, f) != n - 1) || fclose(f)) {
    exit(1);
  }
  get(kind);
  return 0;
}

/* The digest stands behind counts, before what it is of; or at the end. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed)
{
  n = LLVMFuzzerMutate(data, n, most);
  if (n < 1 + 48 || seed % 16 == 0) {
    return n;
  }
  uint8_t *bytes = data + 1;
  const size_t size = n - 1;
  if (data[0] % N_KINDS == 1) {
    seal_put(bytes + size - 32, bytes, size - 32);
  } else {
    seal_put(bytes + DIGEST_AT, bytes + DIGEST_AT + 32, size - DIGEST_AT - 32);
  }
  return n;
}

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  if (i >= N_KINDS) {
    return 0;
  }
  if (!file[0][0]) {
    begin();
  }
  /* written anew: the inputs have overwritten it */
  static uint8_t kept[N_KINDS][4096];
  static size_t n_kept[N_KINDS];
  if (!n_kept[i]) {
    FILE *f = fopen(file[i], "rb");
    n_kept[i] = f ? fread(kept[i] + 1, 1, sizeof kept[i] - 1, f) + 1 : 0;
    kept[i][0] = (uint8_t)i;
    fclose(f);
  }
  memcpy(data, kept[i], n_kept[i]);
  return n_kept[i];
}
