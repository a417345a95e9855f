/* SPDX-License-Identifier: ISC */
/* Every operator returns as loud, as long and as aligned what it was given, the same for
   the same seed, and measured severity rises with its amount. */
#include "../train/codec.h"
#include "../train/degrade.h"
#include "../train/dsp.h"
#include "../train/ops.h"
#include "../train/severity.h"

#include <ebur128.h>
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const double rate_hz = 44100.0;

/* Chords with falling partials that are struck again and again, and brushes of noise. */
static audio
music(double seconds, uint32_t n_channels, uint64_t seed)
{
  rng r = rng_stream(seed, 1, 2);
  const size_t n = (size_t)(seconds * rate_hz);
  audio a = {calloc(n * n_channels, sizeof(float)), n, n_channels, rate_hz};
  assert_non_null(a.x);
  for (int note = 0; note < 12; ++note) {
    const double hz = 110.0 * exp2(rng_below(&r, 30) / 12.0);
    const size_t start = rng_below(&r, (uint32_t)(0.8 * (double)n) + 1);
    const uint32_t side = rng_below(&r, n_channels);
    for (int k = 1; k <= 24 && k * hz < 16000; ++k) {
      const double w = 6.283185307 * k * hz / rate_hz, level = 0.08 / pow(k, 1.1);
      for (size_t i = start; i < n; ++i) {
        const double t = (double)(i - start) / rate_hz;
        a.x[i * n_channels + side] +=
            (float)(level * exp(-t * (2.0 + 0.4 * k)) * sin(w * (double)(i - start)));
      }
    }
  }
  for (size_t i = 0; i < n * n_channels; ++i) {
    const double beat = fmod((double)(i / n_channels) / rate_hz, 0.25);
    a.x[i] += (float)(0.02 * rng_normal(&r) * (0.01 + exp(-40.0 * beat)));
  }
  return a;
}

static double
lufs(const audio *a)
{
  double loud = -HUGE_VAL;
  ebur128_state *e =
      ebur128_init(a->n_channels, (unsigned long)a->rate_hz, EBUR128_MODE_I);
  assert_non_null(e);
  ebur128_add_frames_float(e, a->x, a->n_frames);
  ebur128_loudness_global(e, &loud);
  ebur128_destroy(&e);
  return loud;
}

static void
degraded(audio *out, const audio *source, const degrade_operator *op, double amount,
         uint64_t seed, degrade_result *z)
{
  ear_error err = {""};
  assert_int_equal(dsp_copy(out, source), EAR_OK);
  if (degrade_apply_chain(out, &op, 1, amount, seed, z, &err)) {
    fail_msg("%s: %s", op->name, err.text);
  }
}

static bool
keeps_its_level(const degrade_operator *op)
{
  return op->kind == DEGRADE_IDENTIFIER || !strcmp(op->name, "neutral-gain");
}

static void
loudness_shape_and_bits_are_kept(void **state)
{
  (void)state;
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  const audio source = music(1.5, 2, 1);
  const double before = lufs(&source);
  for (size_t i = 0; i < n; ++i) {
    audio a, b;
    degrade_result z, again;
    degraded(&a, &source, &op[i], 0.8, 5, &z);
    degraded(&b, &source, &op[i], 0.8, 5, &again);
    assert_int_equal(a.n_frames, source.n_frames);
    assert_int_equal(a.n_channels, source.n_channels);
    assert_true(a.rate_hz == source.rate_hz);
    assert_memory_equal(a.x, b.x, a.n_frames * a.n_channels * sizeof *a.x);
    assert_true(z.severity == again.severity);
    if (!keeps_its_level(&op[i]) && fabs(lufs(&a) - before) > 0.1) {
      fail_msg("%s: %.2f LU off", op[i].name, lufs(&a) - before);
    }
    audio_free(&a);
    audio_free(&b);
  }
  free(source.x);
}

static void
threads_give_the_bits_of_one(void **state)
{
  (void)state;
  enum { N = 8 };
  const audio source = music(0.6, 1, 2);
  const degrade_request q = {.kinds = 0x3ff, .splits = 7, .amount = -1.0};
  double alone[N], together[N];
  for (int pass = 0; pass < 2; ++pass) {
    double *to = pass ? together : alone;
#pragma omp parallel for num_threads(pass ? 4 : 1)
    for (int i = 0; i < N; ++i) {
      degrade_request own = q;
      degrade_result z;
      audio a;
      own.seed = (uint64_t)i;
      to[i] = dsp_copy(&a, &source) || degrade_apply(&a, &own, &z, NULL) ||
                      degrade_path(&a, own.seed, 0, NULL)
                  ? -1.0
                  : z.severity + dsp_rms(&a);
      audio_free(&a);
    }
  }
  for (int i = 0; i < N; ++i) {
    assert_true(alone[i] >= 0.0);
    assert_true(alone[i] == together[i]);
  }
  free(source.x);
}

