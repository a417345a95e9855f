/* SPDX-License-Identifier: ISC */
/* PortAudio in a process of its own, which earshot starts from itself and talks to over a
   socket of whole messages.  For PortAudio 19.6 aborts its process when it closes after a
   JACK server has gone (whatever device is open), waits ten minutes where the server's
   answer will never come, and asserts on what it finds while it looks for devices.

     parent: open, find   -> child: look for the device, open it -> HELLO or FAILED
     parent: one byte     -> child: start it                     -> STARTED or FAILED
                             child: callback -> ring -> messages -> BLOCK ... LOST
     parent: closes the socket, waits, kills if need be. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "cli.h"

/* argv: this word, "find" or "open", device or "", channels, client name.  Standard input
   is the socket. */
#define CAPTURE_COMMAND "portaudio-capture"

typedef enum {
  CAPTURE_HELLO,   /* rate, channels; text is the device's name */
  CAPTURE_FAILED,  /* text says why */
  CAPTURE_STARTED, /* blocks follow */
  CAPTURE_BLOCK,
  CAPTURE_LOST, /* text says why; the last message */
} capture_kind;

enum { CAPTURE_FLOATS = 8192 };

typedef struct {
  capture_kind kind;
  uint32_t n_channels, n_frames;
  uint32_t n_overflows; /* that PortAudio told of, since the start */
  uint64_t n_lost;      /* frames that found no room on their way to this block */
  double rate_hz;
  union {
    char text[sizeof(ear_error)];
    float x[CAPTURE_FLOATS]; /* [n_channels][n_frames] */
  } u;                       /* sent as far as it is filled */
} capture_message;

int cmd_capture(int argc, char **argv);

#endif
