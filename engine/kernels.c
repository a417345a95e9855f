/* SPDX-License-Identifier: ISC */
/* The variant is chosen by what the CPU says of itself, never by what the compiler was
   told; every choice gives the same bits. */
#include "kernels.h"

#include "earshot.h"
#include <stdatomic.h>
#include <string.h>

static _Atomic(const ear_kernels *) forced;

static const ear_kernels *const variants[] = {
#ifdef EAR_HAVE_AVX2
    &ear_kernels_vnni,     &ear_kernels_avx2,
#endif
#ifdef EAR_HAVE_NEON
    &ear_kernels_neon_dot, &ear_kernels_neon,
#endif
    &ear_kernels_ref,      NULL,
};

const ear_kernels *const *
ear_kernels_all(void)
{
  const ear_kernels *const *k = variants;
  while (k[1] && !(*k)->runs_here()) {
    ++k; /* in such order that what follows one that runs does too, the last everywhere */
  }
  return k;
}

const ear_kernels *
ear_kernels_get(void)
{
  const ear_kernels *k = atomic_load(&forced);
  return k ? k : *ear_kernels_all();
}

bool
ear_kernels_force(const char *name)
{
  const ear_kernels *const *k = ear_kernels_all();
  while (name && *k && strcmp((*k)->name, name)) {
    ++k;
  }
  if (name && !*k) {
    return false;
  }
  atomic_store(&forced, name ? *k : NULL);
  return true;
}

const char *
ear_kernels_name(void)
{
  return ear_kernels_get()->name;
}
