/* SPDX-License-Identifier: ISC */
/* A target's own mutator as a module that afl-fuzz loads: AFL_CUSTOM_MUTATOR_LIBRARY. */
#include "fuzz.h"

#include <string.h>

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *self, uint8_t *data, size_t n, uint8_t **out, uint8_t *other,
                       size_t n_other, size_t most);
void afl_custom_deinit(void *self);

static uint64_t state;
static uint8_t changed[FUZZ_MOST];

void *
afl_custom_init(void *afl, unsigned seed)
{
  (void)afl;
  state = seed;
  fuzz_change_begin(seed);
  return &state;
}

size_t
afl_custom_fuzz(void *self, uint8_t *data, size_t n, uint8_t **out, uint8_t *other,
                size_t n_other, size_t most)
{
  (void)self, (void)other, (void)n_other;
  most = most < sizeof changed ? most : sizeof changed;
  n = n < most ? n : most;
  memcpy(changed, data, n);
  *out = changed;
  return LLVMFuzzerCustomMutator(changed, n, most, (unsigned)fuzz_next(&state));
}

void
afl_custom_deinit(void *self)
{
  (void)self;
}
