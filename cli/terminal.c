/* SPDX-License-Identifier: ISC */
/* Between two calls the cursor is at the left of the line below the block, as far as we
   know; where we cannot know (stopped, in the background, never shown) the block counts
   as absent and the next is written below. */
#include "terminal.h"

#include "fit.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { OUT_BYTES = 1 << 17, LAST_WAIT_MS = 1000 };

struct terminal {
  int fd;
  bool dumb, reflows, utf8, dead;
  unsigned colours;
  unsigned columns, rows; /* as last asked for */
  unsigned drawn_columns; /* when the block was drawn */
  panel_text text;        /* the block; n == 0: there is none */
  unsigned n_typed;       /* lines entered below it since */
  size_t n;               /* bytes that wait to leave */
  char out[OUT_BYTES];
};

/* ---- what it is ---- */

static atomic_bool continued; /* we were stopped: a shell has used the terminal */

static void
on_continue(int number)
{
  (void)number;
  atomic_store(&continued, true);
}

static bool
names_utf8(const char *text)
{
  return strcasestr(text, "utf-8") || strcasestr(text, "utf8");
}

/* By the locale; by its name, if the system does not have it. */
static bool
speaks_utf8(void)
{
  const locale_t users = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
  if (users) {
    const bool yes = names_utf8(nl_langinfo_l(CODESET, users));
    freelocale(users);
    return yes;
  }
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value && value[0]) {
      return names_utf8(value);
    }
  }
  return false;
}

static void
describe(terminal *t)
{
  const char *term = getenv("TERM"), *colour = getenv("COLORTERM");
  const bool console = term && strcmp(term, "linux") == 0;
  t->dumb = !term || !term[0] || strcmp(term, "dumb") == 0;
  t->utf8 = speaks_utf8() && !console; /* its font lacks most blocks */
  t->colours = t->dumb || strncmp(term, "vt", 2) == 0         ? 0
               : strstr(term, "256") || (colour && colour[0]) ? 256
                                                              : 16;
  /* xterm, GNU screen and the console cut lines when they become narrower, all others
     break them */
  t->reflows = !console && !getenv("XTERM_VERSION") && !getenv("STY");
}

terminal *
terminal_new(int fd, ear_error *err)
{
  terminal *t = calloc(1, sizeof *t);
  if (!t) {
    (void)fail(err, "there is not enough memory for the panel");
    return NULL;
  }
  /* an open file of our own: its not waiting must not be that of the shell */
  const char *name = ttyname(fd);
  t->fd = name ? open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
  if (t->fd < 0) {
    t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  }
  if (t->fd < 0) {
    (void)fail(err, "the terminal cannot be written to: %s", strerror(errno));
    free(t);
    return NULL;
  }
  struct sigaction action = {.sa_handler = on_continue, .sa_flags = SA_RESTART};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGCONT, &action, NULL);
  describe(t);
  return t;
}

bool
terminal_is_dumb(const terminal *t)
{
  return t->dumb;
}

panel_look
terminal_look(terminal *t, bool colour)
{
  struct winsize size = {0};
  t->columns = 80;
  t->rows = 24;
  if (ioctl(t->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    t->columns = size.ws_col;
    t->rows = size.ws_row;
  }
  return (panel_look){.columns = t->columns - 1,
                      .rows = t->rows - 1,
                      .utf8 = t->utf8,
                      .colours = colour ? t->colours : 0};
}

/* ---- bytes ---- */

static void
put(terminal *t, const char *bytes, size_t n)
{
  if (t->n + n <= OUT_BYTES) {
    memcpy(t->out + t->n, bytes, n);
    t->n += n;
  }
}

static void
put_text(terminal *t, const char *text)
{
  put(t, text, strlen(text));
}

/* "\033[nA" and so on; nothing for none */
static void
put_move(terminal *t, unsigned n, char how)
{
  char text[24];
  if (n > 0) {
    (void)snprintf(text, sizeof text, "\033[%u%c", n, how);
    put_text(t, text);
  }
}

static void
send(terminal *t)
{
  while (t->n > 0 && !t->dead) {
    const struct pollfd ready = {.fd = t->fd, .events = POLLOUT};
    struct pollfd asked = ready;
    if (poll(&asked, 1, 0) <= 0 || !(asked.revents & POLLOUT)) {
      t->dead = asked.revents & (POLLERR | POLLHUP | POLLNVAL);
      break;
    }
    const ssize_t n = write(t->fd, t->out, t->n);
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
      t->dead = true;
    } else if (n <= 0) {
      break;
    } else {
      t->n -= (size_t)n;
      memmove(t->out, t->out + n, t->n);
    }
  }
}

/* ---- the block ---- */