/* kind 0: silence, 1: full-scale noise, 2: one sample, 3: a constant. */
static audio
extreme(int kind)
{
  rng r = {9};
  const size_t n = kind == 2 ? 1 : 9000;
  audio a = {calloc(2 * n, sizeof(float)), n, 2, rate_hz};
  assert_non_null(a.x);
  for (size_t i = 0; kind && i < 2 * n; ++i) {
    a.x[i] = kind == 3 ? 0.5f : (float)rng_range(&r, -1.0, 1.0);
  }
  return a;
}

static void
extremes_stay_finite(void **state)
{
  (void)state;
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  for (int kind = 0; kind < 4; ++kind) {
    const audio source = extreme(kind);
    for (size_t i = 0; i < n; ++i) {
      audio a;
      degrade_result z;
      degraded(&a, &source, &op[i], 1.0, 3, &z);
      assert_int_equal(degrade_path(&a, 3, 0, NULL), EAR_OK);
      assert_int_equal(a.n_frames, source.n_frames);
      assert_true(isfinite(z.severity));
      for (size_t k = 0; k < a.n_frames * a.n_channels; ++k) {
        if (!isfinite(a.x[k])) {
          fail_msg("%s makes a value that is not finite", op[i].name);
        }
      }
      audio_free(&a);
    }
    free(source.x);
  }
}

/* The shift at which b correlates best with a. */
static int
lag(const audio *a, const audio *b)
{
  enum { MOST = 1500 };
  double best = -1.0;
  int at = 0;
  for (int d = -MOST; d <= MOST; ++d) {
    double sum = 0.0;
    for (int i = MOST; i + MOST < (int)a->n_frames; i += 3) {
      sum += (double)a->x[i] * b->x[i + d];
    }
    if (sum > best) {
      best = sum;
      at = d;
    }
  }
  return at;
}

static void
codecs_stay_aligned(void **state)
{
  (void)state;
  static const double quality[] = {0.02, 0.08, 0.3, 0.9};
  static const double rates[] = {22050, 44100, 48000, 96000};
  audio source = music(0.7, 1, 4);
  for (int kind = CODEC_MP3; kind <= CODEC_ADPCM; ++kind) {
    for (int i = 0; i < 16; ++i) {
      audio a;
      source.rate_hz = rates[i / 4];
      assert_int_equal(dsp_copy(&a, &source), EAR_OK);
      assert_int_equal(codec_round_trip(&a, (codec_kind)kind, quality[i % 4]), EAR_OK);
      /* Under 30 kbit/s Opus codes the lows as speech, whose phases turn by 0.1 ms. */
      const int most = kind == CODEC_OPUS && i % 4 < 2 ? (int)(1e-4 * rates[i / 4]) : 1;
      if (abs(lag(&source, &a)) > most) {
        fail_msg("codec %d: %d samples late", kind, lag(&source, &a));
      }
      audio_free(&a);
    }
  }
  free(source.x);
}

static void
severity_of_the_same_is_zero(void **state)
{
  (void)state;
  const audio a = music(1.0, 2, 6);
  severity s;
  assert_int_equal(severity_measure(&a, &a, &s), EAR_OK);
  assert_true(s.severity < 1e-3);
  free(a.x);
}

static void
severity_rises_with_the_amount(void **state)
{
  (void)state;
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  const audio source = music(1.5, 1, 7);
  for (size_t i = 0; i < n && op[i].kind < DEGRADE_IDENTIFIER; ++i) {
    double s[6], squares = 0.0;
    for (int k = 0; k < 6; ++k) {
      audio a;
      degrade_result z;
      degraded(&a, &source, &op[i], 0.2 * k, 11, &z);
      s[k] = z.severity;
      audio_free(&a);
    }
    for (int k = 0; k < 6; ++k) {
      int rank = 0;
      for (int j = 0; j < 6; ++j) {
        rank += s[j] < s[k] || (s[j] == s[k] && j < k);
      }
      squares += (rank - k) * (rank - k);
    }
    const double spearman = 1.0 - 6.0 * squares / (6.0 * 35.0);
    if (spearman < 0.9 || s[5] < 15.0 || s[5] < s[0] + 10.0) {
      fail_msg("%s: spearman %.2f, %.1f to %.1f", op[i].name, spearman, s[0], s[5]);
    }
  }
  free(source.x);
}

static void
neutral_operators_are_hardly_heard(void **state)
{
  (void)state;
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  int over = 0, all = 0;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const audio source = music(1.0, 2, seed);
    for (size_t i = 0; i < n; ++i) {
      if (op[i].kind == DEGRADE_NEUTRAL) {
        audio a;
        degrade_result z;
        degraded(&a, &source, &op[i], 0.25 * (double)(seed + 1), seed, &z);
        if (z.severity >= 5.0) {
          print_message("%s (%s): %.1f\n", op[i].name, z.chain, z.severity);
          ++over;
        }
        ++all;
        audio_free(&a);
      }
    }
    free(source.x);
  }
  print_message("neutral versions with severity under 5: %d of %d\n", all - over, all);
  assert_true(10 * over <= all);
}

