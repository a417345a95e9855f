/* SPDX-License-Identifier: ISC */
/* A message is one write of one whole line, after the progress line was wiped: threads
   never mix theirs. */
#include "cli.h"

#include "progress.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static atomic_bool quiet;
static atomic_int stop;

/* Spaces for the characters of C0 and, in UTF-8, C1 (U+0080 to U+009F). */
static void
blank_controls(char *text)
{
  for (unsigned char *s = (unsigned char *)text; *s; s++) {
    if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0) {
      *s++ = ' ';
      *s = ' ';
    } else if (s[0] < 0x20 || s[0] == 0x7f) {
      *s = ' ';
    }
  }
}

static void PRINTF_LIKE(1, 0) print_line(const char *format, va_list args)
{
  char line[1200];
  (void)vsnprintf(line, sizeof line, format, args);
  blank_controls(line); /* a file's name must not write on the terminal */
  progress_wipe();
  (void)fprintf(stderr, "earshot: %s\n", line);
}

void
complain(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  print_line(format, args);
  va_end(args);
}

void
note(const char *format, ...)
{
  if (atomic_load(&quiet)) {
    return;
  }
  va_list args;
  va_start(args, format);
  print_line(format, args);
  va_end(args);
}

void
be_quiet(void)
{
  atomic_store(&quiet, true);
}

exit_code
usage_error(const char *command, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  print_line(format, args);
  va_end(args);
  (void)fprintf(stderr, "earshot: see 'earshot %s%s--help'\n", command,
                command[0] ? " " : "");
  return EXIT_USAGE;
}

exit_code
option_error(const char *command, int refused, char **argv)
{
  const char *word = argv[optind - 1];
  if (refused == ':') {
    return usage_error(command, "the option %s needs a value", word);
  }
  if (optopt && strncmp(word, "--", 2) != 0) {
    return usage_error(command, "there is no option -%c", optopt);
  }
  if (optopt) {
    return usage_error(command, "the option %s takes no value", word);
  }
  return usage_error(command, "there is no option %s, or more than one begins like it",
                     word);
}

bool
fail(ear_error *err, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  (void)vsnprintf(err->text, sizeof err->text, format, args);
  va_end(args);
  blank_controls(err->text);
  return false;
}

/* The program never calls setlocale, so strtod and printf use the dot everywhere. */
bool
parse_number(const char *text, double low, double high, double *number)
{
  char *end = NULL;
  *number = strtod(text, &end);
  return end != text && *end == '\0' && isfinite(*number) && *number >= low &&
         *number <= high;
}

bool
parse_count(const char *text, unsigned low, unsigned high, unsigned *count)
{
  double number = 0;
  if (strspn(text, "0123456789") != strlen(text) ||
      !parse_number(text, low, high, &number)) {
    return false;
  }
  *count = (unsigned)number;
  return true;
}

stop_reason
stopping(void)
{
  return (stop_reason)atomic_load_explicit(&stop, memory_order_relaxed);
}

void
stop_all(stop_reason reason)
{
  int none = STOP_NO;
  (void)atomic_compare_exchange_strong(&stop, &none, (int)reason);
}

/* The first signal stops in good order, a later one at once.  One that follows within
   half a second is the same wish: timeout(1) and some shells signal the process and then
   its group. */
static void
on_signal(int number)
{
  static atomic_llong first_ms;
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  const long long now_ms = 1 + 1000LL * now.tv_sec + now.tv_nsec / 1000000;
  long long first = 0;
  stop_all(STOP_INTERRUPTED);
  if (!atomic_compare_exchange_strong(&first_ms, &first, now_ms) &&
      now_ms - first > 500) {
    (void)signal(number, SIG_DFL);
    (void)raise(number);
  }
}

void
catch_signals(void)
{
  struct sigaction action = {.sa_handler = on_signal};
  (void)sigemptyset(&action.sa_mask);
  struct sigaction before;
  if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
    (void)sigaction(SIGINT, &action, NULL); /* a background job stays deaf to Ctrl-C */
  }
  (void)sigaction(SIGTERM, &action, NULL);
  action.sa_handler = SIG_IGN;
  action.sa_flags = 0;
  (void)sigaction(SIGPIPE, &action, NULL);
  (void)sigaction(SIGXFSZ, &action, NULL); /* ulimit -f: a write error too */
}
