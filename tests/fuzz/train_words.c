/* SPDX-License-Identifier: ISC */
/* Command lines of earshot-train, one word a line: a usage error, or options in their
   ranges; and the command that a report would print for them can be made. */
#include "fuzz.h"

#include "../../train/cmd.h"
#include "../../train/options.h"

#include <stdlib.h>
#include <string.h>

static void
tell(options *o)
{
  recipe r = {.name = "x"};
  const intake in = {.ds = {.name = (char[]){"set"}}};
  o->name = o->name ? o->name : "x";
  o->task = o->task ? o->task : "classifier";
  char *command = options_command(o, &in, &r);
  if (!command || strlen(command) < 10) {
    fuzz_broken("options can be told as a command");
  }
  free(command);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
  char *argv[FUZZ_WORDS + 1];
  const int argc = fuzz_words(data, n, argv);
  options o;
  fuzz_hush();
  if (options_parse(&o, argc, argv, 1 + (int)(n % 2), "usage\n") == CMD_DONE && !o.help) {
    if (!o.dataset || o.epochs > 1000000 || o.source.levels > 8 || !(o.minutes >= 0) ||
        !(o.precision > 0 && o.precision <= 1)) {
      fuzz_broken("options are in their ranges");
    }
    fuzz_taken();
    tell(&o);
  }
  free(argv[0]);
  return 0;
}

static const char *const seed[] = {
    "train\nset\n-o\nout.safetensors\n--recipe\nsmall\n--seed\n3\n--epochs\n2\n--resume",
    "eval\nm\nset\n--csv\nx.csv\n--columns\nlabel=a\n--split-name\nall\n--json",
    ("train\nset\n-o\nx\n--group-re\n(a.*)\n--group-tag\nartist\n--levels\n2\n--several\n"
     "--folds\n5\n--max-minutes\n1.5\n--patience\n0\n--freeze\n3\n--threshold\nnever"),
    ("train\nset\n-o\nx\n--threshold\n0.4\n--precision\n0.8\n--cache\nnone\n--task\n"
     "harshness\n--license\nISC\n--init\ngenre\n--teacher\na,b\n--checkpoint-steps\n10")};

size_t
fuzz_seed(uint32_t i, uint8_t *data)
{
  return i < sizeof seed / sizeof *seed ? fuzz_text(data, seed[i]) : 0;
}
