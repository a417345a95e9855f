/* SPDX-License-Identifier: ISC */
/* The sounds are files like all others, so that whatever looks at a data set, hashes it,
   keeps its features or hears it through the engine needs to know nothing of them. */
#include "background.h"
#include "audio.h"
#include "fail.h"
#include "rng.h"
#include "split.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char label[] = "background";

/* The families on the valid side where a table gives sides: some noise, some speech, some
   of what is left. */
static bool
is_valid_side(uint32_t family)
{
  static const char *const kept[] = {"pink", "babble", "crackle", "wind", "room"};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; ++i) {
    if (!strcmp(kept[i], background_family(family))) {
      return true;
    }
  }
  return false;
}

static ear_status
write_one(const char *path, uint32_t family, uint32_t number, uint64_t seed,
          ear_error *err)
{
  rng r = rng_stream(seed, 0xbac1, (uint64_t)family << 32 | number);
  const uint32_t n = (uint32_t)(BACKGROUND_RATE * rng_range(&r, 3, 10));
  audio a = {malloc(n * sizeof *a.x), n, 1, BACKGROUND_RATE};
  ear_status st = a.x ? background_make(a.x, n, family, number, seed) : EAR_NO_MEMORY;
  st = st ? fail(err, st, "not enough memory") : audio_write(&a, path, err);
  audio_free(&a);
  return st;
}

static ear_status
add_one(dataset *ds, const char *folder, uint32_t of_label, uint32_t i, uint64_t seed,
        bool sides, ear_error *err)
{
  const uint32_t family = i % background_n_families();
  const uint32_t number = i / background_n_families();
  char key[96], group[64], path[PATH_MAX];
  snprintf(key, sizeof key, "%s/%s-%u.flac", label, background_family(family), number);
  snprintf(group, sizeof group, "%s %s", label, background_family(family));
  snprintf(path, sizeof path, "%.*s/%s-s%llu-%u.flac", PATH_MAX - 128, folder,
           background_family(family), (unsigned long long)seed, number);
  if (access(path, R_OK) != 0) {
    const ear_status st = write_one(path, family, number, seed, err);
    if (st) {
      return st;
    }
  }
  clip *c = dataset_add(ds, path, key, of_label, group);
  if (!c) {
    return fail(err, EAR_NO_MEMORY, "not enough memory");
  }
  c->side = !sides ? SIDE_NONE : is_valid_side(family) ? SIDE_VALID : SIDE_TRAIN;
  return EAR_OK;
}

ear_status
background_add(dataset *ds, const char *folder, uint32_t n, uint64_t seed, ear_error *err)
{
  const bool sides = split_given(ds);
  const uint32_t of_label = dataset_label(ds, label);
  if (of_label == EAR_MAX_LABELS) {
    return fail(err, EAR_BAD_ARGUMENT, "%s: there is no room for one more class",
                ds->name);
  }
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    return fail(err, EAR_IO, "the folder %s cannot be made: %s", folder, strerror(errno));
  }
  ear_status st = EAR_OK;
  for (uint32_t i = 0; i < n && !st; ++i) {
    st = add_one(ds, folder, of_label, i, seed, sides, err);
  }
  return st                 ? st
         : dataset_sort(ds) ? fail(err, EAR_NO_MEMORY, "not enough memory")
                            : EAR_OK;
}
