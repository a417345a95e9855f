/* SPDX-License-Identifier: ISC */
/* Everything that can be refused without opening a model or a device is refused here. */
#include "live_options.h"

#include <getopt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "earshot live [options]\n"
    "Listens to a sound server or device, and shows how harsh it is and what kind of\n"
    "music: as a panel on a terminal, else as JSON lines.  Ctrl-C ends it.\n"
    "\n"
    "Input\n"
    "  -b, --backend NAME      jack, portaudio, or file, which plays the file named by\n"
    "                          --device; without it JACK if a server answers, else\n"
    "                          PortAudio\n"
    "  -C, --channels N        inputs (2, or 1 where there is but one); their mean is "
    "judged\n"
    "  -w, --wait              wait for a server or device that is not there yet\n"
    "      --once              end, with code 4, when it goes; otherwise wait for it to\n"
    "                          come back\n"
    "      --from-sound        begin, and count time, at the first sample that is not 0\n"
    "      --duration S        end after S seconds of listening\n"
    "JACK (these choose it)\n"
    "  -n, --name NAME         client name (earshot); another is taken if it is in use\n"
    "  -x, --exact             ... or not: then end with code 4\n"
    "  -s, --server NAME       not the default server\n"
    "      --start-server      start a server if none runs\n"
    "  -c, --connect REGEX     listen to the output ports that match, now or later, in "
    "their\n"
    "                          order: the first goes to in_1; again and again.  Without "
    "it\n"
    "                          the hardware's inputs\n"
    "      --no-connect        connect nothing\n"
    "PortAudio (this chooses it)\n"
    "  -d, --device NAME       part of a device's name, or API:part; earshot devices "
    "lists\n"
    "                          them\n"
    "File\n"
    "      --raw FORMAT,RATE,CHANNELS\n"
    "                          --device has no header, for example f32le,48000,2; - is\n"
    "                          standard input\n"
    "Models\n"
    "  -m, --model NAME|FILE   as in earshot file; so are\n"
    "      --threshold P, --threshold LABEL=P, --hold-ms N\n"
    "Results\n"
    "  -f, --format FORMAT     text (the panel) or jsonl\n"
    "  -o, --output FILE       JSON lines into this file (-y: even if it exists)\n"
    "      --window            show it in a window; q or closing it ends the session\n"
    "      --every             every verdict, not only those that differ\n"
    "      --heartbeat S       a status line every S seconds (10; 0: none)\n"
    "      --fps N             updates of the panel a second, 1 to 60 (10)\n"
    "      --log FILE          append JSON lines to FILE as well; at --log-size BYTES\n"
    "                          (10M) it becomes FILE.1, and so on up to FILE.5\n"
    "      --osc URL           send results over OSC, for example "
    "osc.udp://localhost:9000\n"
    "  -q, --quiet             errors only on stderr\n"
    "  -v, --verbose           let the sound libraries talk on stderr\n"
    "  -h, --help              this text\n"
    "\n"
    "Signals: SIGINT (Ctrl-C) and SIGTERM end it with a summary, SIGUSR1 writes one "
    "now,\n"
    "SIGHUP reads the model files anew.\n"
    "Exit codes: 0 --duration is over or the file ended, 1 wrong usage, 2 the results\n"
    "could not be written, 4 no sound server or device, 5 a model was refused, 130 "
    "ended\n"
    "by a signal.\n"
    "\n"
    "Examples:\n"
    "  earshot live\n"
    "  earshot live --connect 'ardour:Master/audio_out' --log harsh.jsonl\n";

static const double WINDOW_FPS = 25;

enum {
  OPT_ONCE = 256,
  OPT_FROM_SOUND,
  OPT_DURATION,
  OPT_START_SERVER,
  OPT_NO_CONNECT,
  OPT_RAW,
  OPT_THRESHOLD,
  OPT_HOLD,
  OPT_EVERY,
  OPT_HEARTBEAT,
  OPT_FPS,
  OPT_LOG,
  OPT_LOG_SIZE,
  OPT_OSC,
  OPT_WINDOW
};

static const struct option option_list[] = {
    {"backend", required_argument, NULL, 'b'},
    {"channels", required_argument, NULL, 'C'},
    {"wait", no_argument, NULL, 'w'},
    {"once", no_argument, NULL, OPT_ONCE},
    {"from-sound", no_argument, NULL, OPT_FROM_SOUND},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"name", required_argument, NULL, 'n'},
    {"exact", no_argument, NULL, 'x'},
    {"server", required_argument, NULL, 's'},
    {"start-server", no_argument, NULL, OPT_START_SERVER},
    {"connect", required_argument, NULL, 'c'},
    {"no-connect", no_argument, NULL, OPT_NO_CONNECT},
    {"device", required_argument, NULL, 'd'},
    {"raw", required_argument, NULL, OPT_RAW},
    {"model", required_argument, NULL, 'm'},
    {"threshold", required_argument, NULL, OPT_THRESHOLD},
    {"hold-ms", required_argument, NULL, OPT_HOLD},
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"yes", no_argument, NULL, 'y'},
    {"every", no_argument, NULL, OPT_EVERY},
    {"heartbeat", required_argument, NULL, OPT_HEARTBEAT},
    {"fps", required_argument, NULL, OPT_FPS},
    {"log", required_argument, NULL, OPT_LOG},
    {"log-size", required_argument, NULL, OPT_LOG_SIZE},
    {"osc", required_argument, NULL, OPT_OSC},
    {"window", no_argument, NULL, OPT_WINDOW},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

