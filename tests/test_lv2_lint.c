/* SPDX-License-Identifier: ISC */
/* The bundle passes every check of the lint, and every check catches a bundle that was
   broken for it.

   usage: test_lv2_lint BUNDLE LV2-SPECIFICATIONS SINNER.so BARREN.so */
#include <dlfcn.h>

#include "folder.h"
#include "lint.h"
#include "lint_seeds.h"

static const char *bundle, *sinner, *barren;

static void
print_findings(const lint *l)
{
  for (uint32_t i = 0; i < l->n_findings; i++) {
    print_message("  %s\n", l->finding[i]);
  }
}

static void
the_bundle_passes_every_check(void **state)
{
  (void)state;
  uint32_t n_checks = 0, n_runs;
  for (uint32_t s = 0; s < N_LINT_ALL; s++) {
    for (const lint_check *check = lint_all[s]; check->name; check++) {
      n_checks++;
    }
  }
  lint *l = lint_run(bundle, NULL, &n_runs);
  assert_non_null(l);
  print_findings(l);
  print_message("%u checks on %u variants, %u findings\n", n_checks, n_runs / n_checks,
                l->n_findings);
  assert_int_equal(n_runs, 2 * n_checks);
  assert_int_equal(l->n_findings, 0);
  lint_free(l);
}

/* The whole file with a zero at its end; the caller frees. */
static char *
read_text(const char *path)
{
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  char *text = calloc(1, 1 << 18);
  assert_non_null(text);
  assert_in_range(fread(text, 1, (1 << 18) - 1, file), 1, (1 << 18) - 2);
  fclose(file);
  return text;
}

/* Put `with` in place of the first `what`, which must be there. */
static void
edit(const char *path, const char *what, const char *with)
{
  char *text = read_text(path);
  const char *at = strstr(text, what);
  if (!at) {
    fail_msg("'%s' is not in %s: the seed is out of date", what, path);
  }
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fwrite(text, 1, (size_t)(at - text), file);
  fputs(with, file);
  fputs(at + strlen(what), file);
  assert_int_equal(fclose(file), 0);
  free(text);
}

static void __attribute__((format(printf, 1, 2))) shell(const char *format, ...)
{
  char command[9000];
  va_list args;
  va_start(args, format);
  vsnprintf(command, sizeof command, format, args);
  va_end(args);
  assert_int_equal(system(command), 0);
}

/* Whether the lint run with this check alone finds it in a copy that was broken so. */
static bool
is_caught(const lint_seed *seed)
{
  char copy[PATH_MAX + 16], path[PATH_MAX + 64];
  assert_int_equal(folder_make(NULL), 0);
  snprintf(copy, sizeof copy, "%s/earshot.lv2/", folder);
  shell("cp -r '%s' '%s'", bundle, copy);
  snprintf(path, sizeof path, "%s%s", copy, seed->file);
  if (strcmp(seed->file, "earshot.so") == 0) {
    shell("cp '%s' '%s'", strcmp(seed->with, "barren") == 0 ? barren : sinner, path);
  } else {
    edit(path, seed->what, seed->with);
  }
  uint32_t n_runs;
  lint *l = lint_run(copy, seed->check, &n_runs);
  assert_non_null(l);
  const bool caught = lint_found(l, seed->check);
  if (!caught) {
    print_message("%s: missed in %s: '%s' -> '%s'\n", seed->check, seed->file, seed->what,
                  seed->with);
  }
  lint_free(l);
  assert_int_equal(folder_remove(NULL), 0);
  return caught;
}

static void
every_seeded_error_is_caught_by_its_own_check(void **state)
{
  (void)state;
  uint32_t n_seeds = 0, n_caught = 0;
  for (const lint_seed *seed = lint_seeds; seed->check; seed++) {
    n_seeds++;
    n_caught += is_caught(seed);
  }
  print_message("%u of %u seeded errors caught\n", n_caught, n_seeds);
  assert_int_equal(n_caught, n_seeds);
}

static void
every_check_has_an_error_seeded_for_it(void **state)
{
  (void)state;
  for (uint32_t s = 0; s < N_LINT_ALL; s++) {
    for (const lint_check *check = lint_all[s]; check->name; check++) {
      const lint_seed *seed = lint_seeds;
      while (seed->check && strcmp(seed->check, check->name) != 0) {
        seed++;
      }
      if (!seed->check) {
        fail_msg("nothing is seeded for '%s'", check->name);
      }
    }
  }
}

int
main(int argc, char **argv)
{
  if (argc != 5) {
    fprintf(stderr, "usage: %s BUNDLE LV2-SPECIFICATIONS SINNER.so BARREN.so\n", argv[0]);
    return 1;
  }
  bundle = argv[1];
  /* libsoxr brings libgomp, which leaks when it is unloaded: keep it. */
  char module[PATH_MAX];
  snprintf(module, sizeof module, "%searshot.so", bundle);
  if (!dlopen(module, RTLD_NOW | RTLD_NODELETE)) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  sinner = argv[3];
  barren = argv[4];
  setenv("LV2_PATH", argv[2], 1); /* specifications alone: no other plugin is read */
  setenv("LANG", "C", 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bundle_passes_every_check),
      cmocka_unit_test(every_check_has_an_error_seeded_for_it),
      cmocka_unit_test(every_seeded_error_is_caught_by_its_own_check)};
  return cmocka_run_group_tests_name("lv2 lint", tests, NULL, NULL);
}
