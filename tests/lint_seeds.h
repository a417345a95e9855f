/* SPDX-License-Identifier: ISC */
/* Bundles broken in one place each. */
#ifndef TESTS_LINT_SEEDS_H
#define TESTS_LINT_SEEDS_H

typedef struct {
  const char *check; /* that must find it */
  const char *file;  /* of the bundle */
  const char *what;  /* text, the first one is ... */
  const char *with;  /* ... replaced by this; for earshot.so "sinner" or "barren" */
} lint_seed;

/* Ends with an entry without a check. */
extern const lint_seed lint_seeds[];

#endif
