/* SPDX-License-Identifier: ISC */
/* Models come and go while audio runs and while a third thread saves and restores: no
   block is lost, no sample touched, no model or part left behind; and instances that run
   the same models share them.  The plugin is in this program, so that sanitizers see all
   of it.

   usage: test_lv2_swap [SWAPS] */
#include "disk_models.h"
#include "lv2_host.h"
#include "rt_host.h"
#include "shelf.h"
#include "state.h"
#include "state_props.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include <lv2/core/lv2.h>

/* There only in programs built with a sanitizer. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

enum { BLOCK = 512, KINDS = 3, DRAIN_EVERY = 24000 /* samples: half the tape */ };

static int n_swaps_wanted = 200;

typedef struct {
  rt_host *host;
  plugin *pl;
  char path[N_SLOTS][KINDS][PATH_MAX]; /* "" is the built-in model */
  char hash[N_SLOTS][KINDS][65];
  uint64_t random;
  float in[2][BLOCK], out[2][BLOCK];
  uint32_t running[N_SLOTS]; /* request, as of the last block */
  char runs[N_SLOTS][SLOT_PATH_SIZE];
  int n_swaps;
  size_t n_undrained, n_samples;
} player;

static size_t
heap_bytes(void)
{
  if (__sanitizer_get_current_allocated_bytes) {
    return __sanitizer_get_current_allocated_bytes();
  }
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static size_t
resident_bytes(void)
{
  size_t total = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  assert_non_null(f);
  assert_int_equal(fscanf(f, "%zu %zu", &total, &resident), 2);
  fclose(f);
  return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static uint32_t
next(player *p, uint32_t n)
{
  p->random = p->random * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(p->random >> 33) % n;
}

static void
put_models(player *p)
{
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    for (uint32_t k = 1; k < KINDS; ++k) {
      char name[32];
      snprintf(name, sizeof name, "%u-%u.safetensors", s, k);
      strcpy(p->path[s][k], put_toy(name, 10 * s + k, s == SLOT_HARSHNESS));
      toy_hash(p->path[s][k], p->hash[s][k]);
    }
  }
}

static void
count_swaps(player *p)
{
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    const slot_result *r = p->pl->result[s];
    if (r && r->request != p->running[s]) {
      p->n_swaps += strcmp(r->path, p->runs[s]) != 0;
      p->running[s] = r->request;
      strcpy(p->runs[s], r->path);
    }
  }
}

/* One block of noise of any size. */
static void
play(player *p)
{
  const uint32_t n = next(p, 8) ? next(p, BLOCK + 1) : 0;
  float *const in[] = {p->in[0], p->in[1]}, *const out[] = {p->out[0], p->out[1]};
  for (uint32_t c = 0; c < 2; ++c) {
    for (uint32_t i = 0; i < n; ++i) {
      p->in[c][i] = (float)next(p, 65536) / 65536 - 0.5f;
    }
    memset(p->out[c], 0, sizeof p->out[c]);
  }
  rt_host_run(p->host, in, out, n, RT_ATOMS);
  assert_memory_equal(p->in, p->out, n * sizeof(float));
  assert_memory_equal(p->in[1], p->out[1], n * sizeof(float));
  count_swaps(p);
  p->n_samples += n;
  p->n_undrained += n;
  if (p->n_undrained > DRAIN_EVERY - BLOCK) { /* no sound card: as fast as it goes */
    ear_live_drain(p->pl->live);
    p->n_undrained = 0;
  }
  sched_yield();
}

static bool
is_status(const player *p, slot_status status)
{
  return rt_host_get(p->host, PORT_HARSHNESS_STATUS) == (float)status &&
         rt_host_get(p->host, PORT_CLASSIFIER_STATUS) == (float)status;
}

/* Ends with the built-in models, and nothing under way. */
static void
come_to_rest(player *p)
{
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    rt_host_ask_model(p->host, s, "");
    play(p);
  }
  for (int i = 0; i < 100000 && !is_status(p, SLOT_BUILT_IN); ++i) {
    play(p);
  }
  assert_true(is_status(p, SLOT_BUILT_IN));
  for (int i = 0; i < 100; ++i) {
    play(p);
  }
  ear_live_drain(p->pl->live);
  slot_tidy(p->pl->slot[0]);
  slot_tidy(p->pl->slot[1]);
  assert_int_equal(shelf_n_models(), 2);
}

/* ---- the third thread ---- */

typedef struct {
  player *player;
  atomic_bool stop;
  int n_rounds, n_wrong;
} keeper;

/* What is named is one of the models there are, with its own hash, if with any. */
static bool
is_sound(const player *p, const props *saved)
{
  const plugin_uris *uris = &p->pl->uris;
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    uint32_t kind = 0;
    for (uint32_t i = 0; i < saved->n; ++i) {
      const char *value = saved->at[i].value;
      if (saved->at[i].key == uris->model[s]) {
        kind = strcmp(value, p->path[s][1]) ? 2 : 1;
        if (strcmp(value, p->path[s][kind])) {
          return false;
        }
      } else if (saved->at[i].key == uris->hash[s] && strcmp(value, p->hash[s][kind])) {
        return false;
      }
    }
  }
  return saved->n && saved->at[saved->n - 1].key == uris->state_version;
}

static void *
keep(void *user)
{
  keeper *k = user;
  plugin *pl = k->player->pl;
  static props kept[4], now;
  while (!atomic_load(&k->stop)) {
    now.n = 0;
    if (state_interface.save(pl, props_store, &now, 0, NULL) ||
        !is_sound(k->player, &now)) {
      ++k->n_wrong;
    }
    const int i = k->n_rounds++ % 4;
    if (state_interface.restore(pl, props_retrieve, &kept[i], 0, NULL)) {
      ++k->n_wrong;
    }
    kept[i] = now;
    usleep(1000); /* or the user's messages would always be overtaken */
  }
  return NULL;
}

