/* SPDX-License-Identifier: ISC */
/* earshot features: the engine's own front end, frame by frame, into one array.  Frames
   wait in a temporary file until their number is known. */
#include "cli.h"
#include "npy.h"
#include "outfile.h"
#include "reader.h"

#include <getopt.h>
#include <string.h>

static const char help_text[] =
    "earshot features INPUT -o OUT.npy [options]\n"
    "Writes the mel spectrogram that the models hear as a NumPy array: float32, shape\n"
    "[values, frames].  Frame t covers samples [hop t, hop t + fft) of the mono mix.\n"
    "\n"
    "  -o, --output OUT.npy  the array; mel bands are dB (10 log10, floor 1e-10)\n"
    "  -y, --yes             replace OUT.npy if it exists\n"
    "      --rate HZ         sample rate of the analysis (22050); an input of another\n"
    "                        rate is resampled\n"
    "      --fft N           samples in a window, a power of two from 64 to 16384 "
    "(2048)\n"
    "      --hop N           samples from one frame to the next (512)\n"
    "      --bands N         mel bands from 0 Hz to half the rate, 1 to 256 (128)\n"
    "      --power           mel power instead of dB\n"
    "      --kind KIND,...   what a frame holds (mel); of several, the values stand in "
    "this\n"
    "                        order: mel (the bands), mfcc, chroma (12), contrast (7) "
    "and\n"
    "                        tonnetz (6), all as librosa 0.11 computes them\n"
    "      --mfcc N          cepstral coefficients, 1 to the --bands (20)\n"
    "  -q, --quiet           no remarks, errors only\n"
    "  -h, --help            this text\n"
    "\n"
    "Examples:\n"
    "  earshot features mix.wav -o mix.npy\n"
    "  earshot features mix.wav -o mix.npy --kind mfcc,chroma --mfcc 13\n";

typedef struct {
  const char *input, *output;
  bool overwrite, help, kinds_given;
  ear_front_end fe;
} features_options;

enum { OPT_RATE = 256, OPT_FFT, OPT_HOP, OPT_BANDS, OPT_POWER, OPT_KIND, OPT_MFCC };

static bool
take_number(features_options *o, int option, const char *value)
{
  double rate = 0;
  unsigned n = 0;
  if (option == OPT_RATE) {
    if (!parse_number(value, 8000, 384000, &rate)) {
      (void)usage_error("features", "--rate is from 8000 to 384000 Hz, not %s", value);
      return false;
    }
    o->fe.rate_hz = (float)rate;
  } else if (option == OPT_FFT) {
    if (!parse_count(value, 64, 16384, &n) || (n & (n - 1)) != 0) {
      (void)usage_error("features", "--fft is a power of two from 64 to 16384, not %s",
                        value);
      return false;
    }
    o->fe.n_fft = n;
  } else if (option == OPT_HOP) {
    if (!parse_count(value, 1, 16384, &n)) {
      (void)usage_error("features", "--hop is from 1 to the --fft, not %s", value);
      return false;
    }
    o->fe.hop = n;
  } else if (option == OPT_MFCC) {
    if (!parse_count(value, 1, EAR_MAX_BANDS, &n)) {
      (void)usage_error("features", "--mfcc is from 1 to the --bands, not %s", value);
      return false;
    }
    o->fe.n_mfcc = n;
  } else {
    if (!parse_count(value, 1, EAR_MAX_BANDS, &n)) {
      (void)usage_error("features", "--bands is from 1 to %d, not %s", EAR_MAX_BANDS,
                        value);
      return false;
    }
    o->fe.n_bands = n;
  }
  return true;
}

/* Kinds separated by commas; the first ones given replace mel. */
static bool
take_kinds(features_options *o, const char *list)
{
  if (!o->kinds_given) {
    o->fe.kinds = 0;
    o->kinds_given = true;
  }
  for (const char *at = list;; at++) {
    const size_t n = strcspn(at, ",");
    uint32_t i = 0;
    while (i < EAR_N_KINDS &&
           (strncmp(ear_kind_name(i), at, n) != 0 || ear_kind_name(i)[n] != '\0')) {
      i++;
    }
    if (i == EAR_N_KINDS) {
      (void)usage_error("features",
                        "--kind is mel, mfcc, chroma, contrast or tonnetz, or several of "
                        "them with commas, not %s",
                        list);
      return false;
    }
    o->fe.kinds |= 1u << i;
    at += n;
    if (*at == '\0') {
      return true;
    }
  }
}

static bool
take_option(features_options *o, int option, char **argv)
{
  switch (option) {
  case 'o':
    o->output = optarg;
    return true;
  case 'y':
    o->overwrite = true;
    return true;
  case 'q':
    be_quiet();
    return true;
  case 'h':
    o->help = true;
    return true;
  case OPT_POWER:
    o->fe.power = true;
    return true;
  case OPT_KIND:
    return take_kinds(o, optarg);
  case ':':
  case '?':
    (void)option_error("features", option, argv);
    return false;
  default:
    return take_number(o, option, optarg);
  }
}

/* What the front end cannot compute, it says itself. */
static bool
can_compute(const features_options *o)
{
  ear_features *fx = NULL;
  ear_error err = {""};
  const ear_status st = ear_features_new(&fx, (double)o->fe.rate_hz, &o->fe, &err);
  ear_features_free(fx);
  if (st) {
    (void)usage_error("features", "%s", err.text);
  }
  return st == EAR_OK;
}