static bool
take_connect(backend_config *input, const char *text, ear_error *err)
{
  if (input->n_connect == MAX_CONNECT) {
    return fail(err, "--connect can be given %d times at most; one too many is %s",
                MAX_CONNECT, text);
  }
  regex_t pattern;
  const int wrong = regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB);
  if (wrong) {
    char why[200];
    (void)regerror(wrong, &pattern, why, sizeof why);
    return fail(err, "--connect takes an extended regular expression, not %s (%s)", text,
                why);
  }
  regfree(&pattern);
  input->connect[input->n_connect++] = text;
  return true;
}

/* "500000", "64K", "10M", "1G" */
static bool
take_size(uint64_t *bytes, const char *text, ear_error *err)
{
  static const char units[] = "KMG";
  const size_t n = strlen(text);
  const char *unit = n > 1 ? strchr(units, text[n - 1]) : NULL;
  char *digits = strndup(text, unit ? n - 1 : n);
  unsigned number = 0;
  const bool ok = digits && parse_count(digits, 1, 4000000000U, &number);
  free(digits);
  *bytes = (uint64_t)number << (unit ? 10 * (unit - units + 1) : 0);
  return (ok && *bytes >= 4096) ||
         fail(err,
              "--log-size takes a number of bytes from 4K on, such as 500000 or "
              "10M, not %s",
              text);
}

static bool
take_format(live_format *format, const char *text, ear_error *err)
{
  *format = strcmp(text, "text") == 0    ? LIVE_TEXT
            : strcmp(text, "jsonl") == 0 ? LIVE_JSONL
                                         : LIVE_AUTO;
  return *format != LIVE_AUTO || fail(err, "--format is text or jsonl, not %s", text);
}

static bool
take_backend(live_options *o, const char *text, ear_error *err)
{
  o->backend = text;
  return strcmp(text, "jack") == 0 || strcmp(text, "portaudio") == 0 ||
         strcmp(text, "file") == 0 ||
         fail(err, "--backend is jack, portaudio or file, not %s", text);
}

static bool
take_name(const char **name, const char *what, const char *text, ear_error *err)
{
  *name = text;
  return (text[0] != '\0' && !strchr(text, ':')) ||
         fail(err, "%s takes a name without ':', not '%s'", what, text);
}

static bool
take_path(const char **path, const char *what, const char *text, ear_error *err)
{
  *path = text;
  return text[0] != '\0' || fail(err, "%s needs a name", what);
}

static bool
take_number(double *number, double low, double high, const char *what, const char *text,
            ear_error *err)
{
  return parse_number(text, low, high, number) ||
         fail(err, "%s takes a number from %g to %g, not %s", what, low, high, text);
}

/* One option that has a value, of the input. */
static bool
take_input(live_options *o, int option, const char *value, ear_error *err)
{
  backend_config *input = &o->input;
  switch (option) {
  case 'b':
    return take_backend(o, value, err);
  case 'C':
    return parse_count(value, 1, MAX_CHANNELS, &input->n_channels) ||
           fail(err, "--channels takes a number from 1 to %d, not %s", MAX_CHANNELS,
                value);
  case OPT_DURATION:
    return take_number(&o->duration_s, 0.001, 1e9, "--duration", value, err);
  case 'n':
    return take_name(&input->client_name, "--name", value, err);
  case 's':
    return take_name(&input->server, "--server", value, err);
  case 'c':
    return take_connect(input, value, err);
  case 'd':
    return take_path(&input->device, "--device", value, err);
  default:
    input->raw = &o->raw;
    return raw_format_parse(value, &o->raw, err);
  }
}

