/* SPDX-License-Identifier: ISC */
/* The audio thread meets the worker in two rings and nowhere else. */
#include "rt_host.h"

#include "ring.h"

#include <dlfcn.h>
#include <lv2/atom/forge.h>
#include <lv2/patch/patch.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MESSAGE = 8192, MESSAGES = 16, ATOMS = RT_ATOMS + 8, URIDS = 256 };

typedef struct {
  uint32_t size;
  alignas(8) uint8_t body[MESSAGE];
} message;

struct rt_host {
  void *library;
  const LV2_Descriptor *descriptor;
  const LV2_Worker_Interface *worker;
  LV2_Handle instance;
  uint32_t n_channels;
  float value[N_PORTS];
  alignas(8) uint8_t control[ATOMS];
  alignas(8) uint8_t notify[ATOMS];
  bool delivered; /* what stands in control */
  LV2_Atom_Forge forge;
  LV2_URID patch_get, patch_set, patch_property, patch_value, model[N_SLOTS];
  LV2_URID watch, watching;
  LV2_URID_Map map;
  LV2_Worker_Schedule schedule;
  LV2_Log_Log log;
  ear_ring *jobs;    /* message, audio -> worker */
  ear_ring *answers; /* message, worker -> audio */
  message to_worker, to_audio, at_worker, at_audio;
  pthread_t thread;
  atomic_bool stop;
  _Atomic uint32_t n_jobs;
};

/* ---- features ---- */

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

static LV2_Worker_Status
send(ear_ring *ring, message *m, uint32_t size, const void *data)
{
  if (size > MESSAGE) {
    return LV2_WORKER_ERR_NO_SPACE;
  }
  m->size = size;
  memcpy(m->body, data, size);
  return ear_ring_write(ring, m, 1) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_Worker_Status
schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data)
{
  rt_host *host = handle;
  return send(host->jobs, &host->to_worker, size, data);
}

static LV2_Worker_Status
respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
  rt_host *host = handle;
  return send(host->answers, &host->to_audio, size, data);
}

static int
log_nothing(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
  (void)handle, (void)type, (void)format;
  return 0;
}

static int
log_nothing_v(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list list)
{
  (void)handle, (void)type, (void)format, (void)list;
  return 0;
}

static void *
work(void *user)
{
  rt_host *host = user;
  const struct timespec pause = {.tv_nsec = 500000};
  while (!atomic_load_explicit(&host->stop, memory_order_acquire)) {
    if (!ear_ring_read(host->jobs, &host->at_worker, 1)) {
      nanosleep(&pause, NULL);
      continue;
    }
    host->worker->work(host->instance, respond, host, host->at_worker.size,
                       host->at_worker.body);
    atomic_fetch_add_explicit(&host->n_jobs, 1, memory_order_relaxed);
  }
  return NULL;
}

/* ---- setup ---- */

static bool
find_descriptor(rt_host *host, const char *module, const char *uri)
{
  host->library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
  if (!host->library) {
    fprintf(stderr, "rt_host: %s\n", dlerror());
    return false;
  }
  LV2_Descriptor_Function get;
  *(void **)&get = dlsym(host->library, "lv2_descriptor");
  for (uint32_t i = 0; get && (host->descriptor = get(i)); ++i) {
    if (strcmp(host->descriptor->URI, uri) == 0) {
      return true;
    }
  }
  fprintf(stderr, "rt_host: %s has no plugin %s\n", module, uri);
  return false;
}

/* Here, because mapping takes a lock. */
static void
map_uris(rt_host *host)
{
  lv2_atom_forge_init(&host->forge, &host->map);
  host->patch_get = map_uri(NULL, LV2_PATCH__Get);
  host->patch_set = map_uri(NULL, LV2_PATCH__Set);
  host->patch_property = map_uri(NULL, LV2_PATCH__property);
  host->patch_value = map_uri(NULL, LV2_PATCH__value);
  host->model[SLOT_HARSHNESS] = map_uri(NULL, EARSHOT_HARSHNESS_MODEL);
  host->model[SLOT_CLASSIFIER] = map_uri(NULL, EARSHOT_CLASSIFIER_MODEL);
  host->watch = map_uri(NULL, EARSHOT_WATCH);
  host->watching = map_uri(NULL, EARSHOT_WATCHING);
}

