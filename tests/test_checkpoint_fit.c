/* SPDX-License-Identifier: ISC */
/* A run that goes on from any step, with any optimiser, schedule and average, ends with
   the bits of one that was never interrupted. */
#include "folder.h"
#include "forge.h"

#include <errno.h>
#include <unistd.h>

#include "../train/file.h"
#include "../train/fit.h"
#include "../train/recipe_parse.h"
#include "../train/rng.h"

enum { EXAMPLES = 26, BATCH = 8, STEPS = 3, EPOCHS = 4, LABELS = 3 };

/* Every call of write fails while it is set. */
static bool disk_is_full;

ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);

ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
  if (disk_is_full) {
    errno = ENOSPC;
    return -1;
  }
  return __real_write(fd, bytes, n);
}

static const char *const trains[] = {
    "optimizer adamw\nschedule cosine\nwarmup 3\ndecay 0.1\naveraging 0.9\n",
    "optimizer sgd\nschedule plateau\nwait 0\nfactor 0.5\nrate 0.05\n",
    "optimizer adam\nschedule step\nsmoothing 0.1\npatience 2\naveraging 0.99\n",
    "optimizer adamw\nrate 1e-2\naveraging 0.9\nquantize 3\n",
    "optimizer adamw\npatience 1\nrate 0.5\nactivation sigmoid\n", /* ends early */
};

static void
make_recipe(recipe *r, const char *train)
{
  char text[1024];
  ear_error err = {""};
  snprintf(
      text, sizeof text,
      "[input]\nrate 16000\nfft 256\nhop 128\nbands 8\nframes 12\nhigh 8000\n"
      "[network]\nconv 8 3x3 pad 1 bn relu\nmaxpool 2x2\nconv 8 3x3 pad 1 relu\nmean\n"
      "dropout 0.4\ndense labels\n[train]\nepochs %d\nbatch %d\n%s",
      EPOCHS, BATCH, train);
  if (recipe_parse(r, "t.recipe", text, &err)) {
    fail_msg("%s", err.text);
  }
}

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
}

/* Unchanged patches for `quantize`. */
static float patches[BATCH][12 * 8];

static uint64_t train_stream = 1, valid_stream = 1000;
static uint32_t every_steps = 1;

/* What a sitting ended with: every bit that the next thing may depend on. */
typedef struct {
  fit_result result;
  size_t n;
  float *value;
  char warned[512];
  int n_warned, n_logged;
} sitting;

static volatile sig_atomic_t stop;
static uint32_t stop_at; /* steps, counted over all; 0: never */

static void
say(void *user, const fit_progress *p)
{
  (void)user;
  stop = stop_at && (p->epoch - 1) * STEPS + p->step >= stop_at;
}

static void
warn(void *user, const char *sentence)
{
  sitting *s = user;
  snprintf(s->warned, sizeof s->warned, "%s", sentence);
  ++s->n_warned;
}

static void
log_epochs(void *user, const fit_history *h)
{
  sitting *s = user;
  s->n_logged = (int)h->n;
}

static void
take_values(sitting *s, nn *net)
{
  s->n = 0;
  s->value = NULL;
  for (uint32_t i = 0; i < nn_n_params(net) + nn_n_buffers(net); ++i) {
    const nn_param q = i < nn_n_params(net) ? nn_param_get(net, i)
                                            : nn_buffer_get(net, i - nn_n_params(net));
    s->value = realloc(s->value, (s->n + q.n) * sizeof *s->value);
    memcpy(s->value + s->n, q.value, q.n * sizeof *s->value);
    s->n += q.n;
  }
}

