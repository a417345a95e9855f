/* SPDX-License-Identifier: ISC */
/* The network's backward pass is the derivative of its forward pass, on fast primitives
   only, with the same bits for the same seed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../train/nn_layers.h"
#include "nn_world.h"

enum { N_LABELS = 3, BATCH = 3, FRAMES = 12, BANDS = 10, MAX_CHECKED = 60 };

static const char *const networks[][2] = {
    {"dense", "flatten\ndense labels"},
    {"dense relu", "flatten\ndense 7 relu\ndense labels"},
    {"conv", "conv 4 3x3\nflatten\ndense labels"},
    {"conv 5x5, stride, pad", "conv 4 5x5 stride 2x3 pad 2\nflatten\ndense labels"},
    {"two convs", "conv 5 3x3 pad 1\nconv 4 3x3 stride 2x2 pad 1\nflatten\ndense labels"},
    {"1x1", "conv 5 1x1\nconv 4 1x1\nflatten\ndense labels"},
    {"wide conv", "conv 16 3x3 pad 1\nconv 32 3x3 pad 1\nflatten\ndense labels"},
    {"full height", "conv 4 3x3\nconv 5 3xfull\nflatten\ndense labels"},
    {"dilation in time", "conv 4 1x3\nconv 5 3x3 dilation 3\nflatten\ndense labels"},
    {"depthwise", "conv 8 3x3\ndepthwise 3x3 pad 1\nflatten\ndense labels"},
    {"depthwise, odd", "conv 5 3x3\ndepthwise 3x2 stride 2x1 dilation 2\nflatten\n"
                       "dense labels"},
    {"conv relu", "conv 4 3x3 relu\nflatten\ndense labels"},
    {"BatchNorm", "conv 4 3x3 bn\nflatten\ndense labels"},
    {"BatchNorm relu", "conv 4 3x3 bn relu\nconv 4 3x3 bn\nflatten\ndense labels"},
    {"maxpool", "conv 4 3x3\nmaxpool 2x2\nflatten\ndense labels"},
    {"maxpool, overlapping", "conv 4 3x3\nmaxpool 3x3 stride 2x1\nflatten\ndense labels"},
    {"maxpool on the input", "maxpool 1x2\nconv 4 3x3\nflatten\ndense labels"},
    {"avgpool", "conv 4 3x3\navgpool 2x2\nflatten\ndense labels"},
    {"avgpool, overlapping", "conv 4 3x3\navgpool 2x3 stride 1x2\nflatten\ndense labels"},
    {"summary", "conv 4 3x3\nsummary 10\nflatten\ndense labels"},
    {"summary, overlapping", "conv 4 3x3\nsummary 4 stride 3\nconv 5 2x3\nflatten\n"
                             "dense labels"},
    {"add", "conv 4 3x3 pad 1\nconv 4 3x3 pad 1\nconv 4 3x3 pad 1\nadd 3\nflatten\n"
            "dense labels"},
    {"add relu", "conv 4 1x1\nconv 4 3x3 pad 1\nadd 2 relu\nmean\ndense labels"},
    {"dropout", "conv 4 3x3\ndropout 0.4\nflatten\ndense labels"},
    {"mean", "conv 4 3x3\nmean\ndense labels"},
    {"mean frequency", "conv 4 3x3\nmean frequency\ndense labels"},
    {"mean deviation", "conv 4 3x3 relu\nmean deviation\ndense labels"},
    {"mean frequency deviation",
     "conv 4 3x3 relu\nmean frequency deviation\ndense labels"},
    {"pair of one channel", "conv 16 3x3 pad 1 relu\nmaxpool 2x2\nflatten\ndense labels"},
    {"pairs", "conv 32 3x3 relu\nmaxpool 2x2\nconv 16 2x2 relu\nflatten\ndense labels"},
    {"pair of many", "conv 64 8x7\nconv 80 3x3 relu\nmaxpool 2x2\nflatten\n"
                     "dense labels"},
    {"pairs, padded", "conv 32 3x3 pad 1 relu\nmaxpool 2x2\nconv 32 3x3 pad 2 relu\n"
                      "maxpool 2x2\nflatten\ndense labels"},
    {"branch", "conv 4 3x2 relu\nconv 5 2xfull\nbranch\nconv 6 1xfull\nconcat\nflatten\n"
               "dense labels"},
    {"longer branch", "conv 4 2x3 stride 2x2\nbranch\nconv 5 6x3 stride 2x2 bn relu\n"
                      "concat\nconv 4 2x2\nflatten\ndense labels"},
    {"branch of pools", "conv 4 2x4 stride 2x2 pad 1\ndropout 0.2\nbranch\n"
                        "maxpool 4x2 stride 2x2\nconcat\nmean deviation\ndense labels"},
    {"branch with a pair", "conv 16 3x3 relu\nmaxpool 2x2\nbranch\nconv 16 3x3 relu\n"
                           "maxpool 2x2\nconcat\nflatten\ndense labels"},
    {"pool that pools no pair",
     "conv 32 1x1\navgpool 2x2\nconv 16 3x3 pad 1 relu\nbranch\n"
     "maxpool 2x2\nconcat\nflatten\ndense labels"},
    {"mixed with a branch",
     "conv 8 3x3 pad 1 bn relu\nmaxpool 2x2\nconv 6 2xfull bn relu\nbranch\n"
     "conv 7 1xfull bn\ndepthwise 2x1 bn relu\nconv 7 2x1 bn\nadd 3\n"
     "avgpool 2x1 stride 2x1\nconcat\nmean deviation\ndropout 0.3\ndense 8 relu\n"
     "dense labels"},
    {"mixed", "conv 8 3x3 pad 1 bn relu\ndepthwise 3x3 pad 1 bn relu\nconv 8 1x1 bn\n"
              "add 3 relu\nmaxpool 2x2\nconv 6 2xfull bn relu\nmean\ndropout 0.3\n"
              "dense 8 relu\ndense labels"},
};

/* Which units are on and which maximum won, as one number: where it changes, the function
   has a kink and no derivative. */
