/* SPDX-License-Identifier: ISC */
/* Every message leaves from the socket that was announced: by that the manager knows us.
   What is saved is a command line, one option a line. */
#include "nsm.h"

#include "outfile.h"

#include <errno.h>
#include <lo/lo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  API_MAJOR = 1,
  API_MINOR = 0,
  ROUND_MS = 50,
  ANSWER_S = 2, /* a manager that is there answers at once */
  OPEN_S = 10,
  MAX_LINES = 128,
  /* errors of the protocol */
  ERR_GENERAL = -1,
  ERR_BAD_PROJECT = -9,
  ERR_CREATE_FAILED = -10
};

struct nsm {
  lo_server server;
  lo_address manager;
  live_options *options;
  bool accepted, refused, opened;
  bool owes_reply;           /* to /nsm/client/open */
  char *id;                  /* our name for JACK */
  char *path;                /* of the settings */
  char *argv[MAX_LINES + 2]; /* what was read of them */
};

static void
reply(nsm *n, const char *to, const char *text)
{
  (void)lo_send_from(n->manager, n->server, LO_TT_IMMEDIATE, "/reply", "ss", to, text);
}

static void
reply_error(nsm *n, const char *to, int code, const char *text)
{
  (void)lo_send_from(n->manager, n->server, LO_TT_IMMEDIATE, "/error", "sis", to, code,
                     text);
}

/* ---- settings ---- */

/* Models by a path that does not depend on where we were started. */
static void
write_models(FILE *out, const model_options *models)
{
  for (size_t i = 0; i < models->n_models; i++) {
    char *path = realpath(models->model[i], NULL);
    (void)fprintf(out, "--model=%s\n", path ? path : models->model[i]);
    free(path);
  }
  for (size_t i = 0; i < models->n_thresholds; i++) {
    (void)fprintf(out, "--threshold=%s\n", models->threshold[i]);
  }
  if (models->hold_ms >= 0) {
    (void)fprintf(out, "--hold-ms=%g\n", models->hold_ms);
  }
}

static bool
save(const nsm *n, ear_error *err)
{
  outfile file;
  if (!make_folders_of(n->path, err) || !outfile_open(&file, n->path, true, err)) {
    return false;
  }
  const backend_config *input = &n->options->input;
  write_models(file.file, &n->options->models);
  for (uint32_t i = 0; i < input->n_connect; i++) {
    (void)fprintf(file.file, "--connect=%s\n", input->connect[i]);
  }
  if (input->no_connect) {
    (void)fputs("--no-connect\n", file.file);
  }
  if (input->n_channels > 0) {
    (void)fprintf(file.file, "--channels=%u\n", input->n_channels);
  }
  return outfile_commit(&file, err);
}

/* The lines of the file into n->argv; returns how many words there are now. */
static int
read_lines(nsm *n, FILE *file)
{
  int argc = 0;
  n->argv[argc++] = strdup("live");
  char *line = NULL;
  size_t size = 0;
  while (argc <= MAX_LINES && getline(&line, &size, file) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] != '\0') {
      n->argv[argc++] = strdup(line);
    }
  }
  free(line);
  return argc;
}

/* What was saved takes the place of the command line.  True if there is nothing yet. */
static bool
load(nsm *n)
{
  FILE *file = fopen(n->path, "re");
  if (!file) {
    return errno == ENOENT;
  }
  const int argc = read_lines(n, file);
  (void)fclose(file);
  live_options saved;
  for (int i = 0; i < argc; i++) {
    if (!n->argv[i]) {
      return false;
    }
  }
  if (!live_options_parse(&saved, argc, n->argv)) {
    return false;
  }
  backend_config *input = &n->options->input;
  n->options->models = saved.models;
  memcpy(input->connect, saved.input.connect, sizeof input->connect);
  input->n_connect = saved.input.n_connect;
  input->no_connect = saved.input.no_connect;
  input->n_channels = saved.input.n_channels;
  return true;
}

/* ---- what the manager says ---- */

static int
on_reply(const char *path, const char *types, lo_arg **arg, int n_args,
         lo_message message, void *user)
{
  (void)path, (void)message;
  nsm *n = user;
  const bool names = n_args > 0 && types[0] == LO_STRING; /* what it replies to */
  n->accepted = n->accepted || (names && strcmp(&arg[0]->s, "/nsm/server/announce") == 0);
  return 0;
}

static int
on_error(const char *path, const char *types, lo_arg **arg, int n_args,
         lo_message message, void *user)
{
  (void)path, (void)types, (void)n_args, (void)message;
  nsm *n = user;
  if (strcmp(&arg[0]->s, "/nsm/server/announce") == 0) {
    n->refused = true;
    note("the session manager refused: %s; running without it", &arg[2]->s);
  }
  return 0;
}

