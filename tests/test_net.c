/* SPDX-License-Identifier: ISC */
/* The incremental network gives, at every tick and for every kernel variant, the bits of
   the network computed from scratch by its definition: columns, accumulators and logits,
   over random networks x inputs (10,000; the number may be given as an argument). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels.h"
#include "naive_net.h"
#include "net.h"
#include "random_model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 400 };
static uint32_t n_networks = 10000;
static uint64_t n_ticks_seen;
static uint32_t n_branches, n_delayed[2]; /* seen: of either side */

/* A network, its input, and everything from scratch. */
typedef struct {
  random_model m;
  uint32_t n_frames, length[2];
  uint8_t frames[MAX_FRAMES * EAR_MAX_BANDS];
  bool gated[MAX_FRAMES];
  naive_net naive;
} world;

static void
new_world(world *w, uint64_t seed, random_head head)
{
  uint64_t s = seed ^ 0xabcdef;
  const uint32_t size = seed % 50 == 0 ? 3 : seed % 5 == 0 ? 2 : 1;
  random_model_make(&w->m, seed, size, head);
  const ear_shape *last = &w->m.shape[w->m.spec.n_layers - 1];
  const uint32_t n_values = ear_front_end_values(&w->m.spec.front_end);
  w->n_frames =
      last->receptive + last->stride * random_in(&s, 0, 11) + random_in(&s, 0, 2);
  assert_true(w->n_frames <= MAX_FRAMES);
  w->length[0] = random_in(&s, 1, 4);
  w->length[1] = random_in(&s, 1, 9);
  const uint32_t kind = random_in(&s, 0, 9);
  for (size_t i = 0; i < (size_t)w->n_frames * n_values; ++i) {
    const uint8_t q = (uint8_t)random_next(&s);
    w->frames[i] = kind == 0 ? 255 : kind == 1 ? 0 : kind == 2 ? (q & 1) * 255 : q;
  }
  for (uint32_t t = 0; t < w->n_frames; ++t) {
    w->gated[t] = random_in(&s, 0, 3) == 0;
  }
  naive_net_run(&w->naive, &w->m.spec, w->frames, w->n_frames);
}

static void
free_world(world *w)
{
  naive_net_free(&w->naive);
  random_model_free(&w->m);
}

/* Accumulators and logits of one horizon after tick j. */
static void
compare_horizon(const world *w, ear_net *net, uint32_t j, ear_horizon h)
{
  uint32_t tick[MAX_FRAMES], n = 0;
  int64_t acc[EAR_MAX_LABELS];
  float logit[EAR_MAX_LABELS];
  for (uint32_t i = 0; i <= j; ++i) {
    if (h == EAR_INTEGRATED ? !w->gated[i] : i + w->length[h] > j) {
      tick[n++] = i;
    }
  }
  if (n == 0) { /* nothing counted yet: zeros */
    memset(acc, 0, sizeof acc);
    memset(logit, 0, sizeof logit);
  } else {
    naive_net_head(&w->naive, tick, n, acc, logit);
  }
  for (uint32_t o = 0; o < w->m.spec.n_labels; ++o) {
    assert_int_equal(ear_net_accumulators(net, h)[o], acc[o]);
  }
  assert_memory_equal(ear_net_logits(net, h), logit, w->m.spec.n_labels * sizeof *logit);
}

/* Push everything through net and compare at every tick. */
static void
compare_run(const world *w, ear_net *net)
{
  const naive_columns *features = naive_net_features(&w->naive);
  const size_t width = (size_t)features->rows * features->channels;
  const uint32_t n_values = ear_front_end_values(&w->m.spec.front_end);
  uint32_t j = 0;
  size_t n;
  for (uint32_t t = 0; t < w->n_frames; ++t) {
    if (!ear_net_push_quantized(net, w->frames + t * n_values)) {
      continue;
    }
    assert_true(j < features->n);
    ear_net_tick(net, w->gated[j]);
    const uint8_t *column = ear_net_column(net, &n);
    assert_int_equal(n, width);
    assert_memory_equal(column, features->q + j * width, width);
    for (uint32_t h = 0; h < (ear_net_averages(net) ? 3 : 1); ++h) {
      compare_horizon(w, net, j, (ear_horizon)h);
    }
    ++j;
  }
  assert_int_equal(j, features->n); /* no tick too few either */
  n_ticks_seen += j;
}

