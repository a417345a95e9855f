/* SPDX-License-Identifier: ISC */
/* A lossy codec there and back, in memory, through libsndfile. */
#ifndef EAR_TRAIN_CODEC_H
#define EAR_TRAIN_CODEC_H

#include "audio.h"

typedef enum { CODEC_MP3, CODEC_VORBIS, CODEC_OPUS, CODEC_ADPCM } codec_kind;

/* quality 0 (worst) .. 1.  Same rate, channels and length afterwards, aligned with what
   went in.  More than two channels go through as pairs. */
ear_status codec_round_trip(audio *a, codec_kind kind, double quality);

#endif
