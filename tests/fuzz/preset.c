/* SPDX-License-Identifier: ISC */
/* A preset or a session that anybody wrote.  No program of ours reads such a file: hosts
   do, and hand over what it says as values of the control ports and properties of the
   state, so those are what is made up here.  Whatever they are, every output stays a
   number, each slot ends with a model and one clean sentence, every path that the host
   made comes back to it, and what is saved then is what a second restore of it saves
   again.

   The first byte of an input: bit 0 port values come first, 1 the host maps paths, 2 it
   frees them itself, 3 a mapped path is nothing, 4 or endless, 5 restore is given the
   worker, 6 whose messages come late, after the next restore. */
#include "fuzz.h"

#include "plugin.h"
#include "plugin_host.h"
#include "small_model.h"
#include "state.h"
#include "work.h"

#include <lv2/state/state.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_JOBS = 8, N_INPUTS = PORT_HARSH_MOMENTARY - PORT_ENABLED };

/* ---- the host's worker ---- */

static struct {
  uint32_t size;
  work_message message;
} job[MOST_JOBS];
static uint32_t n_jobs;

static LV2_Worker_Status
schedule(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  (void)handle;
  if (n_jobs == MOST_JOBS || size > sizeof job[0].message) {
    return LV2_WORKER_ERR_NO_SPACE;
  }
  job[n_jobs].size = size;
  memcpy(&job[n_jobs++].message, data, size);
  return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Schedule worker = {NULL, schedule};

static void
work(void)
{
  for (uint32_t i = 0; i < n_jobs; ++i) {
    if (work_interface.work(host_instance, NULL, NULL, job[i].size, &job[i].message)) {
      fuzz_broken("the worker takes what the plugin sent it");
    }
  }
  n_jobs = 0;
}

/* ---- its paths ---- */

static uint32_t n_paths; /* given and not yet back */
static uint8_t how;

static char *
map_path(LV2_State_Map_Path_Handle handle, const char *path)
{
  (void)handle;
  if (how & 8) {
    return NULL;
  }
  const size_t n = strlen(path) + (how & 16 ? SLOT_PATH_SIZE : 1);
  char *text = malloc(n);
  if (!text) {
    return NULL;
  }
  memset(text, 'x', n - 1);
  memcpy(text, path, strlen(path));
  text[n - 1] = '\0';
  n_paths += how & 4 ? 1 : 0; /* else the plugin frees it: LeakSanitizer looks */
  return text;
}

static void
free_path(LV2_State_Free_Path_Handle handle, char *path)
{
  (void)handle;
  --n_paths;
  free(path);
}

/* ---- a state as bytes: key and type one each, size in two, value ---- */

enum { STATE_SIZE = 1 << 15 };

typedef struct {
  size_t n;
  uint8_t data[STATE_SIZE];
  uint8_t *given; /* the last value, exact: read beyond is seen */
} properties;

static const void *
retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
         uint32_t *flags)
{
  properties *p = handle;
  for (size_t i = 0; i + 4 <= p->n;) {
    const size_t said = p->data[i + 2] | (size_t)p->data[i + 3] << 8, left = p->n - i - 4;
    const size_t length = said < left ? said : left;
    if (p->data[i] == key) {
      *size = length;
      *type = p->data[i + 1];
      *flags = LV2_STATE_IS_POD;
      free(p->given);
      p->given = malloc(length + !length);
      return p->given ? memcpy(p->given, p->data + i + 4, length) : NULL;
    }
    i += 4 + length;
  }
  return NULL;
}

static LV2_State_Status
store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
      uint32_t type, uint32_t flags)
{
  properties *p = handle;
  if (!key || key > HOST_MOST_URIS || !value || !size || size > 2 * SLOT_PATH_SIZE ||
      !(flags & LV2_STATE_IS_POD) || p->n + 4 + size > sizeof p->data) {
    fuzz_broken("what is saved can be saved");
  }
  if (type != host_map(NULL, LV2_ATOM__Int) && ((const char *)value)[size - 1]) {
    fuzz_broken("a text that is saved has its end");
  }
  const uint8_t head[4] = {(uint8_t)key, (uint8_t)type, (uint8_t)size,
                           (uint8_t)(size >> 8)};
  memcpy(p->data + p->n, head, 4);
  memcpy(p->data + p->n + 4, value, size);
  p->n += 4 + size;
  return LV2_STATE_SUCCESS;
}

/* ---- what is asked ---- */

static void
restore(properties *p, const LV2_Feature *const *features)
{
  if (state_interface.restore(host_instance, retrieve, p, 0, features)) {
    fuzz_broken("a state is restored, whatever it says");
  }
  free(p->given);
  p->given = NULL;
}

static void
save(properties *p, const LV2_Feature *const *features)
{
  p->n = 0;
  if (state_interface.save(host_instance, store, p, 0, features)) {
    fuzz_broken("a state can always be saved");
  }
}

