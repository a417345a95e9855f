/* SPDX-License-Identifier: ISC */
/* When memory runs out anywhere, parsing, writing and creating a network fail with a
   sentence and give everything back; once created, a network takes no memory at all; and
   networks of one model share their weights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net.h"
#include "net_weights.h"
#include "random_model.h"
#include "small_model.h"
#include <stdlib.h>
#include <string.h>

/* The linker leads every call of the engine here (--wrap), and jansson is told to. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

static uint32_t n_taken;               /* since the last reset */
static uint32_t fails_at = UINT32_MAX; /* this one and all after it */

static bool
refuse(void)
{
  return n_taken++ >= fails_at;
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

/* Call it with the 1st, 2nd, ... allocation failing, until it needs no more.  jansson may
   take an allocation that fails for a fault of the text, so with `json` in the game any
   sentence will do. */
static uint32_t
fail_everywhere(ear_status (*call)(void *, ear_error *), void *with, bool json)
{
  json_set_alloc_funcs(json ? __wrap_malloc : __real_malloc, free);
  for (uint32_t i = 0;; ++i) {
    ear_error err = {""};
    n_taken = 0;
    fails_at = i;
    const ear_status st = call(with, &err);
    fails_at = UINT32_MAX;
    if (!st) {
      return i;
    }
    if (json ? strlen(err.text) < 10
             : st != EAR_NO_MEMORY || !strstr(err.text, "memory")) {
      fail_msg("allocation %u: %s", i, err.text);
    }
  }
}

typedef struct {
  uint8_t *bytes;
  size_t n;
  ear_model *model;
} file;

static ear_status
parse(void *with, ear_error *err)
{
  const file *f = with;
  ear_model *model;
  const ear_status st = ear_model_parse(&model, f->bytes, f->n, err);
  assert_true((model == NULL) == (st != EAR_OK));
  ear_model_unref(model);
  return st;
}

static ear_status
write_small(void *with, ear_error *err)
{
  uint8_t *bytes;
  size_t n;
  small_model *m = with;
  const ear_status st = ear_model_write(&m->spec, &bytes, &n, err);
  assert_true((bytes == NULL) == (st != EAR_OK));
  free(bytes);
  return st;
}

static ear_status
create(void *with, ear_error *err)
{
  const file *f = with;
  ear_net *net;
  const ear_status st = ear_net_new(&net, f->model, 4, 30, err);
  assert_true((net == NULL) == (st != EAR_OK));
  ear_net_free(net);
  return st;
}

static void
no_memory_is_a_clean_error_everywhere(void **state)
{
  file f;
  small_model m;
  (void)state;
  small_model_make(&m);
  f.bytes = small_model_bytes(&f.n);
  assert_int_equal(ear_model_parse(&f.model, f.bytes, f.n, NULL), 0);
  for (int json = 0; json < 2; ++json) {
    const uint32_t n_parse = fail_everywhere(parse, &f, json);
    const uint32_t n_write = fail_everywhere(write_small, &m, json);
    const uint32_t n_create = fail_everywhere(create, &f, json);
    assert_true(n_write > n_parse && n_parse > n_create && n_create > 20);
    print_message("failed at each of %u, %u and %u allocations\n", n_parse, n_write,
                  n_create);
  }
  ear_model_unref(f.model);
  free(f.bytes);
}

static void
a_network_takes_no_memory_after_creation(void **state)
{
  (void)state;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    random_model m;
    ear_net *net;
    float band[EAR_MAX_BANDS] = {0}, row[EAR_MAX_ROWS], p[EAR_MAX_LABELS];
    random_model_make(&m, seed, 1 + seed % 3, RANDOM_HEAD);
    assert_int_equal(ear_net_from_spec(&net, &m.spec, 2, 5, NULL), 0);
    n_taken = 0;
    fails_at = 0;
    for (uint32_t t = 0; t < 150; ++t) {
      band[t % EAR_MAX_BANDS] = (float)t - 60;
      if (ear_net_push(net, band)) {
        ear_net_tick(net, t % 5 == 0);
        ear_net_posteriors(&m.spec, ear_net_logits(net, EAR_SHORT), p);
        ear_net_activation(net, EAR_SHORT, 0, row);
      }
    }
    ear_net_reset(net);
    fails_at = UINT32_MAX;
    assert_int_equal(n_taken, 0);
    ear_net_free(net);
    random_model_free(&m);
  }
}

/* Logits of a network of the model after 60 frames; *n: allocations of its creation. */
static float
hear(ear_model *model, uint32_t *n)
{
  float value[EAR_MAX_BANDS] = {0};
  ear_net *net;
  n_taken = 0;
  assert_int_equal(ear_net_new(&net, model, 4, 30, NULL), 0);
  *n = n_taken;
  for (uint32_t t = 0; t < 60; ++t) {
    value[t % 8] = (float)t - 30;
    if (ear_net_push(net, value)) {
      ear_net_tick(net, false);
    }
  }
  const float logit = ear_net_logits(net, EAR_SHORT)[1];
  ear_net_free(net);
  return logit;
}

/* Whoever made them: the first network, one of another kernel variant between. */
static void
networks_of_a_model_share_their_weights(void **state)
{
  size_t n;
  uint32_t n_first, n_other, n_second;
  ear_model *model;
  (void)state;
  uint8_t *bytes = small_model_bytes(&n);
  assert_int_equal(ear_model_parse(&model, bytes, n, NULL), 0);
  assert_null(ear_model_weights(model));
  const float first = hear(model, &n_first);
  const ear_net_weights *kept = ear_model_weights(model);
  assert_non_null(kept);
  assert_true(ear_kernels_force("ref"));
  assert_float_equal(hear(model, &n_other), first, 0);
  assert_true(ear_kernels_force(NULL));
  assert_float_equal(hear(model, &n_second), first, 0);
  assert_ptr_equal(ear_model_weights(model), kept);
  assert_true(n_second < n_first);
  assert_true(first != 0);
  ear_model_unref(model);
  free(bytes);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_memory_is_a_clean_error_everywhere),
      cmocka_unit_test(a_network_takes_no_memory_after_creation),
      cmocka_unit_test(networks_of_a_model_share_their_weights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
