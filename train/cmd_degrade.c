/* SPDX-License-Identifier: ISC */
/* earshot-train degrade: the knob is turned until the measured severity is the one asked
   for; what is printed is what was measured. */
#include "cmd.h"

#include "degrade.h"
#include "dsp.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char help[] =
    "usage: earshot-train degrade IN OUT [--kind KIND] [--severity S] [--seed N]\n"
    "                             [--operator NAME]\n"
    "       earshot-train degrade --list\n"
    "\n"
    "Write a version of the sound file IN that is harsh in one way, as loud as IN, and "
    "as\n"
    "harsh as asked for.  OUT's ending chooses wav (32-bit float), flac, ogg, opus, "
    "mp3.\n"
    "\n"
    "  --kind KIND      presence, resonance, clipping, saturation, limiting, aliasing,\n"
    "                   sibilance, codec, mixed (1 to 3 of these, the default), neutral\n"
    "                   (stays clean), harshness-identifier (the published operator:\n"
    "                   fixed, not loudness-matched, not tuned to --severity)\n"
    "  --severity S     measured severity to aim for, 0 to 100 (default 40)\n"
    "  --seed N         everything random comes from it (default 1)\n"
    "  --operator NAME  this operator instead of one drawn from KIND\n"
    "  --list           all operators with kind and split\n"
    "\n"
    "  earshot-train degrade song.ogg harsh.wav --kind clipping --severity 60\n"
    "  earshot-train degrade song.ogg peaky.flac --operator resonance-note --seed 7\n";

typedef struct {
  const char *in, *out;
  unsigned kinds;
  bool one_kind;
  const degrade_operator *op;
  double severity;
  uint64_t seed;
} options;

static void
list_operators(void)
{
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  for (size_t i = 0; i < n; ++i) {
    const char *split = op[i].split == DEGRADE_TRAIN   ? "train"
                        : op[i].split == DEGRADE_VALID ? "valid"
                                                       : "test";
    printf("%-22s %-20s %s\n", op[i].name, degrade_kind_name(op[i].kind), split);
  }
}

static int
usage(const char *what, const char *value)
{
  fprintf(stderr, "earshot-train degrade: %s%s; see --help\n", what, value);
  return CMD_USAGE;
}

static bool
parse_kind(options *o, const char *name)
{
  if (!strcmp(name, "mixed")) {
    o->kinds = (1u << DEGRADE_IDENTIFIER) - 1;
    o->one_kind = false;
    return true;
  }
  const degrade_kind kind = degrade_kind_find(name);
  o->kinds = 1u << kind;
  o->one_kind = true;
  return kind < DEGRADE_N_KINDS;
}

static bool
parse_operator(options *o, const char *name)
{
  size_t n;
  const degrade_operator *op = degrade_operators(&n);
  for (size_t i = 0; i < n; ++i) {
    if (!strcmp(op[i].name, name)) {
      o->op = &op[i];
    }
  }
  return o->op;
}