/* Answered when the input is open, as the protocol asks. */
static int
on_open(const char *path, const char *types, lo_arg **arg, int n_args, lo_message message,
        void *user)
{
  (void)types, (void)n_args, (void)message;
  nsm *n = user;
  if (n->opened) {
    reply_error(n, path, ERR_GENERAL, "a session is open already");
    return 0;
  }
  n->id = strdup(&arg[2]->s);
  if (!n->id || asprintf(&n->path, "%s.earshot", &arg[0]->s) < 0) {
    n->path = NULL;
    reply_error(n, path, ERR_GENERAL, "not enough memory");
    return 0;
  }
  if (!load(n)) {
    complain("the settings in %s cannot be used; the defaults are", n->path);
    reply_error(n, path, ERR_BAD_PROJECT, "the saved settings cannot be used");
  } else {
    n->owes_reply = true;
  }
  n->options->input.client_name = n->id;
  n->options->backend = n->options->backend ? n->options->backend : "jack";
  n->opened = true;
  return 0;
}

static int
on_save(const char *path, const char *types, lo_arg **arg, int n_args, lo_message message,
        void *user)
{
  (void)types, (void)arg, (void)n_args, (void)message;
  nsm *n = user;
  ear_error err = {""};
  if (n->path && save(n, &err)) {
    reply(n, path, "saved");
  } else {
    reply_error(n, path, ERR_CREATE_FAILED, n->path ? err.text : "no session is open");
  }
  return 0;
}

/* ---- joining ---- */

static void
ignore_error(int number, const char *message, const char *where)
{
  (void)number, (void)message, (void)where;
}

static nsm *
reach(live_options *options, const char *url)
{
  nsm *n = calloc(1, sizeof *n);
  if (!n) {
    return NULL;
  }
  n->options = options;
  n->manager = lo_address_new_from_url(url);
  n->server = n->manager ? lo_server_new_with_proto(
                               NULL, lo_address_get_protocol(n->manager), ignore_error)
                         : NULL;
  if (!n->server) {
    nsm_leave(n);
    return NULL;
  }
  lo_server_add_method(n->server, "/reply", NULL, on_reply, n);
  lo_server_add_method(n->server, "/error", "sis", on_error, n);
  lo_server_add_method(n->server, "/nsm/client/open", "sss", on_open, n);
  lo_server_add_method(n->server, "/nsm/client/save", "", on_save, n);
  return n;
}

/* Listen until *flag is set, at most so long. */
static bool
wait_for(nsm *n, const bool *flag, int seconds)
{
  for (int left = seconds * 1000 / ROUND_MS;
       left > 0 && !*flag && !n->refused && !stopping(); left--) {
    (void)lo_server_recv_noblock(n->server, ROUND_MS);
  }
  return *flag;
}

nsm *
nsm_join(live_options *options)
{
  const char *url = getenv("NSM_URL");
  if (!url || url[0] == '\0') {
    return NULL;
  }
  nsm *n = reach(options, url);
  if (n) {
    (void)lo_send_from(n->manager, n->server, LO_TT_IMMEDIATE, "/nsm/server/announce",
                       "sssiii", "Earshot", ":message:", program_invocation_short_name,
                       API_MAJOR, API_MINOR, (int)getpid());
  }
  if (n && wait_for(n, &n->accepted, ANSWER_S) && wait_for(n, &n->opened, OPEN_S)) {
    return n;
  }
  if (!n || !n->refused) {
    note("no session manager answers at %s (NSM_URL); running without it", url);
  }
  nsm_leave(n);
  return NULL;
}

void
nsm_idle(void *manager, const char *message)
{
  nsm *n = manager;
  if (!n) {
    return;
  }
  if (n->owes_reply) {
    n->owes_reply = false;
    reply(n, "/nsm/client/open", "listening");
  }
  while (lo_server_recv_noblock(n->server, 0) > 0) {
  }
  if (message) {
    (void)lo_send_from(n->manager, n->server, LO_TT_IMMEDIATE, "/nsm/client/message",
                       "is", 1, message);
  }
}

void
nsm_leave(nsm *n)
{
  if (!n) {
    return;
  }
  if (n->owes_reply) {
    reply_error(n, "/nsm/client/open", ERR_GENERAL, "there is no sound to listen to");
  }
  if (n->server) {
    lo_server_free(n->server);
  }
  if (n->manager) {
    lo_address_free(n->manager);
  }
  for (size_t i = 0; n->argv[i]; i++) {
    free(n->argv[i]);
  }
  free(n->id);
  free(n->path);
  free(n);
}
