/* SPDX-License-Identifier: ISC */
/* A mel spectrogram, with the parts tinted in which the network saw its evidence. */
#ifndef EAR_VIEW_SPECTROGRAM_H
#define EAR_VIEW_SPECTROGRAM_H

#include "../engine/earshot.h"
#include "paint.h"

typedef struct {
  const char *title, *note;
  uint32_t n_frames, n_bands;
  const float *db;         /* [n_frames][n_bands] */
  double start_s, frame_s; /* time of the first frame; from one to the next */
  float low_hz, high_hz;   /* of the bands, evenly spread on the mel scale */
  ear_mel_scale scale;
  float range_db;     /* shown below the loudest; 0: 80 */
  float least_top_db; /* what is softer than this is never shown as loud; 0: no limit */
  /* Class activation; n_ticks 0: none */
  uint32_t n_ticks, n_rows;
  const float *activation; /* [n_ticks][n_rows], negative counts as 0 */
  double tick_start_s, tick_s;
  const float *row_low_hz, *row_high_hz; /* [n_rows] */
  const char *activation_name;           /* of the class */
  float mark_low_hz, mark_high_hz;       /* a range to point at; 0, 0: none */
} view_spectrogram;

void view_draw_spectrogram(cairo_t *cr, const view_theme *th, view_box box,
                           const view_spectrogram *d);

/* Its colours alone into `box`, and the frequencies at the left edge of that.  False:
   there is no sound to show, and nothing was drawn. */
bool view_spectrogram_paint(cairo_t *cr, const view_theme *th, view_box box,
                            const view_spectrogram *d);
void view_spectrogram_hz(cairo_t *cr, const view_theme *th, view_box box,
                         const view_spectrogram *d);

/* What the colours mean, in one line. */
void view_spectrogram_key(cairo_t *cr, const view_theme *th, view_box line,
                          const view_spectrogram *d);

/* Place of a frequency on the mel scale, 0..1 from low_hz to high_hz.  [any] */
double view_mel_place(ear_mel_scale scale, double low_hz, double high_hz, double hz);

#endif
