/* SPDX-License-Identifier: ISC */
/* What memcheck must see, one sin each, named by the argument. */
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
  const char *sin = argc == 2 ? argv[1] : "";
  char *volatile memory = malloc(16);
  const volatile size_t at = 16;
  if (!memory) {
    return 2;
  }
  int seen = 0;
  if (strcmp(sin, "unset") == 0) {
    seen = memory[3] == 'x' ? 1 : 0;
  } else if (strcmp(sin, "behind") == 0) {
    seen = memory[at] == 'x';
  } else if (strcmp(sin, "leak") == 0) {
    memory = malloc(24);
  }
  free(memory);
  return seen ? 3 : 0;
}
