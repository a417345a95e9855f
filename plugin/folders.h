/* SPDX-License-Identifier: ISC */
/* The model folders, in this order: the colon-separated EARSHOT_MODEL_PATH,
   XDG_DATA_HOME/ earshot/models (~/.local/share without it), and earshot/models in each
   of XDG_DATA_DIRS
   (/usr/local/share:/usr/share without it); those that are not absolute are left out. */
#ifndef PLUGIN_FOLDERS_H
#define PLUGIN_FOLDERS_H

#include <stdbool.h>

/* Call look for one after the other until it returns true; whether it did.
   [any thread but audio] */
bool folders_each(bool (*look)(void *user, const char *folder), void *user);

#endif
