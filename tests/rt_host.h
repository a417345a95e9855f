/* SPDX-License-Identifier: ISC */
/* The smallest host that gives the plugin all it needs: it loads the module itself,
   without lilv and ttl.  What it does on the audio thread is copying memory: any
   allocation, lock or system call found there is the plugin's. */
#ifndef RT_HOST_H
#define RT_HOST_H

#include "plugin.h"

typedef struct rt_host rt_host;

enum {
  RT_MAX_BLOCK = 8192, /* frames of one run */
  RT_ATOMS = 65536 - 8 /* bytes that the notify port has room for */
};

/* Load the module (NULL: the plugin is in the program itself) and start an instance with
   1 or 2 channels; features: urid:map, work:schedule (on a thread of its own), log:log.
   NULL, with a sentence on stderr, if that fails.  [setup] */
rt_host *rt_host_new(const char *module, uint32_t n_channels, double rate_hz);
void rt_host_free(rt_host *host);

/* A further instance with the same features, for benchmarks; exchange puts it in the
   place of the one that runs, and returns that.  [setup] */
LV2_Handle rt_host_instantiate(rt_host *host, double rate_hz);
void rt_host_cleanup(rt_host *host, LV2_Handle instance);
LV2_Handle rt_host_exchange(rt_host *host, LV2_Handle instance);

uint32_t rt_host_n_channels(const rt_host *host); /* [any] */
LV2_Handle rt_host_instance(rt_host *host);       /* [any] */

/* Control ports by role, as in ports.h.  [audio] */
void rt_host_set(rt_host *host, port_role role, float value);
float rt_host_get(const rt_host *host, port_role role);

/* The next run gets patch:Set of the model of slot `which`, or patch:Get.  [audio] */
void rt_host_ask_model(rt_host *host, uint32_t which, const char *path);
void rt_host_ask_values(rt_host *host);

/* The next run gets a window's sign of life, as in wire.h; it ends after 3 s.  [audio] */
void rt_host_watch(rt_host *host, int32_t watching);

/* The last run wrote atoms of that many bytes or more: pictures are the longest.
   [audio] */
bool rt_host_told_of(const rt_host *host, uint32_t n_bytes);

/* One cycle: connect the ports (hosts may before each run), run over in[c][0..n) to
   out[c][0..n), then hand over the answers of the worker.  notify_size: bytes of room for
   atoms, at most RT_ATOMS.  [audio] */
void rt_host_run(rt_host *host, float *const *in, float *const *out, uint32_t n,
                 uint32_t notify_size);

/* What a benchmark times: run alone, with the ports as they were connected.  [audio] */
void rt_host_run_only(rt_host *host, uint32_t n);

/* Jobs that the plugin gave to the worker, and that were done.  [any] */
uint32_t rt_host_jobs(const rt_host *host);

#endif
