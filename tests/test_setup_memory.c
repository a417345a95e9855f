/* SPDX-License-Identifier: ISC */
/* When memory runs out at any allocation, or at that one alone, an analyzer is refused
   with a sentence and gives everything back, and the plugin starts all the same: audio
   passes, and what cannot be analysed is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugin.h"
#include "toy_model.h"
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* The linker leads every call of engine and plugin here (--wrap). */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
const LV2_Descriptor *lv2_descriptor(uint32_t index);

static atomic_uint n_taken; /* since the last reset, on all threads */
static _Atomic uint32_t fails_at = UINT32_MAX;
static bool alone; /* only that one fails, not all after it */

/* jansson 2.14 reads beyond its buffer when that alone could not grow (lex_save looks at
   no result), which nobody outside of it can mend: it takes part where all that follow
   fail too. */
static void
choose(int mode)
{
  alone = mode;
  json_set_alloc_funcs(alone ? __real_malloc : __wrap_malloc, free);
}

static bool
refuse(void)
{
  const uint32_t i = atomic_fetch_add(&n_taken, 1), at = atomic_load(&fails_at);
  return alone ? i == at : i >= at;
}

void *
__wrap_malloc(size_t n)
{
  return refuse() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
  return refuse() ? NULL : __real_calloc(n, size);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t n)
{
  return refuse() ? NULL : __real_aligned_alloc(alignment, n);
}

static void
begin(uint32_t at)
{
  atomic_store(&n_taken, 0);
  atomic_store(&fails_at, at);
}

/* True if the allocation that should have failed was never asked for. */
static bool
past(uint32_t at)
{
  const bool never = atomic_load(&n_taken) <= at;
  atomic_store(&fails_at, UINT32_MAX);
  return never;
}

static uint32_t
fail_analyzer(ear_model *const model[2], double rate_hz)
{
  ear_analyzer_config config = {
      .rate_hz = rate_hz, .n_models = 2, .model = {model[0], model[1]}};
  config.flag[0] = ear_flag_config_default(model[0]);
  config.flag[1] = ear_flag_config_default(model[1]);
  for (uint32_t i = 0;; ++i) {
    ear_error err = {""};
    ear_analyzer *an;
    begin(i);
    const ear_status st = ear_analyzer_new(&an, &config, &err);
    const bool done = past(i);
    if (!done && st && (st != EAR_NO_MEMORY || an || !strstr(err.text, "memory"))) {
      fail_msg("allocation %u: status %d, \"%s\"", i, (int)st, err.text);
    }
    if (!st) { /* a failure that it could bear, or none */
      float x[4096] = {0};
      ear_analyzer_push(an, x, 4096);
      ear_analyzer_free(an);
    }
    if (done) {
      assert_int_equal(st, EAR_OK);
      return i;
    }
  }
}

static void
an_analyzer_without_memory_is_refused(void **state)
{
  const toy a = {.seed = 3, .n_labels = 2, .harshness = true},
            b = {.seed = 4, .n_labels = 3, .flatten = true, .wide = 1};
  ear_model *const model[2] = {toy_model(&a), toy_model(&b)};
  (void)state;
  for (int mode = 0; mode < 2; ++mode) {
    choose(mode);
    print_message("analyzer: failed at each of %u and %u allocations\n",
                  fail_analyzer(model, 44100), fail_analyzer(model, 50000));
  }
  ear_model_unref(model[0]);
  ear_model_unref(model[1]);
}

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
  uint32_t hash = 1;
  for (; *uri; ++uri) {
    hash = hash * 31 + (uint8_t)*uri;
  }
  (void)handle;
  return hash | 1;
}

/* Whatever instantiate gave: audio passes through it, and it can be given back. */
static void
play(const LV2_Descriptor *d, LV2_Handle instance)
{
  enum { N = 64 };
  float in[N], out[N], control[N_PORTS] = {[PORT_ENABLED] = 1, [PORT_HOLD] = 500};
  for (uint32_t role = PORT_ENABLED; role < N_PORTS; ++role) {
    d->connect_port(instance, role - 2, &control[role]); /* #mono has no right channel */
  }
  d->connect_port(instance, PORT_CONTROL, NULL);
  d->connect_port(instance, PORT_NOTIFY, NULL);
  d->connect_port(instance, PORT_IN_LEFT, in);
  d->connect_port(instance, PORT_OUT_LEFT, out);
  d->activate(instance);
  for (int k = 0; k < 8; ++k) {
    for (int i = 0; i < N; ++i) {
      in[i] = (float)(i * k) / 512;
      out[i] = -1;
    }
    d->run(instance, N);
    assert_memory_equal(in, out, sizeof in);
  }
  d->deactivate(instance);
}

static uint32_t
fail_plugin(void)
{
  LV2_URID_Map map = {NULL, map_uri};
  const LV2_Feature map_feature = {LV2_URID__map, &map};
  const LV2_Feature *const features[] = {&map_feature, NULL};
  const LV2_Descriptor *d = lv2_descriptor(0);
  for (uint32_t i = 0;; ++i) {
    begin(i);
    LV2_Handle instance = d->instantiate(d, 48000, "/", features);
    if (instance) {
      play(d, instance);
      d->cleanup(instance);
    }
    if (past(i)) {
      assert_non_null(instance);
      return i;
    }
  }
}

static void
a_plugin_without_memory_passes_audio(void **state)
{
  (void)state;
  for (int mode = 0; mode < 2; ++mode) {
    choose(mode);
    print_message("plugin: failed at each of %u allocations\n", fail_plugin());
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_analyzer_without_memory_is_refused),
      cmocka_unit_test(a_plugin_without_memory_passes_audio),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
