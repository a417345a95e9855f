/* SPDX-License-Identifier: ISC */
/* A client that is not active is in no cycle: closing waits for the one under way, as
   JACK's does. */
#include "fake_jack.h"

#include <jack/metadata.h>
#include <jack/uuid.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 48000 };

struct _jack_port {
  char name[32];
  uint32_t index;
};

struct _jack_client {
  JackProcessCallback process;
  JackXRunCallback xrun;
  JackFreewheelCallback freewheel;
  JackSampleRateCallback rate;
  JackPortRegistrationCallback port;
  JackPortConnectCallback connection;
  JackInfoShutdownCallback shutdown;
  void *user;
  jack_port_t ports[FAKE_PORTS];
  uint32_t n_ports;
};

float fake_jack_sound[FAKE_PORTS][FAKE_BLOCK];
const char *JACK_METADATA_PRETTY_NAME = "pretty-name";
const char *JACK_METADATA_ORDER = "order";

static jack_client_t the_client;
static atomic_bool active, in_cycle, closing, given_up;

/* ---- the test's side ---- */

bool
fake_jack_cycle(jack_nframes_t n)
{
  atomic_store(&in_cycle, true);
  const bool runs = atomic_load(&active);
  if (runs) {
    the_client.process(n, the_client.user);
  }
  atomic_store(&in_cycle, false);
  return runs;
}

void
fake_jack_xrun(void)
{
  the_client.xrun(the_client.user);
}

void
fake_jack_ports_change(void)
{
  the_client.port(1, 1, the_client.user);
  the_client.port(1, 0, the_client.user);
  the_client.connection(1, 2, 1, the_client.user);
}

void
fake_jack_freewheel(bool on)
{
  the_client.freewheel(on, the_client.user);
}

void
fake_jack_rate(jack_nframes_t rate_hz)
{
  the_client.rate(rate_hz, the_client.user);
}

void
fake_jack_gone(void)
{
  the_client.shutdown(JackServerError, "the test wants it so", the_client.user);
}

bool
fake_jack_given_up(void)
{
  return atomic_load(&given_up);
}

/* ---- JACK's side ---- */

jack_client_t *
jack_client_open(const char *name, jack_options_t options, jack_status_t *status, ...)
{
  (void)name, (void)options;
  *status = 0;
  if (atomic_load(&closing)) {
    atomic_store(&given_up, true);
  }
  memset(&the_client, 0, sizeof the_client);
  return &the_client;
}

int
jack_activate(jack_client_t *client)
{
  (void)client;
  atomic_store(&active, true);
  return 0;
}

int
jack_deactivate(jack_client_t *client)
{
  (void)client;
  atomic_store(&active, false);
  while (atomic_load(&in_cycle)) {
    usleep(100);
  }
  return 0;
}

int
jack_client_close(jack_client_t *client)
{
  atomic_store(&closing, true);
  jack_deactivate(client);
  atomic_store(&closing, false);
  return 0;
}

jack_port_t *
jack_port_register(jack_client_t *client, const char *name, const char *type,
                   unsigned long flags, unsigned long size)
{
  (void)type, (void)flags, (void)size;
  if (client->n_ports == FAKE_PORTS) {
    return NULL;
  }
  jack_port_t *port = &client->ports[client->n_ports];
  port->index = client->n_ports++;
  snprintf(port->name, sizeof port->name, "fake:%.20s", name);
  return port;
}

void *
jack_port_get_buffer(jack_port_t *port, jack_nframes_t n)
{
  (void)n;
  return fake_jack_sound[port->index];
}

int
jack_set_process_callback(jack_client_t *client, JackProcessCallback callback, void *user)
{
  client->process = callback;
  client->user = user;
  return 0;
}

int
jack_set_xrun_callback(jack_client_t *client, JackXRunCallback callback, void *user)
{
  (void)user;
  client->xrun = callback;
  return 0;
}

int
jack_set_freewheel_callback(jack_client_t *client, JackFreewheelCallback callback,
                            void *user)
{
  (void)user;
  client->freewheel = callback;
  return 0;
}

int
jack_set_sample_rate_callback(jack_client_t *client, JackSampleRateCallback callback,
                              void *user)
{
  (void)user;
  client->rate = callback;
  return 0;
}

int
jack_set_port_registration_callback(jack_client_t *client,
                                    JackPortRegistrationCallback callback, void *user)
{
  (void)user;
  client->port = callback;
  return 0;
}

int
jack_set_port_connect_callback(jack_client_t *client, JackPortConnectCallback callback,
                               void *user)
{
  (void)user;
  client->connection = callback;
  return 0;
}

void
jack_on_info_shutdown(jack_client_t *client, JackInfoShutdownCallback callback,
                      void *user)
{
  (void)user;
  client->shutdown = callback;
}

int
jack_set_thread_init_callback(jack_client_t *client, JackThreadInitCallback callback,
                              void *user)
{
  (void)client, (void)callback, (void)user;
  return 0;
}

void
jack_set_error_function(void (*function)(const char *))
{
  (void)function;
}

void
jack_set_info_function(void (*function)(const char *))
{
  (void)function;
}

jack_nframes_t
jack_get_sample_rate(jack_client_t *client)
{
  (void)client;
  return RATE;
}

jack_nframes_t
jack_get_buffer_size(jack_client_t *client)
{
  (void)client;
  return 64;
}

char *
jack_get_client_name(jack_client_t *client)
{
  (void)client;
  static char name[] = "fake";
  return name;
}

int
jack_client_name_size(void)
{
  return 64;
}

int
jack_port_name_size(void)
{
  return 64;
}

const char *
jack_port_name(const jack_port_t *port)
{
  return port->name;
}

jack_uuid_t
jack_port_uuid(const jack_port_t *port)
{
  return port->index + 1;
}

int
jack_set_property(jack_client_t *client, jack_uuid_t subject, const char *key,
                  const char *value, const char *type)
{
  (void)client, (void)subject, (void)key, (void)value, (void)type;
  return 0;
}

const char **
jack_get_ports(jack_client_t *client, const char *name, const char *type,
               unsigned long flags)
{
  (void)client, (void)name, (void)type, (void)flags;
  return NULL;
}

jack_port_t *
jack_port_by_id(jack_client_t *client, jack_port_id_t id)
{
  return &client->ports[id % FAKE_PORTS];
}

jack_port_t *
jack_port_by_name(jack_client_t *client, const char *name)
{
  (void)client, (void)name;
  return NULL;
}

int
jack_port_get_aliases(const jack_port_t *port, char *const aliases[2])
{
  (void)port, (void)aliases;
  return 0;
}

const char **
jack_port_get_all_connections(const jack_client_t *client, const jack_port_t *port)
{
  (void)client, (void)port;
  return NULL;
}

int
jack_connect(jack_client_t *client, const char *from, const char *to)
{
  (void)client, (void)from, (void)to;
  return 0;
}

void
jack_free(void *memory)
{
  free(memory);
}
