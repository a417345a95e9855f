/* SPDX-License-Identifier: ISC */
/* A file is read to where its decoder ends, whatever its header promised; a file appears
   under its name only when every byte of it is on the disk. */
#include "audio.h"

#include "dsp.h"
#include "file.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_FRAMES = 65536, WRITE_FRAMES = 8192 };

static ear_status
fail(ear_error *err, ear_status st, const char *path, const char *what)
{
  if (err) {
    snprintf(err->text, sizeof err->text, "%.300s: %s", path, what);
  }
  return st;
}

void
audio_free(audio *a)
{
  free(a->x);
  *a = (audio){0};
}

/* Move to frame `first`: by seeking where the format can, by reading where it cannot. */
static bool
skip_to(SNDFILE *f, const SF_INFO *info, size_t first, float *scratch)
{
  if (!first || (info->seekable && sf_seek(f, (sf_count_t)first, SEEK_SET) >= 0)) {
    return true;
  }
  while (first) {
    const size_t want = first < READ_FRAMES ? first : READ_FRAMES;
    const sf_count_t got = sf_readf_float(f, scratch, (sf_count_t)want);
    if (got <= 0) {
      return false;
    }
    first -= (size_t)got;
  }
  return true;
}

/* Append until the end or max_frames; a->x grows by doubling. */
static ear_status
read_all(SNDFILE *f, audio *a, size_t max_frames, float *scratch)
{
  const size_t c = a->n_channels;
  size_t room = 0;
  while (!max_frames || a->n_frames < max_frames) {
    size_t want = READ_FRAMES;
    if (max_frames && max_frames - a->n_frames < want) {
      want = max_frames - a->n_frames;
    }
    const sf_count_t got = sf_readf_float(f, scratch, (sf_count_t)want);
    if (got <= 0) {
      break;
    }
    if (a->n_frames + (size_t)got > room) {
      room = room ? 2 * room : READ_FRAMES;
      float *grown = realloc(a->x, room * c * sizeof *grown);
      if (!grown) {
        return EAR_NO_MEMORY;
      }
      a->x = grown;
    }
    float *to = a->x + a->n_frames * c;
    for (size_t i = 0; i < (size_t)got * c; ++i) {
      to[i] = isfinite(scratch[i]) ? scratch[i] : 0.0f;
    }
    a->n_frames += (size_t)got;
  }
  return EAR_OK;
}

bool
audio_may_open(const char *path)
{
  struct stat at;
  return stat(path, &at) != 0 || S_ISREG(at.st_mode) || S_ISDIR(at.st_mode);
}

ear_status
audio_read(audio *a, const char *path, size_t first, size_t max_frames, ear_error *err)
{
  *a = (audio){0};
  SF_INFO info = {0};
  if (!audio_may_open(path)) {
    return fail(err, EAR_IO, path, "is no plain file");
  }
  SNDFILE *f = sf_open(path, SFM_READ, &info);
  if (!f) {
    struct stat at;
    const bool empty = stat(path, &at) == 0 && S_ISREG(at.st_mode) && at.st_size == 0;
    return fail(err, EAR_IO, path, empty ? "is an empty file" : sf_strerror(NULL));
  }
  a->n_channels = (uint32_t)info.channels;
  a->rate_hz = info.samplerate;
  float *scratch = malloc(sizeof *scratch * READ_FRAMES * a->n_channels);
  ear_status st = scratch ? EAR_OK : EAR_NO_MEMORY;
  if (!st && skip_to(f, &info, first, scratch)) {
    st = read_all(f, a, max_frames, scratch);
  }
  free(scratch);
  sf_close(f);
  if (!st && !a->n_frames) {
    st = EAR_IO;
  }
  if (st) {
    audio_free(a);
    return fail(err, st, path,
                st == EAR_IO ? "holds no samples here; check that the file is complete"
                             : "is too long for the memory of this machine");
  }
  return EAR_OK;
}

double
audio_seconds(const char *path)
{
  SF_INFO info = {0};
  SNDFILE *f = audio_may_open(path) ? sf_open(path, SFM_READ, &info) : NULL;
  if (!f) {
    return 0;
  }
  sf_close(f);
  return info.samplerate > 0 && info.frames > 0 && info.frames < INT64_MAX / 2
             ? (double)info.frames / info.samplerate
             : 0;
}

ear_status
audio_read_mono(audio *a, const char *path, size_t first, size_t max_frames,
                ear_error *err)
{
  audio all;
  const ear_status st = audio_read(&all, path, first, max_frames, err);
  if (st) {
    *a = all;
    return st;
  }
  *a = (audio){malloc(sizeof *a->x * all.n_frames), all.n_frames, 1, all.rate_hz};
  if (!a->x) {
    audio_free(&all);
    *a = (audio){0};
    return fail(err, EAR_NO_MEMORY, path, "is too long for the memory of this machine");
  }
  ear_downmix_interleaved(a->x, all.x, all.n_channels, all.n_frames);
  audio_free(&all);
  return EAR_OK;
}

