/* SPDX-License-Identifier: ISC */
/* JACK's threads only push audio and set flags; the main thread looks at the flags, talks
   to the server and prints.  A client whose server has gone is only ever closed. */
#include "jack_helper.h"
#include "jack_links.h"
#include "trust.h"

#include <jack/metadata.h>
#include <jack/uuid.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  SETTLE = 2, /* polls between a change of ports and our looking: others come with it */
  DEFAULT_CHANNELS = 2,
  TRIES = 3, /* to join a server that is there, one second apart */
  RETRY_MS = 1000,
  NEW_PORTS =
      256 /* remembered between two looks; of more, names that return are missed */
};

struct backend {
  jack_client_t *client;
  jack_helper *helper;
  sink *to;
  jack_links *links; /* the session's memory */
  uint32_t n_channels;
  jack_port_t *port[MAX_CHANNELS];
  jack_nframes_t rate_hz;
  int settling; /* polls until links are updated, 0: none are due */

  /* set by JACK's threads */
  atomic_bool links_changed, gone;
  _Atomic uint32_t rate_now;
  _Atomic uint32_t n_xruns;
  char why_gone[200]; /* written before gone is set */
  _Atomic jack_port_id_t new_port[NEW_PORTS];
  _Atomic uint32_t n_new_ports; /* ever */
  uint32_t n_seen_ports;        /* of those, the main thread's */
};

/* ---- JACK's threads ---- */

/* That this call neither waits nor allocates is JACK's promise (jack/jack.h). */
static const float *
samples_of(jack_port_t *port, jack_nframes_t n) EAR_RT
{
  TRUST_BEGIN
  return jack_port_get_buffer(port, n);
  TRUST_END
}

static int
process(jack_nframes_t n, void *user) EAR_RT
{
  const backend *b = user;
  const float *in[MAX_CHANNELS];
  for (uint32_t c = 0; c < b->n_channels; c++) {
    in[c] = samples_of(b->port[c], n);
  }
  sink_push(b->to, in, b->n_channels, n);
  return 0;
}