static bool
check(features_options *o, int n_inputs)
{
  o->fe.low_hz = 0;
  o->fe.high_hz = o->fe.rate_hz / 2;
  if (n_inputs != 1) {
    (void)usage_error("features", "name one audio file");
  } else if (!o->output) {
    (void)usage_error("features", "name the array to write with -o OUT.npy");
  } else if (o->fe.hop > o->fe.n_fft) {
    (void)usage_error("features", "--hop is from 1 to the --fft, here %u, not %u",
                      o->fe.n_fft, o->fe.hop);
  } else if (!o->overwrite && outfile_exists(o->output)) {
    (void)usage_error("features", "%s exists already; add -y to replace it", o->output);
  } else {
    return can_compute(o);
  }
  return false;
}

static bool
parse(features_options *o, int argc, char **argv)
{
  static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                          {"yes", no_argument, NULL, 'y'},
                                          {"rate", required_argument, NULL, OPT_RATE},
                                          {"fft", required_argument, NULL, OPT_FFT},
                                          {"hop", required_argument, NULL, OPT_HOP},
                                          {"bands", required_argument, NULL, OPT_BANDS},
                                          {"power", no_argument, NULL, OPT_POWER},
                                          {"kind", required_argument, NULL, OPT_KIND},
                                          {"mfcc", required_argument, NULL, OPT_MFCC},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  *o = (features_options){.fe = ear_front_end_default()};
  opterr = 0;
  int option = 0;
  while ((option = getopt_long(argc, argv, ":o:yqh", options, NULL)) != -1) {
    if (!take_option(o, option, argv)) {
      return false;
    }
  }
  if (!o->help && !check(o, argc - optind)) {
    return false;
  }
  o->input = argv[optind];
  return true;
}

typedef struct {
  FILE *rows;
  uint32_t n_values;
  uint64_t n_frames;
} collector;

static void
keep_frame(void *user, uint64_t t, const float *value)
{
  collector *c = user;
  (void)t;
  (void)fwrite(value, sizeof *value, c->n_values, c->rows);
  c->n_frames++;
}

/* All frames of the input into c->rows. */
static bool
collect(collector *c, reader *sound, ear_features *fx, ear_error *err)
{
  float mono[READER_BLOCK];
  size_t n = 0;
  while (!stopping() && (n = reader_read(sound, mono)) > 0) {
    ear_features_push(fx, mono, n, keep_frame, c);
    if (ferror(c->rows)) {
      return fail(err,
                  "its features did not fit into a temporary file; is the disk full?");
    }
  }
  ear_features_finish(fx, keep_frame, c);
  if (stopping()) {
    return fail(err, "interrupted; nothing was written");
  }
  if (!reader_finished_well(sound, err)) {
    return false;
  }
  return c->n_frames > 0 || fail(err, "is shorter than one window");
}

static bool
collect_file(collector *c, const features_options *o, ear_error *err)
{
  reader *sound = NULL;
  ear_features *fx = NULL;
  bool ok = reader_open(&sound, o->input, NULL, err) &&
            ear_features_new(&fx, reader_info_get(sound)->rate_hz, &o->fe, err) == EAR_OK;
  if (ok) {
    c->n_values = ear_front_end_values(&o->fe);
    c->rows = tmpfile();
    ok = c->rows ? collect(c, sound, fx, err)
                 : fail(err, "no temporary file could be made; is the disk full?");
  }
  ear_features_free(fx);
  reader_close(sound);
  return ok;
}

static bool
write_array(const collector *c, const features_options *o, ear_error *err)
{
  outfile out = {0};
  ear_error why = {""};
  bool ok = outfile_open(&out, o->output, o->overwrite, err);
  if (ok && !npy_write_transposed(out.file, c->rows, c->n_values, c->n_frames, &why)) {
    ok = fail(err, "cannot write %s: %s", o->output, why.text);
  }
  ok = ok && outfile_commit(&out, err);
  outfile_discard(&out);
  return ok;
}

int
cmd_features(int argc, char **argv)
{
  features_options o;
  if (!parse(&o, argc, argv)) {
    return EXIT_USAGE;
  }
  if (o.help) {
    (void)fputs(help_text, stdout);
    return EXIT_DONE;
  }
  catch_signals();
  ear_error err = {""};
  collector c = {0};
  exit_code code = EXIT_NOTHING;
  if (strcmp(o.input, "-") == 0) {
    code =
        usage_error("features", "name an audio file; standard input cannot be read here");
  } else if (!collect_file(&c, &o, &err)) {
    complain("%s: %s", o.input, err.text);
    code = stopping() ? EXIT_INTERRUPTED : EXIT_NOTHING;
  } else if (!write_array(&c, &o, &err)) {
    complain("%s", err.text);
  } else {
    note("%s: %u %s, %llu frames", o.output, c.n_values,
         o.fe.kinds == EAR_KIND_MEL ? "bands" : "values", (unsigned long long)c.n_frames);
    code = EXIT_DONE;
  }
  if (c.rows) {
    (void)fclose(c.rows);
  }
  return code;
}
