/* SPDX-License-Identifier: ISC */
/* What may be done to the sound of a training clip before the front end.  All of it works
   on whole files in memory.

     trim -> gate -> stretch and pitch -> filter -> shift -> noise -> normalize -> pad

   None of it exists live: an engine that answers at once does not know the peak, the
   noise or the silences of a file that has not ended.  So nothing here ever touches clips
   that validate or test, and a training clip always trains as it is, too (variants.h).
   Source: C. Cannam, Rubber Band Library 3 (stretch, pitch). */
#ifndef EAR_TRAIN_WAVES_H
#define EAR_TRAIN_WAVES_H

#include "audio.h"
#include "recipe.h"
#include "rng.h"

/* Raise when any of these gives other samples than before: cached variants of another
   revision are not used again. */
enum { WAVES_REVISION = 2 };

/* All work in place on one channel and start from rest.  EAR_NO_MEMORY leaves a as it
   was. [any] */

/* Cut both ends where 46 ms have less than the loudest 46 ms less db. */
ear_status waves_trim(audio *a, double db);

/* Spectral gate: bins within 8 dB of the noise fall by up to db.  The noise of a bin is
   its mean power in the quietest tenth of all frames that are not digital silence. */
ear_status waves_gate(audio *a, double db);

/* Last `ratio` times as long, and sound `semitones` higher, one without the other. */
ear_status waves_stretch(audio *a, double ratio, double semitones);

/* Two peaking filters and a shelf anywhere, each +-db at most. */
void waves_filter(audio *a, double db, rng *r);

/* Everything later by n samples (or earlier); what falls off comes back at the other end.
 */
ear_status waves_shift(audio *a, ptrdiff_t n);

/* White Gaussian noise, snr_db under the RMS of a. */
void waves_noise(audio *a, double snr_db, rng *r);

/* The largest sample becomes 1; silence stays. */
void waves_normalize(audio *a);

/* Zeros at the end until it lasts that long. */
ear_status waves_pad(audio *a, double seconds);

/* All of the above that s asks for, amounts drawn from r. */
ear_status waves_vary(audio *a, const recipe_sound *s, rng *r);

#endif
