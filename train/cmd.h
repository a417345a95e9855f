/* SPDX-License-Identifier: ISC */
/* The subcommands of earshot-train: arguments without the program's name, argv[0] is the
   subcommand.  Each returns an exit code: 0 done, 1 usage, 2 failed. */
#ifndef EAR_TRAIN_CMD_H
#define EAR_TRAIN_CMD_H

enum {
  CMD_DONE = 0,
  CMD_USAGE = 1,
  CMD_FAILED = 2,
  CMD_SOME_FAILED = 3,
  CMD_MODEL_REFUSED = 5,
  CMD_INTERRUPTED = 130
};

int cmd_degrade(int argc, char **argv);
/* No subcommand word: argv[0] is the program. */
int cmd_train(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_quantize(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_harsh(int argc, char **argv);

#endif
