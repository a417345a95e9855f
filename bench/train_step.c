/* SPDX-License-Identifier: ISC */
/* One training step, as fit.c makes it: batch, forward, loss, backward, optimiser.
   It serves train_step.sh: each line that it reads is answered by one line.
     times N    milliseconds of each of N steps
     losses N   the losses of N steps from the weights that it wrote into FOLDER
   FOLDER gets weights.f32 (the arrays in the network's order), x.f32 and target.f32 (all
   examples), plain floats: what train_step_torch.py starts from.
   The settings are those of the shipped recipes: AdamW as harshness.recipe, or SGD with
   momentum as basic-cnn-sgd.recipe; rates rise for 300 steps. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fit_batch.h"
#include "fit_loss.h"
#include "nn.h"
#include "optim.h"
#include "recipe_parse.h"
#include "rng.h"

enum { BATCH = 32, N_EXAMPLES = 4 * BATCH, N_LABELS = 10, N_BANDS = 128, MANY = 1 << 30 };

/* S: time is not padded, so 138 frames instead of 128 give it the 156 MMAC of the model
   that pads.  K: 128 x 128, as published. */
static const struct {
  const char *name, *network;
  uint32_t frames;
} models[] = {
    {"S",
     "conv 32 3x3 pad 1 relu\nmaxpool 2x2\nconv 64 3x3 pad 1 relu\nmaxpool 2x2\n"
     "conv 128 3x3 pad 1 relu\nmaxpool 2x2\nmean frequency\ndense 256 relu\ndense labels",
     138},
    {"K",
     "conv 32 3x3 relu\nmaxpool 2x2\nconv 64 3x3 relu\nmaxpool 2x2\n"
     "conv 128 3x3 relu\nmaxpool 2x2\nflatten\ndense 64 relu\ndense labels",
     128},
};

typedef struct {
  float *x, *target; /* [N_EXAMPLES][patch], [N_EXAMPLES][N_LABELS] */
  size_t patch;
} examples;

typedef struct {
  recipe recipe;
  nn *net;
  optim *optim;
  batch batch;
  examples examples;
  example_source source;
  float *start; /* the weights at first, array by array */
} bench;

static void
must(ear_status st, const char *what)
{
  if (st) {
    fprintf(stderr, "train_step: %s: %s\n", what, ear_strerror(st));
    exit(1);
  }
}

static void
draw(void *self, uint64_t epoch, uint32_t i, float *patch, float *target)
{
  const examples *e = self;
  (void)epoch;
  i %= N_EXAMPLES;
  memcpy(patch, e->x + i * e->patch, e->patch * sizeof *patch);
  memcpy(target, e->target + (size_t)i * N_LABELS, N_LABELS * sizeof *target);
}

static void
make_examples(examples *e, size_t patch)
{
  rng r = rng_stream(1, 2, 3);
  e->patch = patch;
  e->x = malloc(N_EXAMPLES * patch * sizeof *e->x);
  e->target = calloc((size_t)N_EXAMPLES * N_LABELS, sizeof *e->target);
  must(e->x && e->target ? EAR_OK : EAR_NO_MEMORY, "examples");
  for (size_t i = 0; i < N_EXAMPLES; ++i) {
    const size_t label = i % N_LABELS;
    e->target[i * N_LABELS + label] = 1;
    for (size_t k = 0; k < patch; ++k) {
      const double band = (double)(k % N_BANDS);
      const double wave = sin(6.283 * band * (double)(label + 1) / N_BANDS);
      e->x[i * patch + k] = (float)(0.5 * (wave + rng_normal(&r)));
    }
  }
}

/* All trainable arrays, to (save) or from p. */
static void
copy_weights(nn *net, float *p, bool save)
{
  for (uint32_t i = 0; i < nn_n_params(net); ++i) {
    const nn_param a = nn_param_get(net, i);
    memcpy(save ? p : a.value, save ? a.value : p, a.n * sizeof *p);
    p += a.n;
  }
}

