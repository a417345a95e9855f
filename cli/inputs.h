/* SPDX-License-Identifier: ISC */
/* The list of what is to be analysed, in the order of the results. */
#ifndef INPUTS_H
#define INPUTS_H

#include "cli.h"

typedef struct {
  char *path;     /* as the user would name it; "-" is standard input */
  char *relative; /* below the folder it was found in; for a file its name */
  char *problem;  /* why it cannot be analysed, NULL if nothing is known against it */
  double n_bytes; /* of the file, 0 if unknown */
} input;

typedef struct {
  input *item;
  size_t n, capacity;
  double n_bytes; /* of all together */
} input_list;

/* Append a file, "-", or with `recursive` every audio file in a folder and the folders
   in it: sorted by name, hidden ones left out.  A folder without any, or one that cannot
   be read, is an item with a problem.  False if memory ran out.  [setup] */
bool inputs_add(input_list *list, const char *path, bool recursive);
void inputs_free(input_list *list);

#endif