static uint64_t
switches(const nn *net)
{
  uint64_t hash = 0;
  for (uint32_t i = 0; i < net->n_nodes; ++i) {
    const nn_node *b = &net->node[i];
    const size_t n = BATCH * node_count(b->out);
    for (size_t k = 0; k < n && (b->relu || b->argmax); ++k) {
      const uint32_t where = b->place ? b->place[k] : b->argmax ? b->argmax[k] : 0;
      const uint32_t on = b->y[k] > 0;
      hash = hash * UINT64_C(0x100000001b3) + 2 * where + on;
    }
  }
  return hash;
}

/* Sum of logit * weight: a loss whose gradient by the logits is weight. */
static double
loss(nn *net, const float *x, const float *weight)
{
  double sum = 0;
  nn_seek(net, 7); /* dropout draws the same again */
  const float *logit = nn_forward(net, x, BATCH, true);
  for (int i = 0; i < BATCH * N_LABELS; ++i) {
    sum += (double)logit[i] * (double)weight[i];
  }
  return sum;
}

/* Central difference at step h; *kink if something switched on the way. */
static double
slope(nn *net, const float *x, const float *weight, float *value, float h, bool *kink)
{
  const float kept = *value;
  *value = kept + h;
  const double up = (double)*value;
  const double above = loss(net, x, weight);
  const uint64_t switched = switches(net);
  *value = kept - h;
  const double width = up - (double)*value;
  const double below = loss(net, x, weight);
  *kink = switched != switches(net);
  *value = kept;
  return (above - below) / width;
}

static float
largest(const float *v, size_t n)
{
  float m = 0;
  for (size_t i = 0; i < n; ++i) {
    m = fmaxf(m, fabsf(v[i]));
  }
  return m;
}

typedef struct {
  double worst; /* |numeric - analytic| / largest gradient of the array */
  uint32_t n, n_kinks;
} comparison;

static void
compare_array(nn *net, nn_param p, const float *gradient, const float *x,
              const float *weight, comparison *c)
{
  const double scale = fmax((double)largest(gradient, p.n), 1e-2);
  const size_t step = p.n > MAX_CHECKED ? p.n / MAX_CHECKED : 1;
  for (size_t i = 0; i < p.n; i += step) {
    bool kink = true, unused;
    double wide = 0;
    float h = 8e-3f;
    for (; kink && h > 3e-3f; h /= 2) {
      wide = slope(net, x, weight, &p.value[i], h, &kink);
    }
    ++c->n;
    if (kink) {
      ++c->n_kinks;
      continue;
    }
    const double narrow = slope(net, x, weight, &p.value[i], h, &unused);
    const double numeric = (4 * narrow - wide) / 3; /* Richardson: no h^2 term */
    c->worst = fmax(c->worst, fabs(numeric - (double)gradient[i]) / scale);
  }
}

