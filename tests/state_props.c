/* SPDX-License-Identifier: ISC */
/* Properties keep the order they were stored in. */
#include "state_props.h"

#include <string.h>

static uint32_t
find(const props *p, LV2_URID key)
{
  uint32_t i = 0;
  while (i < p->n && p->at[i].key != key) {
    ++i;
  }
  return i;
}

void
props_set(props *p, LV2_URID key, LV2_URID type, const void *value, size_t size)
{
  const uint32_t i = find(p, key);
  p->n += i == p->n;
  p->at[i].key = key;
  p->at[i].type = type;
  p->at[i].flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
  p->at[i].size = size;
  memcpy(p->at[i].value, value, size);
}

void
props_drop(props *p, LV2_URID key)
{
  const uint32_t i = find(p, key);
  if (i < p->n) {
    memmove(&p->at[i], &p->at[i + 1], (--p->n - i) * sizeof p->at[0]);
  }
}

LV2_State_Status
props_store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
            uint32_t type, uint32_t flags)
{
  props *p = handle;
  if (!key || !size || size > PROP_SIZE || find(p, key) < p->n || p->n == MAX_PROPS) {
    return LV2_STATE_ERR_UNKNOWN;
  }
  props_set(p, key, type, value, size);
  p->at[p->n - 1].flags = flags;
  return LV2_STATE_SUCCESS;
}

const void *
props_retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
               uint32_t *flags)
{
  const props *p = handle;
  const uint32_t i = find(p, key);
  if (i == p->n) {
    return NULL;
  }
  *size = p->at[i].size;
  *type = p->at[i].type;
  *flags = p->at[i].flags;
  return p->at[i].value;
}

bool
props_equal(const props *a, const props *b)
{
  bool equal = a->n == b->n;
  for (uint32_t i = 0; equal && i < a->n; ++i) {
    equal = a->at[i].key == b->at[i].key && a->at[i].type == b->at[i].type &&
            a->at[i].flags == b->at[i].flags && a->at[i].size == b->at[i].size &&
            !memcmp(a->at[i].value, b->at[i].value, a->at[i].size);
  }
  return equal;
}
