/* SPDX-License-Identifier: ISC */
/* What a network does with frames of floats, of models that came from a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net.h"
#include "random_model.h"
#include <math.h>
#include <stdlib.h>

/* Frames in dB are quantised as ear_net_quantize says, whatever they hold. */
static void
float_frames_equal_their_quantised_ones(void **state)
{
  uint64_t s = 9;
  (void)state;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    ear_model *model;
    ear_net *a, *b;
    uint8_t *bytes;
    size_t n;
    random_model m;
    random_model_make(&m, seed, 1, RANDOM_HEAD);
    const ear_shape *last = &m.shape[m.spec.n_layers - 1];
    const uint32_t n_frames = last->receptive + 5 * last->stride;
    assert_int_equal(ear_model_write(&m.spec, &bytes, &n, NULL), 0);
    assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
    assert_int_equal(ear_net_new(&a, model, 2, 5, NULL), 0);
    assert_int_equal(ear_net_new(&b, model, 2, 5, NULL), 0);
    ear_model_unref(model); /* the networks hold it */
    for (uint32_t t = 0; t < n_frames; ++t) {
      float band[EAR_MAX_BANDS];
      uint8_t q[EAR_MAX_BANDS];
      for (uint32_t i = 0; i < ear_front_end_values(&m.spec.front_end); ++i) {
        band[i] = (float)random_in(&s, 0, 160) - 120;
        band[i] = t == 1 ? NAN : t == 2 ? INFINITY : t == 3 ? -INFINITY : band[i];
      }
      ear_net_quantize(model, band, q);
      const bool tick = ear_net_push(a, band);
      assert_int_equal(tick, ear_net_push_quantized(b, q));
      if (tick) {
        ear_net_tick(a, false);
        ear_net_tick(b, false);
        assert_memory_equal(ear_net_logits(a, EAR_SHORT), ear_net_logits(b, EAR_SHORT),
                            m.spec.n_labels * sizeof(float));
      }
    }
    ear_net_free(a);
    ear_net_free(b);
    free(bytes);
    random_model_free(&m);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(float_frames_equal_their_quantised_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
