/* SPDX-License-Identifier: ISC */
/* The ports, in the order of ttl/variant.ttl.in, which is the one truth on symbols,
   ranges and defaults (a test compares).  New ports come at the end only. */
#ifndef PLUGIN_PORTS_H
#define PLUGIN_PORTS_H

#include <stdint.h>

/* The indices of #stereo; #mono has no right channel. */
typedef enum {
  PORT_CONTROL = 0, /* atom sequence in: patch messages */
  PORT_NOTIFY,      /* atom sequence out */
  PORT_IN_LEFT,
  PORT_OUT_LEFT,
  PORT_IN_RIGHT,
  PORT_OUT_RIGHT,
  PORT_ENABLED,          /* 0 or 1, lv2:enabled: at 0 audio passes and analysis rests */
  PORT_FREEWHEEL,        /* 0 or 1, lv2:freeWheeling */
  PORT_RESET,            /* 0 or 1, trigger: a change from <= 0 to > 0 resets */
  PORT_THRESHOLD,        /* %, 0..100; 0: the model's own */
  PORT_HOLD,             /* ms, 0..5000, default 500 */
  PORT_HORIZON,          /* of flag and range: ear_horizon, default short-term */
  PORT_HARSH_MOMENTARY,  /* %, from here on outputs */
  PORT_HARSH_SHORT,      /* % */
  PORT_HARSH_INTEGRATED, /* % */
  PORT_FLAG,             /* 0 or 1: harsh at the horizon chosen */
  PORT_LOW,              /* Hz: where the evidence lies, at the horizon chosen; 0, 0 if */
  PORT_HIGH,             /* unknown */
  PORT_CLASS,            /* index of the label, integrated, classifier slot */
  PORT_CONFIDENCE,       /* %, its posterior */
  PORT_AGE,              /* ms from the newest sample behind harshness to now; before
                            there is one, from the start or the reset */
  PORT_DROPPED,          /* blocks lost since activation */
  PORT_HARSHNESS_STATUS, /* slot_status */
  PORT_CLASSIFIER_STATUS,
  PORT_LATENCY, /* frames: 0 */
  N_PORTS
} port_role;

/* Port index of a variant with n_channels (1 or 2) to its role; N_PORTS if there is no
   such port. */
static inline port_role
port_of(uint32_t index, uint32_t n_channels)
{
  const uint32_t role = n_channels == 2 || index <= PORT_OUT_LEFT ? index : index + 2;
  return role < N_PORTS ? (port_role)role : N_PORTS;
}

#endif
