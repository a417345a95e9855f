/* SPDX-License-Identifier: ISC */
/* embed [--sha256] OUT.c HEADER TYPE TABLE FILE...: the files as one C table, TYPE
   TABLE[], of name, bytes (a zero byte behind them), size and, if asked for, SHA-256 in
   hexadecimal; a row of zeros ends it.  HEADER declares it. */
#include <sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The file's name without folders and ending. */
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
  fprintf(out, "static const unsigned char bytes_%d[] = {", index);
  int byte;
  for (unsigned long n = 0; (byte = getc(in)) != EOF; ++n) {
    fprintf(out, "%s%d,", n % 24 ? "" : "\n", byte);
  }
  fprintf(out, "0\n};\n");
  fclose(in);
}

static void
write_row(FILE *out, const char *path, int index, bool hashed)
{
  char name[256], hash[SHA256_DIGEST_STRING_LENGTH];
  stem(path, name, sizeof name);
  fprintf(out, "  {\"%s\", bytes_%d, sizeof bytes_%d - 1", name, index, index);
  if (hashed) {
    if (!SHA256File(path, hash)) {
      fprintf(stderr, "embed: cannot read %s\n", path);
      exit(1);
    }
    fprintf(out, ", \"%s\"", hash);
  }
  fprintf(out, "},\n");
}

int
main(int argc, char **argv)
{
  const bool hashed = argc > 1 && !strcmp(argv[1], "--sha256");
  argc -= hashed;
  argv += hashed;
  FILE *out = argc > 4 ? fopen(argv[1], "w") : NULL;
  if (!out) {
    fprintf(stderr, "usage: embed [--sha256] OUT.c HEADER TYPE TABLE FILE...\n");
    return 1;
  }
  fprintf(out, "#include \"%s\"\n", argv[2]);
  for (int i = 5; i < argc; ++i) {
    embed(out, argv[i], i);
  }
  fprintf(out, "const %s %s[] = {\n", argv[3], argv[4]);
  for (int i = 5; i < argc; ++i) {
    write_row(out, argv[i], i, hashed);
  }
  fprintf(out, "  {0, 0, 0%s},\n};\n", hashed ? ", 0" : "");
  return fclose(out) ? 1 : 0;
}
