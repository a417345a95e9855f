/* SPDX-License-Identifier: ISC */
/* A long file on any number of threads gives the verdicts of one pass, bit for bit, in
   every format whose samples can be gone to and for every length; one that does not hold
   what it announced is refused after verdicts with which one pass begins. */
#include "segments.h" /* before cmocka.h, which has a `fail` of its own */

#include "stand.h"

#include <sndfile.h>
#include <unistd.h>

enum { RATE = 44100, STRETCH = 30 * RATE / EAR_SCOUT_STEP * EAR_SCOUT_STEP };

static char path[] = P_tmpdir "/earshot_segments_XXXXXX.sound";

static void
write_sound(int format, int n_channels, size_t n)
{
  SF_INFO info = {.samplerate = RATE, .channels = n_channels, .format = format};
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  float *x = malloc(n * (size_t)n_channels * sizeof *x);
  assert_true(file && x);
  make_music(x, n * (size_t)n_channels, (double)RATE * n_channels, 5);
  for (size_t i = 0; i < n * (size_t)n_channels; ++i) {
    x[i] = fmaxf(-1, fminf(1, x[i]));
  }
  assert_int_equal(sf_writef_float(file, x, (sf_count_t)n), (sf_count_t)n);
  assert_int_equal(sf_close(file), 0);
  free(x);
}

static reader *
open_reader(void)
{
  reader *sound;
  ear_error err = {""};
  if (!reader_open(&sound, path, NULL, &err)) {
    fail_msg("%s", err.text);
  }
  return sound;
}

static record
one_pass(void)
{
  static float mono[READER_BLOCK];
  record r = {.n = 0};
  const ear_analyzer_config config = settings(RATE, 0, 2, &r);
  ear_analyzer *an = make(&config);
  reader *sound = open_reader();
  for (size_t n; (n = reader_read(sound, mono)) > 0;) {
    ear_analyzer_push(an, mono, n);
  }
  ear_analyzer_finish(an);
  ear_analyzer_free(an);
  reader_close(sound);
  return r;
}

static void
add(void *user, uint64_t n)
{
  *(uint64_t *)user += n;
}

/* By n_threads; as if it held n_more samples than it does. */
static segments_result
by_segments(record *r, unsigned n_threads, uint64_t n_more, uint64_t *n_judged)
{
  const ear_analyzer_config config = settings(RATE, 0, 2, r);
  ear_analyzer *an = make(&config);
  reader *sound = open_reader();
  reader_info info = *reader_info_get(sound);
  info.n_frames += n_more;
  assert_true(reader_can_seek(sound));
  const segments_job job = {.path = path,
                            .config = &config,
                            .an = an,
                            .n_threads = n_threads,
                            .judged = add,
                            .user = n_judged};
  const segments_result result = segments_run(&job, &info);
  if (result == SEGMENTS_DONE) {
    ear_analyzer_finish(an);
  }
  ear_analyzer_free(an);
  reader_close(sound);
  return result;
}

static void
assert_segments_agree(int format, int n_channels, size_t n)
{
  static const unsigned n_threads[] = {1, 2, 8};
  write_sound(format, n_channels, n);
  record whole = one_pass();
  assert_true(whole.n > 1000);
  for (int i = 0; i < 3; ++i) {
    record r = {.n = 0};
    uint64_t n_judged = 0;
    assert_int_equal(by_segments(&r, n_threads[i], 0, &n_judged), SEGMENTS_DONE);
    assert_int_equal(n_judged, n);
    record_assert_equal(&whole, &r);
    record_free(&r);
  }
  record_free(&whole);
}

static void
every_length_gives_the_bits_of_one_pass(void **state)
{
  (void)state;
  static const int odd[] = {-1, 0, 1, 63, 8191, 12345};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
    assert_segments_agree(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1,
                          (size_t)(3 * STRETCH + odd[i]));
  }
}

static void
every_format_gives_the_bits_of_one_pass(void **state)
{
  (void)state;
  static const int format[] = {
      SF_FORMAT_WAV | SF_FORMAT_FLOAT,   SF_FORMAT_WAV | SF_FORMAT_PCM_U8,
      SF_FORMAT_AIFF | SF_FORMAT_PCM_24, SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
      SF_FORMAT_FLAC | SF_FORMAT_PCM_24, SF_FORMAT_W64 | SF_FORMAT_DOUBLE,
      SF_FORMAT_CAF | SF_FORMAT_PCM_32,  SF_FORMAT_AU | SF_FORMAT_PCM_16};
  for (size_t i = 0; i < sizeof format / sizeof *format; ++i) {
    assert_segments_agree(format[i], i % 2 ? 2 : 1, 2 * STRETCH + 4321);
  }
}

static void
formats_with_loss_are_not_gone_into(void **state)
{
  (void)state;
  static const int format[] = {SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                               SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM,
                               SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM};
  for (size_t i = 0; i < sizeof format / sizeof *format; ++i) {
    write_sound(format[i], 1, 5000);
    reader *sound = open_reader();
    assert_false(reader_can_seek(sound));
    reader_close(sound);
  }
}

static void
what_is_short_of_its_length_is_refused(void **state)
{
  (void)state;
  write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 3 * STRETCH);
  record whole = one_pass();
  for (uint64_t n_more = 1; n_more < 200000; n_more *= 100) {
    record r = {.n = 0};
    uint64_t n_judged = 0;
    assert_int_equal(by_segments(&r, 2, n_more, &n_judged), SEGMENTS_REFUSED);
    assert_true(n_judged == 3 * STRETCH && r.n > 1000 && r.n < whole.n);
    for (size_t i = 0; i < r.n; ++i) { /* with which one pass begins */
      assert_int_equal(r.report[i].kind, whole.report[i].kind);
    }
    whole.n = r.n;
    record_assert_equal(&whole, &r);
    whole.n = SIZE_MAX;
    record_free(&r);
  }
  record_free(&whole);
}

static void
what_is_longer_than_its_length_is_refused(void **state)
{
  (void)state;
  write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 3 * STRETCH + 5000);
  for (uint64_t n_less = 1; n_less < 5000; n_less *= 70) {
    record r = {.n = 0};
    uint64_t n_judged = 0;
    assert_int_equal(by_segments(&r, 2, -n_less, &n_judged), SEGMENTS_REFUSED);
    record_free(&r);
  }
}

static void
short_files_are_left_to_one_pass(void **state)
{
  (void)state;
  record r = {.n = 0};
  uint64_t n_judged = 0;
  write_sound(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1, 2 * STRETCH - 1);
  assert_int_equal(by_segments(&r, 8, 0, &n_judged), SEGMENTS_REFUSED);
  assert_true(n_judged == 0 && r.n == 0);
}

static int
begin(void **state)
{
  const int fd = mkstemps(path, 6);
  return fd < 0 || close(fd) != 0 || make_models(state) != 0;
}

static int
end(void **state)
{
  return unlink(path) != 0 || free_models(state) != 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_length_gives_the_bits_of_one_pass),
      cmocka_unit_test(every_format_gives_the_bits_of_one_pass),
      cmocka_unit_test(formats_with_loss_are_not_gone_into),
      cmocka_unit_test(what_is_short_of_its_length_is_refused),
      cmocka_unit_test(what_is_longer_than_its_length_is_refused),
      cmocka_unit_test(short_files_are_left_to_one_pass),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
