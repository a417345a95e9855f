/* SPDX-License-Identifier: ISC */
/* The variant is chosen by what the CPU says of itself; every choice gives the same bits.
 */
#include "passes.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic(const ear_passes *) forced;

static const ear_passes *const variants[] = {
#ifdef EAR_HAVE_AVX2
    &ear_passes_avx512,
    &ear_passes_avx2,
#endif
    &ear_passes_base,
    NULL,
};

const ear_passes *const *
ear_passes_all(void)
{
  const ear_passes *const *p = variants;
  while (p[1] && !(*p)->runs_here()) {
    ++p; /* in such order that what follows one that runs does too, the last everywhere */
  }
  return p;
}

const ear_passes *
ear_passes_get(void)
{
  const ear_passes *p = atomic_load(&forced);
  return p ? p : *ear_passes_all();
}

bool
ear_passes_force(const char *name)
{
  const ear_passes *const *p = ear_passes_all();
  while (name && *p && strcmp((*p)->name, name)) {
    ++p;
  }
  if (name && !*p) {
    return false;
  }
  atomic_store(&forced, name ? *p : NULL);
  return true;
}
