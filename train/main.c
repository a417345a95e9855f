/* SPDX-License-Identifier: ISC */
/* One table says all that earshot-train can do. */
#include "cmd.h"
#include "parallel.h"

#include "../engine/earshot.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} command;

static const command commands[] = {
    {"degrade", cmd_degrade,
     "make a harsh (or neutral) version of a file, and say how harsh"},
    {"train", cmd_train, "from folders of sound to a model (also without this word)"},
    {"eval", cmd_eval, "what a model says of a data set, with figures"},
    {"compare", cmd_compare, "recipes and baselines on the same folds"},
    {"harshness", cmd_harsh, "train a harshness model from clean music, and judge it"},
    {"quantize", cmd_quantize, "from a checkpoint of a run to an int8 model"},
    {"check", cmd_check, "what training would meet in a data set"},
    {"search", cmd_search, "which settings of a recipe suit a data set"},
};

static void
print_help(FILE *to)
{
  fprintf(to, "usage: earshot-train DATASET -o OUT.safetensors ...\n"
              "       earshot-train COMMAND ...\n\n");
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
    fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
  }
  fprintf(to, "\nearshot-train COMMAND --help says more.\n");
}

int
main(int argc, char **argv)
{
  if (argc < 2) {
    print_help(stderr);
    return CMD_USAGE;
  }
  if (!strcmp(argv[1], "--version")) {
    printf("%s\n", ear_version());
    return CMD_DONE;
  }
  if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
    print_help(stdout);
    return CMD_DONE;
  }
  for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
    if (!strcmp(argv[1], commands[i].name)) {
      if (commands[i].run != cmd_train && parallel_asked() > 1) {
        fprintf(stderr,
                "earshot-train: %s is the work of one process: start it without "
                "mpirun\n",
                argv[1]);
        return CMD_USAGE;
      }
      return commands[i].run(argc - 1, argv + 1);
    }
  }
  return cmd_train(argc, argv);
}
