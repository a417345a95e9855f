/* SPDX-License-Identifier: ISC */
/* The models in this process: instances that run the same file share one copy; and the
   folders where a model is looked for that is not where it was.  A model lies on the
   shelf as long as someone holds it, and nothing is left when nobody does. */
#ifndef PLUGIN_SHELF_H
#define PLUGIN_SHELF_H

#include "earshot.h"

/* As ear_model_builtin and ear_model_open, but a model that is on the shelf already (same
   bytes) is given again.  Give back with shelf_release.  [any thread but audio] */
ear_status shelf_builtin(ear_model **model, const char *name, ear_error *err);
ear_status shelf_open(ear_model **model, const char *path, ear_error *err);

/* Hold a model from the shelf once more.  Returns it.  [any thread but audio] */
ear_model *shelf_hold(ear_model *model);
void shelf_release(ear_model *model); /* NULL is fine  [any thread but audio] */

size_t shelf_n_models(void); /* [any thread but audio] */

/* Hexadecimal SHA-256 of the file at path; false if it is not a regular file of at most
   16 MiB that can be read.  Never waits for a pipe or device.  [any thread but audio] */
bool shelf_hash(const char *path, char hash[65]);

/* Write to path[0..size) the file in the model folders whose SHA-256 is `hash`, or, if
   there is none, whose file name is `name` (either may be "").  False if there is none.
   Folders, in this order: the colon-separated EARSHOT_MODEL_PATH,
   XDG_DATA_HOME/earshot/models
   (~/.local/share without it), and earshot/models in each of XDG_DATA_DIRS
   (/usr/local/share:/usr/share without it); those that are not absolute are passed over.
   By hash only *.safetensors are looked at, at most 512 of them and 256 MiB among at most
   8,192 names a search; folders in these folders are not searched.
   [any thread but audio] */
bool shelf_find(char *path, size_t size, const char *hash, const char *name);

#endif
