/* SPDX-License-Identifier: ISC */
/* Models S and K, whole windows and live, beside oneDNN's int8 on the same thread: rounds
   in which each takes its turn, medians, 10th and 90th percentiles.  usage:
   bench_net_peers
   [--lines]: one "name value unit" a line, for programs. */
#include "kernels.h"
#include "net.h"
#include "net_dnn.h"
#include "peak.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "count_malloc.h"

enum { N_ROUNDS = 61, N_HOPS = 512 };

static const double hop_us = 512 / 22050.0 * 1e6;
static uint8_t *frames; /* [N_HOPS][NET_BANDS] noise */

/* What is timed: run once is `units` windows or hops of `macs` each. */
typedef struct {
  const char *name;
  ear_net *net; /* ours, or else */
  net_dnn *dnn;
  uint32_t n_frames, units, repeats;
  double macs;
  bool live;
  unsigned long n_heap;
  double us[N_ROUNDS]; /* a unit */
} contest;

static void
run(const contest *c)
{
  if (c->dnn) {
    net_dnn_run(c->dnn);
    return;
  }
  if (!c->live) {
    ear_net_reset(c->net);
  }
  for (uint32_t t = 0; t < c->n_frames; ++t) {
    if (ear_net_push_quantized(c->net, frames + t * NET_BANDS)) {
      ear_net_tick(c->net, false);
      if (c->live) {
        ear_net_logits(c->net, EAR_SHORT);
      }
    }
  }
  ear_net_logits(c->net, EAR_SHORT);
}

static int
compare(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void
play(contest *c, int round)
{
  run(c); /* brings its data back into the caches */
  const unsigned long before = n_own_allocations;
  const double start = now_s();
  for (uint32_t i = 0; i < c->repeats; ++i) {
    run(c);
  }
  c->us[round] = (now_s() - start) * 1e6 / c->repeats / c->units;
  c->n_heap = (n_own_allocations - before) / c->repeats;
}

static double
at(const double *sorted, int percent)
{
  return sorted[(N_ROUNDS - 1) * percent / 100];
}

static void
print_line(const contest *c, double peak)
{
  const double us = at(c->us, 50);
  printf("%s %.3f us\n%s_p10 %.3f us\n%s_p90 %.3f us\n", c->name, us, c->name,
         at(c->us, 10), c->name, at(c->us, 90));
  printf("%s_peak_share %.4f 1\n%s_heap_calls %lu 1\n", c->name,
         c->macs / us * 1e6 / peak, c->name, c->n_heap);
  if (c->live) {
    printf("%s_core %.5f %%\n", c->name, 100 * us / hop_us);
  }
}

static void
print_row(const contest *c, double peak, double peer_us)
{
  const double us = at(c->us, 50);
  printf("%-17s %8.2f us (%.2f to %.2f), %6.2f MMAC, %5.1f %% of peak, %lu heap calls",
         c->name, us, at(c->us, 10), at(c->us, 90), c->macs * 1e-6,
         100 * c->macs / us * 1e6 / peak, c->n_heap);
  if (peer_us > 0) {
    printf(", oneDNN takes %.2f x", peer_us / us);
  }
  if (c->live) {
    printf(", %.4f %% of a core", 100 * us / hop_us);
  }
  printf("\n");
}

/* One thread, and that on one core: oneDNN's OpenMP looks only when the program starts.
 */
static void
use_one_thread(char **argv)
{
  const char *now = getenv("OMP_NUM_THREADS");
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof one, &one);
  if (!now || strcmp(now, "1")) {
    setenv("OMP_NUM_THREADS", "1", 1);
    execv("/proc/self/exe", argv);
  }
}

static ear_net *
new_net(net_kind kind)
{
  ear_net *net;
  ear_model *model = net_model_new(kind);
  if (ear_net_new(&net, model, 16, 128, NULL)) {
    exit(1);
  }
  ear_model_unref(model);
  return net;
}

int
main(int argc, char **argv)
{
  use_one_thread(argv);
  const bool lines = argc > 1 && strcmp(argv[1], "--lines") == 0;
  const double s = net_model_macs(NET_S), k = net_model_macs(NET_K);
  const double unpadded = net_model_macs(NET_S_UNPADDED);
  const double live_macs = s / NET_WINDOW;
  ear_net *net_s = new_net(NET_S), *net_k = new_net(NET_K);
  net_dnn *dnn_s = net_dnn_new(NET_S), *dnn_k = net_dnn_new(NET_K);
  contest contests[] = {
      {"s_whole", net_s, NULL, NET_S_FRAMES, 1, 4, s, false, 0, {0}},
      {"s_whole_onednn", NULL, dnn_s, 0, 1, 4, s, false, 0, {0}},
      {"s_unpadded", net_s, NULL, NET_WINDOW, 1, 4, unpadded, false, 0, {0}},
      {"s_unpadded_onednn",
       NULL,
       net_dnn_new(NET_S_UNPADDED),
       0,
       1,
       4,
       unpadded,
       false,
       0,
       {0}},
      {"k_whole", net_k, NULL, NET_WINDOW, 1, 4, k, false, 0, {0}},
      {"k_whole_onednn", NULL, dnn_k, 0, 1, 4, k, false, 0, {0}},
      {"s_live", new_net(NET_S), NULL, N_HOPS, N_HOPS, 1, live_macs, true, 0, {0}},
  };
  enum { N = sizeof contests / sizeof *contests };
  const char *variant = ear_kernels_get()->name;
  double peak[N_ROUNDS];
  frames = net_noise((size_t)N_HOPS * NET_BANDS);
  for (int round = 0; round < N_ROUNDS; ++round) {
    peak[round] = peak_macs_per_s(variant);
    for (int i = 0; i < N; ++i) {
      play(&contests[i], round);
    }
  }
  qsort(peak, N_ROUNDS, sizeof *peak, compare);
  printf(lines ? "peak_%s %.1f GMAC/s\n" : "one core, %s: %.1f GMAC/s at most\n", variant,
         at(peak, 50) * 1e-9);
  for (int i = 0; i < N; ++i) {
    qsort(contests[i].us, N_ROUNDS, sizeof(double), compare);
  }
  for (int i = 0; i < N; ++i) {
    const bool beside = i + 1 < N && contests[i + 1].dnn;
    if (lines) {
      print_line(&contests[i], at(peak, 50));
    } else {
      print_row(&contests[i], at(peak, 50), beside ? at(contests[i + 1].us, 50) : 0);
    }
  }
  return 0;
}
