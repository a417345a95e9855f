/* SPDX-License-Identifier: ISC */
/* Names choose, never indices: those change with every plug. */
#include "devices.h"

#include "hush.h"

#ifdef HAVE_PA_JACK
#include <pa_jack.h>
#endif
#include <portaudio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The input that is taken when none is named: PortAudio's, or the first API's that has
   one (its own answer is that of one API, which may have none). */
static int
default_input(void)
{
  int chosen = Pa_GetDefaultInputDevice();
  for (int a = 0; chosen < 0 && a < Pa_GetHostApiCount(); a++) {
    const PaHostApiInfo *api = Pa_GetHostApiInfo(a);
    chosen = api ? api->defaultInputDevice : paNoDevice;
  }
  return chosen;
}

static bool
fill(device_list *list, ear_error *err)
{
  const int n = Pa_GetDeviceCount();
  list->item = calloc(n > 0 ? (size_t)n : 1, sizeof *list->item);
  if (!list->item) {
    return fail(err, "there is not enough memory to list the audio devices");
  }
  const int chosen = default_input();
  for (int i = 0; i < n; i++) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
    const PaHostApiInfo *api = info ? Pa_GetHostApiInfo(info->hostApi) : NULL;
    if (api && info->maxInputChannels > 0) {
      list->item[list->n++] = (device){.index = i,
                                       .api = api->name,
                                       .name = info->name,
                                       .n_channels = (uint32_t)info->maxInputChannels,
                                       .rate_hz = info->defaultSampleRate,
                                       .is_default = i == chosen,
                                       .is_api_default = i == api->defaultInputDevice};
    }
  }
  return true;
}

bool
devices_open(device_list *list, const char *client_name, bool verbose, ear_error *err)
{
  *list = (device_list){.n = 0};
#ifdef HAVE_PA_JACK
  if (client_name) {
    (void)PaJack_SetClientName(client_name); /* refuses too long ones: then its own */
  }
#else
  (void)client_name;
#endif
  hush h = hush_begin(verbose);
  const PaError failed = Pa_Initialize();
  hush_end(&h);
  if (failed) {
    return fail(err, "PortAudio could not start: %s", Pa_GetErrorText(failed));
  }
  if (!fill(list, err)) {
    devices_close(list, verbose);
    return false;
  }
  return true;
}

void
devices_close(device_list *list, bool verbose)
{
  hush h = hush_begin(verbose);
  (void)Pa_Terminate();
  hush_end(&h);
  free(list->item);
  *list = (device_list){.n = 0};
}

/* How well a device answers to a name. */
typedef enum { NOT_MEANT = 0, MEANT, MEANT_EXACTLY } match;

static match
match_name(const char *name, const char *part)
{
  return strcasecmp(name, part) == 0 ? MEANT_EXACTLY
         : strcasestr(name, part)    ? MEANT
                                     : NOT_MEANT;
}

/* Names have colons of their own, so "a:b" may be both a part of one and "API:part". */
static match
match_device(const device *d, const char *wanted)
{
  const match whole = match_name(d->name, wanted);
  const char *colon = strchr(wanted, ':');
  const size_t n = colon ? (size_t)(colon - wanted) : 0;
  if (n == 0 || strncasecmp(d->api, wanted, n) != 0) {
    return whole;
  }
  const match in_api = colon[1] != '\0'    ? match_name(d->name, colon + 1)
                       : d->is_api_default ? MEANT_EXACTLY
                                           : MEANT;
  return in_api > whole ? in_api : whole;
}

/* Append "ALSA: a, ALSA: b" of those meant, or of all, as far as there is room. */
static void
append_names(ear_error *err, const device_list *list, const char *wanted)
{
  const char *comma = "";
  size_t n_more = 0;
  for (size_t i = 0; i < list->n; i++) {
    const device *d = &list->item[i];
    if (wanted && match_device(d, wanted) == NOT_MEANT) {
      continue;
    }
    const size_t used = strlen(err->text);
    const size_t needed = strlen(comma) + strlen(d->api) + 2 + strlen(d->name);
    if (used + needed + sizeof " and 4294967295 more" > sizeof err->text) {
      n_more++;
      continue;
    }
    (void)snprintf(err->text + used, sizeof err->text - used, "%s%s: %s", comma, d->api,
                   d->name);
    comma = ", ";
  }
  const size_t used = strlen(err->text);
  if (n_more > 0) {
    (void)snprintf(err->text + used, sizeof err->text - used, " and %zu more", n_more);
  }
}

static const device *
no_input(ear_error *err)
{
  (void)fail(err, "there is no audio input; plug one in, start a JACK server, or play a "
                  "file with --backend file");
  return NULL;
}

const device *
device_find(const device_list *list, const char *wanted, ear_error *err)
{
  const device *found = NULL;
  size_t n_meant = 0;
  for (size_t i = 0; i < list->n; i++) {
    const device *d = &list->item[i];
    const match m = wanted          ? match_device(d, wanted)
                    : d->is_default ? MEANT_EXACTLY
                                    : NOT_MEANT;
    if (m == MEANT_EXACTLY) {
      return d;
    }
    if (m == MEANT) {
      found = d;
      n_meant++;
    }
  }
  if (n_meant == 1) {
    return found;
  }
  if (list->n == 0 || !wanted) {
    return no_input(err);
  }
  (void)fail(err,
             n_meant > 1
                 ? "'%.100s' is the name of several audio inputs, give more of it: "
                 : "there is no audio input '%.100s'; there is ",
             wanted);
  append_names(err, list, n_meant > 1 ? wanted : NULL);
  return NULL;
}
