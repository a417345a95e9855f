/* SPDX-License-Identifier: ISC */
/* The model files that can be chosen without a dialog: those beside the one that runs,
   and those in the model folders. */
#ifndef PLUGIN_UI_MODELS_H
#define PLUGIN_UI_MODELS_H

#include "slot.h"

enum { UI_MODELS = 64 };

typedef struct {
  uint32_t n;            /* with the built-in one, which is first and has no path */
  char *path[UI_MODELS]; /* sorted by file name, links resolved */
} ui_models;

/* Look for files of slot `which`; current: the path asked for, "" for the built-in.
   Fills what was empty. */
void ui_models_find(ui_models *found, uint32_t which, const char *current);
void ui_models_clear(ui_models *found);

/* Place of a path among them, -1 if it is not there. */
int ui_models_place(const ui_models *found, const char *path);

/* The file's name without folder and ending, cut to name[0..size). */
void ui_models_name(char *name, size_t size, const char *path);

#endif