/* May we write on it?  Not while a shell or another program has it. */
static bool
in_foreground(const terminal *t)
{
  const pid_t group = tcgetpgrp(t->fd);
  return group < 0 || group == getpgrp();
}

/* Lines entered below the block have moved the cursor down.  What was typed is taken, as
   nothing here asks for it. */
static unsigned
typed_lines(void)
{
  char text[256];
  unsigned n_lines = 0;
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  while (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp() &&
         poll(&input, 1, 0) > 0 && (input.revents & POLLIN)) {
    const ssize_t n = read(STDIN_FILENO, text, sizeof text);
    if (n <= 0) {
      break;
    }
    for (ssize_t i = 0; i < n; i++) {
      n_lines += text[i] == '\n';
    }
  }
  return n_lines;
}

/* Rows that the block takes now, after the terminal broke lines that became too long. */
static unsigned
rows_taken(const terminal *t)
{
  unsigned n = 0;
  for (unsigned i = 0; i < t->text.n; i++) {
    const unsigned width = t->text.columns[i];
    n += t->reflows && width > t->columns ? (width + t->columns - 1) / t->columns : 1;
  }
  return n;
}

/* Forget the block if it is not where we left it. */
static void
look_around(terminal *t)
{
  if (atomic_exchange(&continued, false) || !in_foreground(t)) {
    t->text.n = 0;
  }
  t->n_typed += typed_lines();
}

static void
put_top(terminal *t)
{
  const unsigned up = t->text.n > 0 ? rows_taken(t) + t->n_typed : 0;
  put_text(t, "\r");
  put_move(t, up < t->rows ? up : t->rows, 'A');
}

static void
put_whole(terminal *t, const panel_text *text)
{
  for (unsigned i = 0; i < text->n; i++) {
    put_text(t, text->line[i]);
    put_text(t, "\033[K\r\n");
  }
  put_text(t, "\033[J");
  t->text = *text;
  t->n_typed = 0;
  t->drawn_columns = t->columns;
}

/* Only the lines that differ. */
static void
put_changes(terminal *t, const panel_text *text)
{
  unsigned at = text->n; /* the row of the cursor */
  for (unsigned i = 0; i < text->n; i++) {
    if (strcmp(text->line[i], t->text.line[i]) != 0) {
      put_move(t, at > i ? at - i : 0, 'A');
      put_move(t, at < i ? i - at : 0, 'B');
      put_text(t, "\r");
      put_text(t, text->line[i]);
      put_text(t, "\033[K");
      at = i;
    }
  }
  put_move(t, text->n - at, 'B');
  put_text(t, "\r\033[J"); /* keys that were pressed show below */
  t->text = *text;
}

void
terminal_show(terminal *t, const panel_text *text)
{
  send(t);
  look_around(t);
  if (t->n > 0 || t->dead || t->rows < 2 || !in_foreground(t)) {
    return;
  }
  if (t->text.n != text->n || t->n_typed > 0 || t->drawn_columns != t->columns) {
    put_top(t);
    put_text(t, t->drawn_columns != t->columns ? "\033[J" : "");
    put_whole(t, text);
  } else {
    put_changes(t, text);
  }
  send(t);
}

/* One line, made harmless. */
static void
put_line(terminal *t, const char *line, size_t n)
{
  char raw[2048], fitted[2 * sizeof raw];
  n = n < sizeof raw - 1 ? n : sizeof raw - 1;
  memcpy(raw, line, n);
  raw[n] = '\0';
  (void)fit_text(fitted, sizeof fitted, raw, sizeof raw, t->utf8);
  put_text(t, fitted);
  put_text(t, t->dumb ? "\n" : "\033[K\r\n");
}

void
terminal_above(terminal *t, const char *lines, bool and_block)
{
  send(t);
  look_around(t);
  if (t->dead || t->n > OUT_BYTES / 2) {
    return;
  }
  panel_text block = t->text;
  block.n = and_block ? block.n : 0;
  if (!t->dumb) {
    put_top(t);
  }
  while (*lines) {
    const size_t n = strcspn(lines, "\n");
    put_line(t, lines, n);
    lines += n + (lines[n] == '\n');
  }
  if (!t->dumb) {
    put_whole(t, &block);
  }
  send(t);
}

void
terminal_free(terminal *t)
{
  if (t->text.n > 0) {
    look_around(t);
    put_top(t);
    put_text(t, "\033[J");
  }
  for (int waited_ms = 0; t->n > 0 && !t->dead && waited_ms < LAST_WAIT_MS;
       waited_ms += 10) {
    send(t);
    if (t->n > 0) {
      (void)poll(NULL, 0, 10);
    }
  }
  (void)signal(SIGCONT, SIG_DFL);
  (void)close(t->fd);
  free(t);
}
