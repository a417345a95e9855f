/* SPDX-License-Identifier: ISC */
/* A seat whose handle is NULL is empty. */
#include "crowd_host.h"

#include "uris.h"

#include <dlfcn.h>
#include <lv2/atom/atom.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ATOMS = 8192, URIDS = 256 };

static const LV2_Descriptor *descriptor;
static _Thread_local alignas(8) uint8_t control[sizeof(LV2_Atom_Sequence)];
static _Thread_local alignas(8) uint8_t notify[ATOMS];
static LV2_URID sequence_type, chunk_type;

static char *urid_uri[URIDS];
static uint32_t n_urids;
static pthread_mutex_t urid_lock = PTHREAD_MUTEX_INITIALIZER;

static LV2_URID
map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
  (void)handle;
  pthread_mutex_lock(&urid_lock);
  uint32_t i = 0;
  while (i < n_urids && strcmp(urid_uri[i], uri) != 0) {
    ++i;
  }
  if (i == n_urids && n_urids < URIDS) {
    urid_uri[n_urids++] = strdup(uri);
  }
  pthread_mutex_unlock(&urid_lock);
  return i < URIDS ? i + 1 : 0;
}

static LV2_URID_Map map = {NULL, map_uri};

bool
crowd_open(const char *module)
{
  void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  LV2_Descriptor_Function get = NULL;
  if (library) {
    *(void **)&get = dlsym(library, "lv2_descriptor");
  }
  for (uint32_t i = 0; get && (descriptor = get(i)); ++i) {
    if (strcmp(descriptor->URI, EARSHOT_MONO) == 0) {
      sequence_type = map_uri(NULL, LV2_ATOM__Sequence);
      chunk_type = map_uri(NULL, LV2_ATOM__Chunk);
      return true;
    }
  }
  fprintf(stderr, "crowd: no plugin in %s\n", module);
  return false;
}

bool
crowd_sit(crowd_seat *seat, double rate_hz)
{
  const LV2_Feature feature = {LV2_URID__map, &map};
  const LV2_Feature *const features[] = {&feature, NULL};
  memset(seat, 0, sizeof *seat);
  seat->handle = descriptor->instantiate(descriptor, rate_hz, "/", features);
  if (!seat->handle) {
    return false;
  }
  seat->value[PORT_ENABLED] = 1;
  seat->value[PORT_HOLD] = 500;
  seat->value[PORT_HORIZON] = 1;
  for (uint32_t i = 0; port_of(i, 1) < N_PORTS; ++i) {
    descriptor->connect_port(seat->handle, i, &seat->value[port_of(i, 1)]);
  }
  descriptor->activate(seat->handle);
  return true;
}

void
crowd_leave(crowd_seat *seat)
{
  if (seat->handle) {
    descriptor->deactivate(seat->handle);
    descriptor->cleanup(seat->handle);
    seat->handle = NULL;
  }
}

void
crowd_run(crowd_seat *seat, const float *in, float *out, uint32_t n)
{
  LV2_Atom_Sequence *asked = (LV2_Atom_Sequence *)control;
  *asked = (LV2_Atom_Sequence){.atom = {sizeof asked->body, sequence_type}};
  ((LV2_Atom *)notify)->type = chunk_type;
  ((LV2_Atom *)notify)->size = ATOMS - sizeof(LV2_Atom);
  for (uint32_t i = 0; port_of(i, 1) < N_PORTS; ++i) {
    const port_role role = port_of(i, 1);
    if (role <= PORT_OUT_LEFT) {
      descriptor->connect_port(seat->handle, i,
                               role == PORT_CONTROL   ? (void *)control
                               : role == PORT_NOTIFY  ? (void *)notify
                               : role == PORT_IN_LEFT ? (void *)(uintptr_t)in
                                                      : (void *)out);
    }
  }
  descriptor->run(seat->handle, n);
}

double
crowd_now_s(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