/* The newest column from nothing but the frames of its receptive field. */
static void
compare_receptive_field(const world *w)
{
  const naive_columns *all = naive_net_features(&w->naive);
  const size_t width = (size_t)all->rows * all->channels;
  const uint32_t n_values = ear_front_end_values(&w->m.spec.front_end);
  const ear_shape *last = &w->m.shape[w->m.spec.n_layers - 1];
  naive_net part;
  for (uint32_t j = 0; j < all->n; j += 3) {
    naive_net_run(&part, &w->m.spec, w->frames + j * last->stride * n_values,
                  last->receptive);
    const naive_columns *one = naive_net_features(&part);
    assert_int_equal(one->n, 1);
    assert_memory_equal(one->q, all->q + j * width, width);
    naive_net_free(&part);
  }
}

/* Which of its two sides a concat has to delay. */
static void
count_branch(const random_model *m)
{
  for (uint32_t l = 0; l < m->spec.n_layers; ++l) {
    const ear_layer *y = &m->spec.layer[l];
    if (y->op == EAR_OP_CONCAT) {
      const uint32_t a = m->shape[y->from].receptive, b = m->shape[l - 1].receptive;
      ++n_branches;
      n_delayed[0] += a + 2 * m->shape[l].stride <= b;
      n_delayed[1] += b + 2 * m->shape[l].stride <= a;
    }
  }
}

/* With every kernel variant. */
static void
compare_variants(const world *w, uint32_t i)
{
  for (const ear_kernels *const *v = ear_kernels_all(); *v; ++v) {
    ear_net *net;
    ear_error err = {""};
    assert_true(ear_kernels_force((*v)->name));
    if (ear_net_from_spec(&net, &w->m.spec, w->length[0], w->length[1], &err)) {
      fail_msg("network %u: %s", i, err.text);
    }
    compare_run(w, net);
    if (i % 7 == 0) { /* after a reset nothing is left of the past */
      ear_net_reset(net);
      compare_run(w, net);
    }
    ear_net_free(net);
  }
  ear_kernels_force(NULL);
}

static void
incremental_equals_from_scratch(void **state)
{
  static world w;
  (void)state;
  for (uint32_t i = 0; i < n_networks; ++i) {
    new_world(&w, i, RANDOM_HEAD);
    count_branch(&w.m);
    if (i % 10 == 0) {
      compare_receptive_field(&w);
    }
    compare_variants(&w, i);
    free_world(&w);
  }
  print_message(
      "%u networks, %llu ticks compared; %u with a branch, %u of them delay the "
      "trunk, %u the branch\n",
      n_networks, (unsigned long long)n_ticks_seen, n_branches, n_delayed[0],
      n_delayed[1]);
  assert_true(n_branches >= n_networks / 12);
  assert_true(n_delayed[0] >= n_networks / 50 && n_delayed[1] >= n_networks / 50);
}

static bool
has_high_kernel(uint64_t seed)
{
  random_model m;
  bool high = false;
  random_model_make(&m, seed, 3, RANDOM_HEAD);
  for (uint32_t l = 0; l < m.spec.n_layers; ++l) {
    high |= m.spec.layer[l].op == EAR_OP_CONV && m.spec.layer[l].kf > 64;
  }
  random_model_free(&m);
  return high;
}

/* Of as many rows as a frame has, which no network had before there were branches. */
static void
kernels_of_more_than_64_rows_give_the_same(void **state)
{
  static world w;
  (void)state;
  for (uint32_t seed = 0, n = 0; n < 4; seed += 50) {
    if (has_high_kernel(seed)) {
      new_world(&w, seed, RANDOM_HEAD);
      compare_variants(&w, seed);
      free_world(&w);
      ++n;
    }
  }
}

