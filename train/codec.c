/* SPDX-License-Identifier: ISC */
/* What comes out lies on what went in: the delay of encoder and decoder is taken off, the
   level is the one before, and no sample was clipped on the way. */
#include "codec.h"

#include "dsp.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t *byte;
  sf_count_t n, room, at;
} memory;

static sf_count_t
memory_length(void *user)
{
  return ((memory *)user)->n;
}

static sf_count_t
memory_seek(sf_count_t offset, int whence, void *user)
{
  memory *m = user;
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->n;
  m->at = base + offset < 0 ? 0 : base + offset;
  return m->at;
}

static sf_count_t
memory_read(void *to, sf_count_t n, void *user)
{
  memory *m = user;
  const sf_count_t left = m->at < m->n ? m->n - m->at : 0;
  n = n < left ? n : left;
  if (n > 0) {
    memcpy(to, m->byte + m->at, (size_t)n);
    m->at += n;
  }
  return n;
}

static sf_count_t
memory_write(const void *from, sf_count_t n, void *user)
{
  memory *m = user;
  if (m->at + n > m->room) {
    const sf_count_t room = 2 * (m->at + n);
    uint8_t *grown = realloc(m->byte, (size_t)room);
    if (!grown) {
      return 0;
    }
    memset(grown + m->room, 0, (size_t)(room - m->room));
    m->byte = grown;
    m->room = room;
  }
  memcpy(m->byte + m->at, from, (size_t)n);
  m->at += n;
  m->n = m->at > m->n ? m->at : m->n;
  return n;
}

static sf_count_t
memory_tell(void *user)
{
  return ((memory *)user)->at;
}

static SF_VIRTUAL_IO io = {memory_length, memory_seek, memory_read, memory_write,
                           memory_tell};

static const int codec_format[] = {
    SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
    SF_FORMAT_OGG | SF_FORMAT_OPUS, SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM};

/* Samples that the decoder leaves in front.  LAME writes its delay into an "Info" frame,
   and libsndfile's decoder then takes it off, but at low bit rates that frame has no
   room; then 576 of the encoder and 529 of any decoder remain. */
static sf_count_t
delay_of(codec_kind kind, const memory *m)
{
  const size_t n = m->n < 256 ? (size_t)m->n : 256;
  const bool told = memmem(m->byte, n, "Info", 4) || memmem(m->byte, n, "Xing", 4);
  return kind == CODEC_MP3 && !told ? 576 + 529 : 0;
}

static ear_status
encode(const audio *a, codec_kind kind, double quality, memory *m)
{
  enum { BLOCK = 4096 };
  SF_INFO info = {.samplerate = (int)lrint(a->rate_hz),
                  .channels = (int)a->n_channels,
                  .format = codec_format[kind]};
  SNDFILE *f = sf_open_virtual(&io, SFM_WRITE, &info, m);
  if (!f) {
    return EAR_BAD_ARGUMENT;
  }
  double level = 1.0 - quality;
  if (kind == CODEC_MP3) {
    int mode = SF_BITRATE_MODE_CONSTANT;
    sf_command(f, SFC_SET_BITRATE_MODE, &mode, sizeof mode);
  }
  sf_command(f, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
  bool good = true;
  for (size_t i = 0; good && i < a->n_frames; i += BLOCK) {
    const size_t n = a->n_frames - i < BLOCK ? a->n_frames - i : BLOCK;
    good = sf_writef_float(f, a->x + i * a->n_channels, (sf_count_t)n) == (sf_count_t)n;
  }
  return sf_close(f) == 0 && good ? EAR_OK : EAR_NO_MEMORY;
}

/* Overwrite a with what the decoder gives; zeros where it ends early. */
static ear_status
decode(audio *a, codec_kind kind, memory *m)
{
  SF_INFO info = {0};
  m->at = 0;
  SNDFILE *f = sf_open_virtual(&io, SFM_READ, &info, m);
  if (!f || info.channels != (int)a->n_channels) {
    if (f) {
      sf_close(f);
    }
    return EAR_BAD_ARGUMENT;
  }
  float skipped[2];
  for (sf_count_t i = delay_of(kind, m); i > 0; --i) {
    sf_readf_float(f, skipped, 1);
  }
  memset(a->x, 0, a->n_frames * a->n_channels * sizeof *a->x);
  for (size_t i = 0; i < a->n_frames;) {
    const sf_count_t got =
        sf_readf_float(f, a->x + i * a->n_channels, (sf_count_t)(a->n_frames - i));
    if (got <= 0) {
      break;
    }
    i += (size_t)got;
  }
  sf_close(f);
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    a->x[i] = isfinite(a->x[i]) ? a->x[i] : 0.0f;
  }
  return EAR_OK;
}

/* The nearest rate that the codec knows, from below if there is none above. */
static double
codec_rate(codec_kind kind, double rate_hz)
{
  if (kind == CODEC_OPUS) {
    return 48000;
  }
  if (kind == CODEC_ADPCM) {
    return rate_hz;
  }
  return rate_hz == 44100 || rate_hz == 48000 || rate_hz == 32000 || rate_hz == 22050 ||
                 rate_hz == 24000 || rate_hz == 16000
             ? rate_hz
             : 44100;
}

static ear_status
trip(audio *a, codec_kind kind, double quality)
{
  const double rate_hz = a->rate_hz;
  const size_t n = a->n_frames;
  memory m = {0};
  ear_status st = dsp_resample(a, codec_rate(kind, rate_hz));
  if (!st) {
    st = encode(a, kind, quality, &m);
  }
  if (!st) {
    st = decode(a, kind, &m);
  }
  free(m.byte);
  if (!st) {
    st = dsp_resample(a, rate_hz);
  }
  return st ? st : dsp_fit(a, n);
}

/* Channels first, first + 1 of a, through the codec as a signal of their own. */
static ear_status
pair_trip(audio *a, uint32_t first, codec_kind kind, double quality)
{
  const uint32_t c = a->n_channels - first < 2 ? 1 : 2;
  audio p = {malloc(a->n_frames * c * sizeof *p.x), a->n_frames, c, a->rate_hz};
  if (!p.x) {
    return EAR_NO_MEMORY;
  }
  for (size_t i = 0; i < a->n_frames * c; ++i) {
    p.x[i] = a->x[i / c * a->n_channels + first + i % c];
  }
  const ear_status st = trip(&p, kind, quality);
  for (size_t i = 0; !st && i < a->n_frames * c; ++i) {
    a->x[i / c * a->n_channels + first + i % c] = p.x[i];
  }
  audio_free(&p);
  return st;
}

ear_status
codec_round_trip(audio *a, codec_kind kind, double quality)
{
  const double peak = dsp_peak(a);
  if (!(peak > 1e-9)) {
    return EAR_OK; /* nothing to encode */
  }
  dsp_gain(a, 0.7 / peak);
  ear_status st = EAR_OK;
  for (uint32_t c = 0; !st && c < a->n_channels; c += 2) {
    st = pair_trip(a, c, kind, quality);
  }
  dsp_gain(a, peak / 0.7);
  return st;
}
