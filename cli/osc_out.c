/* SPDX-License-Identifier: ISC */
/* liblo makes the packets; they leave by a socket of our own that never blocks.  liblo's
   looks hosts up again while it sends, which may take seconds. */
#include "osc_out.h"

#include <errno.h>
#include <lo/lo.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_PACKET = 1400, MAX_ADDRESS = 256 }; /* bytes; one Ethernet frame */

struct osc_out {
  int fd;
  struct sockaddr_storage to;
  socklen_t to_size;
  char prefix[96]; /* "/earshot" */
};

/* The path of the URL without slashes at its end. */
static bool
take_prefix(osc_out *o, const char *url)
{
  const char *host = strstr(url, "://");
  const char *path = host ? strchr(host + 3, '/') : NULL;
  size_t n = path ? strlen(path) : 0;
  while (n > 0 && path[n - 1] == '/') {
    n--;
  }
  if (n >= sizeof o->prefix || strcspn(path ? path : "", " #*,?[]{}") < n) {
    return false;
  }
  (void)snprintf(o->prefix, sizeof o->prefix, "%.*s", n ? (int)n : 8,
                 n ? path : "/earshot");
  return true;
}

static bool
look_up(osc_out *o, const char *host, const char *port, ear_error *err)
{
  const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
  struct addrinfo *found = NULL;
  const int failed = getaddrinfo(host, port, &hints, &found);
  if (failed) {
    return fail(err, "the OSC receiver %.200s cannot be found: %s", host,
                failed == EAI_SYSTEM ? strerror(errno) : gai_strerror(failed));
  }
  memcpy(&o->to, found->ai_addr, found->ai_addrlen);
  o->to_size = found->ai_addrlen;
  freeaddrinfo(found);
  o->fd = socket(o->to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (o->fd < 0) {
    return fail(err, "there is no socket to send OSC with: %s", strerror(errno));
  }
  const int yes = 1;
  (void)setsockopt(o->fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
  return true;
}

/* A number of more than 16 bits would be cut without a word; names are looked up. */
static bool
is_port(const char *port)
{
  const long number = strtol(port, NULL, 10);
  return number >= 0 && number <= UINT16_MAX;
}

static bool
open_url(osc_out *o, const char *url, ear_error *err)
{
  char *host = lo_url_get_hostname(url);
  char *port = lo_url_get_port(url);
  const bool usable = lo_url_get_protocol_id(url) == LO_UDP && host && host[0] != '\0' &&
                      port && is_port(port) && take_prefix(o, url);
  const bool ok = usable ? look_up(o, host, port, err)
                         : fail(err,
                                "--osc %.200s: give osc.udp://HOST:PORT/, for example "
                                "osc.udp://192.168.1.20:9000/",
                                url);
  free(host);
  free(port);
  return ok;
}

osc_out *
osc_out_open(const char *url, ear_error *err)
{
  osc_out *o = calloc(1, sizeof *o);
  if (!o) {
    (void)fail(err, "there is not enough memory to send OSC");
    return NULL;
  }
  o->fd = -1;
  if (!open_url(o, url, err)) {
    osc_out_close(o);
    return NULL;
  }
  return o;
}

void
osc_out_close(osc_out *o)
{
  if (o && o->fd >= 0) {
    (void)close(o->fd);
  }
  free(o);
}

static void
add_arguments(lo_message m, const char *types, va_list args)
{
  for (const char *type = types; *type; type++) {
    if (*type == 'i') {
      (void)lo_message_add_int32(m, va_arg(args, int));
    } else if (*type == 'f') {
      (void)lo_message_add_float(m, (float)va_arg(args, double));
    } else {
      (void)lo_message_add_string(m, va_arg(args, const char *));
    }
  }
}

void
osc_out_send(osc_out *o, const char *folder, const char *name, const char *types, ...)
{
  char address[MAX_ADDRESS];
  const int n = snprintf(address, sizeof address, "%s%s%s/%s", o->prefix,
                         folder[0] ? "/" : "", folder, name);
  lo_message m = lo_message_new();
  if (m && n > 0 && (size_t)n < sizeof address) {
    va_list args;
    va_start(args, types);
    add_arguments(m, types, args);
    va_end(args);
    char packet[MAX_PACKET];
    size_t size = lo_message_length(m, address);
    if (size <= sizeof packet && lo_message_serialise(m, address, packet, &size)) {
      /* a full buffer, no route, nobody there: the next one may arrive */
      (void)sendto(o->fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                   (const struct sockaddr *)&o->to, o->to_size);
    }
  }
  lo_message_free(m);
}

void
osc_part(char part[OSC_PART], const char *name)
{
  size_t i = 0;
  for (; name[i] && i < OSC_PART - 1; i++) {
    const unsigned char c = (unsigned char)name[i];
    part[i] = c <= ' ' || c >= 0x7f || strchr("#*,/?[]{}", c) ? '_' : name[i];
  }
  (void)snprintf(part + i, OSC_PART - i, "%s", i ? "" : "_");
}
