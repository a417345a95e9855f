/* SPDX-License-Identifier: ISC */
/* The bytes follow from the history alone, so a file is brought up to date by writing
   from where it first differs: most often, appending. */
#include "tensorboard.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint32_t
tensorboard_crc(const void *bytes, size_t n)
{
  const uint8_t *x = bytes;
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < n; ++i) {
    crc ^= x[i];
    for (int bit = 0; bit < 8; ++bit) {
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
  }
  return ~crc;
}

static uint32_t
masked(const void *bytes, size_t n)
{
  const uint32_t crc = tensorboard_crc(bytes, n);
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* A message in the making; all of ours are short. */
typedef struct {
  size_t n;
  uint8_t bytes[512];
} message;

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5 };

static void
put_bytes(message *m, const void *bytes, size_t n)
{
  memcpy(m->bytes + m->n, bytes, n);
  m->n += n;
}

static void
put_varint(message *m, uint64_t v)
{
  for (; v > 0x7f; v >>= 7) {
    m->bytes[m->n++] = (uint8_t)(v | 0x80);
  }
  m->bytes[m->n++] = (uint8_t)v;
}

static void
put_key(message *m, unsigned field, unsigned wire)
{
  put_varint(m, field << 3 | wire);
}

static void
put_field(message *m, unsigned field, const void *bytes, size_t n)
{
  put_key(m, field, WIRE_LENGTH);
  put_varint(m, n);
  put_bytes(m, bytes, n);
}

/* Summary.value */
static void
put_scalar(message *summary, const char *tag, double value)
{
  message v = {0};
  const float simple = (float)value;
  put_field(&v, 1, tag, strlen(tag));
  put_key(&v, 2, WIRE_32);
  put_bytes(&v, &simple, sizeof simple);
  put_field(summary, 1, v.bytes, v.n);
}

static void
write_record(FILE *f, const message *m)
{
  const uint64_t length = m->n;
  const uint32_t head = masked(&length, sizeof length), body = masked(m->bytes, m->n);
  fwrite(&length, sizeof length, 1, f);
  fwrite(&head, sizeof head, 1, f);
  fwrite(m->bytes, 1, m->n, f);
  fwrite(&body, sizeof body, 1, f);
}

static void
write_epoch(FILE *f, const fit_epoch *e)
{
  message event = {0}, summary = {0};
  put_key(&event, 1, WIRE_64);
  put_bytes(&event, &e->time, sizeof e->time);
  put_key(&event, 2, WIRE_VARINT);
  put_varint(&event, (uint64_t)e->epoch);
  put_scalar(&summary, "loss/train", e->loss);
  if (e->valid_loss >= 0) {
    put_scalar(&summary, "loss/valid", e->valid_loss);
    put_scalar(&summary, "accuracy/valid", e->valid_accuracy);
    put_scalar(&summary, "macro_f1/valid", e->valid_macro_f1);
  }
  put_scalar(&summary, "learning_rate", e->learning_rate);
  put_field(&event, 5, summary.bytes, summary.n);
  write_record(f, &event);
}

static void
write_version(FILE *f, const fit_history *h)
{
  static const char version[] = "brain.Event:2";
  message event = {0};
  const double time = h->n ? h->epoch[0].time : 0;
  put_key(&event, 1, WIRE_64);
  put_bytes(&event, &time, sizeof time);
  put_field(&event, 3, version, sizeof version - 1);
  write_record(f, &event);
}

/* How many bytes the file already shares with bytes[0..n). */
static size_t
shared(int fd, const char *bytes, size_t n)
{
  char block[4096];
  size_t same = 0;
  ssize_t got;
  while ((got = pread(fd, block, sizeof block, (off_t)same)) > 0) {
    for (ssize_t i = 0; i < got; ++i, ++same) {
      if (same == n || block[i] != bytes[same]) {
        return same;
      }
    }
  }
  return same;
}

static bool
bring_up(int fd, const char *bytes, size_t n)
{
  size_t at = shared(fd, bytes, n);
  struct stat info;
  if (fstat(fd, &info) != 0 ||
      ((size_t)info.st_size > at && ftruncate(fd, (off_t)at) != 0)) {
    return false;
  }
  while (at < n) {
    const ssize_t done = pwrite(fd, bytes + at, n - at, (off_t)at);
    if (done < 0 && errno != EINTR) {
      return false;
    }
    at += done > 0 ? (size_t)done : 0;
  }
  return true;
}

ear_status
tensorboard_write(const char *path, const fit_history *h, ear_error *err)
{
  char *bytes = NULL;
  size_t n = 0;
  FILE *f = open_memstream(&bytes, &n);
  if (!f) {
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  }
  write_version(f, h);
  for (uint32_t i = 0; i < h->n; ++i) {
    write_epoch(f, &h->epoch[i]);
  }
  if (fclose(f) != 0) {
    free(bytes);
    return fail(err, EAR_NO_MEMORY, "not enough memory for %s", path);
  }
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  bool good = fd >= 0 && bring_up(fd, bytes, n);
  good = fd >= 0 && close(fd) == 0 && good;
  free(bytes);
  return good ? EAR_OK
              : fail(err, EAR_IO, "%s cannot be written: %s", path, strerror(errno));
}