LV2_Handle
rt_host_instantiate(rt_host *host, double rate_hz)
{
  const LV2_Feature map = {LV2_URID__map, &host->map};
  const LV2_Feature schedule = {LV2_WORKER__schedule, &host->schedule};
  const LV2_Feature log = {LV2_LOG__log, &host->log};
  const LV2_Feature *const features[] = {&map, &schedule, &log, NULL};
  return host->descriptor->instantiate(host->descriptor, rate_hz, "/", features);
}

void
rt_host_cleanup(rt_host *host, LV2_Handle instance)
{
  host->descriptor->cleanup(instance);
}

LV2_Handle
rt_host_exchange(rt_host *host, LV2_Handle instance)
{
  const LV2_Handle was = host->instance;
  host->instance = instance;
  return was;
}

static bool
make_instance(rt_host *host, double rate_hz)
{
  host->map = (LV2_URID_Map){host, map_uri};
  host->schedule = (LV2_Worker_Schedule){host, schedule_work};
  host->log = (LV2_Log_Log){host, log_nothing, log_nothing_v};
  map_uris(host);
  host->jobs = ear_ring_new(MESSAGES, sizeof(message));
  host->answers = ear_ring_new(MESSAGES, sizeof(message));
  host->instance =
      host->jobs && host->answers ? rt_host_instantiate(host, rate_hz) : NULL;
  if (!host->instance) {
    fprintf(stderr, "rt_host: no instance at %g Hz\n", rate_hz);
    return false;
  }
  host->worker = host->descriptor->extension_data
                     ? host->descriptor->extension_data(LV2_WORKER__interface)
                     : NULL;
  return !host->worker || pthread_create(&host->thread, NULL, work, host) == 0;
}

static void
reset_control(rt_host *host)
{
  LV2_Atom_Sequence *in = (LV2_Atom_Sequence *)host->control;
  *in = (LV2_Atom_Sequence){.atom = {sizeof in->body, host->forge.Sequence}};
}

rt_host *
rt_host_new(const char *module, uint32_t n_channels, double rate_hz)
{
  rt_host *host = calloc(1, sizeof *host);
  if (!host) {
    return NULL;
  }
  host->n_channels = n_channels;
  const char *uri = n_channels == 2 ? EARSHOT_STEREO : EARSHOT_MONO;
  if (!find_descriptor(host, module, uri) || !make_instance(host, rate_hz)) {
    rt_host_free(host);
    return NULL;
  }
  host->value[PORT_ENABLED] = 1;
  host->value[PORT_HOLD] = 500;
  host->value[PORT_HORIZON] = 1;
  reset_control(host);
  float *const none[] = {NULL, NULL};
  if (host->descriptor->activate) {
    host->descriptor->activate(host->instance);
  }
  rt_host_run(host, none, none, 0, RT_ATOMS);
  return host;
}

void
rt_host_free(rt_host *host)
{
  if (host->thread) {
    atomic_store_explicit(&host->stop, true, memory_order_release);
    pthread_join(host->thread, NULL);
  }
  if (host->instance) {
    if (host->descriptor->deactivate) {
      host->descriptor->deactivate(host->instance);
    }
    host->descriptor->cleanup(host->instance);
  }
  ear_ring_free(host->jobs);
  ear_ring_free(host->answers);
  if (host->library) {
    dlclose(host->library);
  }
  free(host);
}

uint32_t
rt_host_n_channels(const rt_host *host)
{
  return host->n_channels;
}

LV2_Handle
rt_host_instance(rt_host *host)
{
  return host->instance;
}

/* ---- audio ---- */

void
rt_host_set(rt_host *host, port_role role, float value)
{
  host->value[role] = value;
}

