/* SPDX-License-Identifier: ISC */
/* One block of fixed size is all that is ever held of an input. */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
  reader_info info;
  SNDFILE *file; /* NULL for raw input */
  bool exact;    /* the announced length is no estimate */
  bool can_seek;
  bool cut_short; /* its end is missing, and with it its length */
  raw_format raw;
  int fd;          /* raw only; -1 otherwise */
  uint8_t *bytes;  /* raw: [READER_BLOCK][n_channels] samples as they came */
  size_t n_bytes;  /* raw: of them filled, an incomplete frame kept for the next read */
  float *block;    /* [READER_BLOCK][n_channels] */
  uint64_t n_read; /* samples a channel so far */
  int read_errno;  /* raw: of the read that failed, 0 if none did */
  atomic_bool stop;
};

static bool
is_readable(const char *path, ear_error *err)
{
  struct stat st;
  if (stat(path, &st) != 0 || access(path, R_OK) != 0) {
    return fail(err, "cannot be read: %s", strerror(errno));
  }
  if (S_ISDIR(st.st_mode)) {
    return fail(err, "is a folder; add -r to analyse the audio files in it");
  }
  if (S_ISREG(st.st_mode) && st.st_size == 0) {
    return fail(err, "is empty, it holds no audio");
  }
  return true;
}

/* Bytes of sound that a header promised and the file does not hold, as a factor of what
   it holds: wav and its like.  libsndfile takes such a file for a shorter one and tells
   of it in its log only.  A size of 0 or near 2^31 or 2^32 is what streams write. */
static double
promised_share(SNDFILE *file)
{
  static const char *const line[] = {
      "\ndata : ", "\nSSND : ", "\n  Data Size   : ", "\n SSND : ", "\nriff : "};
  char log[8192] = "";
  (void)sf_command(file, SFC_GET_LOG_INFO, log, sizeof log);
  for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
    const char *at = strstr(log, line[i]);
    unsigned long long promised = 0, held = 0;
    if (at &&
        sscanf(at + strlen(line[i]), "%llu (should be %llu)", &promised, &held) == 2 &&
        held > 0 && promised > held && promised < 0x7fff0000) {
      return (double)promised / (double)held;
    }
  }
  return 1;
}

/* PCM and FLAC: a sample depends on no more than what the decoder reads for it. */
static bool
has_exact_samples(int format)
{
  switch (format & SF_FORMAT_SUBMASK) {
  case SF_FORMAT_PCM_S8:
  case SF_FORMAT_PCM_U8:
  case SF_FORMAT_PCM_16:
  case SF_FORMAT_PCM_24:
  case SF_FORMAT_PCM_32:
  case SF_FORMAT_FLOAT:
  case SF_FORMAT_DOUBLE:
    return (format & SF_FORMAT_TYPEMASK) != SF_FORMAT_OGG;
  default:
    return false;
  }
}

static bool
open_sound(reader *r, const char *path, ear_error *err)
{
  SF_INFO info = {0};
  r->file = sf_open(path, SFM_READ, &info);
  if (!r->file) {
    return fail(err,
                "is not audio that can be read (wav, flac, ogg, opus, mp3, aiff, au, "
                "caf, w64): %s",
                sf_strerror(NULL));
  }
  if (info.samplerate < 8000 || info.samplerate > 384000) {
    return fail(err, "its sample rate of %d Hz lies outside 8,000 to 384,000 Hz",
                info.samplerate);
  }
  if (info.channels < 1) {
    return fail(err, "has no channel");
  }
  /* an ogg file that was cut short has no length: libsndfile says SF_COUNT_MAX */
  const bool known = info.frames > 0 && info.frames < SF_COUNT_MAX / 2;
  r->cut_short = info.frames >= SF_COUNT_MAX / 2;
  r->info = (reader_info){
      .rate_hz = info.samplerate,
      .n_channels = (uint32_t)info.channels,
      .n_frames = known ? (uint64_t)((double)info.frames * promised_share(r->file)) : 0};
  r->can_seek = info.seekable && known && has_exact_samples(info.format) &&
                r->info.n_frames == (uint64_t)info.frames;
  r->exact = (info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG;
  return true;
}

static bool
open_raw(reader *r, const char *path, const raw_format *raw, ear_error *err)
{
  r->raw = *raw;
  r->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
  if (r->fd < 0) {
    return fail(err, "cannot be read: %s", strerror(errno));
  }
  r->info = (reader_info){.rate_hz = raw->rate_hz, .n_channels = raw->n_channels};
  const size_t frame = (size_t)raw->n_bytes * raw->n_channels;
  struct stat st;
  if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode)) {
    r->info.n_frames = (uint64_t)st.st_size / frame;
  }
  r->bytes = malloc(READER_BLOCK * frame);
  return r->bytes ? true : fail(err, "there is not enough memory to read it");
}

