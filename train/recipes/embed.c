/* SPDX-License-Identifier: ISC */
/* embed OUT.c FILE.recipe...: the files as one C table of name and text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
embed(FILE *out, const char *path, int index)
{
  FILE *in = fopen(path, "rb");
  if (!in) {
    fprintf(stderr, "embed: cannot read %s\n", path);
    exit(1);
  }
  fprintf(out, "static const char text_%d[] = {", index);
  int byte;
  for (unsigned long n = 0; (byte = getc(in)) != EOF; ++n) {
    fprintf(out, "%s%d,", n % 24 ? "" : "\n", byte);
  }
  fprintf(out, "0\n};\n");
  fclose(in);
}

int
main(int argc, char **argv)
{
  FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
  if (!out) {
    fprintf(stderr, "usage: embed OUT.c FILE.recipe...\n");
    return 1;
  }
  fprintf(out, "#include \"recipe_text.h\"\n");
  for (int i = 2; i < argc; ++i) {
    embed(out, argv[i], i);
  }
  fprintf(out, "const recipe_text recipe_texts[] = {\n");
  for (int i = 2; i < argc; ++i) {
    const char *slash = strrchr(argv[i], '/');
    const char *name = slash ? slash + 1 : argv[i];
    fprintf(out, "  {\"%.*s\", text_%d},\n", (int)strcspn(name, "."), name, i);
  }
  fprintf(out, "  {0, 0},\n};\n");
  return fclose(out) ? 1 : 0;
}
