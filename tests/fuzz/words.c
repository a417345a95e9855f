/* SPDX-License-Identifier: ISC */
/* Command lines, one word a line, to the parsers of both programs: what is not understood
   is a usage error and nothing else; what is understood keeps its ranges. */
#include "fuzz.h"

#include "file_options.h"
#include "live_options.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
check_models(const model_options *o)
{
  if (o->n_models > EAR_MAX_MODELS || o->n_thresholds > MAX_THRESHOLDS ||
      isnan(o->hold_ms)) {
    fuzz_broken("models and thresholds are counted");
  }
}

static void
parse(int argc, char **argv)
{
  optind = 0; /* the program parses once */
  if (argc && !strcmp(argv[0], "live")) {
    live_options o;
    if (live_options_parse(&o, argc, argv)) {
      fuzz_taken();
      check_models(&o.models);
      if (o.input.n_connect > MAX_CONNECT || !(o.duration_s >= 0) || !(o.fps >= 0)) {
        fuzz_broken("live options are in their ranges");
      }
    }
    return;
  }
  file_options o;
  if (argc && file_options_parse(&o, argc, argv)) {
    fuzz_taken();
    check_models(&o.models);
    if (!o.help && (!o.format || o.n_inputs < 1 || o.n_inputs > (size_t)argc)) {
      fuzz_broken("a command line that is right has inputs and a format");
    }
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  char *argv[FUZZ_WORDS + 1];
  const int argc = fuzz_words(data, n, argv);
  fuzz_hush();
  parse(argc, argv);
  free(argv[0]);
  return 0;
}

static const char *const seed[] = {
    "file\na.wav\n--model\ngenre\n--threshold\nharsh=0.4\n--hold-ms\n100",
    "file\n-\n--raw\nf32le,48000,2\n--format\njsonl\n--fail-on\nharsh>=0.5\n--explain",
    "file\na\nb\n-r\n-j\n4\n-o\nout/\n--format\nraven\n--plot\nx.png\n-y",
    "live\n--backend\njack\n--connect\nsystem:.*\n--name\nx\n--duration\n3\n--wait",
    ("live\n--backend\nportaudio\n--device\nALSA:hw\n--osc\nosc.udp://localhost:9000/x\n"
     "--format\njsonl\n--log\nx.jsonl"),
    "live\n--backend\nfile\n--device\n-\n--raw\ns16le,44100,1\n--channels\n1\n--fps\n5"};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  return i < sizeof seed / sizeof *seed ? fuzz_text(data, seed[i]) : 0;
}