/* Swaps, by the user's messages and the keeper's restoring; then to rest. */
static void
swap(player *p, int n_swaps)
{
  static keeper k;
  pthread_t thread;
  k = (keeper){.player = p};
  const int goal = p->n_swaps + n_swaps;
  assert_int_equal(pthread_create(&thread, NULL, keep, &k), 0);
  for (int i = 0; p->n_swaps < goal && i < 100 * n_swaps; ++i) {
    const uint32_t s = next(p, N_SLOTS);
    rt_host_ask_model(p->host, s, p->path[s][next(p, KINDS)]);
    const int was = p->n_swaps;
    for (int j = 0; j < 20 && p->n_swaps == was; ++j) {
      play(p);
    }
  }
  atomic_store(&k.stop, true);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(k.n_wrong, 0);
  assert_true(p->n_swaps >= goal && k.n_rounds > n_swaps / 10);
  come_to_rest(p);
  print_message("%d swaps, %d saves, %zu samples, %zu bytes\n", p->n_swaps, k.n_rounds,
                p->n_samples, heap_bytes());
}

static void
swaps_lose_nothing_touch_nothing_and_leave_nothing(void **state)
{
  (void)state;
  static player p;
  p = (player){.random = 3};
  put_models(&p);
  p.host = rt_host_new(NULL, 2, 48000);
  assert_non_null(p.host);
  p.pl = rt_host_instance(p.host);
  swap(&p, 10);
  const size_t after_ten = heap_bytes();
  swap(&p, n_swaps_wanted - p.n_swaps);
  const size_t after_all = heap_bytes();
  /* A sanitizer counts to the byte, the C library what it keeps for reuse, too. */
  assert_true(after_all <=
              after_ten + (__sanitizer_get_current_allocated_bytes ? 1024 : 256 << 10));
  assert_true(rt_host_get(p.host, PORT_DROPPED) == 0);
  assert_int_equal(ear_live_stats_get(p.pl->live).samples_lost, 0);
  assert_int_equal(ear_live_stats_get(p.pl->live).samples_in, p.n_samples);
  rt_host_free(p.host);
  assert_int_equal(shelf_n_models(), 0);
}

/* ---- many instances ---- */

enum { FEW = 8, MANY = 64, LONG_BLOCK = 8192, LONG_BLOCKS = 5 };

/* Its own two models, most of a second of audio; every port but audio unconnected. */
static plugin *
start_instance(const player *models)
{
  static float in[2][LONG_BLOCK], out[2][LONG_BLOCK];
  static props p;
  const LV2_Feature map = {LV2_URID__map, host_map()};
  const LV2_Feature *const features[] = {&map, NULL};
  const LV2_Descriptor *d = lv2_descriptor(1);
  plugin *pl = d->instantiate(d, 48000, "/", features);
  assert_non_null(pl);
  for (uint32_t c = 0; c < 2; ++c) {
    d->connect_port(pl, c ? PORT_IN_RIGHT : PORT_IN_LEFT, in[c]);
    d->connect_port(pl, c ? PORT_OUT_RIGHT : PORT_OUT_LEFT, out[c]);
  }
  p.n = 0;
  for (uint32_t s = 0; s < N_SLOTS; ++s) {
    const char *path = models->path[s][1];
    props_set(&p, pl->uris.model[s], pl->uris.atom_Path, path, strlen(path) + 1);
  }
  assert_int_equal(state_interface.restore(pl, props_retrieve, &p, 0, NULL), 0);
  d->activate(pl);
  for (int i = 0; i < LONG_BLOCKS; ++i) {
    d->run(pl, LONG_BLOCK);
  }
  ear_live_drain(pl->live);
  assert_int_equal(pl->result[SLOT_HARSHNESS]->status, SLOT_OWN);
  assert_int_equal(pl->result[SLOT_CLASSIFIER]->status, SLOT_OWN);
  return pl;
}

static void
sixty_four_instances_share_their_models(void **state)
{
  (void)state;
  static player models;
  plugin *pl[MANY];
  put_models(&models);
  size_t heap = 0, resident = 0;
  for (int i = 0; i < MANY; ++i) {
    if (i == FEW) {
      heap = heap_bytes();
      resident = resident_bytes();
    }
    pl[i] = start_instance(&models);
    assert_int_equal(shelf_n_models(), 4);
  }
  heap = (heap_bytes() - heap) / (MANY - FEW);
  resident = (resident_bytes() - resident) / (MANY - FEW);
  print_message("one more instance: %zu KiB of heap, %zu KiB resident\n", heap >> 10,
                resident >> 10);
  assert_true(heap < 2 << 20);
  assert_true(resident < 2 << 20 || __sanitizer_get_current_allocated_bytes);
  for (int i = 0; i < MANY; ++i) {
    assert_int_equal(shelf_n_models(), 4);
    lv2_descriptor(1)->deactivate(pl[i]);
    lv2_descriptor(1)->cleanup(pl[i]);
  }
  assert_int_equal(shelf_n_models(), 0);
}

int
main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(swaps_lose_nothing_touch_nothing_and_leave_nothing),
      cmocka_unit_test(sixty_four_instances_share_their_models),
  };
  n_swaps_wanted = argc > 1 ? atoi(argv[1]) : n_swaps_wanted;
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
