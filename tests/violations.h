/* SPDX-License-Identifier: ISC */
/* What an audio thread must not do, one function for each kind, to be seeded into real
   audio paths: each proof must catch those that it can see. */
#ifndef EAR_TESTS_VIOLATIONS_H
#define EAR_TESTS_VIOLATIONS_H

/* The violation that EARSHOT_SEED names, made ready; NULL for "none" and without a name.
   A name that is none ends the process.  [setup] */
typedef void (*violation)(void);
violation violation_choose(void);

#endif
