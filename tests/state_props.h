/* SPDX-License-Identifier: ISC */
/* A plugin's state as the host sees it in memory: properties, without lilv. */
#ifndef EAR_TESTS_STATE_PROPS_H
#define EAR_TESTS_STATE_PROPS_H

#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <stdbool.h>

enum { MAX_PROPS = 16, PROP_SIZE = 8192 };

typedef struct {
  uint32_t n;
  struct {
    LV2_URID key, type;
    uint32_t flags;
    size_t size;
    char value[PROP_SIZE];
  } at[MAX_PROPS];
} props;

/* Callbacks of save and restore; the handle is the props. */
LV2_State_Status props_store(LV2_State_Handle handle, uint32_t key, const void *value,
                             size_t size, uint32_t type, uint32_t flags);
const void *props_retrieve(LV2_State_Handle handle, uint32_t key, size_t *size,
                           uint32_t *type, uint32_t *flags);

/* Adds a property, or changes the one that is there. */
void props_set(props *p, LV2_URID key, LV2_URID type, const void *value, size_t size);
void props_drop(props *p, LV2_URID key);
bool props_equal(const props *a, const props *b);

#endif
