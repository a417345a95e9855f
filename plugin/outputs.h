/* SPDX-License-Identifier: ISC */
/* From the newest verdicts to the control ports. */
#ifndef PLUGIN_OUTPUTS_H
#define PLUGIN_OUTPUTS_H

#include "plugin.h"

/* Take at most `most` reports; the newest verdict of each slot stays.  [audio] */
void outputs_fetch(plugin *pl, uint32_t most) EAR_RT;

/* Whether the flag is up at the horizon chosen.  [audio] */
bool outputs_flag(const plugin *pl) EAR_RT;

/* Write every control output that is connected.  [audio] */
void outputs_write(plugin *pl) EAR_RT;

#endif
