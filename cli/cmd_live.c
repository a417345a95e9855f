/* SPDX-License-Identifier: ISC */
/* earshot live: models first, then where results go, then the input, so that what can be
   refused is refused before a server knows of us. */
#include "fd_stream.h"
#include "nsm.h"
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static exit_code
open_models(const live_options *o, model_set *models)
{
  ear_error err = {""};
  const exit_code code = model_options_open(&o->models, models, &err);
  if (code == EXIT_USAGE) {
    return usage_error("live", "%s", err.text);
  }
  if (code) {
    complain("%s", err.text);
  }
  return code;
}

static bool
is_stdout(const live_options *o)
{
  return !o->output || strcmp(o->output, "-") == 0;
}

static const char *
name_of(const live_options *o)
{
  return is_stdout(o) ? "the results" : o->output;
}

/* Written directly, line by line: a session has no end to wait for. */
static exit_code
open_file(const live_options *o, FILE **file)
{
  const int how = O_WRONLY | O_CREAT | O_CLOEXEC | (o->overwrite ? O_TRUNC : O_EXCL);
  const int fd = is_stdout(o) ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                              : open(o->output, how, 0666);
  if (fd < 0 && errno == EEXIST) {
    return usage_error("live",
                       "%s exists already; add -y to replace it, or append with "
                       "--log",
                       o->output);
  }
  *file = fd < 0 ? NULL : fd_stream_open(fd);
  if (!*file) {
    complain("cannot write %s: %s", name_of(o), strerror(errno));
    if (fd >= 0) {
      (void)close(fd);
    }
    return EXIT_NOTHING;
  }
  return EXIT_DONE;
}

static exit_code
take(session_config *config, live_output *output, exit_code code, const ear_error *err)
{
  if (!output) {
    complain("%s", err->text);
    return code;
  }
  config->output[config->n_outputs++] = output;
  return EXIT_DONE;
}

static exit_code
open_outputs(session_config *config, FILE *file)
{
  const live_options *o = config->options;
  live_output_options results = o->results;
  const char *no_colour = getenv("NO_COLOR");
  results.colour = !no_colour || no_colour[0] == '\0';
  const bool named = o->output || o->format != LIVE_AUTO; /* a window shows all */
  const bool lines = named || !o->window;
  config->panel = lines && !o->output && o->format != LIVE_JSONL && isatty(STDOUT_FILENO);
  if (o->format == LIVE_TEXT && !config->panel) {
    return usage_error("live", "--format text is a panel on a terminal, and standard "
                               "output is none; take --format jsonl");
  }
  ear_error err = {""};
  exit_code code = EXIT_DONE;
  if (o->log) {
    code = take(config, live_log_new(o->log, &results, &err), EXIT_NOTHING, &err);
  }
#ifdef HAVE_LIBLO
  if (!code && o->osc) {
    code = take(config, live_osc_new(o->osc, &results, &err), EXIT_USAGE, &err);
  }
#endif
#ifdef HAVE_WINDOW
  if (!code && o->window) {
    code = take(config, live_window_new(&err), EXIT_NOTHING, &err);
  }
#endif
  if (!code && lines) {
    code = take(config,
                config->panel ? live_panel_new(STDOUT_FILENO, &results, &err)
                              : live_lines_new(file, name_of(o), &results, &err),
                EXIT_NOTHING, &err);
  }
  return code;
}

static void
end_outputs(session_config *config)
{
  for (uint32_t i = 0; i < config->n_outputs; i++) {
    config->output[i]->end(config->output[i]);
  }
}

static exit_code
run(const live_options *options, nsm *manager)
{
  session_config config = {.options = options, .idle = nsm_idle, .user = manager};
  FILE *file = NULL;
  exit_code code = open_models(options, &config.models);
  if (!code) {
    code = open_file(options, &file);
    code = code ? code : open_outputs(&config, file);
    if (!code) {
      code = session_run(&config);
    } else {
      end_outputs(&config);
      model_set_close(&config.models);
    }
  }
  if (file && fclose(file) != 0 && !code) {
    complain("cannot write %s: %s", name_of(options), strerror(errno));
    code = EXIT_NOTHING;
  }
  return code;
}

int
cmd_live(int argc, char **argv)
{
  live_options options;
  if (!live_options_parse(&options, argc, argv)) {
    return EXIT_USAGE;
  }
  if (options.help) {
    (void)fputs(options.help, stdout);
    return EXIT_DONE;
  }
  if (options.quiet) {
    be_quiet();
  }
  catch_signals();
  nsm *manager = nsm_join(&options);
  const exit_code code = stopping() ? EXIT_INTERRUPTED : run(&options, manager);
  nsm_leave(manager);
  return code;
}
