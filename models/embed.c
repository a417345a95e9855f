/* SPDX-License-Identifier: ISC */
/* embed OUT.c MODEL.safetensors...: the files as one C table of name, bytes, size. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file's name without folders and ending, as the built-in's name. */
static void
stem(const char *path, char *name, size_t size)
{
  const char *slash = strrchr(path, '/');
  snprintf(name, size, "%s", slash ? slash + 1 : path);
  char *dot = strchr(name, '.');
  if (dot) {
    *dot = '\0';
  }
}

static void
embed(FILE *out, const char *path, int index)
{
  FILE *in = fopen(path, "rb");
  if (!in) {
    fprintf(stderr, "embed: cannot read %s\n", path);
    exit(1);
  }
  fprintf(out, "static const unsigned char model_%d[] = {", index);
  int byte;
  for (unsigned long n = 0; (byte = getc(in)) != EOF; ++n) {
    fprintf(out, "%s%d,", n % 24 ? "" : "\n", byte);
  }
  fprintf(out, "\n};\n");
  fclose(in);
}

int
main(int argc, char **argv)
{
  FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
  if (!out) {
    fprintf(stderr, "usage: embed OUT.c MODEL.safetensors...\n");
    return 1;
  }
  fprintf(out, "#include \"builtin.h\"\n");
  for (int i = 2; i < argc; ++i) {
    embed(out, argv[i], i);
  }
  fprintf(out, "const ear_builtin ear_builtins[] = {\n");
  for (int i = 2; i < argc; ++i) {
    char name[256];
    stem(argv[i], name, sizeof name);
    fprintf(out, "  {\"%s\", model_%d, sizeof model_%d},\n", name, i, i);
  }
  fprintf(out, "  {0, 0, 0},\n};\n");
  return fclose(out) ? 1 : 0;
}
