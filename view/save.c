/* SPDX-License-Identifier: ISC */
/* A picture is whole in memory before a file is touched; the rename is the last step. */
#include "save.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef struct {
  uint8_t *bytes;
  size_t n, room;
  bool failed;
} sink;

static cairo_status_t
swallow(void *closure, const unsigned char *data, unsigned n)
{
  sink *s = closure;
  if (s->n + n > s->room) {
    const size_t room = 2 * (s->n + n) + 4096;
    uint8_t *more = realloc(s->bytes, room);
    if (!more) {
      s->failed = true;
      return CAIRO_STATUS_WRITE_ERROR;
    }
    s->bytes = more;
    s->room = room;
  }
  memcpy(s->bytes + s->n, data, n);
  s->n += n;
  return CAIRO_STATUS_SUCCESS;
}

static cairo_status_t
draw_on(cairo_surface_t *surface, const view_picture *p, double scale)
{
  cairo_t *cr = cairo_create(surface);
  cairo_scale(cr, scale, scale);
  p->draw(p->user, cr, p->w, p->h);
  const cairo_status_t status = cairo_status(cr);
  cairo_destroy(cr);
  return status;
}

cairo_surface_t *
view_image(const view_picture *p)
{
  cairo_surface_t *s = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, (int)round(p->w * p->scale), (int)round(p->h * p->scale));
  draw_on(s, p, p->scale);
  cairo_surface_flush(s);
  return s;
}

enum { MOST_IDS = 256 }; /* of one SVG */

/* The length of an id's word at c, which a count of the whole process follows; or 0. */
static size_t
counted_word(const char *c)
{
  static const char *const word[] = {"surface", "image"};
  for (size_t i = 0; i < sizeof word / sizeof *word; ++i) {
    const size_t n = strlen(word[i]);
    if (strncmp(c, word[i], n) == 0 && isdigit((unsigned char)c[n])) {
      return n;
    }
  }
  return 0;
}

/* Cairo names the surfaces of an SVG by a count of all that the process ever made; count
   those of this picture instead, so that the same picture is the same bytes.  The text
   ends with a 0. */
static void
renumber(sink *s)
{
  unsigned long seen[MOST_IDS];
  size_t n_seen = 0;
  sink out = {NULL, 0, 0, false};
  for (size_t i = 0; i < s->n;) {
    const char *c = (const char *)s->bytes + i;
    const size_t word = i && (c[-1] == '"' || c[-1] == '#') ? counted_word(c) : 0;
    if (word == 0) {
      swallow(&out, s->bytes + i++, 1);
      continue;
    }
    char text[48], *end;
    const unsigned long id = strtoul(c + word, &end, 10);
    size_t k = 0;
    while (k < n_seen && seen[k] != id) {
      ++k;
    }
    if (k == n_seen && k < MOST_IDS) {
      seen[n_seen++] = id;
    }
    const int n = snprintf(text, sizeof text, "%.*s%zu", (int)word, c, k);
    swallow(&out, (const unsigned char *)text, (unsigned)n);
    i += (size_t)(end - c);
  }
  out.failed = out.failed || s->failed;
  free(s->bytes);
  *s = out;
}

ear_status
view_bytes(const view_picture *p, view_format format, uint8_t **bytes, size_t *n)
{
  sink out = {NULL, 0, 0, false};
  cairo_surface_t *s;
  cairo_status_t status;
  if (format == VIEW_PNG) {
    s = view_image(p);
    status = cairo_surface_write_to_png_stream(s, swallow, &out);
  } else {
    s = format == VIEW_SVG
            ? cairo_svg_surface_create_for_stream(swallow, &out, p->w, p->h)
            : cairo_pdf_surface_create_for_stream(swallow, &out, p->w, p->h);
    if (format == VIEW_SVG) {
      cairo_svg_surface_set_document_unit(s, CAIRO_SVG_UNIT_PX);
    }
    status = draw_on(s, p, 1);
    cairo_surface_finish(s);
    status = status ? status : cairo_surface_status(s);
    if (format == VIEW_SVG && !out.failed) {
      const unsigned char zero = 0;
      swallow(&out, &zero, 1);
      renumber(&out);
      out.n -= out.n > 0;
    }
  }
  cairo_surface_destroy(s);
  if (status || out.failed) {
    free(out.bytes);
    out = (sink){NULL, 0, 0, false};
  }
  *bytes = out.bytes;
  *n = out.n;
  return out.bytes ? EAR_OK : EAR_NO_MEMORY;
}

static ear_status
complain(ear_error *err, ear_status st, const char *path, const char *why)
{
  if (err) {
    snprintf(err->text, sizeof err->text, "%.400s cannot be written: %s", path, why);
  }
  return st;
}

static bool
write_all(int fd, const uint8_t *from, size_t left)
{
  while (left > 0) {
    const ssize_t done = write(fd, from, left);
    if (done < 0 && errno != EINTR) {
      return false;
    }
    from += done > 0 ? done : 0;
    left -= done > 0 ? (size_t)done : 0;
  }
  return true;
}

static ear_status
write_file(const char *path, const uint8_t *bytes, size_t n, ear_error *err)
{
  static atomic_uint count; /* of names in this process */
  char temporary[PATH_MAX];
  if (snprintf(temporary, sizeof temporary, "%s.%ld-%u.tmp", path, (long)getpid(),
               atomic_fetch_add(&count, 1)) >= PATH_MAX) {
    return complain(err, EAR_BAD_ARGUMENT, path, "the name is too long");
  }
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    return complain(err, EAR_IO, path, strerror(errno));
  }
  bool good = write_all(fd, bytes, n) && fsync(fd) == 0;
  good = close(fd) == 0 && good && rename(temporary, path) == 0;
  if (!good) {
    const ear_status st = complain(err, EAR_IO, path, strerror(errno));
    unlink(temporary);
    return st;
  }
  return EAR_OK;
}

ear_status
view_save(const view_picture *p, const char *path, ear_error *err)
{
  static const char *const ending[] = {".png", ".svg", ".pdf"};
  const char *dot = strrchr(path, '.');
  view_format format = VIEW_PNG;
  while (format <= VIEW_PDF && (!dot || strcasecmp(dot, ending[format]) != 0)) {
    ++format;
  }
  if (format > VIEW_PDF) {
    return complain(err, EAR_BAD_ARGUMENT, path,
                    "its name must end in .png, .svg or .pdf");
  }
  uint8_t *bytes;
  size_t n;
  ear_status st = view_bytes(p, format, &bytes, &n);
  if (st) {
    return complain(err, st, path, "the picture could not be drawn");
  }
  st = write_file(path, bytes, n, err);
  free(bytes);
  return st;
}
