/* SPDX-License-Identifier: ISC */
/* As much of cmocka as the tests of kernels and networks use: there is none for foreign
   machines in Debian's cross compilers.  The first failed claim ends the program. */
#ifndef EAR_CROSS_CMOCKA_H
#define EAR_CROSS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
  const char *name;
  void (*test)(void **state);
};

#define cmocka_unit_test(f)                                                              \
  {                                                                                      \
#f, f                                                                                \
  }
#define print_message printf
#define fail_msg(...)                                                                    \
  do {                                                                                   \
    printf(__VA_ARGS__);                                                                 \
    cross_claim(0, "fail", __FILE__, __LINE__);                                          \
  } while (0)

static inline void
cross_claim(int holds, const char *claim, const char *file, int line)
{
  if (!holds) {
    printf("%s:%d: %s\n", file, line, claim);
    exit(1);
  }
}

#define assert_true(x) cross_claim(!!(x), #x, __FILE__, __LINE__)
#define assert_false(x) assert_true(!(x))
#define assert_non_null(x) assert_true((x) != NULL)
#define assert_int_equal(a, b) assert_true((a) == (b))
#define assert_ptr_equal(a, b) assert_true((a) == (b))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)

#define cmocka_run_group_tests(tests, setup, teardown)                                   \
  cross_run(tests, sizeof tests / sizeof *tests)

static inline int
cross_run(const struct CMUnitTest *tests, size_t n)
{
  for (size_t i = 0; i < n; ++i) {
    tests[i].test(NULL);
    printf("ok %s\n", tests[i].name);
  }
  return 0;
}

#endif
