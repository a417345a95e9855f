/* SPDX-License-Identifier: ISC */
/* What the files of the test host share. */
#ifndef EAR_TESTS_LV2_HOST_PARTS_H
#define EAR_TESTS_LV2_HOST_PARTS_H

#include "lv2_host.h"
#include "lv2_work.h"

#include <lv2/log/log.h>

typedef struct {
  LV2_URID property;
  char value[8192]; /* the last one told */
  uint32_t n_told;
} host_value;

/* [GUARD][size][GUARD] bytes */
typedef struct {
  uint8_t *bytes;
  size_t size;
} zone;

struct host {
  const LilvPlugin *plugin;
  LilvInstance *instance;
  uint32_t n_ports;
  const char *symbol[HOST_MAX_PORTS];
  zone port[HOST_MAX_PORTS];
  zone audio[4]; /* in, out of each channel */
  uint32_t room; /* of notify */
  bool deaf;     /* notify is connected elsewhere */
  unsigned offered;
  work_desk *desk; /* NULL without worker */
  char log[4096];
  LV2_Log_Log logger;
  LV2_Worker_Schedule schedule;
  LV2_Feature feature[5];
  const LV2_Feature *features[6];
  host_value value[HOST_MAX_VALUES];
  uint32_t n_values, n_state_changed;
};

/* Memory between the guards. */
void *zone_data(const zone *z);
uint32_t host_find_port(const host *h, const char *symbol);

/* Messages: what the plugin wrote in this run; then none for the next. */
void host_read_notify(host *h);
void host_clear_control(host *h);
void host_forget_uris(void);

#endif