static comparison
compare(const char *network)
{
  const recipe r = world_recipe(FRAMES, BANDS, network);
  nn *net = world_net(&r, N_LABELS, BATCH + 1, 5);
  float *x = world_normal((size_t)BATCH * FRAMES * BANDS, 1);
  float *weight = world_normal(BATCH * N_LABELS, 2);
  comparison c = {0};
  loss(net, x, weight);
  nn_backward(net, weight);
  float *gradient[64];
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    gradient[i] = malloc(p.n * sizeof(float));
    assert_non_null(gradient[i]);
    memcpy(gradient[i], p.gradient, p.n * sizeof(float));
  }
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    compare_array(net, nn_param_get(net, i), gradient[i], x, weight, &c);
    free(gradient[i]);
  }
  free(weight);
  free(x);
  nn_free(net);
  return c;
}

static void
every_layers_gradient_is_its_numeric_derivative(void **state)
{
  (void)state;
  double worst = 0;
  for (size_t i = 0; i < sizeof networks / sizeof *networks; ++i) {
    const comparison c = compare(networks[i][1]);
    print_message("%-22s %4u slopes, %3u kinks, error %.1e\n", networks[i][0], c.n,
                  c.n_kinks, c.worst);
    assert_true(c.worst < 2e-3);
    assert_true(c.n_kinks * 2 < c.n);
    worst = fmax(worst, c.worst);
  }
  print_message("largest error %.1e of the largest gradient of its array\n", worst);
}

static void
shipped_recipes_run_on_jit_primitives_only(void **state)
{
  (void)state;
  static const char *const name[] = {"features-cnn", "genre", "harshness",
                                     "published-gtzan", "tiny"};
  for (size_t i = 0; i < sizeof name / sizeof *name; ++i) {
    recipe r;
    ear_error err = {""};
    char what[128] = "";
    assert_int_equal(recipe_read(&r, name[i], &err), EAR_OK);
    nn *net = world_net(&r, 10, 4, 1);
    assert_false(nn_uses_reference(net, what, sizeof what));
    nn_free(net);
  }
}

/* The forward and gradients of n patches, in a network for max_batch, after a full batch
   of other patches. */
static void
run_batch(const recipe *r, uint32_t n, uint32_t max_batch, float *logit, float *gradient)
{
  nn *net = world_net(r, N_LABELS, max_batch, 9);
  float *other = world_normal((size_t)max_batch * FRAMES * BANDS, 3);
  float *x = world_normal((size_t)n * FRAMES * BANDS, 4);
  float *weight = world_normal((size_t)max_batch * N_LABELS, 5);
  nn_forward(net, other, max_batch, false);
  nn_backward(net, weight); /* leaves its traces in every buffer */
  memcpy(logit, nn_forward(net, x, n, true), n * N_LABELS * sizeof(float));
  nn_backward(net, weight);
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param p = nn_param_get(net, i);
    memcpy(gradient, p.gradient, p.n * sizeof(float));
    gradient += p.n;
  }
  for (uint32_t i = 0; i < nn_n_buffers(net); ++i) {
    const nn_param p = nn_buffer_get(net, i);
    memcpy(gradient, p.value, p.n * sizeof(float));
    gradient += p.n;
  }
  free(weight);
  free(x);
  free(other);
  nn_free(net);
}

static void
a_partial_batch_gives_what_a_network_of_its_size_gives(void **state)
{
  (void)state;
  static float logit[2][8 * N_LABELS], gradient[2][4096];
  const recipe r =
      world_recipe(FRAMES, BANDS,
                   "conv 8 3x3 pad 1 bn relu\nconv 8 3x3 bn relu\nmaxpool 2x2\n"
                   "conv 6 2x2 relu\nmean\ndense labels");
  run_batch(&r, 3, 3, logit[0], gradient[0]);
  run_batch(&r, 3, 8, logit[1], gradient[1]);
  for (int i = 0; i < 3 * N_LABELS; ++i) {
    assert_float_equal(logit[0][i], logit[1][i], 1e-5);
  }
  for (int i = 0; i < 4096; ++i) {
    assert_float_equal(gradient[0][i], gradient[1][i], 1e-4 * largest(gradient[0], 4096));
  }
}