/* libsndfile's format by the ending of path, 0 when there is none for it. */
static int
format_of(const char *path)
{
  static const struct {
    const char *ending;
    int format;
  } known[] = {{".wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT},
               {".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
               {".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
               {".opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
               {".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}};
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < sizeof known / sizeof *known; ++i) {
    if (!strcasecmp(dot, known[i].ending)) {
      return known[i].format;
    }
  }
  return 0;
}

/* A file in memory, for libsndfile. */
typedef struct {
  uint8_t *bytes;
  size_t n, at, room;
  bool no_memory;
} blob;

static sf_count_t
blob_length(void *user)
{
  return (sf_count_t)((blob *)user)->n;
}

static sf_count_t
blob_seek(sf_count_t to, int whence, void *user)
{
  blob *b = user;
  const size_t from = whence == SEEK_CUR ? b->at : whence == SEEK_END ? b->n : 0;
  b->at = from + (size_t)to;
  return (sf_count_t)b->at;
}

static sf_count_t
blob_tell(void *user)
{
  return (sf_count_t)((blob *)user)->at;
}

static sf_count_t
blob_read(void *to, sf_count_t n, void *user)
{
  blob *b = user;
  const size_t left = b->at < b->n ? b->n - b->at : 0;
  const size_t got = (size_t)n < left ? (size_t)n : left;
  memcpy(to, b->bytes + b->at, got);
  b->at += got;
  return (sf_count_t)got;
}

static sf_count_t
blob_write(const void *from, sf_count_t n, void *user)
{
  blob *b = user;
  const size_t end = b->at + (size_t)n;
  if (end > b->room) {
    const size_t room = end + end / 2 + 65536;
    uint8_t *more = realloc(b->bytes, room);
    if (!more) {
      b->no_memory = true;
      return 0;
    }
    memset(more + b->room, 0, room - b->room);
    b->bytes = more;
    b->room = room;
  }
  memcpy(b->bytes + b->at, from, (size_t)n);
  b->at = end;
  b->n = end > b->n ? end : b->n;
  return n;
}

/* In pieces: the Vorbis encoder keeps a whole call on its stack. */
static ear_status
encode(const audio *a, blob *b, int format, const char *path, ear_error *err)
{
  SF_VIRTUAL_IO io = {blob_length, blob_seek, blob_read, blob_write, blob_tell};
  SF_INFO info = {.samplerate = (int)lrint(a->rate_hz),
                  .channels = (int)a->n_channels,
                  .format = format};
  SNDFILE *f = sf_open_virtual(&io, SFM_WRITE, &info, b);
  if (!f) {
    return fail(err, EAR_IO, path, sf_strerror(NULL));
  }
  sf_command(f, SFC_SET_CLIPPING, NULL, SF_TRUE);
  sf_command(f, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE); /* it holds the time of day */
  bool good = true;
  for (size_t i = 0; good && i < a->n_frames; i += WRITE_FRAMES) {
    const size_t n = a->n_frames - i < WRITE_FRAMES ? a->n_frames - i : WRITE_FRAMES;
    good = sf_writef_float(f, a->x + i * a->n_channels, (sf_count_t)n) == (sf_count_t)n;
  }
  good &= sf_close(f) == 0;
  return b->no_memory ? fail(err, EAR_NO_MEMORY, path, "not enough memory to write it")
         : good       ? EAR_OK
                      : fail(err, EAR_IO, path, "could not be encoded");
}

/* Opus knows five rates only: hand it a copy at 48 kHz. */
static ear_status
encode_opus(const audio *a, blob *b, int format, const char *path, ear_error *err)
{
  audio copy;
  ear_status st = dsp_copy(&copy, a);
  if (!st) {
    st = dsp_resample(&copy, 48000);
  }
  st = st ? fail(err, st, path, ear_strerror(st)) : encode(&copy, b, format, path, err);
  audio_free(&copy);
  return st;
}

ear_status
audio_write(const audio *a, const char *path, ear_error *err)
{
  blob b = {0};
  const int format = format_of(path);
  if (!format) {
    return fail(err, EAR_BAD_ARGUMENT, path, "ends in none of wav, flac, ogg, opus, mp3");
  }
  file_sweep_beside(path);
  const bool opus = (format & SF_FORMAT_SUBMASK) == SF_FORMAT_OPUS;
  ear_status st =
      opus ? encode_opus(a, &b, format, path, err) : encode(a, &b, format, path, err);
  st = st ? st : file_write(path, b.bytes, b.n, NULL, err);
  free(b.bytes);
  return st;
}
