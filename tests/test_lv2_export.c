/* SPDX-License-Identifier: ISC */
/* What a song's export shows is what the program `earshot file` prints of it.

   usage: test_lv2_export BUNDLE EARSHOT */
#include "folder.h"
#include "lv2_host.h"
#include "lv2_twin.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const char *bundle, *program;

/* 32-bit float, as interleaved x [n][n_channels]. */
static void
write_wav(const char *path, const pair *p, uint32_t rate_hz)
{
  const uint32_t size = (uint32_t)(p->n * p->n_channels * sizeof(float));
  const uint32_t frame = p->n_channels * (uint32_t)sizeof(float);
  const struct {
    char riff[4];
    uint32_t riff_size;
    char wave_fmt[8];
    uint32_t fmt_size;
    uint16_t format, n_channels;
    uint32_t rate_hz, bytes_per_s;
    uint16_t frame, bits;
    char data[4];
    uint32_t size;
  } head = {"RIFF",  size + 36,       "WAVEfmt ",
            16,      3 /* float */,   (uint16_t)p->n_channels,
            rate_hz, rate_hz * frame, (uint16_t)frame,
            32,      "data",          size};
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(&head, 1, 44, f), 44);
  for (size_t i = 0; i < p->n; ++i) {
    for (uint32_t c = 0; c < p->n_channels; ++c) {
      assert_int_equal(fwrite(&p->x[c][i], sizeof(float), 1, f), 1);
    }
  }
  assert_int_equal(fclose(f), 0);
}

/* The next line of `type` about the harshness model, or NULL. */
static json_t *
next_line(FILE *f, const char *type)
{
  char line[65536];
  while (fgets(line, sizeof line, f)) {
    json_t *o = json_loads(line, 0, NULL);
    assert_non_null(o);
    const char *model = json_string_value(json_object_get(o, "model"));
    if (model && !strcmp(model, "harshness") &&
        !strcmp(json_string_value(json_object_get(o, "type")), type)) {
      return o;
    }
    json_decref(o);
  }
  return NULL;
}

static void
assert_printed(const json_t *object, const char *key, double value)
{
  const double printed = json_number_value(json_object_get(object, key));
  if (!(fabs(printed - value) <= 0.5e-6 + 1e-7 * fabs(value))) {
    fail_msg("%s is printed as %.7f, the port says %.9g", key, printed, value);
  }
}

/* The three lines of one verdict are what the ports say now. */
static void
assert_verdict_printed(FILE *f, const pair *p)
{
  static const char *const symbol[] = {"harsh_momentary", "harsh_short",
                                       "harsh_integrated"};
  for (int i = 0; i < EAR_N_HORIZONS; ++i) {
    json_t *line = next_line(f, "verdict");
    assert_non_null(line);
    assert_printed(json_object_get(line, "p"), "harsh",
                   (double)host_get(p->h, symbol[i]) / 100);
    if (i == EAR_SHORT) {
      assert_int_equal(json_is_true(json_object_get(line, "flag")),
                       host_get(p->h, "flag") > 0);
      if (host_get(p->h, "high") > 0) {
        assert_true(fabs(json_number_value(json_object_get(line, "high_hz")) -
                         (double)host_get(p->h, "high")) < 0.1);
      }
    }
    json_decref(line);
  }
}

static FILE *
listen_to_file(const char *wav)
{
  char command[3 * PATH_MAX];
  snprintf(command, sizeof command, "'%s' file '%s' --format jsonl", program, wav);
  FILE *f = popen(command, "r");
  assert_non_null(f);
  return f;
}

/* At 22,050 Hz nothing waits in a resampler when the file ends, so that the summary is of
   the plugin's last verdict. */
static void
an_exported_song_has_the_programs_verdicts(void **state)
{
  (void)state;
  static const uint32_t rate_hz[] = {22050, 48000};
  for (size_t r = 0; r < 2; ++r) {
    pair p = pair_new(rate_hz[r], 2, 12);
    const char *wav = folder_path("song.wav");
    write_wav(wav, &p, rate_hz[r]);
    FILE *f = listen_to_file(wav);
    while (p.i < p.n) {
      const uint32_t n_before = p.t->n_verdicts;
      pair_give(&p, 64);
      assert_true(p.t->n_verdicts - n_before <= 1);
      if (p.t->n_verdicts > n_before) {
        assert_verdict_printed(f, &p);
      }
    }
    assert_true(p.t->n_verdicts > 40);
    json_t *summary = rate_hz[r] == 22050 ? next_line(f, "summary") : NULL;
    if (summary) {
      assert_printed(json_object_get(summary, "p"), "harsh",
                     (double)host_get(p.h, "harsh_integrated") / 100);
      json_decref(summary);
    }
    assert_true(rate_hz[r] != 22050 || summary);
    for (int c = 0; c != EOF; c = fgetc(f)) {
    }
    assert_int_equal(pclose(f), 0);
    pair_free(&p);
  }
}

static int
start(void **state)
{
  host_open(bundle);
  return folder_make(state);
}

static int
stop(void **state)
{
  host_close();
  return folder_remove(state);
}

int
main(int argc, char **argv)
{
  if (argc < 3) {
    fputs("usage: test_lv2_export BUNDLE EARSHOT\n", stderr);
    return 2;
  }
  bundle = argv[1];
  program = argv[2];
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_exported_song_has_the_programs_verdicts),
  };
  return cmocka_run_group_tests(tests, start, stop);
}