bool
reader_open(reader **result, const char *path, const raw_format *raw, ear_error *err)
{
  *result = NULL;
  if (strcmp(path, "-") != 0 && !is_readable(path, err)) {
    return false;
  }
  reader *r = calloc(1, sizeof *r);
  if (!r) {
    return fail(err, "there is not enough memory to read it");
  }
  r->fd = -1;
  bool ok = raw ? open_raw(r, path, raw, err) : open_sound(r, path, err);
  if (ok) {
    r->block = malloc(sizeof(float) * READER_BLOCK * r->info.n_channels);
    ok = r->block ? true : fail(err, "there is not enough memory to read it");
  }
  if (!ok) {
    reader_close(r);
    return false;
  }
  *result = r;
  return true;
}

const reader_info *
reader_info_get(const reader *r)
{
  return &r->info;
}

/* Up to n bytes; a pipe that is silent is asked again until all work is to stop. */
static size_t
read_some(reader *r, uint8_t *bytes, size_t n)
{
  while (!stopping() && !atomic_load(&r->stop)) {
    struct pollfd waiting = {.fd = r->fd, .events = POLLIN};
    const int ready = poll(&waiting, 1, 100);
    if (ready == 0 || (ready < 0 && errno == EINTR)) {
      continue;
    }
    const ssize_t got = read(r->fd, bytes, n);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    r->read_errno = got < 0 ? errno : 0;
    return got > 0 ? (size_t)got : 0;
  }
  return 0;
}

/* One to `most` whole frames of raw samples into block; 0 at the end. */
static size_t
read_raw(reader *r, size_t most)
{
  const size_t frame = (size_t)r->raw.n_bytes * r->raw.n_channels;
  while (r->n_bytes < frame) {
    const size_t got = read_some(r, r->bytes + r->n_bytes, most * frame - r->n_bytes);
    if (got == 0) {
      return 0;
    }
    r->n_bytes += got;
  }
  const size_t n = r->n_bytes / frame;
  raw_to_float(r->raw.sample, r->bytes, r->block, n * r->raw.n_channels);
  r->n_bytes -= n * frame;
  memmove(r->bytes, r->bytes + n * frame, r->n_bytes);
  return n;
}

size_t
reader_read(reader *r, float *mono)
{
  return reader_read_some(r, mono, READER_BLOCK);
}

bool
reader_can_seek(const reader *r)
{
  return r->can_seek;
}

bool
reader_seek(reader *r, uint64_t at)
{
  r->n_read = at;
  return sf_seek(r->file, (sf_count_t)at, SEEK_SET) == (sf_count_t)at;
}

size_t
reader_read_some(reader *r, float *mono, size_t most)
{
  size_t n = 0;
  if (atomic_load(&r->stop)) {
    return 0;
  }
  if (r->file) {
    const sf_count_t got = sf_readf_float(r->file, r->block, (sf_count_t)most);
    n = got > 0 ? (size_t)got : 0;
  } else {
    n = read_raw(r, most);
  }
  ear_downmix_interleaved(mono, r->block, r->info.n_channels, n);
  r->n_read += n;
  return n;
}

const float *
reader_block(const reader *r)
{
  return r->block;
}

void
reader_stop(reader *r)
{
  atomic_store(&r->stop, true);
}

bool
reader_finished_well(const reader *r, ear_error *err)
{
  const double read_s = (double)r->n_read / r->info.rate_hz;
  if (r->file && sf_error(r->file) != SF_ERR_NO_ERROR) {
    return fail(err, "is damaged after %.1f s: %s", read_s, sf_strerror(r->file));
  }
  if (r->read_errno) {
    return fail(err, "could not be read on after %.1f s: %s", read_s,
                strerror(r->read_errno));
  }
  if (r->n_read == 0) {
    return fail(err, "holds no audio");
  }
  if (r->cut_short) {
    return fail(err, "breaks off after %.1f s", read_s);
  }
  if (r->file && r->exact && r->n_read < r->info.n_frames) {
    return fail(err, "breaks off after %.1f of %.1f s", read_s,
                (double)r->info.n_frames / r->info.rate_hz);
  }
  if (r->n_bytes > 0) {
    return fail(err, "ends in the middle of a sample; are the format and the channels of "
                     "--raw right?");
  }
  return true;
}

void
reader_close(reader *r)
{
  if (!r) {
    return;
  }
  if (r->file) {
    (void)sf_close(r->file);
  }
  if (r->fd >= 0) {
    (void)close(r->fd);
  }
  free(r->bytes);
  free(r->block);
  free(r);
}
