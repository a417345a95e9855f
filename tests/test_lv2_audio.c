/* SPDX-License-Identifier: ISC */
/* Audio passes bit for bit whatever the host does.

   usage: test_lv2_audio BUNDLE [full] */
#include "lv2_host.h"
#include "lv2_twin.h"
#include "record.h"

#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

enum { MOST = 8192, N_STEREO = 25 /* ports */ };

static const char *bundle;
static bool full;

static const double all_rates_hz[] = {8000,  48000, 384000, 11025, 16000,  22050,
                                      32000, 44100, 88200,  96000, 176400, 192000};
enum { N_RATES = sizeof all_rates_hz / sizeof *all_rates_hz };

static uint32_t
random_bits(void)
{
  static uint64_t s = 88172645463325252u;
  s ^= s << 13;
  s ^= s >> 7;
  s ^= s << 17;
  return (uint32_t)(s >> 16);
}

/* Every kind of float: random bits, quiet and signalling NaNs with payloads, infinities,
   denormals, zeros of both signs, values in full scale. */
static void
fill_with_anything(void *x, size_t n)
{
  static const uint32_t special[] = {0x7fc00001, 0xffc12345, 0x7f800001, 0xff8abcde,
                                     0x7f800000, 0xff800000, 0x00000001, 0x807fffff,
                                     0x00400000, 0x00000000, 0x80000000, 0x7f7fffff};
  uint32_t *bits = x;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t r = random_bits();
    bits[i] = r % 3 == 0   ? special[(r >> 8) % (sizeof special / sizeof *special)]
              : r % 3 == 1 ? random_bits()
                           : (random_bits() & 0x80ffffff) | 0x3e000000;
  }
}

/* ---- pass-through ---- */

/* Which buffers are the same ones. */
typedef enum {
  SEPARATE,
  IN_PLACE,
  CROSSED,     /* left out is right in, and the other way round */
  LEFT_IN,     /* left out alone is right in: in place of the other */
  RIGHT_IN,    /* right out alone is left in */
  SAME_SOURCE, /* both inputs are one buffer */
  N_ALIASES
} alias;

static float *
connect_aliased(host *h, alias how, float *buffer[4], float *out[2])
{
  float *left = buffer[0], *right = how == SAME_SOURCE ? buffer[0] : buffer[1];
  out[0] = how == IN_PLACE ? left : how == CROSSED || how == LEFT_IN ? right : buffer[2];
  out[1] = how == IN_PLACE ? right : how == CROSSED || how == RIGHT_IN ? left : buffer[3];
  host_connect(h, "in_left", left);
  host_connect(h, "in_right", right);
  host_connect(h, "out_left", out[0]);
  host_connect(h, "out_right", out[1]);
  return right;
}

/* One block with exactly n samples of memory: reading or writing more is noticed. */
static void
pass_stereo(host *h, alias how, uint32_t n)
{
  static float left_was[MOST], right_was[MOST];
  float *buffer[4], *out[2];
  for (int i = 0; i < 4; ++i) {
    buffer[i] = malloc((n + 1) * sizeof(float));
    fill_with_anything(buffer[i], n + 1);
  }
  float *right = connect_aliased(h, how, buffer, out);
  float after[2];
  memcpy(left_was, buffer[0], n * sizeof(float));
  memcpy(right_was, right, n * sizeof(float));
  memcpy(&after[0], out[0] + n, sizeof(float));
  memcpy(&after[1], out[1] + n, sizeof(float));
  host_run(h, n);
  assert_memory_equal(out[0], left_was, n * sizeof(float));
  assert_memory_equal(out[1], right_was, n * sizeof(float));
  assert_memory_equal(out[0] + n, &after[0], sizeof(float));
  assert_memory_equal(out[1] + n, &after[1], sizeof(float));
  for (int i = 0; i < 4; ++i) {
    free(buffer[i]);
  }
}

