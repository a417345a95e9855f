/* SPDX-License-Identifier: ISC */
/* Sound files that were damaged in every way: wav, flac, ogg, opus and mp3 of made-up
   sound, then cut, flipped, overwritten, spliced, emptied. */
#ifndef EAR_TESTS_SOUND_MUTANTS_H
#define EAR_TESTS_SOUND_MUTANTS_H

#include <stddef.h>
#include <stdint.h>

enum { SOUND_RATE = 16000, SOUND_N_CLASSES = 2 };

/* Class noise (even i) or tone (odd), half a second and more, in the format that the
   ending of the path says.  False: it could not be written. */
int sound_write(const char *path, int i);

typedef struct sound_mutants sound_mutants;

/* Made of sounds number n_good and n_good + 1, written to folder; NULL: no memory. */
sound_mutants *sound_mutants_new(const char *folder, int n_good);
void sound_mutants_free(sound_mutants *m);

/* Mutant i of that seed as folder/noise or folder/tone, m<i>.<ending>; writes that
   relative name.  The same arguments make the same file. */
int sound_mutant_write(sound_mutants *m, const char *folder, uint64_t seed, uint32_t i,
                       char name[64]);

#endif
