/* SPDX-License-Identifier: ISC */
/* Every input meets the same instance, as a host's session does. */
#include "plugin_host.h"

#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

const LV2_Descriptor *lv2_descriptor(uint32_t index);

static char *uri[HOST_MOST_URIS]; /* URID - 1 */

LV2_URID
host_map(LV2_URID_Map_Handle handle, const char *text)
{
  (void)handle;
  uint32_t i = 0;
  while (i < HOST_MOST_URIS && uri[i] && strcmp(uri[i], text)) {
    ++i;
  }
  if (i == HOST_MOST_URIS) {
    fuzz_broken("few URIs are mapped");
  }
  if (!uri[i]) {
    uri[i] = strdup(text);
  }
  return i + 1;
}

LV2_Handle host_instance;
float host_in[HOST_FRAMES], host_out[HOST_FRAMES];
union host_notify host_notify;
float host_control[N_PORTS];

void
host_begin(LV2_Worker_Schedule *schedule)
{
  static LV2_URID_Map map = {NULL, host_map};
  const LV2_Feature map_feature = {LV2_URID__map, &map};
  const LV2_Feature worker_feature = {LV2_WORKER__schedule, schedule};
  const LV2_Feature *const features[] = {&map_feature, &worker_feature, NULL};
  const LV2_Descriptor *d = lv2_descriptor(0);
  if (host_instance) {
    return;
  }
  host_instance = d->instantiate(d, 48000, "/", features);
  if (!host_instance) {
    fuzz_broken("the plugin can be instantiated");
  }
  for (uint32_t role = PORT_ENABLED; role < N_PORTS; ++role) {
    d->connect_port(host_instance, role - 2,
                    &host_control[role]); /* #mono has no right channel */
  }
  host_control[PORT_ENABLED] = 1;
  host_control[PORT_HOLD] = 500;
  host_control[PORT_HORIZON] = 1;
  d->connect_port(host_instance, PORT_IN_LEFT, host_in);
  d->connect_port(host_instance, PORT_OUT_LEFT, host_out);
  d->connect_port(host_instance, PORT_NOTIFY, &host_notify);
  d->activate(host_instance);
}

static void
check_answer(uint32_t room)
{
  const LV2_Atom_Sequence *answer = &host_notify.sequence;
  const uint8_t *end = (uint8_t *)&host_notify + sizeof(LV2_Atom) + answer->atom.size;
  if (answer->atom.size > room) {
    fuzz_broken("an answer fits the room that there is");
  }
  for (const uint8_t *at = (const uint8_t *)&answer->body + 8; at < end;) {
    const LV2_Atom_Event *event = (const void *)at;
    at += sizeof *event + ((event->body.size + 7) & ~7u);
    if (at > end) {
      fuzz_broken("an event lies inside of its sequence");
    }
  }
  for (uint32_t i = 0; i < 64; ++i) {
    if (host_notify.bytes[sizeof(LV2_Atom) + room + i] != 0x5a &&
        room + 8 + i < sizeof host_notify) {
      fuzz_broken("nothing is written behind the room");
    }
  }
}

void
host_run(const uint8_t *data, size_t n, uint32_t room)
{
  const LV2_Descriptor *d = lv2_descriptor(0);
  LV2_Atom_Sequence *sequence =
      malloc(sizeof(LV2_Atom) + n + !n); /* exact: read beyond is seen */
  if (!sequence) {
    return;
  }
  sequence->atom.size = (uint32_t)n;
  sequence->atom.type = host_map(NULL, LV2_ATOM__Sequence);
  if (n) {
    memcpy((uint8_t *)sequence + sizeof(LV2_Atom), data, n);
  }
  memset(&host_notify, 0x5a, sizeof host_notify);
  host_notify.sequence.atom = (LV2_Atom){room, 0};
  d->connect_port(host_instance, PORT_CONTROL, sequence);
  d->run(host_instance, HOST_FRAMES);
  check_answer(room);
  fuzz_taken();
  if (memcmp(host_in, host_out, sizeof host_in)) {
    fuzz_broken("audio passes bit by bit");
  }
  free(sequence);
}