/* One sitting of a run whose checkpoints are NAME.ckpt; `after` steps in all. */
static ear_status
sit(sitting *s, const recipe *r, const char *name, bool go_on, uint32_t after,
    ear_error *err)
{
  char last[64], best[64];
  checkpoint *from = NULL;
  nn *net;
  *s = (sitting){.n = 0};
  snprintf(last, sizeof last, "%s-last.ckpt", name);
  snprintf(best, sizeof best, "%s-best.ckpt", name);
  if (go_on && checkpoint_open(&from, folder_path(last), err)) {
    fail_msg("%s", err->text);
  }
  stop_at = after;
  stop = 0;
  for (uint32_t i = 0; i < BATCH; ++i) {
    float target[LABELS];
    draw(&train_stream, 0, i, patches[i], target);
  }
  json_t *settings = json_pack("{s:s}", "recipe", "t");
  const fit_config config = {
      .recipe = r,
      .train = {&train_stream, EXAMPLES, LABELS, NULL, false, draw},
      .valid = {&valid_stream, 10, LABELS, NULL, false, draw},
      .patches = patches[0],
      .n_patches = BATCH,
      .seed = 3,
      .say = say,
      .user = s,
      .stop = &stop,
      .saving = {.last = folder_path(last),
                 .best = folder_path(best),
                 .settings = settings,
                 .from = from,
                 .every_steps = every_steps,
                 .warn = warn,
                 .log = log_epochs}};
  const ear_status st = fit(&net, &config, &s->result, err);
  if (!st) {
    take_values(s, net);
    nn_free(net);
  }
  json_decref(settings);
  checkpoint_free(from);
  return st;
}

static void
leave(sitting *s)
{
  fit_result_free(&s->result);
  free(s->value);
}

static void
assert_same_history(const fit_history *a, const fit_history *b)
{
  assert_int_equal(a->n, b->n);
  for (uint32_t i = 0; i < a->n; ++i) {
    fit_epoch x = a->epoch[i], y = b->epoch[i];
    x.seconds = y.seconds = x.time = y.time = 0;
    assert_memory_equal(&x, &y, sizeof x);
  }
}

static void
assert_same_file(const char *a, const char *b)
{
  uint8_t *x, *y;
  size_t nx, ny;
  assert_int_equal(file_read(folder_path(a), &x, &nx, NULL), EAR_OK);
  assert_int_equal(file_read(folder_path(b), &y, &ny, NULL), EAR_OK);
  assert_int_equal(nx, ny);
  assert_memory_equal(x, y, nx);
  free(x);
  free(y);
}

static void
a_run_cut_at_any_step_ends_with_the_same_bits(void **state)
{
  ear_error err = {""};
  (void)state;
  for (size_t i = 0; i < sizeof trains / sizeof *trains; ++i) {
    recipe r;
    sitting whole, a, b;
    make_recipe(&r, trains[i]);
    assert_int_equal(sit(&whole, &r, "whole", false, 0, &err), EAR_OK);
    const uint32_t steps = whole.result.epochs * STEPS;
    assert_false(whole.result.stopped);
    assert_true(i < 4 ? whole.result.epochs > 2 : whole.result.epochs < EPOCHS);
    for (uint32_t cut = 1; cut < steps; ++cut) {
      assert_int_equal(sit(&a, &r, "cut", false, cut, &err), EAR_OK);
      assert_true(a.result.stopped);
      assert_int_equal(a.result.epochs, cut / STEPS);
      assert_int_equal(sit(&b, &r, "cut", true, 0, &err), EAR_OK);
      assert_int_equal(b.n, whole.n);
      assert_memory_equal(b.value, whole.value, whole.n * sizeof *whole.value);
      assert_same_history(&b.result.history, &whole.result.history);
      assert_int_equal(b.result.kept_epoch, whole.result.kept_epoch);
      assert_same_file("cut-best.ckpt", "whole-best.ckpt");
      leave(&a);
      leave(&b);
    }
    leave(&whole);
  }
}

