/* SPDX-License-Identifier: ISC */
/* Every field of plugin_uris is mapped here, once, and never changes. */
#include "uris.h"

#include <lv2/atom/atom.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>

void
plugin_uris_map(plugin_uris *uris, LV2_URID_Map *map)
{
  const struct {
    LV2_URID *urid;
    const char *uri;
  } all[] = {
      {&uris->atom_Blank, LV2_ATOM__Blank},
      {&uris->atom_Chunk, LV2_ATOM__Chunk},
      {&uris->atom_Int, LV2_ATOM__Int},
      {&uris->atom_Object, LV2_ATOM__Object},
      {&uris->atom_Path, LV2_ATOM__Path},
      {&uris->atom_Sequence, LV2_ATOM__Sequence},
      {&uris->atom_String, LV2_ATOM__String},
      {&uris->atom_URID, LV2_ATOM__URID},
      {&uris->patch_Get, LV2_PATCH__Get},
      {&uris->patch_Set, LV2_PATCH__Set},
      {&uris->patch_property, LV2_PATCH__property},
      {&uris->patch_value, LV2_PATCH__value},
      {&uris->state_StateChanged, LV2_STATE__StateChanged},
      {&uris->model[0], EARSHOT_HARSHNESS_MODEL},
      {&uris->model[1], EARSHOT_CLASSIFIER_MODEL},
      {&uris->hash[0], EARSHOT_HARSHNESS_HASH},
      {&uris->hash[1], EARSHOT_CLASSIFIER_HASH},
      {&uris->name[0], EARSHOT_HARSHNESS_NAME},
      {&uris->name[1], EARSHOT_CLASSIFIER_NAME},
      {&uris->text[0], EARSHOT_HARSHNESS_TEXT},
      {&uris->text[1], EARSHOT_CLASSIFIER_TEXT},
      {&uris->state_version, EARSHOT_STATE_VERSION},
      {&uris->class_label, EARSHOT_CLASS_LABEL},
      {&uris->Watch, EARSHOT_WATCH},
      {&uris->watching, EARSHOT_WATCHING},
      {&uris->Scene, EARSHOT_SCENE},
      {&uris->Columns, EARSHOT_COLUMNS},
      {&uris->picture, EARSHOT_PICTURE},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
    *all[i].urid = map->map(map->handle, all[i].uri);
  }
}
