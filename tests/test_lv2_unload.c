/* SPDX-License-Identifier: ISC */
/* A host that uses FFTW itself can still do so after it has unloaded the plugin: the
   plugin makes FFTW's planner, which both share, call a library that the plugin alone
   brought along.

   usage: test_lv2_unload MODULE */
#include <dlfcn.h>
#include <lv2/core/lv2.h>
#include <stdio.h>

typedef void *(*plan_fn)(int n, float *in, float (*out)[2], unsigned flags);
typedef void (*destroy_fn)(void *plan);

enum { MOST = 256, ESTIMATE = 1 << 6 };

static int
load_use_unload(const char *module)
{
  void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  LV2_Descriptor_Function get = NULL;
  if (library) {
    *(void **)&get = dlsym(library, "lv2_descriptor");
  }
  const LV2_Descriptor *d = get ? get(0) : NULL;
  if (!d) {
    fprintf(stderr, "%s: no plugin\n", module);
    return 1;
  }
  d->cleanup(d->instantiate(d, 48000, "/", NULL));
  return dlclose(library);
}

int
main(int argc, char **argv)
{
  static float in[MOST], out[MOST][2];
  plan_fn make_plan = NULL;
  destroy_fn destroy_plan = NULL;
  void *fftw = dlopen("libfftw3f.so.3", RTLD_NOW | RTLD_LOCAL);
  if (fftw) {
    *(void **)&make_plan = dlsym(fftw, "fftwf_plan_dft_r2c_1d");
    *(void **)&destroy_plan = dlsym(fftw, "fftwf_destroy_plan");
  }
  if (argc != 2 || !make_plan || !destroy_plan) {
    fputs("usage: test_lv2_unload MODULE; needs libfftw3f.so.3\n", stderr);
    return 2;
  }
  for (int n = 32; n <= MOST; n *= 2) { /* sizes that FFTW has to plan anew */
    void *plan = load_use_unload(argv[1]) ? NULL : make_plan(n, in, out, ESTIMATE);
    if (!plan) {
      return 1;
    }
    destroy_plan(plan);
  }
  puts("planned after each of 4 unloadings");
  return 0;
}