/* With one dense layer, rows plus bias are the logit, but for the 12-bit rounding. */
static void
activation_sums_to_the_logit(void **state)
{
  static world w;
  uint32_t n_checked = 0;
  (void)state;
  for (uint64_t seed = 0; n_checked < 200; ++seed) {
    float row[EAR_MAX_ROWS];
    ear_net *net;
    new_world(&w, seed, RANDOM_MEAN);
    const ear_model_spec *spec = &w.m.spec;
    const ear_layer *last = &spec->layer[spec->n_layers - 1];
    const bool single = spec->layer[spec->n_layers - 2].op == EAR_OP_MEAN;
    assert_int_equal(ear_net_from_spec(&net, spec, w.length[0], w.length[1], NULL), 0);
    compare_run(&w, net);
    for (uint32_t h = 0; single && h < 3; ++h) {
      const ear_shape *in = &w.m.shape[spec->n_layers - 2];
      const uint32_t n = ear_net_activation(net, (ear_horizon)h, 0, row);
      const float *logit = ear_net_logits(net, (ear_horizon)h);
      if (n == 0 || logit[0] == 0) {
        continue;
      }
      const double scale = spec->n_layers == 2
                               ? (double)spec->input_scale
                               : (double)logit[0] / ear_net_accumulators(net, h)[0] * 16 /
                                     (double)last->weight_scale[0];
      const double unit = scale * (double)last->weight_scale[0];
      double sum = last->bias[0] * unit, bound = 1e-5;
      for (uint32_t r = 0; r < n; ++r) {
        sum += (double)row[r];
        bound += 1e-5 * fabs((double)row[r]);
      }
      for (uint32_t i = 0; i < in->rows * in->channels; ++i) {
        bound += abs(last->weight[i]) * unit / 16 * 0.51;
      }
      assert_true(fabs(sum - (double)logit[0]) <= bound + 1e-5 * fabs(sum));
      ++n_checked;
    }
    ear_net_free(net);
    free_world(&w);
  }
}

/* One network is read at every tick, the other only after the last. */
static void
reading_late_gives_the_same(void **state)
{
  static world w;
  (void)state;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    ear_net *often, *late;
    float row[2][EAR_MAX_ROWS];
    new_world(&w, seed, RANDOM_HEAD);
    const ear_model_spec *spec = &w.m.spec;
    assert_int_equal(ear_net_from_spec(&often, spec, w.length[0], w.length[1], NULL), 0);
    assert_int_equal(ear_net_from_spec(&late, spec, w.length[0], w.length[1], NULL), 0);
    compare_run(&w, often);
    const uint32_t n_values = ear_front_end_values(&spec->front_end);
    for (uint32_t t = 0, j = 0; t < w.n_frames; ++t) {
      if (ear_net_push_quantized(late, w.frames + t * n_values)) {
        ear_net_tick(late, w.gated[j++]);
      }
    }
    const uint32_t n = ear_net_activation(late, EAR_SHORT, 0, row[0]);
    assert_int_equal(ear_net_activation(often, EAR_SHORT, 0, row[1]), n);
    assert_memory_equal(row[0], row[1], n * sizeof *row[0]);
    for (uint32_t h = 0; h < (ear_net_averages(late) ? 3 : 1); ++h) {
      assert_memory_equal(ear_net_logits(late, (ear_horizon)h),
                          ear_net_logits(often, (ear_horizon)h),
                          spec->n_labels * sizeof(float));
    }
    ear_net_free(often);
    ear_net_free(late);
    free_world(&w);
  }
}

static void
posteriors_are_probabilities(void **state)
{
  ear_model_spec spec = {.n_labels = 3, .temperature = 2};
  const float logit[3] = {2, 0, -1000}, even[3] = {7, 7, 7};
  float p[3];
  (void)state;
  spec.activation = EAR_SOFTMAX;
  ear_net_posteriors(&spec, logit, p);
  assert_true(fabs((double)p[0] - 0.7310585786) < 1e-7 && p[2] == 0);
  ear_net_posteriors(&spec, even, p);
  assert_true(fabs((double)p[1] - 1.0 / 3) < 1e-7);
  spec.activation = EAR_SIGMOID;
  ear_net_posteriors(&spec, logit, p);
  assert_true(fabs((double)p[0] - 0.7310585786) < 1e-7 && p[1] == 0.5f && p[2] == 0);
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(incremental_equals_from_scratch),
      cmocka_unit_test(kernels_of_more_than_64_rows_give_the_same),
      cmocka_unit_test(activation_sums_to_the_logit),
      cmocka_unit_test(reading_late_gives_the_same),
      cmocka_unit_test(posteriors_are_probabilities),
  };
  n_networks = argc > 1 ? (uint32_t)atoi(argv[1]) : n_networks;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
