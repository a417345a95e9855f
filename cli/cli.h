/* SPDX-License-Identifier: ISC */
/* What every subcommand of the earshot program shares: exit codes, messages, stopping. */
#ifndef CLI_H
#define CLI_H

#include "earshot.h"

/* A contract with scripts.  When several apply, the first of this order wins:
   interrupted, usage, model, nothing, some failed, fail-on. */
typedef enum {
  EXIT_DONE = 0,
  EXIT_USAGE = 1,
  EXIT_NOTHING = 2,     /* nothing could be analysed, or the results not be written */
  EXIT_SOME_FAILED = 3, /* each named on stderr */
  EXIT_NO_INPUT = 4,    /* no sound server or device */
  EXIT_MODEL = 5,       /* a model was refused */
  EXIT_FAIL_ON = 10,    /* --fail-on was met */
  EXIT_INTERRUPTED = 130,
} exit_code;

int cmd_file(int argc, char **argv);
int cmd_features(int argc, char **argv);
int cmd_devices(int argc, char **argv); /* if HAVE_PORTAUDIO */
int cmd_live(int argc, char **argv);
int cmd_model(int argc, char **argv);

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* To stderr, one line each, "earshot: " before it.  A note is silenced by -q.  [any] */
void complain(const char *format, ...) PRINTF_LIKE(1, 2);
void note(const char *format, ...) PRINTF_LIKE(1, 2);
void be_quiet(void);

/* complain, then point to the help of `command`; returns EXIT_USAGE.  [any] */
exit_code usage_error(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);

/* The sentence for what getopt_long has just refused (it returned ':' or '?'). */
exit_code option_error(const char *command, int refused, char **argv);

/* Fill err with one sentence and return false.  [any] */
bool fail(ear_error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* All of `text` as one number in low..high, with a dot as decimal mark. */
bool parse_number(const char *text, double low, double high, double *number);
bool parse_count(const char *text, unsigned low, unsigned high, unsigned *count);

/* Why all work has to end early; the first reason stays.  [any] */
typedef enum { STOP_NO = 0, STOP_INTERRUPTED, STOP_WRITE_FAILED } stop_reason;
stop_reason stopping(void);
void stop_all(stop_reason reason);

/* From now on the first Ctrl-C asks all work to end and keeps the results, a second one
   kills; a closed pipe is a write error and no signal.  [setup] */
void catch_signals(void);

#endif
