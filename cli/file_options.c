/* SPDX-License-Identifier: ISC */
/* Everything that can be refused without opening a model or an input is refused here. */
#include "file_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help_text[] =
    "earshot file INPUT... [options]\n"
    "Listens to audio files and says where they are harsh and what kind of music they "
    "are.\n"
    "\n"
    "INPUT is a file (wav, flac, ogg, opus, mp3, aiff, au, caf, w64), with -r a folder,\n"
    "or - for standard input together with --raw.\n"
    "\n"
    "  -m, --model NAME|FILE   a built-in model (harshness, genre) or a model file; up "
    "to\n"
    "                          four times; without it both built-ins\n"
    "  -f, --format FORMAT     text (default), jsonl, csv, audacity or raven\n"
    "  -o, --output PATH       write the results to this file; into a folder that "
    "exists,\n"
    "                          or a PATH that ends in /, one file per input\n"
    "  -y, --yes               replace result files that exist\n"
    "      --plot PICTURE      draw what was heard: .png, .svg or .pdf; into a folder "
    "that\n"
    "                          exists, or a name that ends in /, a PNG per input\n"
    "      --dark              that picture on dark ground\n"
    "      --report PAGE.html  one page of all inputs with pictures and events; click "
    "one\n"
    "                          to hear it\n"
    "  -r, --recursive         take all audio files in folders and their sub-folders\n"
    "  -j, --jobs N            analyse N files at a time (default: one per core)\n"
    "      --threshold P       flag as harsh from this likelihood on, 0 to 1; a higher "
    "P\n"
    "                          flags less.  LABEL=P sets it for one label, such as "
    "metal=0.7\n"
    "      --hold-ms N         keep a flag for N ms after the likelihood has fallen, so\n"
    "                          that one harsh passage is one event\n"
    "      --raw FORMAT,RATE,CHANNELS\n"
    "                          the input has no header, for example s16le,44100,2; "
    "FORMAT\n"
    "                          is u8, s16le, s24le, s32le, f32le or f64le\n"
    "      --fail-on LABEL>=P  end with exit code 10 if the likelihood of LABEL over a\n"
    "                          whole file reaches P; with > it has to exceed P\n"
    "      --explain           show the settings in force, and what was too short to "
    "count\n"
    "  -q, --quiet             no progress and no remarks, errors only\n"
    "  -h, --help              this text; --help-formats tells what each format holds\n"
    "\n"
    "Exit codes: 0 done, 1 wrong usage, 2 nothing could be analysed or written, 3 some\n"
    "inputs failed, 5 a model was refused, 10 --fail-on was met, 130 interrupted "
    "(results\n"
    "so far are kept).  When several apply: 130, 1, 5, 2, 3, 10, in this order.\n"
    "\n"
    "Examples:\n"
    "  earshot file mix.wav\n"
    "  earshot file -r album/ --format csv -o album.csv\n";

static bool
wrong(const char *format, const char *value)
{
  char text[400];
  (void)snprintf(text, sizeof text, "%s", value);
  (void)usage_error("file", "%s %s", format, text);
  return false;
}

/* "harsh>=0.7" or "harsh>0.7" */
static bool
parse_gate(fail_gate *gate, const char *text)
{
  if (gate->label[0]) {
    return wrong("--fail-on can be given once; one too many is", text);
  }
  const char *sign = strchr(text, '>');
  const size_t n = sign ? (size_t)(sign - text) : 0;
  if (n > 0 && n < sizeof gate->label) {
    gate->over = sign[1] != '=';
    if (parse_number(sign + (gate->over ? 1 : 2), 0, 1, &gate->p)) {
      memcpy(gate->label, text, n);
      gate->label[n] = '\0';
      return true;
    }
  }
  return wrong("--fail-on takes a label and a likelihood from 0 to 1, such as "
               "'harsh>=0.7' (in quotes), not",
               text);
}

/* What model_options.c made of a value. */
static bool
accepted(bool ok, const ear_error *err)
{
  if (!ok) {
    (void)usage_error("file", "%s", err->text);
  }
  return ok;
}

static bool
parse_raw(file_options *o, const char *text)
{
  ear_error err = {""};
  o->has_raw = raw_format_parse(text, &o->raw, &err);
  return accepted(o->has_raw, &err);
}

enum {
  OPT_THRESHOLD = 256,
  OPT_HOLD,
  OPT_RAW,
  OPT_FAIL_ON,
  OPT_PLOT,
  OPT_DARK,
  OPT_REPORT,
  OPT_EXPLAIN,
  OPT_HELP_FORMATS
};