static void
a_run_of_one_step_a_sitting_ends_with_the_same_bits(void **state)
{
  ear_error err = {""};
  recipe r;
  sitting whole, s;
  uint32_t n = 1;
  (void)state;
  make_recipe(&r, trains[0]);
  assert_int_equal(sit(&whole, &r, "whole", false, 0, &err), EAR_OK);
  assert_int_equal(sit(&s, &r, "steps", false, 1, &err), EAR_OK);
  while (s.result.stopped) {
    leave(&s);
    assert_int_equal(sit(&s, &r, "steps", true, ++n, &err), EAR_OK);
  }
  assert_int_equal(n, EPOCHS * STEPS);
  assert_memory_equal(s.value, whole.value, whole.n * sizeof *whole.value);
  leave(&s);
  assert_int_equal(sit(&s, &r, "steps", true, 0, &err), EAR_OK); /* it had ended */
  assert_memory_equal(s.value, whole.value, whole.n * sizeof *whole.value);
  assert_same_history(&s.result.history, &whole.result.history);
  leave(&s);
  leave(&whole);
}

static void
a_history_of_part_of_an_epoch_is_refused(void **state)
{
  const size_t n_columns = sizeof(fit_epoch) / sizeof(double);
  ear_error err = {""};
  recipe r;
  sitting s;
  (void)state;
  make_recipe(&r, trains[0]);
  assert_int_equal(sit(&s, &r, "h", false, 2 * STEPS, &err), EAR_OK);
  leave(&s);
  forge_part(folder_path("h-last.ckpt"), "history", (json_int_t)(2 * n_columns) + 1, 8);
  assert_int_equal(sit(&s, &r, "h", true, 0, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "of another network"));
}

static void
a_stopped_run_saves_where_it_stopped(void **state)
{
  ear_error err = {""};
  recipe r;
  sitting whole, s;
  (void)state;
  make_recipe(&r, trains[0]);
  assert_int_equal(sit(&whole, &r, "whole", false, 0, &err), EAR_OK);
  every_steps = 0; /* and these epochs are shorter than the pause between checkpoints */
  for (uint32_t cut = 1; cut < EPOCHS * STEPS; ++cut) {
    checkpoint *c;
    double place[8];
    assert_int_equal(sit(&s, &r, "s", false, cut, &err), EAR_OK);
    leave(&s);
    assert_int_equal(checkpoint_open(&c, folder_path("s-last.ckpt"), &err), EAR_OK);
    assert_true(
        checkpoint_take(c, &(checkpoint_part){"place", CHECKPOINT_F64, place, 8}));
    assert_int_equal((place[0] - 1) * STEPS + place[1], cut);
    assert_true(fit_standing_of(c).unfinished);
    checkpoint_free(c);
    assert_int_equal(sit(&s, &r, "s", true, 0, &err), EAR_OK);
    assert_memory_equal(s.value, whole.value, whole.n * sizeof *whole.value);
    assert_int_equal(s.n_logged, EPOCHS);
    assert_same_file("s-best.ckpt", "whole-best.ckpt");
    leave(&s);
  }
  every_steps = 1;
  leave(&whole);
}

static void
a_stopped_run_gives_the_best_epoch_so_far(void **state)
{
  ear_error err = {""};
  recipe r;
  sitting s, best;
  (void)state;
  make_recipe(&r, trains[1]); /* without patience: a finished run keeps the last */
  assert_int_equal(sit(&s, &r, "s", false, 3 * STEPS + 1, &err), EAR_OK);
  uint32_t at = 0;
  for (uint32_t i = 1; i < s.result.history.n; ++i) {
    at = s.result.history.epoch[i].valid_loss < s.result.history.epoch[at].valid_loss
             ? i
             : at;
  }
  assert_int_equal(s.result.kept_epoch, at + 1);
  assert_true(s.result.valid_loss <= s.result.history.epoch[at].valid_loss);
  r.train.epochs = at + 1; /* the rate of plateau does not depend on it */
  assert_int_equal(sit(&best, &r, "b", false, 0, &err), EAR_OK);
  assert_memory_equal(best.value, s.value, s.n * sizeof *s.value);
  leave(&s);
  leave(&best);
}

