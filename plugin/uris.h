/* SPDX-License-Identifier: ISC */
/* The plugin's own URIs, and the numbers that the host maps URIs to. */
#ifndef PLUGIN_URIS_H
#define PLUGIN_URIS_H

#include <lv2/urid/urid.h>
#include <stdbool.h>

#define EARSHOT_URI "https://earshot.audio/lv2/earshot"
#define EARSHOT_MONO EARSHOT_URI "#mono"
#define EARSHOT_STEREO EARSHOT_URI "#stereo"
#define EARSHOT_UI EARSHOT_URI "#ui"

/* Parameters (patch:writable, atom:Path) and state keys of the two slots. */
#define EARSHOT_HARSHNESS_MODEL EARSHOT_URI "#harshnessModel"
#define EARSHOT_CLASSIFIER_MODEL EARSHOT_URI "#classifierModel"
/* State keys (atom:String; atom:Int). */
#define EARSHOT_HARSHNESS_HASH EARSHOT_URI "#harshnessHash"
#define EARSHOT_HARSHNESS_NAME EARSHOT_URI "#harshnessName"
#define EARSHOT_CLASSIFIER_HASH EARSHOT_URI "#classifierHash"
#define EARSHOT_CLASSIFIER_NAME EARSHOT_URI "#classifierName"
#define EARSHOT_STATE_VERSION EARSHOT_URI "#stateVersion"
/* patch:readable, atom:String: a sentence on each slot; the label of the class port. */
#define EARSHOT_HARSHNESS_TEXT EARSHOT_URI "#harshnessText"
#define EARSHOT_CLASSIFIER_TEXT EARSHOT_URI "#classifierText"
#define EARSHOT_CLASS_LABEL EARSHOT_URI "#classLabel"

/* See wire.h. */
#define EARSHOT_WATCH EARSHOT_URI "#Watch"
#define EARSHOT_WATCHING EARSHOT_URI "#watching"
#define EARSHOT_SCENE EARSHOT_URI "#Scene"
#define EARSHOT_COLUMNS EARSHOT_URI "#Columns"
#define EARSHOT_PICTURE EARSHOT_URI "#picture"

typedef struct {
  LV2_URID atom_Blank, atom_Chunk, atom_Int, atom_Object, atom_Path, atom_Sequence,
      atom_String, atom_URID;
  LV2_URID patch_Get, patch_Set, patch_property, patch_value;
  LV2_URID state_StateChanged;
  LV2_URID model[2], hash[2], name[2], text[2]; /* by slot */
  LV2_URID state_version, class_label;
  LV2_URID Watch, watching, Scene, Columns, picture;
} plugin_uris;

void plugin_uris_map(plugin_uris *uris, LV2_URID_Map *map); /* [setup] */

#endif
