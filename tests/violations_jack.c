/* SPDX-License-Identifier: ISC */
/* The JACK callback with one violation seeded into it, as violations_run.c: linked with
   --wrap=sink_push, done in the 500th cycle and from then on. */
#include "sink.h"
#include "violations.h"

enum { CLEAN_CYCLES = 500 };

void __real_sink_push(sink *to, const float *const *in, uint32_t n_channels,
                      size_t n) EAR_RT;
void __wrap_sink_push(sink *to, const float *const *in, uint32_t n_channels, size_t n);

static uint32_t n_cycles;
static violation violate;

__attribute__((constructor)) static void
choose(void)
{
  violate = violation_choose();
}

void
__wrap_sink_push(sink *to, const float *const *in, uint32_t n_channels, size_t n)
{
  __real_sink_push(to, in, n_channels, n);
  if (++n_cycles >= CLEAN_CYCLES && violate) {
    violate();
  }
}