/* -1: go on; otherwise the exit code. */
static int
parse(options *o, int argc, char **argv)
{
  static const struct option longs[] = {{"kind", required_argument, NULL, 'k'},
                                        {"severity", required_argument, NULL, 's'},
                                        {"seed", required_argument, NULL, 'n'},
                                        {"operator", required_argument, NULL, 'o'},
                                        {"list", no_argument, NULL, 'l'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  int c;
  char *end = NULL;
  opterr = 0;
  while ((c = getopt_long(argc, argv, "k:s:n:o:lh", longs, NULL)) >= 0) {
    if (c == 'l') {
      list_operators();
      return CMD_DONE;
    } else if (c == 'h') {
      fputs(help, stdout);
      return CMD_DONE;
    } else if (c == 'k' && !parse_kind(o, optarg)) {
      return usage("there is no kind ", optarg);
    } else if (c == 'o' && !parse_operator(o, optarg)) {
      return usage("there is no operator (try --list) ", optarg);
    } else if (c == 's') {
      o->severity = strtod(optarg, &end);
      if (*end || end == optarg || !(o->severity >= 0 && o->severity <= 100)) {
        return usage("the severity must be 0 to 100, not ", optarg);
      }
    } else if (c == 'n') {
      o->seed = strtoull(optarg, &end, 10);
      if (*end || end == optarg || *optarg == '-') {
        return usage("the seed must be a whole number, not ", optarg);
      }
    } else if (c == '?' || c == ':') {
      return usage("cannot understand ", argv[optind - 1]);
    }
  }
  if (argc - optind != 2) {
    return usage("exactly IN and OUT are needed", "");
  }
  o->in = argv[optind];
  o->out = argv[optind + 1];
  return -1;
}

static ear_status
attempt(const options *o, const audio *source, double amount, audio *out,
        degrade_result *z, ear_error *err)
{
  ear_status st = dsp_copy(out, source);
  if (st) {
    snprintf(err->text, sizeof err->text, "%.300s: not enough memory", o->in);
    return st;
  }
  if (o->op) {
    st = degrade_apply_chain(out, &o->op, 1, amount, o->seed, z, err);
  } else {
    const degrade_request q = {.kinds = o->kinds,
                               .splits = DEGRADE_TRAIN | DEGRADE_VALID | DEGRADE_TEST,
                               .n_operators = o->one_kind ? 1 : 0,
                               .amount = amount,
                               .seed = o->seed};
    st = degrade_apply(out, &q, z, err);
  }
  if (st) {
    audio_free(out);
  }
  return st;
}

static bool
is_fixed(const options *o)
{
  return o->op ? o->op->kind >= DEGRADE_IDENTIFIER : o->kinds >> DEGRADE_IDENTIFIER != 0;
}

/* Bisect the amount; the nearest of all attempts is kept in best. */
static ear_status
aim(const options *o, const audio *source, audio *best, degrade_result *z, ear_error *err)
{
  double low = 0.0, high = 1.0, miss = INFINITY;
  for (int step = 0; step < (is_fixed(o) ? 1 : 9); ++step) {
    const double amount = 0.5 * (low + high);
    audio tried;
    degrade_result got;
    const ear_status st = attempt(o, source, amount, &tried, &got, err);
    if (st) {
      audio_free(best);
      return st;
    }
    *(got.severity < o->severity ? &low : &high) = amount;
    if (fabs(got.severity - o->severity) < miss) {
      miss = fabs(got.severity - o->severity);
      audio_free(best);
      *best = tried;
      *z = got;
    } else {
      audio_free(&tried);
    }
    if (miss < 0.25) {
      break;
    }
  }
  return EAR_OK;
}

/* Would writing OUT destroy IN? */
static bool
same_file(const options *o)
{
  struct stat in, out;
  return stat(o->in, &in) == 0 && stat(o->out, &out) == 0 && in.st_dev == out.st_dev &&
         in.st_ino == out.st_ino;
}

static int
failed(const ear_error *err)
{
  fprintf(stderr, "earshot-train degrade: %s\n", err->text);
  return CMD_FAILED;
}

int
cmd_degrade(int argc, char **argv)
{
  options o = {.severity = 40.0, .seed = 1};
  parse_kind(&o, "mixed");
  const int code = parse(&o, argc, argv);
  if (code >= 0) {
    return code;
  }
  ear_error err = {""};
  audio source, best = {0};
  degrade_result z = {0};
  if (same_file(&o)) {
    return usage("OUT is IN and would be lost: ", o.out);
  }
  if (audio_read(&source, o.in, 0, 0, &err)) {
    return failed(&err);
  }
  ear_status st = aim(&o, &source, &best, &z, &err);
  audio_free(&source);
  if (st) {
    return failed(&err);
  }
  st = audio_write(&best, o.out, &err);
  const double peak = dsp_peak(&best);
  audio_free(&best);
  if (st) {
    return failed(&err);
  }
  const size_t n = strlen(o.out);
  if (peak > 1.0 && (n < 4 || strcasecmp(o.out + n - 4, ".wav"))) {
    fprintf(stderr,
            "earshot-train degrade: the peak was %.1f dB over full scale and is cut "
            "off; only wav keeps it\n",
            gain_to_db(peak));
  }
  if (!is_fixed(&o) && fabs(z.severity - o.severity) > 5) {
    fprintf(stderr,
            "earshot-train degrade: severity %.0f is out of reach for this sound and "
            "kind; %.1f is the nearest\n",
            o.severity, z.severity);
  }
  printf("%s: gain %+.2f dB, severity %.1f\n", z.chain, z.gain_db, z.severity);
  return CMD_DONE;
}
