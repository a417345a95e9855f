/* SPDX-License-Identifier: ISC */
/* earshot devices: what earshot live --device can name. */
#include "devices.h"
#include "json.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help_text[] =
    "earshot devices [--json]\n"
    "lists the audio inputs that earshot live --backend portaudio can listen to.\n"
    "\n"
    "      --json     one JSON object a line\n"
    "  -v, --verbose  let the audio libraries say what they tried\n"
    "  -h, --help     this text\n"
    "\n"
    "The first column is PortAudio's index; it changes when devices come and go, so\n"
    "devices are chosen by name: --device takes a part of it, or API:part.\n"
    "'*' marks the input that is used when none is named, '+' the default of its API.\n"
    "Clients of a JACK server that give sound are inputs too.\n"
    "\n"
    "Exit codes: 0 done, 1 wrong usage, 2 the list could not be written, 4 there is no\n"
    "input.\n"
    "\n"
    "Examples:\n"
    "  earshot devices\n"
    "  earshot live --backend portaudio --device ALSA:usb\n";

static void
print_json(const device *d)
{
  (void)printf("{\"index\":%d,\"api\":", d->index);
  json_text(stdout, d->api);
  (void)fputs(",\"name\":", stdout);
  json_text(stdout, d->name);
  (void)printf(",\"channels\":%u,\"rate_hz\":", d->n_channels);
  json_number(stdout, d->rate_hz, 3);
  (void)printf(",\"default\":%s,\"api_default\":%s}\n", d->is_default ? "true" : "false",
               d->is_api_default ? "true" : "false");
}

/* The name comes last: it may be long. */
static void
print_table(const device_list *list)
{
  int width = 3;
  for (size_t i = 0; i < list->n; i++) {
    const int n = (int)strlen(list->item[i].api);
    width = n > width ? n : width;
  }
  (void)printf("index  %-*s  inputs     rate    name\n", width, "API");
  for (size_t i = 0; i < list->n; i++) {
    const device *d = &list->item[i];
    (void)printf("%5d  %-*s  %6u  %7g  %c ", d->index, width, d->api, d->n_channels,
                 d->rate_hz,
                 d->is_default       ? '*'
                 : d->is_api_default ? '+'
                                     : ' ');
    plain_string(stdout, d->name);
    (void)fputc('\n', stdout);
  }
}

static exit_code
list_devices(bool json, bool verbose)
{
  ear_error err = {""};
  device_list list;
  if (!devices_open(&list, "earshot-devices", verbose, &err)) {
    complain("%s", err.text);
    return EXIT_NO_INPUT;
  }
  exit_code code = EXIT_DONE;
  if (list.n == 0) {
    (void)device_find(&list, NULL, &err);
    complain("%s", err.text);
    code = EXIT_NO_INPUT;
  } else if (json) {
    for (size_t i = 0; i < list.n; i++) {
      print_json(&list.item[i]);
    }
  } else {
    print_table(&list);
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    complain("the list could not be written");
    code = EXIT_NOTHING;
  }
  devices_close(&list, verbose);
  return code;
}

/* In a process of its own, as PortAudio aborts where it finds nothing to look at, on a
   machine without ALSA's configuration for one. */
static exit_code
list_apart(bool json, bool verbose)
{
  (void)fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    (void)prctl(PR_SET_DUMPABLE, 0); /* no core file */
    _exit(list_devices(json, verbose));
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (child < 0 || !WIFEXITED(status)) {
    complain(
        "PortAudio broke off while it looked for audio inputs; run with -v to see what "
        "it says");
    return EXIT_NO_INPUT;
  }
  return (exit_code)WEXITSTATUS(status);
}

int
cmd_devices(int argc, char **argv)
{
  static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  bool json = false, verbose = false;
  int option = 0;
  opterr = 0;
  while ((option = getopt_long(argc, argv, ":vh", options, NULL)) != -1) {
    if (option == 'h') {
      (void)fputs(help_text, stdout);
      return EXIT_DONE;
    } else if (option == 'j') {
      json = true;
    } else if (option == 'v') {
      verbose = true;
    } else {
      return option_error("devices", option, argv);
    }
  }
  if (optind < argc) {
    return usage_error("devices", "it takes no names: '%s'", argv[optind]);
  }
  return list_apart(json, verbose);
}