static void
pass_mono(host *h, bool in_place, uint32_t n)
{
  static float was[MOST], in[MOST], out[MOST];
  fill_with_anything(in, n);
  memcpy(was, in, n * sizeof(float));
  host_connect(h, "in", in);
  host_connect(h, "out", in_place ? in : out);
  host_run(h, n);
  assert_memory_equal(in_place ? in : out, was, n * sizeof(float));
}

static void
audio_passes_at_every_rate_however_buffers_are_shared(void **state)
{
  (void)state;
  for (size_t r = 0; r < (full ? N_RATES : 3); ++r) {
    host *stereo = host_new("stereo", all_rates_hz[r], HOST_ALL);
    host *mono = host_new("mono", all_rates_hz[r], HOST_ALL);
    for (int how = 0; how < N_ALIASES; ++how) {
      for (int i = 0; i < (full ? 150 : 40); ++i) {
        const uint32_t n =
            i < 4 ? (uint32_t[]){0, 1, 257, MOST}[i] : random_bits() % (MOST + 1);
        pass_stereo(stereo, (alias)how, n);
        pass_mono(mono, how % 2, n);
      }
    }
    host_free(stereo);
    host_free(mono);
  }
}

static void
audio_passes_in_blocks_of_every_size(void **state)
{
  (void)state;
  host *h = host_new("stereo", 48000, HOST_ALL);
  const uint32_t step = full ? 1 : 37;
  for (uint32_t n = 0; n <= MOST; n += step) {
    pass_stereo(h, (alias)(n % N_ALIASES), n);
  }
  host_free(h);
}

/* Hosts promise at most what they said; nothing here depends on it. */
static void
a_block_beyond_8192_passes(void **state)
{
  (void)state;
  for (int freewheel = 0; freewheel < 2; ++freewheel) {
    host *h = host_new("mono", 8000, HOST_ALL);
    host_set(h, "freewheel", (float)freewheel);
    const uint32_t n = 500000;
    float *in = malloc(n * sizeof *in), *out = malloc(n * sizeof *out);
    fill_with_anything(in, n);
    host_connect(h, "in", in);
    host_connect(h, "out", out);
    host_run(h, n);
    assert_memory_equal(in, out, n * sizeof *in);
    host_free(h);
    free(in);
    free(out);
  }
}

static void
audio_passes_bypassed_freewheeling_and_without_analysis(void **state)
{
  (void)state;
  static const double rate_hz[] = {48000, 1000, 0, -1, 1e6, NAN, INFINITY};
  for (size_t r = 0; r < sizeof rate_hz / sizeof *rate_hz; ++r) {
    host *h = host_new("stereo", rate_hz[r], HOST_ALL);
    for (int i = 0; i < 100; ++i) {
      host_set(h, "enabled", (float)(random_bits() % 2));
      host_set(h, "freewheel", (float)(random_bits() % 2));
      host_set(h, "reset", (float)(random_bits() % 2));
      pass_stereo(h, (alias)(random_bits() % N_ALIASES), random_bits() % 3000);
      assert_true(r == 0 || host_get(h, "harshness_status") == 5);
      assert_true(r == 0 || host_get(h, "classifier_status") == 5);
    }
    assert_true(r == 0 || strstr(host_log(h), "does not analyse"));
    host_free(h);
  }
}

/* ---- features and ports ---- */

/* With nothing offered, atom ports are left alone and the rest works. */
static void
no_feature_is_needed(void **state)
{
  (void)state;
  static const unsigned features[] = {
      HOST_NOTHING, HOST_MAP, HOST_LOG, HOST_WORKER, HOST_MAP | HOST_THREAD, HOST_ALL};
  for (size_t i = 0; i < sizeof features / sizeof *features; ++i) {
    host *h = host_new("stereo", 44100, features[i]);
    uint64_t notify[32], was[32];
    fill_with_anything(notify, 64);
    memcpy(was, notify, sizeof notify);
    if (!(features[i] & HOST_MAP)) {
      host_connect(h, "notify", notify);
      host_send_get(h, NULL);
    }
    twin *t = twin_new(44100);
    host_set(h, "freewheel", 1);
    for (uint32_t s = 0; s < 40; ++s) {
      make_music(host_in(h, 0), 4410, 44100, s);
      make_music(host_in(h, 1), 4410, 44100, s + 99);
      twin_push(t, (const float *[]){host_in(h, 0), host_in(h, 1)}, 2, 4410);
      host_run(h, 4410);
      assert_memory_equal(host_out(h, 1), host_in(h, 1), 4410 * sizeof(float));
      twin_assert_equal(t, h);
    }
    assert_memory_equal(notify, was, sizeof notify);
    assert_true(t->n_verdicts > 10);
    twin_free(t);
    host_free(h);
  }
}

