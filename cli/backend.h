/* SPDX-License-Identifier: ISC */
/* Sources of live audio.  One that is open pushes blocks into a sink from a thread of its
   own; the main thread opens, polls and closes it, and decides what to do when it is
   gone.

     choose -> open (rate and channels are known) -> start -> poll ... -> close
                ^------------- after LOST, with back-off --------------'  */
#ifndef BACKEND_H
#define BACKEND_H

#include "raw.h"
#include "sink.h"

enum { MAX_CONNECT = 32 };

/* From the command line; every backend takes what concerns it. */
typedef struct {
  const char *client_name;          /* JACK: "earshot" */
  bool exact_name;                  /* JACK: fail instead of "earshot-01" */
  const char *server;               /* JACK: NULL is the default server */
  bool start_server;                /* JACK: only then may one be started */
  const char *connect[MAX_CONNECT]; /* JACK: regular expressions of output ports */
  uint32_t n_connect;               /* 0: physical inputs, unless no_connect */
  bool no_connect;
  bool verbose;          /* the libraries may talk on stderr */
  const char *device;    /* PortAudio: part of a name or "API:part", NULL is the
                            default; file: its path */
  const raw_format *raw; /* file: NULL if it has a header; stdin, "-", has none */
  uint32_t n_channels;   /* 0: 2, or as many as the device has if fewer; a file's own */
} backend_config;

typedef struct {
  double rate_hz;
  uint32_t n_channels;
  uint32_t block; /* frames a block, 0 if it varies */
  char name[256]; /* as others see it: "JACK client earshot", "ALSA: USB Audio" */
} backend_info;

typedef enum {
  BACKEND_RUNNING = 0,
  BACKEND_LOST,    /* server or device gone: close, wait, open again */
  BACKEND_CHANGED, /* another rate: close, open again at once */
  BACKEND_ENDED,   /* the file is at its end; why is "" unless it broke off */
} backend_state;

typedef struct backend backend; /* a backend's own, one open stream */

typedef struct {
  const char *name; /* "jack", "portaudio", "file" */
  /* Is there something to open?  Quick, prints nothing, starts nothing.  [setup] */
  bool (*answers)(const backend_config *config);
  /* On failure err has a sentence that says what to do.  What can be connected is
     remembered in *memory, which starts NULL, outlives the stream and is freed by
     forget: the next open restores it.  [setup] */
  bool (*open)(backend **b, const backend_config *config, sink *to, backend_info *info,
               void **memory, ear_error *err);
  bool (*start)(backend *b, ear_error *err); /* from here on the sink is pushed to */
  /* Why it is no longer running goes to why.  [setup, often] */
  backend_state (*poll)(backend *b, ear_error *why);
  uint32_t (*xruns)(const backend *b); /* since open, not while freewheeling */
  void (*close)(backend *b);           /* never hangs, even if the server does */
  void (*forget)(void *memory);
} backend_api;

#ifdef HAVE_JACK
extern const backend_api backend_jack;
#endif
#ifdef HAVE_PORTAUDIO
extern const backend_api backend_portaudio;
#endif
extern const backend_api backend_file;

/* By name, or NULL; with name NULL the first live one that answers, or NULL. */
const backend_api *backend_choose(const char *name, const backend_config *config);

/* Has this build a backend of that name; with name NULL, any live one? */
bool backend_is_built(const char *name);

#endif