static void
check_slots(void)
{
  const plugin *pl = host_instance;
  for (uint32_t i = 0; i < N_SLOTS; ++i) {
    const slot_result *r = pl->result[i];
    if (!r || r->status == SLOT_LOADING || r->status > SLOT_NOT_READY || !*r->model) {
      fuzz_broken("each slot has ended with a model");
    }
    fuzz_sentence(r->text);
  }
  for (uint32_t k = PORT_HARSH_MOMENTARY; k < N_PORTS; ++k) {
    if (!isfinite(host_control[k]) || host_control[k] < 0) {
      fuzz_broken("an output is a number");
    }
  }
}

/* What is saved now is what a restore of it leaves to be saved. */
static void
check_again(void)
{
  static properties first, second;
  save(&first, NULL);
  restore(&first, NULL);
  save(&second, NULL);
  if (first.n != second.n || memcmp(first.data, second.data, first.n)) {
    fuzz_broken("what is saved is restored and saved alike");
  }
}

/* A good model, one that is none, a folder, a pipe; in the model folders one more. */
static void
begin(void)
{
  size_t n;
  if (host_instance) {
    return;
  }
  uint8_t *bytes = small_model_bytes(&n);
  setenv("EARSHOT_MODEL_PATH", fuzz_path("kept"), 1);
  setenv("HOME", "/nowhere", 1);
  setenv("XDG_DATA_HOME", "/nowhere", 1);
  setenv("XDG_DATA_DIRS", "/nowhere", 1);
  if (chdir(fuzz_folder()) || mkdir("kept", 0700) || mkfifo("pipe", 0600)) {
    exit(1);
  }
  static const char *const name[] = {"own", "kept/other.safetensors", "bad"};
  for (size_t i = 0; i < sizeof name / sizeof *name; ++i) {
    FILE *f = fopen(name[i], "wb");
    bytes[n - 1] ^= i == 2;
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f)) {
      exit(1);
    }
  }
  free(bytes);
  host_begin(&worker);
}

/* The port values, if there are any, then the properties. */
static void
read_input(properties *p, const uint8_t *data, size_t n)
{
  const size_t ports = N_INPUTS * sizeof(float);
  size_t at = n > 0;
  how = n ? data[0] : 0;
  if (how & 1 && n - at >= ports) {
    memcpy(&host_control[PORT_ENABLED], data + at, ports);
    at += ports;
  }
  p->n = n - at < sizeof p->data ? n - at : sizeof p->data;
  if (p->n) {
    memcpy(p->data, data + at, p->n);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  static properties p;
  static LV2_State_Map_Path map = {NULL, map_path, map_path};
  static LV2_State_Free_Path back = {NULL, free_path};
  static const LV2_Feature all[] = {{LV2_STATE__mapPath, &map},
                                    {LV2_STATE__freePath, &back},
                                    {LV2_WORKER__schedule, &worker}};
  static const uint8_t bit[] = {2, 4, 32};
  const LV2_Feature *features[4] = {NULL};
  begin();
  read_input(&p, data, n);
  for (uint32_t i = 0, k = 0; i < 3; ++i) {
    if (how & bit[i]) {
      features[k++] = &all[i];
    }
  }
  restore(&p, features);
  if (how & 64) {
    restore(&p, features);
  }
  work();
  host_run(NULL, 0, HOST_ROOM - 8);
  host_run(NULL, 0, HOST_ROOM - 8); /* live has room for the other swap, too */
  check_slots();
  save(&p, features);
  check_again();
  host_run(NULL, 0, 0);
  if (n_paths) {
    fuzz_broken("each path comes back to the host");
  }
  return 0;
}

static size_t
put(uint8_t *data, size_t n, const char *key, const char *type, const char *text)
{
  const size_t size = strlen(text) + 1;
  const uint8_t head[4] = {(uint8_t)host_map(NULL, key), (uint8_t)host_map(NULL, type),
                           (uint8_t)size, (uint8_t)(size >> 8)};
  memcpy(data + n, head, 4);
  memcpy(data + n + 4, text, size);
  return n + 4 + size;
}

static const struct {
  uint8_t how;
  const char *path, *name;
} seed[] = {{0, "own", "own"},
            {2 | 4 | 32, "bad", "bad"},
            {2 | 32 | 64, "gone", "other.safetensors"},
            {32, "kept", "x"},
            {2 | 4 | 8, "pipe", "../own"},
            {2 | 16, "/dev/null/x", "\x1b[2J\xc2\x9b"}};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  static const float preset[N_INPUTS] = {1, 0, 0, 50, 500, 1};
  begin();
  if (i >= sizeof seed / sizeof *seed) {
    return 0;
  }
  data[0] = seed[i].how | 1;
  memcpy(data + 1, preset, sizeof preset);
  size_t n = 1 + sizeof preset;
  n = put(data, n, EARSHOT_HARSHNESS_MODEL, LV2_ATOM__Path, seed[i].path);
  n = put(data, n, EARSHOT_HARSHNESS_HASH, LV2_ATOM__String, "0123456789abcdef");
  n = put(data, n, EARSHOT_HARSHNESS_NAME, LV2_ATOM__String, seed[i].name);
  n = put(data, n, EARSHOT_CLASSIFIER_MODEL, LV2_ATOM__Path, seed[i].path);
  n = put(data, n, EARSHOT_CLASSIFIER_NAME, LV2_ATOM__String, "genre");
  return put(data, n, EARSHOT_STATE_VERSION, LV2_ATOM__Int, "\1\0\0");
}