float
rt_host_get(const rt_host *host, port_role role)
{
  return host->value[role];
}

typedef struct {
  LV2_Atom_Forge_Frame sequence, object;
} frames;

/* A message replaces what was not yet delivered. */
static void
begin_message(rt_host *host, frames *f, LV2_URID type)
{
  LV2_Atom_Forge *forge = &host->forge;
  lv2_atom_forge_set_buffer(forge, host->control, sizeof host->control);
  lv2_atom_forge_sequence_head(forge, &f->sequence, 0);
  lv2_atom_forge_frame_time(forge, 0);
  lv2_atom_forge_object(forge, &f->object, 0, type);
}

static void
end_message(rt_host *host, frames *f)
{
  lv2_atom_forge_pop(&host->forge, &f->object);
  lv2_atom_forge_pop(&host->forge, &f->sequence);
  host->delivered = false;
}

void
rt_host_ask_model(rt_host *host, uint32_t which, const char *path)
{
  frames f;
  begin_message(host, &f, host->patch_set);
  lv2_atom_forge_key(&host->forge, host->patch_property);
  lv2_atom_forge_urid(&host->forge, host->model[which]);
  lv2_atom_forge_key(&host->forge, host->patch_value);
  lv2_atom_forge_path(&host->forge, path, (uint32_t)strlen(path));
  end_message(host, &f);
}

void
rt_host_ask_values(rt_host *host)
{
  frames f;
  begin_message(host, &f, host->patch_get);
  end_message(host, &f);
}

void
rt_host_watch(rt_host *host, int32_t watching)
{
  frames f;
  begin_message(host, &f, host->watch);
  lv2_atom_forge_key(&host->forge, host->watching);
  lv2_atom_forge_int(&host->forge, watching);
  end_message(host, &f);
}

bool
rt_host_told_of(const rt_host *host, uint32_t n_bytes)
{
  return ((const LV2_Atom *)host->notify)->size >= n_bytes;
}

static void
connect(rt_host *host, float *const *in, float *const *out)
{
  for (uint32_t i = 0; port_of(i, host->n_channels) < N_PORTS; ++i) {
    const port_role role = port_of(i, host->n_channels);
    void *at = role == PORT_CONTROL     ? (void *)host->control
               : role == PORT_NOTIFY    ? (void *)host->notify
               : role == PORT_IN_LEFT   ? in[0]
               : role == PORT_IN_RIGHT  ? in[1]
               : role == PORT_OUT_LEFT  ? out[0]
               : role == PORT_OUT_RIGHT ? out[1]
                                        : &host->value[role];
    host->descriptor->connect_port(host->instance, i, at);
  }
}

static void
take_answers(rt_host *host)
{
  while (ear_ring_read(host->answers, &host->at_audio, 1)) {
    if (host->worker->work_response) {
      host->worker->work_response(host->instance, host->at_audio.size,
                                  host->at_audio.body);
    }
  }
  if (host->worker && host->worker->end_run) {
    host->worker->end_run(host->instance);
  }
}

void
rt_host_run_only(rt_host *host, uint32_t n)
{
  LV2_Atom_Sequence *out = (LV2_Atom_Sequence *)host->notify;
  out->atom = (LV2_Atom){RT_ATOMS, host->forge.Chunk};
  host->descriptor->run(host->instance, n);
}

void
rt_host_run(rt_host *host, float *const *in, float *const *out, uint32_t n,
            uint32_t notify_size)
{
  connect(host, in, out);
  LV2_Atom_Sequence *notify = (LV2_Atom_Sequence *)host->notify;
  notify->atom = (LV2_Atom){notify_size, host->forge.Chunk};
  host->descriptor->run(host->instance, n);
  if (!host->delivered) {
    reset_control(host);
    host->delivered = true;
  }
  take_answers(host);
}

uint32_t
rt_host_jobs(const rt_host *host)
{
  return atomic_load_explicit(&host->n_jobs, memory_order_relaxed);
}