static void
any_port_may_be_unconnected(void **state)
{
  (void)state;
  for (int k = -1; k < N_STEREO; ++k) {
    host *h = host_new("stereo", 48000, HOST_ALL);
    for (int i = 0; i < N_STEREO; ++i) {
      if (k < 0 || i == k) {
        host_connect(h, host_symbol(h, (uint32_t)i), NULL);
      }
    }
    for (uint32_t i = 0; i < 30; ++i) {
      host_set(h, "freewheel", (float)(i / 10 % 2));
      make_music(host_in(h, 0), 2000, 48000, i);
      host_send_get(h, NULL);
      host_run(h, 2000);
      if (k >= 6) { /* the audio ports are connected */
        assert_memory_equal(host_in(h, 0), host_out(h, 0), 2000 * sizeof(float));
      }
    }
    host_free(h);
  }
}

/* An input that is not connected is silence at its output, and no part of the mix. */
static void
an_unconnected_input_is_silence(void **state)
{
  (void)state;
  host *h = host_new("stereo", 22050, HOST_ALL);
  twin *t = twin_new(22050);
  host_connect(h, "in_right", NULL);
  host_set(h, "freewheel", 1);
  for (uint32_t i = 0; i < 30; ++i) {
    make_music(host_in(h, 0), 3000, 22050, i);
    memset(host_out(h, 1), 0xff, 3000 * sizeof(float));
    twin_push(t, (const float *[]){host_in(h, 0)}, 1, 3000);
    host_run(h, 3000);
    twin_assert_equal(t, h);
    for (int s = 0; s < 3000; ++s) {
      assert_true(host_out(h, 1)[s] == 0);
    }
  }
  twin_free(t);
  host_free(h);
}

/* Outputs that lie on inputs are written after the mix was taken. */
static void
the_mix_is_of_the_inputs_however_buffers_are_shared(void **state)
{
  (void)state;
  host *h = host_new("stereo", 44100, HOST_ALL);
  twin *t = twin_new(44100);
  host_set(h, "freewheel", 1);
  for (uint32_t b = 0; b < (full ? 1000 : 150); ++b) {
    enum { N = 3000 };
    static float memory[4][N], left[N], right[N];
    float *buffer[4] = {memory[0], memory[1], memory[2], memory[3]}, *out[2];
    make_turns(memory[0], b * N, N, 44100);
    make_music(memory[1], N, 44100, b);
    const float *in_right = connect_aliased(h, (alias)(b % N_ALIASES), buffer, out);
    memcpy(right, in_right, sizeof right);
    memcpy(left, memory[0], sizeof left);
    twin_push(t, (const float *[]){left, right}, 2, N);
    host_run(h, N);
    assert_memory_equal(out[0], left, sizeof left);
    assert_memory_equal(out[1], right, sizeof right);
    twin_assert_equal(t, h);
  }
  twin_free(t);
  host_free(h);
}

/* ---- the floating point environment ---- */

/* Rounding, traps and the treatment of denormals; not the flags that arithmetic sets. */
static unsigned
control_word(void)
{
#if defined(__SSE2__)
  return _mm_getcsr() & ~0x3fu;
#else
  return (unsigned)fegetround();
#endif
}