static void
training_goes_on_over_a_full_disk_and_the_last_good_checkpoint_stands(void **state)
{
  ear_error err = {""};
  recipe r;
  sitting whole, s;
  (void)state;
  make_recipe(&r, trains[0]);
  assert_int_equal(sit(&whole, &r, "whole", false, 0, &err), EAR_OK);
  leave(&whole);
  assert_int_equal(sit(&whole, &r, "whole", false, 0, &err), EAR_OK);
  assert_int_equal(whole.n_warned, 0);
  assert_int_equal(whole.n_logged, EPOCHS);
  assert_int_equal(sit(&s, &r, "f", false, STEPS + 2, &err), EAR_OK);
  leave(&s);
  checkpoint *before;
  assert_int_equal(checkpoint_open(&before, folder_path("f-last.ckpt"), &err), EAR_OK);
  checkpoint_free(before);
  disk_is_full = true;
  const ear_status st = sit(&s, &r, "f", true, 0, &err);
  disk_is_full = false;
  assert_int_equal(st, EAR_OK);
  assert_int_equal(s.n_warned, (EPOCHS - 1) * STEPS - 2); /* each step and the end */
  assert_non_null(strstr(s.warned, "f-last.ckpt cannot be written: No space left"));
  assert_memory_equal(s.value, whole.value, whole.n * sizeof *whole.value);
  leave(&s);
  assert_int_equal(sit(&s, &r, "f", true, 0, &err), EAR_OK); /* from the good one */
  assert_memory_equal(s.value, whole.value, whole.n * sizeof *whole.value);
  leave(&s);
  leave(&whole);
}

static void
the_best_weights_that_could_not_be_written_are_when_the_run_goes_on(void **state)
{
  ear_error err = {""};
  recipe r;
  sitting whole, s;
  (void)state;
  make_recipe(&r, trains[0]);
  assert_int_equal(sit(&whole, &r, "whole", false, 0, &err), EAR_OK);
  assert_int_equal(sit(&s, &r, "s", false, 0, &err), EAR_OK);
  leave(&s);
  assert_int_equal(unlink(folder_path("s-best.ckpt")), 0);
  disk_is_full = true;
  const ear_status st = sit(&s, &r, "s", true, 0, &err);
  disk_is_full = false;
  assert_int_equal(st, EAR_OK);
  assert_non_null(strstr(s.warned, "s-best.ckpt cannot be written: No space left"));
  leave(&s);
  assert_int_equal(sit(&s, &r, "s", true, 0, &err), EAR_OK); /* it had ended */
  assert_same_file("s-best.ckpt", "whole-best.ckpt");
  leave(&s);
  leave(&whole);
}

static void
a_checkpoint_of_another_network_is_refused(void **state)
{
  ear_error err = {""};
  recipe r;
  sitting s;
  (void)state;
  make_recipe(&r, trains[0]);
  assert_int_equal(sit(&s, &r, "s", false, 1, &err), EAR_OK);
  leave(&s);
  make_recipe(&r, trains[1]); /* other moments, no average */
  assert_int_equal(sit(&s, &r, "s", true, 0, &err), EAR_BAD_ARGUMENT);
  assert_non_null(strstr(err.text, "of another network"));
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      IN_FOLDER(a_run_cut_at_any_step_ends_with_the_same_bits),
      IN_FOLDER(a_run_of_one_step_a_sitting_ends_with_the_same_bits),
      IN_FOLDER(a_history_of_part_of_an_epoch_is_refused),
      IN_FOLDER(a_stopped_run_saves_where_it_stopped),
      IN_FOLDER(a_stopped_run_gives_the_best_epoch_so_far),
      IN_FOLDER(training_goes_on_over_a_full_disk_and_the_last_good_checkpoint_stands),
      IN_FOLDER(the_best_weights_that_could_not_be_written_are_when_the_run_goes_on),
      IN_FOLDER(a_checkpoint_of_another_network_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