static void
new_optimizer(bench *b)
{
  optim_free(b->optim);
  must(optim_new(&b->optim, b->net, &b->recipe.train, MANY), "optimiser");
}

static void
bench_init(bench *b, const char *model, const char *optimizer)
{
  const size_t m = strcmp(model, models[0].name) != 0;
  char text[1024];
  ear_error err = {""};
  snprintf(text, sizeof text,
           "[input]\nrate 22050\nfft 2048\nhop 512\nbands %d\nframes %u\n"
           "[network]\n%s\n[train]\n%s\nwarmup 300\nschedule constant\nbatch %d\n",
           N_BANDS, models[m].frames, models[m].network,
           strcmp(optimizer, "sgd") ? "optimizer adamw\nrate 3e-3\ndecay 0.05"
                                    : "optimizer sgd\nmomentum 0.9\nrate 1e-2",
           BATCH);
  if (recipe_parse(&b->recipe, models[m].name, text, &err) ||
      nn_new(&b->net, &b->recipe, N_LABELS, BATCH, models[m].frames, 1, &err)) {
    fprintf(stderr, "train_step: %s\n", err.text);
    exit(1);
  }
  make_examples(&b->examples, (size_t)models[m].frames * N_BANDS);
  must(batch_new(&b->batch, &b->recipe, N_LABELS), "batch");
  b->start = malloc(nn_size(b->net) * sizeof *b->start);
  must(b->start ? EAR_OK : EAR_NO_MEMORY, "weights");
  copy_weights(b->net, b->start, true);
  new_optimizer(b);
  b->source = (example_source){
      .self = &b->examples, .n_examples = N_EXAMPLES, .n_labels = N_LABELS, .draw = draw};
}

static void
write_floats(const char *folder, const char *name, const float *x, size_t n)
{
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *f = fopen(path, "wb");
  if (!f || fwrite(x, sizeof *x, n, f) != n || fclose(f)) {
    fprintf(stderr, "train_step: cannot write %s\n", path);
    exit(1);
  }
}

static double
step(bench *b, uint32_t i)
{
  const loss_rule rule = {.activation = RECIPE_SOFTMAX};
  batch_draw(&b->batch, &b->source, 0, i % (N_EXAMPLES / BATCH) * BATCH, BATCH);
  const float *logit = nn_forward(b->net, b->batch.x, BATCH, true);
  const double loss =
      fit_loss(logit, b->batch.target, BATCH, N_LABELS, &rule, b->batch.dlogit);
  nn_backward(b->net, b->batch.dlogit);
  optim_step(b->optim);
  return loss;
}

static double
now_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void
serve(bench *b)
{
  char what[16];
  uint32_t n;
  while (scanf("%15s %u", what, &n) == 2) {
    const bool losses = strcmp(what, "losses") == 0;
    if (losses) {
      copy_weights(b->net, b->start, false);
      new_optimizer(b);
    }
    for (uint32_t i = 0; i < n; ++i) {
      const double start = now_ms(), loss = step(b, i);
      printf("%.17g ", losses ? loss : now_ms() - start);
    }
    printf("\n");
    fflush(stdout);
  }
}

int
main(int argc, char **argv)
{
  bench b = {0};
  if (argc != 4) {
    fprintf(stderr, "usage: bench_train_step S|K sgd|adamw FOLDER\n");
    return 1;
  }
  bench_init(&b, argv[1], argv[2]);
  write_floats(argv[3], "weights.f32", b.start, nn_size(b.net));
  write_floats(argv[3], "x.f32", b.examples.x, N_EXAMPLES * b.examples.patch);
  write_floats(argv[3], "target.f32", b.examples.target, (size_t)N_EXAMPLES * N_LABELS);
  printf("ready\n");
  fflush(stdout);
  serve(&b);
  batch_free(&b.batch);
  optim_free(b.optim);
  nn_free(b.net);
  free(b.examples.x);
  free(b.examples.target);
  free(b.start);
  return 0;
}