/* Signals are the main thread's. */
static void
on_thread(void *user)
{
  (void)user;
  sigset_t all;
  (void)sigfillset(&all);
  (void)pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void
on_freewheel(int starting, void *user)
{
  const backend *b = user;
  sink_freewheel(b->to, starting != 0);
}

static int
on_xrun(void *user)
{
  backend *b = user;
  if (!sink_freewheels(b->to)) {
    (void)atomic_fetch_add(&b->n_xruns, 1);
  }
  return 0;
}

static int
on_rate(jack_nframes_t rate_hz, void *user)
{
  backend *b = user;
  atomic_store(&b->rate_now, rate_hz);
  return 0;
}

static void
on_port(jack_port_id_t port, int exists, void *user)
{
  backend *b = user;
  if (exists) {
    const uint32_t n = atomic_load(&b->n_new_ports);
    atomic_store(&b->new_port[n % NEW_PORTS], port);
    atomic_store(&b->n_new_ports, n + 1);
  }
  atomic_store(&b->links_changed, true);
}

static void
on_connection(jack_port_id_t from, jack_port_id_t to, int connected, void *user)
{
  (void)from;
  (void)to;
  (void)connected;
  backend *b = user;
  atomic_store(&b->links_changed, true);
}

static void
on_shutdown(jack_status_t code, const char *reason, void *user)
{
  (void)code;
  backend *b = user;
  if (!atomic_load(&b->gone)) {
    (void)snprintf(b->why_gone, sizeof b->why_gone, "%s", reason ? reason : "");
    atomic_store(&b->gone, true);
  }
}

static void
say_nothing(const char *message)
{
  (void)message;
}

/* ---- the main thread ---- */

static jack_client_t *
connect_to_server(const backend_config *config, const char *name, jack_status_t *status)
{
  if (!config->verbose) {
    jack_set_error_function(say_nothing);
    jack_set_info_function(say_nothing);
  }
  const unsigned how = (config->start_server ? 0 : JackNoStartServer) |
                       (config->exact_name ? JackUseExactName : 0) |
                       (config->server ? JackServerName : 0);
  return jack_client_open(name, (jack_options_t)how, status, config->server);
}

/* A busy server may not answer in time, which jack2 reports as it does everything. */
static jack_client_t *
connect_at_last(const backend_config *config, jack_status_t *status)
{
  jack_client_t *client = connect_to_server(config, config->client_name, status);
  const bool again = !config->exact_name; /* a name that is taken stays so */
  for (int i = 1; again && !client && i < TRIES && !(*status & JackServerFailed); i++) {
    (void)poll(NULL, 0, RETRY_MS);
    client = connect_to_server(config, config->client_name, status);
  }
  return client;
}

static bool
answers(const backend_config *config)
{
  if (config->start_server) {
    return true;
  }
  jack_status_t status = 0;
  backend_config any_name = *config;
  any_name.exact_name = false;
  jack_client_t *client = connect_to_server(&any_name, "earshot-looks", &status);
  if (client) {
    (void)jack_client_close(client);
  }
  return client != NULL;
}

static bool
not_open(const backend_config *config, jack_status_t status, ear_error *err)
{
  const char *server = config->server ? config->server : getenv("JACK_DEFAULT_SERVER");
  server = server ? server : "default";
  if (status & JackShmFailure) {
    return fail(err,
                "the shared memory of the JACK server '%s' cannot be reached; does "
                "it run as another user?",
                server);
  }
  if (status & JackServerFailed) {
    return fail(err,
                config->start_server
                    ? "the JACK server '%s' could not be started"
                    : "no JACK server '%s' is running; start it, or wait for it with "
                      "--wait",
                server);
  }
  if (config->exact_name) { /* jack2 does not say JackNameNotUnique (status 0x21) */
    return fail(
        err,
        "the JACK server '%s' refuses the name %s, which another client may have; "
        "choose one with --name, or leave out --exact",
        server, config->client_name);
  }
  return fail(err, "the JACK server '%s' refused the client %s (status 0x%x)", server,
              config->client_name, (unsigned)status);
}

/* Two, but one where the hardware has but one; as many as were asked for. */
static uint32_t
count_channels(const backend *b, const backend_config *config)
{
  if (config->n_channels > 0 || config->n_connect > 0 || config->no_connect) {
    return config->n_channels > 0 ? config->n_channels : DEFAULT_CHANNELS;
  }
  const char **physical = jack_get_ports(b->client, NULL, JACK_DEFAULT_AUDIO_TYPE,
                                         JackPortIsOutput | JackPortIsPhysical);
  const bool one = physical && physical[0] && !physical[1];
  jack_free(physical);
  return one ? 1 : DEFAULT_CHANNELS;
}

/* How patchbays show and order the ports; it does not matter if they cannot.  [helper] */
static void
describe_ports(void *user)
{
  const backend *b = user;
  for (uint32_t c = 0; c < b->n_channels; c++) {
    const jack_uuid_t uuid = jack_port_uuid(b->port[c]);
    char pretty[32], order[16];
    (void)snprintf(pretty, sizeof pretty, "Listen %u", c + 1);
    (void)snprintf(order, sizeof order, "%u", c + 1);
    (void)jack_set_property(b->client, uuid, JACK_METADATA_PRETTY_NAME, pretty,
                            "text/plain");
    (void)jack_set_property(b->client, uuid, JACK_METADATA_ORDER, order,
                            "http://www.w3.org/2001/XMLSchema#integer");
  }
}

static bool
register_ports(backend *b, ear_error *err)
{
  for (uint32_t c = 0; c < b->n_channels; c++) {
    char name[16];
    (void)snprintf(name, sizeof name, "in_%u", c + 1);
    b->port[c] = jack_port_register(b->client, name, JACK_DEFAULT_AUDIO_TYPE,
                                    JackPortIsInput | JackPortIsTerminal, 0);
    if (!b->port[c]) {
      return fail(
          err, "the JACK server has no room for port %s; ask for fewer --channels", name);
    }
  }
  return true;
}

static bool
set_callbacks(backend *b, ear_error *err)
{
  jack_on_info_shutdown(b->client, on_shutdown, b);
  const bool ok = jack_set_thread_init_callback(b->client, on_thread, b) == 0 &&
                  jack_set_process_callback(b->client, process, b) == 0 &&
                  jack_set_freewheel_callback(b->client, on_freewheel, b) == 0 &&
                  jack_set_sample_rate_callback(b->client, on_rate, b) == 0 &&
                  jack_set_xrun_callback(b->client, on_xrun, b) == 0 &&
                  jack_set_port_registration_callback(b->client, on_port, b) == 0 &&
                  jack_set_port_connect_callback(b->client, on_connection, b) == 0;
  return ok || fail(err, "the JACK server does not work with this client");
}

static void
close_client(backend *b)
{
  sink_freewheel(b->to, false);
  if (!jack_helper_close(b->helper)) {
    note("the JACK server does not let go of the old client; going on without it");
  }
}

/* Callbacks, ports and helper; false, and all but b is freed. */
static bool
make_ready(backend *b, ear_error *err)
{
  if (set_callbacks(b, err) && register_ports(b, err)) {
    b->helper = jack_helper_new(b->client, describe_ports, b);
    if (b->helper) {
      return true;
    }
    (void)fail(err, "there is no thread to be had for the JACK client");
  }
  (void)jack_client_close(b->client);
  return false;
}

static bool
open_client(backend **out, const backend_config *config, sink *to, backend_info *info,
            void **memory, ear_error *err)
{
  if (strlen(config->client_name) >= (size_t)jack_client_name_size()) {
    return fail(err, "the name of a JACK client has %d bytes at most",
                jack_client_name_size() - 1);
  }
  if (!*memory) {
    *memory = jack_links_new(config);
  }
  backend *b = *memory ? calloc(1, sizeof *b) : NULL;
  if (!b) {
    return fail(err, "there is not enough memory for a JACK client");
  }
  jack_status_t status = 0;
  b->client = connect_at_last(config, &status);
  if (!b->client) {
    free(b);
    return not_open(config, status, err);
  }
  b->to = to;
  b->links = *memory;
  jack_links_restore(b->links);
  b->n_channels = count_channels(b, config);
  b->rate_hz = jack_get_sample_rate(b->client);
  atomic_store(&b->rate_now, b->rate_hz);
  if (!make_ready(b, err)) {
    free(b);
    return false;
  }
  *info = (backend_info){.rate_hz = b->rate_hz,
                         .n_channels = b->n_channels,
                         .block = jack_get_buffer_size(b->client)};
  (void)snprintf(info->name, sizeof info->name, "JACK client %s",
                 jack_get_client_name(b->client));
  *out = b;
  return true;
}

/* A busy server may not change its graph in its time: tried again as connecting is. */
static bool
activate(jack_client_t *client)
{
  for (int i = 1; jack_activate(client) != 0; i++) {
    if (i == TRIES) {
      return false;
    }
    (void)jack_deactivate(client);
    (void)poll(NULL, 0, RETRY_MS);
  }
  return true;
}

static bool
start(backend *b, ear_error *err)
{
  if (!activate(b->client)) {
    return fail(err, "the JACK server does not let the client run");
  }
  jack_links_update(b->links, b->client, b->port, b->n_channels);
  return true;
}

static void
update_links(backend *b)
{
  const uint32_t n = atomic_load(&b->n_new_ports);
  b->n_seen_ports = n - b->n_seen_ports > NEW_PORTS ? n - NEW_PORTS : b->n_seen_ports;
  for (; b->n_seen_ports != n; b->n_seen_ports++) {
    const jack_port_id_t id = atomic_load(&b->new_port[b->n_seen_ports % NEW_PORTS]);
    const jack_port_t *port = jack_port_by_id(b->client, id);
    const char *name = port ? jack_port_name(port) : NULL;
    if (name) {
      jack_links_new_port(b->links, name);
    }
  }
  jack_links_update(b->links, b->client, b->port, b->n_channels);
}

static backend_state
poll_flags(backend *b, ear_error *why)
{
  if (atomic_load(&b->gone)) {
    (void)fail(why,
               b->why_gone[0] ? "the JACK server has gone (%s)"
                              : "the JACK server has gone",
               b->why_gone);
    return BACKEND_LOST;
  }
  if (atomic_load(&b->rate_now) != b->rate_hz) {
    (void)fail(why, "the JACK server now runs at %u Hz", atomic_load(&b->rate_now));
    return BACKEND_CHANGED;
  }
  if (atomic_exchange(&b->links_changed, false)) {
    b->settling = SETTLE;
  } else if (b->settling > 0 && --b->settling == 0) {
    update_links(b);
  }
  return BACKEND_RUNNING;
}

static uint32_t
count_xruns(const backend *b)
{
  return atomic_load(&b->n_xruns);
}

static void
forget(void *memory)
{
  jack_links_free(memory);
}

const backend_api backend_jack = {.name = "jack",
                                  .answers = answers,
                                  .open = open_client,
                                  .start = start,
                                  .poll = poll_flags,
                                  .xruns = count_xruns,
                                  .close = close_client,
                                  .forget = forget};
