/* SPDX-License-Identifier: ISC */
/* The model files compiled into the library; made by models/embed.c. */
#ifndef EAR_BUILTIN_H
#define EAR_BUILTIN_H

#include <stddef.h>

typedef struct {
  const char *name; /* NULL ends the table */
  const unsigned char *bytes;
  size_t n_bytes;
  const char *sha256; /* of the bytes, hexadecimal */
} ear_builtin;

extern const ear_builtin ear_builtins[];

#endif
