/* SPDX-License-Identifier: ISC */
/* What test_cli.sh needs besides the shell: sound, a model that knows 3 kHz, a peak of
   memory.  The sound is a soft 440 Hz tone, and a loud 3 kHz one in one stretch of it.

   usage: cli_fixture model harshness|heads|classifier|unsure OUT.safetensors
          cli_fixture sound OUT RATE CHANNELS SECONDS FROM TO
          cli_fixture raw FORMAT RATE CHANNELS SECONDS FROM TO > bytes
          cli_fixture peak COMMAND...      prints the command's peak of memory in KiB */
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"

enum { BANDS = 16, BLOCK = 256, MAX_CHANNELS = 64 };

/* Sample t of the sound, 24 bits; formats of fewer drop the lower ones. */
static int32_t
sample(double rate, double from_s, double to_s, long t)
{
  const double s = (double)t / rate;
  const bool loud = s >= from_s && s < to_s;
  const double x = loud ? 0.7 * sin(2 * M_PI * 3000 * s) : 0.05 * sin(2 * M_PI * 440 * s);
  return (int32_t)floor(x * 8388608 + 0.5);
}

static int
container(const char *path)
{
  static const struct {
    const char *ending;
    int format;
  } known[] = {{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24},
               {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16},
               {"ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS},
               {"opus", SF_FORMAT_OGG | SF_FORMAT_OPUS},
               {"mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III},
               {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
               {"au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
               {"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16},
               {"w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16}};
  const char *dot = strrchr(path, '.');
  for (size_t i = 0; dot && i < sizeof known / sizeof known[0]; i++) {
    if (strcasecmp(dot + 1, known[i].ending) == 0) {
      return known[i].format;
    }
  }
  return 0;
}

static int
make_sound(char **argv)
{
  SF_INFO info = {.samplerate = atoi(argv[1]),
                  .channels = atoi(argv[2]),
                  .format = container(argv[0])};
  SNDFILE *file = sf_open(argv[0], SFM_WRITE, &info);
  if (!file) {
    fprintf(stderr, "%s: %s\n", argv[0], sf_strerror(NULL));
    return 1;
  }
  const long n = lround(atof(argv[3]) * info.samplerate);
  for (long t = 0; t < n;) {
    int block[BLOCK * MAX_CHANNELS];
    long i = 0;
    for (; i < BLOCK && t < n; i++, t++) {
      const int32_t x = sample(info.samplerate, atof(argv[4]), atof(argv[5]), t);
      for (int c = 0; c < info.channels; c++) {
        block[i * info.channels + c] = x * 256;
      }
    }
    sf_writef_int(file, block, i);
  }
  return sf_close(file);
}

static void
put(const char *format, int32_t x)
{
  const double real = (double)x / 8388608;
  if (strcmp(format, "f32le") == 0) {
    const float f = (float)real;
    fwrite(&f, sizeof f, 1, stdout);
  } else if (strcmp(format, "f64le") == 0) {
    fwrite(&real, sizeof real, 1, stdout);
  } else if (strcmp(format, "u8") == 0) {
    putchar((int)(x >> 16) + 128);
  } else { /* s16le, s24le, s32le */
    const int n_bytes = atoi(format + 1) / 8;
    const uint32_t bits = (uint32_t)x << 8;
    for (int i = 4 - n_bytes; i < 4; i++) {
      putchar((int)(bits >> 8 * i & 0xff));
    }
  }
}

static int
make_raw(char **argv)
{
  const double rate = atof(argv[1]);
  const int n_channels = atoi(argv[2]);
  const long n = lround(atof(argv[3]) * rate);
  for (long t = 0; t < n; t++) {
    for (int c = 0; c < n_channels; c++) {
      put(argv[0], sample(rate, atof(argv[4]), atof(argv[5]), t));
    }
  }
  return fflush(stdout) != 0;
}

static void
name_labels(ear_model_spec *spec, bool harshness)
{
  spec->name = harshness ? "fixture" : "kinds";
  spec->n_labels = harshness ? 2 : 3;
  spec->label[0] = harshness ? "clean" : "low";
  spec->label[1] = harshness ? "harsh" : "high";
  spec->label[2] = "r\xc3\xaf\"ght";
  spec->threshold[0] = spec->threshold[2] = 2;
  spec->threshold[1] = harshness ? 0.5f : 2;
}

/* Mean of each band over time, then one weight a band: bands around 3 kHz are for the
   second label, those around 440 Hz against it. */
static void
lay_out(ear_model_spec *spec)
{
  static const int8_t one[1] = {100};
  static const float one_scale[1] = {0.01f};
  static const float dense_scale[5] = {0.1f, 0.1f, 0.1f, 0.1f, 0.1f};
  static const int32_t zero[5] = {0};
  static int8_t dense[5][BANDS];
  for (int b = 0; b < BANDS; b++) {
    dense[1][b] = b >= 6 && b <= 10 ? 30 : b <= 3 ? -30 : 0;
    for (int o = 2; spec->severity && o < 5; o++) { /* severity, resonance; not codec */
      dense[o][b] = (int8_t)(o < 4 ? dense[1][b] : -dense[1][b]);
    }
  }
  const ear_layer plain = {.kt = 1, .kf = 1, .st = 1, .sf = 1, .dt = 1, .scale = 0.02f};
  ear_layer *layer = spec->layer;
  layer[0] = layer[1] = layer[2] = plain;
  layer[0].op = EAR_OP_CONV;
  layer[0].st = 8;
  layer[0].relu = true;
  layer[0].n_out = 1;
  layer[0].weight = one;
  layer[0].weight_scale = one_scale;
  layer[1].op = EAR_OP_MEAN;
  layer[2].op = EAR_OP_DENSE;
  layer[2].n_out = ear_model_n_outputs(spec);
  layer[2].weight = dense[0];
  layer[2].weight_scale = dense_scale;
  layer[0].bias = layer[2].bias = zero;
  spec->n_layers = 3;
}

static int
make_model(const char *kind, const char *path)
{
  const bool heads = strcmp(kind, "heads") == 0;
  const bool unsure = strcmp(kind, "unsure") == 0;
  const char *task = heads ? "harshness" : unsure ? "classifier" : kind;
  float mean[BANDS], inverse_std[BANDS];
  for (int b = 0; b < BANDS; b++) {
    mean[b] = -50;
    inverse_std[b] = 1.0f / 20;
  }
  ear_model_spec spec = {.task = task,
                         .severity = heads,
                         .n_harsh_kinds = heads ? 2 : 0,
                         .harsh_kind = {"resonance", "codec"},
                         .license = "ISC",
                         .card = "Knows a 3 kHz tone.\nFor tests only.",
                         .activation = EAR_SOFTMAX,
                         .temperature = 1,
                         .unsure = unsure ? 0.3f : 0,
                         .front_end = ear_front_end_default(),
                         .mean = mean,
                         .inverse_std = inverse_std,
                         .input_scale = 1.0f / 40,
                         .input_zero_point = 100};
  spec.front_end.n_bands = BANDS;
  name_labels(&spec, strcmp(task, "harshness") == 0);
  lay_out(&spec);
  ear_error err = {""};
  if (ear_model_save(&spec, path, &err) != EAR_OK) {
    fprintf(stderr, "%s\n", err.text);
    return 1;
  }
  return 0;
}

static int
print_peak(char **argv)
{
  int status = 0;
  struct rusage use = {0};
  const pid_t child = fork();
  if (child == 0) {
    execvp(argv[0], argv);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &use) != child || status != 0) {
    return 1;
  }
  printf("%ld\n", use.ru_maxrss);
  return 0;
}

int
main(int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "model") == 0 && argc == 4) {
    return make_model(argv[2], argv[3]);
  } else if (strcmp(what, "sound") == 0 && argc == 8) {
    return make_sound(argv + 2);
  } else if (strcmp(what, "raw") == 0 && argc == 8) {
    return make_raw(argv + 2);
  } else if (strcmp(what, "peak") == 0 && argc > 2) {
    return print_peak(argv + 2);
  }
  fprintf(stderr, "see the top of cli_fixture.c\n");
  return 2;
}
