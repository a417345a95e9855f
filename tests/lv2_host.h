/* SPDX-License-Identifier: ISC */
/* A small LV2 host over lilv, for tests: what fails here fails the running test.

   One bundle a process: host_open first, host_close last.  Each host runs one instance
   whose ports are all connected, and is driven by one thread. */
#ifndef EAR_TESTS_LV2_HOST_H
#define EAR_TESTS_LV2_HOST_H

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/urid/urid.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the plugin is offered. */
enum {
  HOST_MAP = 1,    /* urid:map and urid:unmap */
  HOST_LOG = 2,    /* log:log, to host.log */
  HOST_WORKER = 4, /* work:schedule: done in this thread after each run */
  HOST_THREAD = 8, /* ... done on a thread of its own, answered after a later run */
  HOST_NOTHING = 0,
  HOST_ALL = HOST_MAP | HOST_LOG | HOST_WORKER,
};

enum {
  HOST_BLOCK = 16384,   /* samples in the host's own audio buffers */
  HOST_ATOMS = 1 << 16, /* bytes of an atom port */
  HOST_MAX_PORTS = 32,
  HOST_MAX_VALUES = 16, /* properties that the plugin has told */
};

typedef struct host host;

/* `folder` is the bundle. */
void host_open(const char *folder);
void host_close(void);
LilvWorld *host_world(void);
LV2_URID_Map *host_map(void);
LV2_URID_Unmap *host_unmap(void);
LV2_URID host_urid(const char *uri);

/* An active instance; variant is "mono" or "stereo".  Controls have their defaults. */
host *host_new(const char *variant, double rate_hz, unsigned features);
void host_free(host *h); /* NULL is fine */
LilvInstance *host_instance(host *h);
const LilvPlugin *host_plugin(const host *h);
const char *host_symbol(const host *h, uint32_t index); /* of a port */
const char *host_log(const host *h);                    /* all that it logged */

/* The host's own audio buffers [HOST_BLOCK], connected until host_connect says otherwise:
   channel 0 is left or mono. */
float *host_in(host *h, uint32_t channel);
float *host_out(host *h, uint32_t channel);
/* Connect a port to something else, NULL for nothing. */
void host_connect(host *h, const char *symbol, void *data);
void host_set(host *h, const char *symbol, float value);
float host_get(const host *h, const char *symbol);

/* One run(): then nothing may have been written outside the buffers, messages are read
   and the worker works. */
void host_run(host *h, uint32_t n_samples);

/* Messages for the next run. */
void host_send_path(host *h, const char *property, const char *path);
void host_send_get(host *h, const char *property); /* NULL: of everything */
void host_send(host *h, const LV2_Atom *atom);
LV2_Atom_Sequence *host_control(host *h); /* to be made as strange as a test likes */
/* Bytes that the plugin may write to notify, HOST_ATOMS at first. */
void host_set_room(host *h, uint32_t size);
/* So many times schedule_work finds no room. */
void host_refuse_work(host *h, uint32_t n_times);

/* What the plugin has told. */
const char *host_told(const host *h, const char *property); /* NULL: never */
uint32_t host_n_told(const host *h, const char *property);
uint32_t host_n_state_changed(const host *h);

/* State with the port values; folder is where it will be saved, or NULL.  Restoring
   offers work:schedule if the instance was offered it and with_worker. */
LilvState *host_save(host *h, const char *folder);
void host_restore(host *h, const LilvState *state, bool with_worker);

#endif
