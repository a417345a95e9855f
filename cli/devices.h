/* SPDX-License-Identifier: ISC */
/* The inputs that PortAudio finds, and how a name on the command line chooses one. */
#ifndef DEVICES_H
#define DEVICES_H

#include "cli.h"

typedef struct {
  int index;              /* PortAudio's, good until devices_close */
  const char *api, *name; /* PortAudio's, readable until devices_close */
  uint32_t n_channels;    /* inputs, at least 1 */
  double rate_hz;         /* its default */
  bool is_default;        /* taken when none is named */
  bool is_api_default;    /* taken for "API:" */
} device;

typedef struct {
  device *item;
  size_t n;
} device_list;

/* Start PortAudio and look again at what there is: devices that came since appear, and
   it holds them until devices_close.  As a JACK client it is called client_name (kept by
   reference; NULL: PortAudio's choice).  [setup] */
bool devices_open(device_list *list, const char *client_name, bool verbose,
                  ear_error *err);
void devices_close(device_list *list, bool verbose); /* [setup] */

/* NULL: the default.  Else the device whose name contains `wanted`, upper and lower case
   being the same; "API:part" looks in the host APIs whose name begins so, and "API:" is
   that API's default.  Of several the first that is called exactly so.  Otherwise NULL,
   and err says what there is.  [any] */
const device *device_find(const device_list *list, const char *wanted, ear_error *err);

#endif