/* One option that has a value. */
static bool
take_value(file_options *o, int option, const char *value)
{
  ear_error err = {""};
  switch (option) {
  case 'm':
    return accepted(model_options_model(&o->models, value, &err), &err);
  case 'f':
    o->format = output_find(value);
    return o->format ||
           wrong("--format is text, jsonl, csv, audacity or raven, not", value);
  case 'o':
    o->output = value;
    return value[0] != '\0' || wrong("-o needs the name of a file or folder", value);
  case 'j':
    return parse_count(value, 1, 256, &o->n_threads) ||
           wrong("-j takes a number of threads from 1 to 256, not", value);
  case OPT_THRESHOLD:
    return accepted(model_options_threshold(&o->models, value, &err), &err);
  case OPT_HOLD:
    return accepted(model_options_hold(&o->models, value, &err), &err);
  case OPT_RAW:
    return parse_raw(o, value);
  case OPT_PLOT:
    o->pictures.plot = value;
    return value[0] != '\0' || wrong("--plot needs the name of a picture", value);
  case OPT_REPORT:
    o->pictures.report = value;
    return value[0] != '\0' || wrong("--report needs the name of a page", value);
  default:
    return parse_gate(&o->gate, value);
  }
}

static bool
take_option(file_options *o, int option, char **argv)
{
  switch (option) {
  case 'y':
    o->overwrite = true;
    return true;
  case 'r':
    o->recursive = true;
    return true;
  case 'q':
    o->quiet = true;
    return true;
  case 'h':
    o->help = help_text;
    return true;
  case OPT_HELP_FORMATS:
    o->help = output_help;
    return true;
  case OPT_EXPLAIN:
    o->explain = true;
    return true;
  case OPT_DARK:
    o->pictures.dark = true;
    return true;
  case ':':
  case '?':
    (void)option_error("file", option, argv);
    return false;
  default:
    return take_value(o, option, optarg);
  }
}

/* Options that do not go together. */
static bool
check(const file_options *o)
{
  unsigned n_stdin = 0;
  for (size_t i = 0; i < o->n_inputs; i++) {
    n_stdin += strcmp(o->input[i], "-") == 0;
  }
  if (o->n_inputs == 0) {
    (void)usage_error("file", "name at least one audio file");
  } else if (n_stdin > 0 && !o->has_raw) {
    (void)usage_error("file",
                      "standard input needs --raw with format, rate and channels, "
                      "for example --raw f32le,48000,2");
  } else if (n_stdin > 1) {
    (void)usage_error("file", "standard input (-) can be read only once");
  } else if (o->has_raw && o->recursive) {
    (void)usage_error("file",
                      "--raw and -r do not go together: name the raw files one by "
                      "one");
  } else if (o->pictures.dark && !o->pictures.plot) {
    (void)usage_error("file", "--dark is for --plot; a report is as the reader's system");
  } else if (o->explain && !o->format->explains) {
    (void)usage_error("file", "--explain works with the formats text and jsonl");
  } else {
    return true;
  }
  return false;
}

bool
file_options_parse(file_options *o, int argc, char **argv)
{
  static const struct option options[] = {
      {"model", required_argument, NULL, 'm'},
      {"format", required_argument, NULL, 'f'},
      {"output", required_argument, NULL, 'o'},
      {"yes", no_argument, NULL, 'y'},
      {"recursive", no_argument, NULL, 'r'},
      {"jobs", required_argument, NULL, 'j'},
      {"threshold", required_argument, NULL, OPT_THRESHOLD},
      {"hold-ms", required_argument, NULL, OPT_HOLD},
      {"raw", required_argument, NULL, OPT_RAW},
      {"fail-on", required_argument, NULL, OPT_FAIL_ON},
      {"plot", required_argument, NULL, OPT_PLOT},
      {"dark", no_argument, NULL, OPT_DARK},
      {"report", required_argument, NULL, OPT_REPORT},
      {"explain", no_argument, NULL, OPT_EXPLAIN},
      {"quiet", no_argument, NULL, 'q'},
      {"help", no_argument, NULL, 'h'},
      {"help-formats", no_argument, NULL, OPT_HELP_FORMATS},
      {NULL, 0, NULL, 0}};
  *o = (file_options){.models.hold_ms = -1, .format = &out_text};
  opterr = 0;
  int option = 0;
  while ((option = getopt_long(argc, argv, ":m:f:o:yrj:qh", options, NULL)) != -1) {
    if (!take_option(o, option, argv)) {
      return false;
    }
  }
  o->input = argv + optind;
  o->n_inputs = (size_t)(argc - optind);
  o->pictures.overwrite = o->overwrite;
  o->pictures.raw = o->has_raw;
  return o->help || check(o);
}
