/* SPDX-License-Identifier: ISC */
/* The least that an LV2 plugin can do, after the manner of LV2's example eg-amp: one
   gain, one input, one output.  What plugin.c compares with. */
#include <lv2/core/lv2.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { GAIN_DB, IN, OUT, N_PORTS };

typedef struct {
  void *port[N_PORTS];
} amp;

static LV2_Handle
instantiate(const LV2_Descriptor *descriptor, double rate_hz, const char *bundle_path,
            const LV2_Feature *const *features)
{
  (void)descriptor, (void)rate_hz, (void)bundle_path, (void)features;
  return calloc(1, sizeof(amp));
}

static void
connect_port(LV2_Handle instance, uint32_t index, void *data)
{
  amp *a = instance;
  if (index < N_PORTS) {
    a->port[index] = data;
  }
}

static void
run(LV2_Handle instance, uint32_t n)
{
  const amp *a = instance;
  const float gain_db = *(const float *)a->port[GAIN_DB];
  const float *in = a->port[IN];
  float *out = a->port[OUT];
  const float gain = gain_db > -90 ? powf(10, gain_db * 0.05f) : 0;
  for (uint32_t i = 0; i < n; ++i) {
    out[i] = in[i] * gain;
  }
}

static void
cleanup(LV2_Handle instance)
{
  free(instance);
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *
lv2_descriptor(uint32_t index)
{
  static const LV2_Descriptor descriptor = {.URI = "https://earshot.audio/lv2/bench#amp",
                                            .instantiate = instantiate,
                                            .connect_port = connect_port,
                                            .run = run,
                                            .cleanup = cleanup};
  return index ? NULL : &descriptor;
}
