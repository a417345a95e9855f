/* SPDX-License-Identifier: ISC */
/* A session manager that says anything: OSC packets of any bytes, in any order, and
   settings of any text in its file.  The client joins or runs without it, and leaves.

   An input is a line of settings, a NUL, and packets, each after its length in one byte,
   in units of 4 as OSC has them.  Nothing is sent to it over a network: its receiving is
   wrapped, and so is every file. */
#include "fuzz.h"

#include "nsm.h"
#include "outfile.h"

#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *packet, *packets_end; /* what is still to be received */
static const char *settings;
static size_t n_settings;

int __wrap_lo_server_recv_noblock(lo_server s, int timeout_ms);
int __wrap_lo_send_from(lo_address to, lo_server from, lo_timetag ts, const char *path,
                        const char *types, ...);
FILE *__wrap_fopen64(const char *path, const char *mode);
FILE *__real_fopen64(const char *path, const char *mode);
bool __wrap_outfile_open(outfile *o, const char *path, bool overwrite, ear_error *err);
bool __wrap_outfile_commit(outfile *o, ear_error *err);
bool __wrap_make_folders_of(const char *path, ear_error *err);

int
__wrap_lo_server_recv_noblock(lo_server s, int timeout_ms)
{
  uint8_t copy[4 * 255]; /* liblo works in place */
  (void)timeout_ms;
  if (packet >= packets_end) {
    stop_all(STOP_INTERRUPTED); /* nobody waits for what does not come */
    return 0;
  }
  const size_t left = (size_t)(packets_end - packet) - 1, said = (size_t)*packet * 4;
  const size_t n = said < left ? said : left;
  memcpy(copy, packet + 1, n);
  packet += 1 + n;
  lo_server_dispatch_data(s, copy, n);
  return 1;
}

int
__wrap_lo_send_from(lo_address to, lo_server from, lo_timetag ts, const char *path,
                    const char *types, ...)
{
  (void)to, (void)from, (void)ts, (void)types;
  return (int)strlen(path);
}

/* The settings, whatever the path. */
FILE *
__wrap_fopen64(const char *path, const char *mode)
{
  const size_t n = strlen(path);
  if (n < 8 || strcmp(path + n - 8, ".earshot") != 0) {
    return __real_fopen64(path, mode);
  }
  return n_settings ? fmemopen((void *)(uintptr_t)settings, n_settings, "r") : NULL;
}

bool
__wrap_outfile_open(outfile *o, const char *path, bool overwrite, ear_error *err)
{
  (void)path, (void)overwrite, (void)err;
  *o = (outfile){.file = __real_fopen64("/dev/null", "w")};
  return o->file != NULL;
}

bool
__wrap_outfile_commit(outfile *o, ear_error *err)
{
  (void)err;
  return fclose(o->file) == 0;
}

bool
__wrap_make_folders_of(const char *path, ear_error *err)
{
  (void)err;
  return path[0] != 'x';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  fuzz_hush();
  setenv("NSM_URL", "osc.udp://127.0.0.1:9/", 1);
  const uint8_t *end = n ? memchr(data, 0, n) : NULL;
  live_options options = {.models = {.hold_ms = -1}};
  if (!end) {
    return 0;
  }
  settings = (const char *)data;
  n_settings = (size_t)(end - data);
  packet = end + 1;
  packets_end = data + n;
  nsm *client = nsm_join(&options);
  nsm_idle(client, "a sentence");
  nsm_idle(client, NULL);
  fuzz_taken();
  nsm_leave(client);
  return 0;
}

/* Append a packet of this message to data[0..n). */
static size_t
append(uint8_t *data, size_t n, const char *path, const char *types, const char *a,
       const char *b, const char *c)
{
  lo_message m = lo_message_new();
  for (; *types; ++types) {
    const char *text = a;
    a = b, b = c;
    if (*types == 's') {
      lo_message_add_string(m, text);
    } else {
      lo_message_add_int32(m, -3);
    }
  }
  size_t size = 0;
  void *bytes = lo_message_serialise(m, path, NULL, &size);
  data[n] = (uint8_t)(size / 4);
  memcpy(data + n + 1, bytes, size);
  free(bytes);
  lo_message_free(m);
  return n + 1 + size;
}

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  static const char *const text[] = {
      "--model=genre\n--threshold=0.5\n--hold-ms=20\n--connect=system:.*\n--channels=2\n",
      "--no-connect\n--help\n", ""};
  if (i >= sizeof text / sizeof *text) {
    return 0;
  }
  size_t n = fuzz_text(data, text[i]);
  data[n++] = 0;
  n = append(data, n, "/reply", "ssss", "/nsm/server/announce", "hi", "NSM");
  if (i == 1) {
    return append(data, n, "/error", "sis", "/nsm/server/announce", "", "no");
  }
  n = append(data, n, "/nsm/client/open", "sss", "/tmp/nsm/x", "x", "earshot.nABC");
  n = append(data, n, "/nsm/client/save", "", "", "", "");
  return append(data, n, "/nsm/client/open", "sss", "y", "x", "z");
}
