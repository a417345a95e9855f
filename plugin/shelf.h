/* SPDX-License-Identifier: ISC */
/* The models in this process: instances that run the same file share one copy; and the
   folders where models of other machines are looked for. */
#ifndef PLUGIN_SHELF_H
#define PLUGIN_SHELF_H

#include "earshot.h"

/* As ear_model_builtin and ear_model_open, but a model that some instance holds already
   (same bytes) is given again.  Give back with shelf_release.  [any thread but audio] */
ear_status shelf_builtin(ear_model **model, const char *name, ear_error *err);
ear_status shelf_open(ear_model **model, const char *path, ear_error *err);
void shelf_release(ear_model *model); /* NULL is fine */

/* Write to path[0..size) the file in the model folders whose SHA-256 is `hash`, or, if
   there is none, whose file name is `name` (either may be "").  False if there is none.
   Folders, in this order: the colon-separated EARSHOT_MODEL_PATH,
   XDG_DATA_HOME/earshot/models
   (~/.local/share without it), and earshot/models in each of XDG_DATA_DIRS
   (/usr/local/share:/usr/share without it).  [any thread but audio] */
bool shelf_find(char *path, size_t size, const char *hash, const char *name);

#endif
