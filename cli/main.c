/* SPDX-License-Identifier: ISC */
/* earshot: one word chooses the subcommand, which returns the exit code. */
#include "capture.h"
#include "cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the model files that this version writes and reads; docs/model-format.md. */
enum { MODEL_FORMAT = 2 }; /* the newest that this program reads */

static const char help_text[] =
    "earshot listens to music and says whether it is harsh, where, and what kind it is.\n"
    "\n"
    "  earshot file INPUT...           analyse audio files\n"
    "  earshot live                    listen to a sound server or device, live\n"
#ifdef HAVE_PORTAUDIO
    "  earshot devices                 list the audio inputs of this machine\n"
#endif
    "  earshot features INPUT -o OUT   write the mel spectrogram that the models hear\n"
    "  earshot model info|verify FILE  what a model is, and whether the file is sound\n"
    "  earshot SUBCOMMAND --help       all options of one of these\n"
    "  earshot --version               version, model format, processor variant, FFT\n"
    "\n"
    "Examples:\n"
    "  earshot file mix.wav\n"
    "  earshot live\n";

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
} commands[] = {
    {"file", cmd_file},         {"live", cmd_live},
#ifdef HAVE_PORTAUDIO
    {"devices", cmd_devices},   {CAPTURE_COMMAND, cmd_capture}, /* of earshot's own */
#endif
    {"features", cmd_features}, {"model", cmd_model}};

/* What is opened later, here or in a library, must not become standard output: results
   would be written into it. */
static void
take_standard_files(void)
{
  int fd;
  do {
    fd = open("/dev/null", O_RDONLY);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) {
    (void)close(fd);
  }
}

int
main(int argc, char **argv)
{
  take_standard_files();
  const char *word = argc > 1 ? argv[1] : "";
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
    if (strcmp(word, commands[i].name) == 0) {
      return commands[i].run(argc - 1, argv + 1);
    }
  }
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
    (void)fputs(help_text, stdout);
    return EXIT_DONE;
  }
  if (strcmp(word, "--version") == 0) {
    (void)printf("%s\nmodel format %d, kernels %s, FFT %s\n", ear_version(), MODEL_FORMAT,
                 ear_kernels_name(), EARSHOT_FFT);
    return EXIT_DONE;
  }
  if (word[0] == '\0' && getenv("NSM_URL")) {
    return cmd_live(argc, argv); /* a session manager starts programs without words */
  }
  if (word[0] == '\0') {
    return usage_error("", "say what to do, for example: earshot file mix.wav");
  }
  return usage_error("", "there is no subcommand %s", word);
}