/* ... of models and results. */
static bool
take_value(live_options *o, int option, const char *value, ear_error *err)
{
  switch (option) {
  case 'm':
    return model_options_model(&o->models, value, err);
  case OPT_THRESHOLD:
    return model_options_threshold(&o->models, value, err);
  case OPT_HOLD:
    return model_options_hold(&o->models, value, err);
  case 'f':
    return take_format(&o->format, value, err);
  case 'o':
    return take_path(&o->output, "-o", value, err);
  case OPT_HEARTBEAT:
    return take_number(&o->results.heartbeat_s, 0, 86400, "--heartbeat", value, err);
  case OPT_FPS:
    return take_number(&o->fps, 1, 60, "--fps", value, err);
  case OPT_LOG:
    return take_path(&o->log, "--log", value, err);
  case OPT_LOG_SIZE:
    return take_size(&o->results.log_bytes, value, err);
  case OPT_OSC:
    return take_path(&o->osc, "--osc", value, err);
  default:
    return take_input(o, option, value, err);
  }
}

/* What an option without a value sets, or NULL. */
static bool *
switch_of(live_options *o, int option)
{
  switch (option) {
  case 'w':
    return &o->wait;
  case OPT_ONCE:
    return &o->once;
  case OPT_FROM_SOUND:
    return &o->from_sound;
  case 'x':
    return &o->input.exact_name;
  case OPT_START_SERVER:
    return &o->input.start_server;
  case OPT_NO_CONNECT:
    return &o->input.no_connect;
  case 'y':
    return &o->overwrite;
  case OPT_EVERY:
    return &o->results.every;
  case OPT_WINDOW:
    return &o->window;
  case 'q':
    return &o->quiet;
  case 'v':
    return &o->input.verbose;
  default:
    return NULL;
  }
}

/* Options that are for one backend choose it. */
static bool
settle_backend(live_options *o, ear_error *err)
{
  const backend_config *input = &o->input;
  const bool for_jack = input->client_name || input->exact_name || input->server ||
                        input->start_server || input->n_connect > 0 || input->no_connect;
  const char *named = o->backend;
  if (for_jack && named && strcmp(named, "jack") != 0) {
    return fail(err,
                "--name, --exact, --server, --start-server, --connect and "
                "--no-connect are for JACK; leave out --backend %s",
                named);
  }
  if (input->device && (for_jack || (named && strcmp(named, "jack") == 0))) {
    return fail(err, "--device is for PortAudio and files; a JACK client listens to the "
                     "ports that --connect names");
  }
  if (input->raw && (!named || strcmp(named, "file") != 0)) {
    return fail(err, "--raw is for files; add --backend file --device FILE");
  }
  if (!named && (for_jack || input->device)) {
    o->backend = for_jack ? "jack" : "portaudio";
  }
  if (!backend_is_built(o->backend)) {
    return fail(err, "this build has no %s; --backend file --device FILE is left",
                o->backend ? o->backend : "jack and no portaudio");
  }
  if (!input->client_name) {
    o->input.client_name = "earshot";
  }
  return true;
}

/* Options that do not go together. */
static bool
check(live_options *o, ear_error *err)
{
  if (o->input.no_connect && o->input.n_connect > 0) {
    return fail(err, "--connect and --no-connect do not go together");
  }
  if (o->output && o->format == LIVE_TEXT) {
    return fail(err, "-o is for JSON lines; the panel needs a terminal");
  }
#ifndef HAVE_LIBLO
  if (o->osc) {
    return fail(err, "this build has no OSC: --osc needs liblo");
  }
#endif
#ifndef HAVE_WINDOW
  if (o->window) {
    return fail(err, "this build has no window: --window needs cairo and libX11");
  }
#endif
  o->fps = o->window && o->fps < WINDOW_FPS ? WINDOW_FPS : o->fps;
  return settle_backend(o, err);
}

static bool
take_option(live_options *o, int option, char **argv)
{
  bool *is_set = switch_of(o, option);
  if (is_set) {
    *is_set = true;
    return true;
  }
  if (option == 'h') {
    o->help = help_text;
    return true;
  }
  if (option == ':' || option == '?') {
    (void)option_error("live", option, argv);
    return false;
  }
  ear_error err = {""};
  if (!take_value(o, option, optarg, &err)) {
    (void)usage_error("live", "%s", err.text);
    return false;
  }
  return true;
}

bool
live_options_parse(live_options *o, int argc, char **argv)
{
  *o = (live_options){
      .models.hold_ms = -1,
      .fps = 10,
      .results = {.heartbeat_s = 10, .log_bytes = 10 << 20, .log_files = 5}};
  opterr = 0;
  optind = 0; /* saved options are parsed, too: getopt begins anew */
  int option = 0;
  while ((option = getopt_long(argc, argv, ":b:C:wn:xs:c:d:m:f:o:yqvh", option_list,
                               NULL)) != -1) {
    if (!take_option(o, option, argv)) {
      return false;
    }
  }
  ear_error err = {""};
  if (o->help) {
    return true;
  }
  if (optind < argc) {
    (void)usage_error("live",
                      "%s is one word too many; a file is analysed by earshot file",
                      argv[optind]);
    return false;
  }
  if (!check(o, &err)) {
    (void)usage_error("live", "%s", err.text);
    return false;
  }
  return true;
}
