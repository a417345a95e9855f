/* SPDX-License-Identifier: ISC */
/* The FFT gives the same bits whatever else in the process has planned with FFTW: a
   plugin's verdicts are those of the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fftw3.h>

#include "fft.h"

enum { N = 512, N_BINS = 2 * N + 2, N_PAIR = 320, N_OUT = N_BINS + N_PAIR };

static void
transform(float *bins)
{
  ear_fft *fft = ear_fft_new(N);
  assert_non_null(fft);
  srand(1);
  for (int i = 0; i < 2 * N; i++) {
    ear_fft_in(fft)[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  }
  memcpy(bins, ear_fft_run(fft), N_BINS * sizeof *bins);
  ear_fft_free(fft);

  ear_fft_pair pair;
  assert_true(ear_fft_pair_new(&pair, N, N_PAIR));
  for (int i = 0; i < N; i++) {
    pair.in[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  }
  ear_fft_pair_forward(&pair);
  memcpy(pair.spectrum, pair.bin, (N_PAIR + 2) * sizeof *bins);
  ear_fft_pair_inverse(&pair);
  memcpy(bins + N_BINS, pair.out, N_PAIR * sizeof *bins);
  ear_fft_pair_free(&pair);
}

/* What a host does that wants the fastest plan, and has wanted it before we came. */
static void
measure_as_a_host(unsigned flags)
{
  fftwf_complex *in = fftwf_alloc_complex(N), *out = fftwf_alloc_complex(N);
  assert_true(in && out);
  fftwf_destroy_plan(fftwf_plan_dft_r2c_1d(N, (float *)in, out, flags));
  fftwf_destroy_plan(fftwf_plan_dft_c2r_1d(N_PAIR, in, (float *)out, flags));
  fftwf_destroy_plan(fftwf_plan_dft_1d(N, in, out, FFTW_FORWARD, flags));
  fftwf_free(in);
  fftwf_free(out);
}

static void
plans_of_others_do_not_change_our_bits(void **state)
{
  (void)state;
  static const unsigned flags[] = {FFTW_MEASURE, FFTW_MEASURE | FFTW_DESTROY_INPUT,
                                   FFTW_ESTIMATE};
  float ours[N_OUT], after[N_OUT];
  transform(ours);
  for (int i = 0; i < 3; i++) {
    fftwf_forget_wisdom();
    measure_as_a_host(flags[i]);
    transform(after);
    assert_memory_equal(after, ours, sizeof ours);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plans_of_others_do_not_change_our_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