static void
the_path_depends_on_the_seed_and_never_clips(void **state)
{
  (void)state;
  const audio source = music(0.5, 1, 8);
  for (uint64_t seed = 0; seed < 12; ++seed) {
    audio a, b;
    assert_int_equal(dsp_copy(&a, &source), EAR_OK);
    assert_int_equal(dsp_copy(&b, &source), EAR_OK);
    dsp_gain(&a, 4.0);
    dsp_gain(&b, 4.0);
    assert_int_equal(degrade_path(&a, seed, 0, NULL), EAR_OK);
    assert_int_equal(degrade_path(&b, seed, 0, NULL), EAR_OK);
    assert_int_equal(a.n_frames, source.n_frames);
    assert_memory_equal(a.x, b.x, a.n_frames * sizeof *a.x);
    assert_true(dsp_peak(&a) <= 1.0);
    audio_free(&a);
    audio_free(&b);
  }
  free(source.x);
}

/* Highest peak of y over that of x in the samples from..to. */
static double
peak_ratio(const audio *y, const audio *x, size_t from, size_t to)
{
  float of_y = 0, of_x = 1e-9f;
  for (size_t i = from; i < to; ++i) {
    of_y = fmaxf(of_y, fabsf(y->x[i]));
    of_x = fmaxf(of_x, fabsf(x->x[i]));
  }
  return (double)(of_y / of_x);
}

/* An excerpt is cut out of the middle: a click where it begins would be a label. */
static void
no_operator_begins_with_a_click(void **state)
{
  (void)state;
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  audio noise = {calloc(44100, sizeof(float)), 44100, 1, rate_hz};
  rng r = rng_stream(3, 1, 1);
  assert_non_null(noise.x);
  for (size_t i = 0; i < noise.n_frames; ++i) {
    noise.x[i] = (float)(0.1 * rng_normal(&r));
  }
  for (size_t i = 0; i < 3 * n; ++i) {
    audio a;
    degrade_result z;
    degraded(&a, &noise, &op[i / 3], 0.3 + 0.35 * (double)(i % 3), 5, &z);
    const double first = peak_ratio(&a, &noise, 0, 441);
    const double rest = peak_ratio(&a, &noise, 8820, noise.n_frames);
    if (first > 2 * rest) {
      fail_msg("%s begins %.1f dB over what follows", op[i / 3].name,
               gain_to_db(first / rest));
    }
    audio_free(&a);
  }
  free(noise.x);
}

static void
each_kind_has_an_operator_in_each_split(void **state)
{
  (void)state;
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  for (int kind = 0; kind < DEGRADE_N_KINDS; ++kind) {
    unsigned splits = 0;
    for (size_t i = 0; i < n; ++i) {
      splits |= op[i].kind == (degrade_kind)kind ? op[i].split : 0;
    }
    assert_int_equal(splits, kind == DEGRADE_IDENTIFIER ? DEGRADE_TEST : 7);
    assert_int_equal(degrade_kind_find(degrade_kind_name((degrade_kind)kind)), kind);
  }
}

/* At less than 34 Hz the first comb's delay is no sample: memory as it comes shows. */
static void
a_reverb_of_few_samples_hears_nothing_but_them(void **state)
{
  (void)state;
  float x[40];
  audio a = {x, 40, 1, 20.0};
  rng r = rng_stream(1, 2, 3);
  degrade_words say = {.text = ""};
  for (int i = 0; i < 40; ++i) {
    x[i] = i % 2 ? 0.5f : -0.5f;
  }
  mallopt(M_PERTURB, 0x80); /* new memory is 3.4e38 everywhere */
  assert_int_equal(op_neutral_comb_reverb(&a, 1.0, &r, &say), EAR_OK);
  mallopt(M_PERTURB, 0);
  for (int i = 0; i < 40; ++i) {
    assert_true(fabsf(x[i]) < 2);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loudness_shape_and_bits_are_kept),
      cmocka_unit_test(threads_give_the_bits_of_one),
      cmocka_unit_test(extremes_stay_finite),
      cmocka_unit_test(codecs_stay_aligned),
      cmocka_unit_test(severity_of_the_same_is_zero),
      cmocka_unit_test(severity_rises_with_the_amount),
      cmocka_unit_test(neutral_operators_are_hardly_heard),
      cmocka_unit_test(the_path_depends_on_the_seed_and_never_clips),
      cmocka_unit_test(no_operator_begins_with_a_click),
      cmocka_unit_test(each_kind_has_an_operator_in_each_split),
      cmocka_unit_test(a_reverb_of_few_samples_hears_nothing_but_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
