/* SPDX-License-Identifier: ISC */
/* What the plugin and its window tell each other beyond ports and patch messages, as
   atoms of an object with one property.  Both come from one bundle; a version is checked
   all the same, for hosts may keep one of them loaded over an update.

     window -> plugin  ear:Watch    { ear:watching Int: wire_watching }
     plugin -> window  ear:Scene    { ear:picture Chunk: wire_scene }
                       ear:Columns  { ear:picture Chunk: wire_columns, cut to its columns
   }

   A watch ends with WIRE_CLOSED, or when nothing was said for 3 s of audio. */
#ifndef PLUGIN_WIRE_H
#define PLUGIN_WIRE_H

#include "earshot.h"
#include "slot.h"

#include <lv2/atom/atom.h>
#include <lv2/urid/urid.h>
#include <stddef.h>

enum {
  WIRE_VERSION = 2,
  WIRE_SECONDS = 600, /* of history */
  WIRE_COLUMNS = 16,  /* in one message */
};

typedef enum {
  WIRE_CLOSED = 0,
  WIRE_OPEN = 1,   /* said every second or so */
  WIRE_OPENED = 2, /* a new window: tell all */
} wire_watching;

/* What seldom changes: sent when a window opens and when a model changed. */
typedef struct {
  uint32_t version;
  uint32_t n_bands; /* of the columns to come; 0: there are none */
  float low_hz, high_hz;
  uint32_t mel_scale; /* ear_mel_scale */
  float column_s;
  uint32_t n_rows;
  float row_low_hz[EAR_MAX_ROWS], row_high_hz[EAR_MAX_ROWS];
  float threshold; /* 0..1, the harshness model's own */
  uint32_t n_labels;
  char label[EAR_MAX_LABELS][64]; /* of the classifier */
  char name[N_SLOTS][64];         /* of the models that run */
  uint32_t n_seconds;             /* of history, in all */
  uint8_t second[WIRE_SECONDS];   /* second i at i % WIRE_SECONDS: largest short-term
                                     harshness in %, + 128 if it was flagged */
} wire_scene;

/* What is new. */
typedef struct {
  uint32_t version;
  uint32_t n_columns, n_bands;
  uint32_t n_rows;         /* 0: no tint */
  float row[EAR_MAX_ROWS]; /* momentary class activation, logits */
  float p;                 /* 0..1, the momentary harshness behind it */
  uint32_t heard;          /* 1: there is a verdict on harshness */
  uint32_t gated;          /* 1: silence */
  uint32_t n_labels;       /* 0: nothing was heard */
  uint32_t unsure;         /* 1: the likeliest label since the reset is hardly ahead */
  float integrated[EAR_MAX_LABELS], short_term[EAR_MAX_LABELS];
  uint32_t n_seconds;                          /* of history, in all */
  uint8_t second;                              /* the newest of them */
  uint8_t level[WIRE_COLUMNS * EAR_MAX_BANDS]; /* [n_columns][n_bands], as ear_column */
} wire_columns;

/* Bytes of a message with so many levels. */
static inline uint32_t
wire_columns_size(uint32_t n_levels)
{
  return (uint32_t)offsetof(wire_columns, level) + n_levels;
}

/* Value of `key` in an atom object's body[0..size), whatever its sender wrote, or NULL.
   [any] */
static inline const LV2_Atom *
wire_find(const uint8_t *body, uint32_t size, LV2_URID key)
{
  uint64_t i = sizeof(LV2_Atom_Object_Body);
  while (i + sizeof(LV2_Atom_Property_Body) <= size) {
    const LV2_Atom_Property_Body *property = (const void *)(body + i);
    i += sizeof *property;
    if (property->value.size > size - i) {
      return NULL;
    }
    if (property->key == key) {
      return &property->value;
    }
    i += ((uint64_t)property->value.size + 7) & ~UINT64_C(7);
  }
  return NULL;
}

#endif
