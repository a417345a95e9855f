/* SPDX-License-Identifier: ISC */
/* Examples that come from a disk are drawn while the step before them runs, and train the
   same network to the bit; a run that ends in between waits for none of them. */
#include "folder.h"

#include <pthread.h>
#include <time.h>

#include "../train/fit.h"
#include "../train/recipe_parse.h"
#include "../train/rng.h"

enum {
  EXAMPLES = 26,
  BATCH = 8,
  STEPS = 3,
  EPOCHS = 3,
  LABELS = 3,
  LAST = EPOCHS * STEPS
};

static void
make_recipe(recipe *r)
{
  char text[1024];
  ear_error err = {""};
  snprintf(text, sizeof text,
           "[input]\nrate 16000\nfft 256\nhop 128\nbands 8\nframes 12\nhigh 8000\n"
           "[network]\nconv 8 3x3 pad 1 bn relu\nmean\ndropout 0.4\ndense labels\n"
           "[train]\nepochs %d\nbatch %d\n",
           EPOCHS, BATCH);
  if (recipe_parse(r, "t.recipe", text, &err)) {
    fail_msg("%s", err.text);
  }
}

/* The newest step, counted from 0, of which an example was drawn.  While somebody waits
   for step s, it is s that he waits for. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static int newest;

static void
draw(void *self, uint64_t epoch, uint32_t i, float *patch, float *target)
{
  rng r = rng_stream(9, *(uint64_t *)self + epoch, i);
  const uint32_t label = i % LABELS;
  memset(target, 0, LABELS * sizeof *target);
  target[label] = 1;
  for (int k = 0; k < 12 * 8; ++k) {
    patch[k] = (float)(rng_normal(&r) + (k % 8 == (int)label));
  }
  if (i % BATCH == BATCH - 1) { /* a slow disk */
    nanosleep(&(struct timespec){0, 3000000}, NULL);
    patch[0] += 1;
  }
  if (*(uint64_t *)self == 1) {
    const int step = (int)(epoch - 1) * STEPS + (int)i / BATCH;
    pthread_mutex_lock(&lock);
    newest = step > newest ? step : newest;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
  }
}

static bool must_be_ahead;
static int n_behind, stop_at;
static volatile sig_atomic_t stop;

/* The loop is still at the end of a step: the next one is drawn now or never. */
static void
say(void *user, const fit_progress *p)
{
  struct timespec end;
  (void)user;
  const int done = (int)(p->epoch - 1) * STEPS + (int)p->step;
  stop = stop_at && done >= stop_at;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += 5;
  pthread_mutex_lock(&lock);
  int late = 0;
  while (must_be_ahead && !n_behind && done < LAST && newest < done && !late) {
    late = pthread_cond_timedwait(&moved, &lock, &end);
  }
  n_behind += late != 0;
  pthread_mutex_unlock(&lock);
}

/* All weights after a run, of *n values. */
static float *
train(bool far, uint32_t *epochs, size_t *n)
{
  static uint64_t train_stream = 1, valid_stream = 1000;
  recipe r;
  nn *net;
  fit_result result;
  ear_error err = {""};
  make_recipe(&r);
  newest = n_behind = 0;
  stop = 0;
  const fit_config config = {.recipe = &r,
                             .train = {&train_stream, EXAMPLES, LABELS, NULL, far, draw},
                             .valid = {&valid_stream, 10, LABELS, NULL, far, draw},
                             .seed = 3,
                             .say = say,
                             .stop = &stop};
  if (fit(&net, &config, &result, &err)) {
    fail_msg("%s", err.text);
  }
  *epochs = result.epochs;
  *n = nn_size(net);
  float *value = malloc(*n * sizeof *value), *at = value;
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param q = nn_param_get(net, i);
    memcpy(at, q.value, q.n * sizeof *at);
    at += q.n;
  }
  fit_result_free(&result);
  nn_free(net);
  return value;
}

static void
what_comes_from_a_disk_trains_the_same_network(void **state)
{
  uint32_t epochs;
  size_t n, m;
  (void)state;
  must_be_ahead = false;
  for (stop_at = 0; stop_at < LAST; ++stop_at) { /* 0: to the end */
    float *a = train(false, &epochs, &n), *b = train(true, &epochs, &m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n * sizeof *a);
    free(a);
    free(b);
  }
}

static void
the_next_step_is_drawn_while_one_runs(void **state)
{
  uint32_t epochs;
  size_t n;
  (void)state;
  must_be_ahead = true;
  stop_at = 0;
  free(train(true, &epochs, &n));
  assert_int_equal(n_behind, 0);
  assert_int_equal(epochs, EPOCHS);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_comes_from_a_disk_trains_the_same_network),
      cmocka_unit_test(the_next_step_is_drawn_while_one_runs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