static void
run_leaves_the_floating_point_environment(void **state)
{
  (void)state;
  host *h = host_new("stereo", 48000, HOST_ALL);
  static const int rounding[] = {FE_TONEAREST, FE_UPWARD, FE_TOWARDZERO};
  for (int i = 0; i < 120; ++i) {
    fill_with_anything(host_in(h, 0), 3000);
    fill_with_anything(host_in(h, 1), 3000);
    host_set(h, "freewheel", (float)(i / 40 % 2));
    fesetround(rounding[i % 3]);
#if defined(__SSE2__)
    _mm_setcsr(i % 2 ? _mm_getcsr() | 0x8040 : _mm_getcsr() & ~0x8040u);
#endif
    const unsigned was = control_word();
    lilv_instance_run(host_instance(h), 3000);
    const unsigned is = control_word();
    fesetround(FE_TONEAREST);
#if defined(__SSE2__)
    _mm_setcsr(_mm_getcsr() & ~0x8040u);
#endif
    assert_int_equal(is, was);
    assert_memory_equal(host_in(h, 0), host_out(h, 0), 3000 * sizeof(float));
  }
  host_free(h);
}

/* ---- orders ---- */

/* cleanup after anything, run without activate, activate twice, many instances. */
static void
calls_come_in_any_order(void **state)
{
  (void)state;
  host *h[16];
  for (int i = 0; i < 16; ++i) {
    h[i] = host_new(i % 2 ? "mono" : "stereo", 44100, i % 3 ? HOST_ALL : HOST_NOTHING);
    host_set(h[i], "freewheel", (float)(i / 4 % 2));
    for (int k = 0; k < i; ++k) {
      host_run(h[i], (uint32_t)k * 100);
    }
    if (i % 5 == 0) {
      lilv_instance_deactivate(host_instance(h[i]));
      lilv_instance_activate(host_instance(h[i]));
      lilv_instance_activate(host_instance(h[i]));
    }
  }
  for (int i = 0; i < 16; ++i) {
    host_free(h[(i * 7) % 16]);
  }
}

static void
unknown_extensions_are_none(void **state)
{
  (void)state;
  host *h = host_new("mono", 44100, HOST_ALL);
  assert_null(lilv_instance_get_extension_data(host_instance(h), "http://a.b/c"));
  assert_null(lilv_instance_get_extension_data(host_instance(h), ""));
  host_free(h);
}

static void
ports_that_there_are_not_are_left_alone(void **state)
{
  (void)state;
  host *h = host_new("mono", 44100, HOST_ALL);
  uint8_t canary[1024], was[1024];
  fill_with_anything(canary, sizeof canary / 4);
  memcpy(was, canary, sizeof canary);
  static const uint32_t index[] = {23, 24, 25, 100, UINT32_MAX, UINT32_MAX - 1};
  for (size_t i = 0; i < sizeof index / sizeof *index; ++i) {
    lilv_instance_connect_port(host_instance(h), index[i], canary);
  }
  host_send_get(h, NULL);
  host_run(h, 64);
  assert_int_equal(host_n_told(h, "https://earshot.audio/lv2/earshot#harshnessModel"), 1);
  assert_memory_equal(canary, was, sizeof canary);
  host_free(h);
}

static int
start(void **state)
{
  (void)state;
  host_open(bundle);
  return 0;
}

static int
stop(void **state)
{
  (void)state;
  host_close();
  return 0;
}

int
main(int argc, char **argv)
{
  bundle = argc > 1 ? argv[1] : NULL;
  full = argc > 2 && !strcmp(argv[2], "full");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(audio_passes_at_every_rate_however_buffers_are_shared),
      cmocka_unit_test(audio_passes_in_blocks_of_every_size),
      cmocka_unit_test(a_block_beyond_8192_passes),
      cmocka_unit_test(audio_passes_bypassed_freewheeling_and_without_analysis),
      cmocka_unit_test(no_feature_is_needed),
      cmocka_unit_test(any_port_may_be_unconnected),
      cmocka_unit_test(an_unconnected_input_is_silence),
      cmocka_unit_test(the_mix_is_of_the_inputs_however_buffers_are_shared),
      cmocka_unit_test(run_leaves_the_floating_point_environment),
      cmocka_unit_test(calls_come_in_any_order),
      cmocka_unit_test(unknown_extensions_are_none),
      cmocka_unit_test(ports_that_there_are_not_are_left_alone),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
