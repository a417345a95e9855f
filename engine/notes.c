/* SPDX-License-Identifier: ISC */
/* Notes stand in the order in which one pass would have judged them. */
#include "notes.h"

#include <stdlib.h>
#include <string.h>

bool
ear_notes_new(ear_notes *notes, uint32_t n_room, size_t n_bytes)
{
  *notes = (ear_notes){.n_room = n_room,
                       .note = calloc(n_room, sizeof *notes->note),
                       .n_bytes_room = n_bytes,
                       .bytes = malloc(n_bytes)};
  if (!notes->note || !notes->bytes) {
    ear_notes_free(notes);
    return false;
  }
  return true;
}

void
ear_notes_free(ear_notes *notes)
{
  free(notes->note);
  free(notes->bytes);
  *notes = (ear_notes){0};
}

void
ear_notes_clear(ear_notes *notes, uint64_t first)
{
  notes->first = first;
  notes->n = 0;
  notes->n_bytes = 0;
}

void
ear_notes_add(ear_notes *notes, const ear_note *note, size_t n)
{
  if (notes->at < notes->first || notes->n == notes->n_room ||
      n > notes->n_bytes_room - notes->n_bytes) {
    return;
  }
  ear_note *own = &notes->note[notes->n++];
  *own = *note;
  own->column = notes->bytes + notes->n_bytes;
  memcpy(notes->bytes + notes->n_bytes, note->column, n);
  notes->n_bytes += n;
}