static void
batch_norm_tracks_what_pytorch_tracks(void **state)
{
  (void)state;
  const recipe r = world_recipe(FRAMES, BANDS, "conv 1 1x1 bn\nmean\ndense labels");
  nn *net = world_net(&r, N_LABELS, 2, 1);
  enum { N = 2 * FRAMES * BANDS };
  float *x = world_normal(N, 6);
  double mean = 0, variance = 0;
  nn_param_get(net, 0).value[0] = 3.0f;
  for (int i = 0; i < N; ++i) {
    mean += 3.0 * (double)x[i] / N;
  }
  for (int i = 0; i < N; ++i) {
    variance += pow(3.0 * (double)x[i] - mean, 2) / (N - 1);
  }
  nn_forward(net, x, 2, false);
  assert_float_equal(nn_buffer_get(net, 0).value[0], 0, 0);
  assert_float_equal(nn_buffer_get(net, 1).value[0], 1, 0);
  nn_forward(net, x, 2, true);
  assert_float_equal(nn_buffer_get(net, 0).value[0], 0.1 * mean, 1e-6);
  assert_float_equal(nn_buffer_get(net, 1).value[0], 0.9 + 0.1 * variance, 1e-5);
  free(x);
  nn_free(net);
}

/* Mean cross-entropy, and its gradient by the logits. */
static double
cross_entropy(const float *logit, uint32_t n, float *dlogit)
{
  double sum = 0;
  for (uint32_t i = 0; i < n; ++i) {
    double total = 0;
    for (int l = 0; l < N_LABELS; ++l) {
      total += exp((double)logit[i * N_LABELS + l]);
    }
    for (uint32_t l = 0; l < N_LABELS; ++l) {
      const double p = exp((double)logit[i * N_LABELS + l]) / total;
      const bool is_label = i % N_LABELS == l;
      sum -= is_label ? log(p) / n : 0;
      dlogit[i * N_LABELS + l] = (float)((p - is_label) / n);
    }
  }
  return sum;
}

/* Loss after n_steps of plain descent on 12 patches of noise with arbitrary labels. */
static double
descend(uint64_t seed, int n_steps, float *logit)
{
  enum { N = 12 };
  const recipe r =
      world_recipe(FRAMES, BANDS,
                   "conv 8 3x3 pad 1 bn relu\nmaxpool 2x2\nconv 12 3x3 bn relu\n"
                   "dropout 0.1\nflatten\ndense labels");
  nn *net = world_net(&r, N_LABELS, N, seed);
  float *x = world_normal((size_t)N * FRAMES * BANDS, 8);
  float dlogit[N * N_LABELS];
  double value = 0;
  for (int s = 0; s < n_steps; ++s) {
    value = cross_entropy(nn_forward(net, x, N, true), N, dlogit);
    nn_backward(net, dlogit);
    for (uint32_t i = 0; i < nn_n_params(net); ++i) {
      const nn_param p = nn_param_get(net, i);
      for (size_t k = 0; k < p.n; ++k) {
        p.value[k] -= 0.05f * p.gradient[k];
      }
    }
  }
  memcpy(logit, nn_forward(net, x, N, false), sizeof dlogit);
  free(x);
  nn_free(net);
  return value;
}

static void
noise_with_labels_is_learnt_by_heart(void **state)
{
  (void)state;
  float logit[36], unused[36];
  const double value = descend(1, 300, logit);
  print_message("loss after 300 steps %.4f\n", value);
  assert_true(value < 0.05);
  assert_true(cross_entropy(logit, 12, unused) < 0.05);
}

static void
the_same_seed_gives_the_same_bits(void **state)
{
  (void)state;
  float logit[3][36];
  descend(1, 20, logit[0]);
  descend(1, 20, logit[1]);
  descend(2, 20, logit[2]);
  assert_memory_equal(logit[0], logit[1], sizeof logit[0]);
  assert_memory_not_equal(logit[0], logit[2], sizeof logit[0]);
}

static void
a_network_that_does_not_fit_is_refused_with_a_sentence(void **state)
{
  (void)state;
  nn *net = NULL;
  ear_error err = {""};
  const recipe r = world_recipe(FRAMES, BANDS, "conv 4 5x5\nmean\ndense labels");
  assert_int_equal(nn_new(&net, &r, 2, 2, 4, 1, &err), EAR_BAD_ARGUMENT);
  assert_null(net);
  assert_non_null(strstr(err.text, "frames"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_layers_gradient_is_its_numeric_derivative),
      cmocka_unit_test(shipped_recipes_run_on_jit_primitives_only),
      cmocka_unit_test(a_partial_batch_gives_what_a_network_of_its_size_gives),
      cmocka_unit_test(batch_norm_tracks_what_pytorch_tracks),
      cmocka_unit_test(noise_with_labels_is_learnt_by_heart),
      cmocka_unit_test(the_same_seed_gives_the_same_bits),
      cmocka_unit_test(a_network_that_does_not_fit_is_refused_with_a_sentence),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
