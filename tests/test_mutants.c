/* SPDX-License-Identifier: ISC */
/* Whatever is wrong with sound files, training neither dies nor hangs: each file is
   either used or named once, with a reason, and the rest is trained. */
#include "folder.h"

#include <sys/resource.h>
#include <unistd.h>

#include "../train/audio.h"
#include "../train/cmd.h"
#include "../train/csv.h"
#include "../train/file.h"
#include "../train/rng.h"

static uint32_t n_mutants = 1000;
static uint64_t seed_of_all = 11;
enum { N_GOOD = 24, RATE = 16000, MOST_BYTES = 4 << 20 };

/* Of class tone or noise, half a second and more. */
static void
write_sound(const char *name, int i)
{
  const bool tone = i % 2;
  audio a = {.n_frames = RATE / 2 + 100 * (size_t)i, .n_channels = 1, .rate_hz = RATE};
  ear_error err = {""};
  rng r = rng_stream(4, 1, (uint64_t)i);
  a.x = malloc(a.n_frames * sizeof *a.x);
  assert_non_null(a.x);
  for (size_t n = 0; n < a.n_frames; ++n) {
    a.x[n] = tone ? (float)(0.1 * ((n / (10 + (size_t)i)) % 2) - 0.05)
                  : (float)(0.05 * rng_normal(&r));
  }
  if (audio_write(&a, folder_path(name), &err)) {
    fail_msg("%s", err.text);
  }
  audio_free(&a);
}

static const char *const endings[] = {"wav", "flac", "ogg", "opus", "mp3"};
enum { N_ENDINGS = sizeof endings / sizeof *endings };

static void
flip(uint8_t *x, size_t n, uint32_t count, rng *r)
{
  for (uint32_t k = 0; k < count && n; ++k) {
    x[rng_below(r, (uint32_t)n)] = (uint8_t)rng_u64(r);
  }
}

/* Change bytes x[0..*n), of MOST_BYTES room, in one of eight ways. */
static void
mutate(uint8_t *x, size_t *n, uint32_t way, rng *r)
{
  const size_t head = *n < 96 ? *n : 96;
  switch (way % 8) {
  case 0: /* anywhere */
    flip(x, *n, 1 + rng_below(r, 64), r);
    break;
  case 1: /* in the header */
    flip(x, head, 1 + rng_below(r, 8), r);
    break;
  case 2: /* one field of the header at its extremes */
    if (head > 4) {
      memset(x + rng_below(r, (uint32_t)head - 4), rng_below(r, 2) ? 0xff : 0,
             1 + rng_below(r, 4));
    }
    break;
  case 3: /* cut off */
    *n = rng_below(r, (uint32_t)*n + 1);
    break;
  case 4: { /* a hole */
    const size_t from = rng_below(r, (uint32_t)*n);
    const size_t most = *n - from, size = rng_below(r, 4096) + 1u;
    memset(x + from, 0, size < most ? size : most);
    break;
  }
  case 5: { /* a piece missing */
    const size_t from = rng_below(r, (uint32_t)*n);
    const size_t most = *n - from, size = rng_below(r, 512) + 1u;
    const size_t gone = size < most ? size : most;
    memmove(x + from, x + from + gone, *n - from - gone);
    *n -= gone;
    break;
  }
  case 6: /* noise */
    *n = 1 + rng_below(r, 5000);
    flip(x, *n, (uint32_t)*n, r);
    break;
  default: /* nothing at all, or only the magic */
    *n = rng_below(r, 2) ? 0 : 4;
    break;
  }
}

