/* SPDX-License-Identifier: ISC */
/* Whatever is wrong with sound files, training neither dies nor hangs: each file is
   either used or named once, with a reason, and the rest is trained. */
#include "folder.h"

#include <sys/resource.h>
#include <unistd.h>

#include "../train/cmd.h"
#include "../train/csv.h"
#include "sound_mutants.h"

static uint32_t n_mutants = 1000;
static uint64_t seed_of_all = 11;
enum { N_GOOD = 24 };

static void
write_sound(const char *name, int i)
{
  assert_true(sound_write(folder_path(name), i));
}

/* Fills name [n_mutants]. */
static void
write_mutants(char (*name)[64])
{
  sound_mutants *m = sound_mutants_new(folder_path(""), N_GOOD);
  assert_non_null(m);
  folder_path("set/tone/x"); /* makes the folders */
  folder_path("set/noise/x");
  for (uint32_t i = 0; i < n_mutants; ++i) {
    assert_true(sound_mutant_write(m, folder_path("set"), seed_of_all, i, name[i]));
  }
  sound_mutants_free(m);
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
  char(*name)[64] = malloc(n_mutants * sizeof *name);
  uint32_t n_used = 0, n_named = 0;
  (void)state;
  assert_non_null(name);
  for (int i = 0; i < N_GOOD; ++i) {
    snprintf(key, sizeof key, "set/%s/good%d.wav", i % 2 ? "tone" : "noise", i);
    write_sound(key, i);
  }
  write_mutants(name);
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
    const uint32_t in_split = count_in(&used, name[i]);
    const uint32_t in_problems = count_in(&named, name[i]);
    if (in_split + in_problems != 1) {
      fail_msg("%s is used %u times and named %u times", name[i], in_split, in_problems);
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
  free(name);
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
