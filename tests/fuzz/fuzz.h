/* SPDX-License-Identifier: ISC */
/* What a fuzz target is made of.  The names are libFuzzer's, so that the same source is
     a libFuzzer program    clang, -Dfuzz=libfuzzer: steered by coverage
     an AFL++ program       afl-clang-fast, -Dfuzz=afl
     a plain program        any compiler: alone.c makes inputs, or replays files
   A target aborts, or a sanitizer does, when a promise is broken. */
#ifndef EAR_FUZZ_H
#define EAR_FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_MOST = 1 << 16 }; /* bytes of an input */

/* Try data[0..n); returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Change data[0..n) of `most` bytes of room; returns the new n.  Targets whose inputs
   have a digest bring one that repairs it; the others have none. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned seed);

/* The engine's own way to change bytes; change.c has one where there is no engine, which
   draws anew from fuzz_change_begin on. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t most);
void fuzz_change_begin(uint64_t seed);

/* Input i to begin with, at most FUZZ_MOST bytes; 0: there are no more. */
size_t fuzz_seed(uint32_t i, uint8_t *data);

/* A text as an input; the same for a seed. */
size_t fuzz_text(uint8_t *data, const char *text);

/* Say which promise was broken, and abort. */
void fuzz_broken(const char *promise);

/* What the target prints goes nowhere, unless FUZZ_LOUD is set. */
void fuzz_hush(void);

/* An input was taken, not refused: that is counted, as a target that refuses all of them
   shows nothing. */
void fuzz_taken(void);
uint32_t fuzz_n_taken(void);

/* The sentence of a refusal: not empty, not cut, nothing that moves a terminal. */
void fuzz_sentence(const char *text);

/* data[0..n) as a file of its own in memory; its path, the same at each call. */
const char *fuzz_file(const uint8_t *data, size_t n);

/* A folder of this process's own, under $TMPDIR, taken away at the end with what is in
   it; and the path of a file there, valid until the fourth call after. */
const char *fuzz_folder(void);
const char *fuzz_path(const char *name);

/* data[0..n) as the words of a command, one a line: NULL ends them, and their text, which
   begins at argv[0], is to be freed.  Returns how many there are, at least one. */
enum { FUZZ_WORDS = 96 };
int fuzz_words(const uint8_t *data, size_t n, char *argv[FUZZ_WORDS + 1]);

/* SplitMix64. */
uint64_t fuzz_next(uint64_t *state);
uint32_t fuzz_below(uint64_t *state, uint32_t n);

#endif