static void
write_mutants(void)
{
  uint8_t *seed[2][N_ENDINGS],
      *x = malloc(MOST_BYTES); /* of each class: one sound has one */
  size_t size[2][N_ENDINGS];
  char name[64];
  ear_error err;
  assert_non_null(x);
  for (int e = 0; e < 2 * N_ENDINGS; ++e) {
    const int c = e / N_ENDINGS, k = e % N_ENDINGS;
    snprintf(name, sizeof name, "seed.%s", endings[k]);
    write_sound(name, N_GOOD + c);
    assert_int_equal(file_read(folder_path(name), &seed[c][k], &size[c][k], &err),
                     EAR_OK);
    assert_true(size[c][k] < MOST_BYTES);
  }
  for (uint32_t i = 0; i < n_mutants; ++i) {
    rng r = rng_stream(seed_of_all, 2, i);
    const uint32_t e = i % N_ENDINGS;
    size_t n = size[i % 2][e];
    memcpy(x, seed[i % 2][e], n);
    mutate(x, &n, i / N_ENDINGS, &r);
    if (i % 7 == 0 && n) { /* twice */
      mutate(x, &n, rng_below(&r, 8), &r);
    }
    /* one of ten under another's name */
    snprintf(name, sizeof name, "set/%s/m%u.%s", i % 2 ? "tone" : "noise", i,
             endings[i % 10 == 9 ? (e + 1) % N_ENDINGS : e]);
    FILE *f = fopen(folder_path(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(x, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
  }
  for (int e = 0; e < N_ENDINGS; ++e) {
    free(seed[0][e]);
    free(seed[1][e]);
  }
  free(x);
}

static int
train(void)
{
  char set[2 * PATH_MAX], out[2 * PATH_MAX];
  snprintf(set, sizeof set, "%s", folder_path("set"));
  snprintf(out, sizeof out, "%s", folder_path("my.safetensors"));
  char *argv[] = {(char[]){"train"},
                  set,
                  (char[]){"-o"},
                  out,
                  (char[]){"--cache"},
                  (char[]){"none"},
                  (char[]){"--epochs"},
                  (char[]){"2"},
                  (char[]){"--recipe"},
                  (char[]){"tiny"},
                  NULL};
  return cmd_train(10, argv);
}

/* How often a path stands in the first column of a table. */
static uint32_t
count_in(const csv *t, const char *key)
{
  uint32_t n = 0;
  for (uint32_t row = 0; row < t->n_rows; ++row) {
    n += strcmp(csv_cell(t, row, 0), key) == 0;
  }
  return n;
}

static void
each_file_is_used_or_named_once_and_the_rest_is_trained(void **state)
{
  csv used, named;
  ear_error err = {""};
  ear_model *model;
  char key[64];
  uint32_t n_used = 0, n_named = 0;
  (void)state;
  for (int i = 0; i < N_GOOD; ++i) {
    snprintf(key, sizeof key, "set/%s/good%d.wav", i % 2 ? "tone" : "noise", i);
    write_sound(key, i);
  }
  write_mutants();
  assert_int_equal(mkfifo(folder_path("set/tone/pipe.wav"), 0600), 0); /* nobody writes */
  assert_int_equal(train(), CMD_SOME_FAILED);
  struct rusage used_up;
  assert_int_equal(getrusage(RUSAGE_SELF, &used_up), 0);
  assert_true(used_up.ru_maxrss < 2 << 20); /* KiB */
  assert_int_equal(ear_model_open(&model, folder_path("my.safetensors"), &err), EAR_OK);
  ear_model_unref(model);
  assert_int_equal(csv_read(&used, folder_path("my.run/split.csv"), &err), EAR_OK);
  assert_int_equal(csv_read(&named, folder_path("my.run/problems.csv"), &err), EAR_OK);
  for (uint32_t i = 0; i < n_mutants; ++i) {
    const uint32_t e = i % N_ENDINGS;
    snprintf(key, sizeof key, "%s/m%u.%s", i % 2 ? "tone" : "noise", i,
             endings[i % 10 == 9 ? (e + 1) % N_ENDINGS : e]);
    const uint32_t in_split = count_in(&used, key), in_problems = count_in(&named, key);
    if (in_split + in_problems != 1) {
      fail_msg("%s is used %u times and named %u times", key, in_split, in_problems);
    }
    n_used += in_split;
    n_named += in_problems;
  }
  for (int i = 0; i < N_GOOD; ++i) {
    snprintf(key, sizeof key, "%s/good%d.wav", i % 2 ? "tone" : "noise", i);
    assert_int_equal(count_in(&used, key), 1);
  }
  for (uint32_t row = 0; row < named.n_rows; ++row) {
    if (strlen(csv_cell(&named, row, 1)) < 8) {
      fail_msg("%s: %s", csv_cell(&named, row, 0), csv_cell(&named, row, 1));
    }
  }
  assert_int_equal(count_in(&named, "tone/pipe.wav"), 1);
  assert_int_equal(named.n_rows, n_named + 1);
  assert_int_equal(used.n_rows, n_used + N_GOOD);
  assert_true(n_named > n_mutants / 4 && n_used > n_mutants / 8);
  fprintf(stderr, "%u mutants named, %u still sound\n", n_named, n_used);
  csv_free(&used);
  csv_free(&named);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(int argc, char **argv)
{
  n_mutants = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : n_mutants;
  seed_of_all = argc > 2 ? strtoull(argv[2], NULL, 10) : seed_of_all;
  const struct CMUnitTest tests[] = {
      IN_FOLDER(each_file_is_used_or_named_once_and_the_rest_is_trained),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
