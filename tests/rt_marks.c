/* SPDX-License-Identifier: ISC */
/* Compiles without a function-effects warning only if each function in this table is
   declared EAR_RT: what the audio thread of an embedder or of the plugin enters by.  All
   that these call, clang checks by itself. */
#include "plugin.h"

#if !defined(__clang__) || __clang_major__ < 20
#error "this compiler does not check function effects"
#endif

typedef struct {
  void (*downmix)(float *, const float *const *, uint32_t, size_t) EAR_RT;
  void (*downmix_interleaved)(float *, const float *, uint32_t, size_t) EAR_RT;
  void (*push)(ear_live *, const float *const *, uint32_t, size_t) EAR_RT;
  bool (*pop)(ear_live *, ear_report *) EAR_RT;
  bool (*pop_column)(ear_live *, ear_column *) EAR_RT;
  void (*watch)(ear_live *, uint32_t) EAR_RT;
  ear_live_stats (*stats)(const ear_live *) EAR_RT;
  bool (*reset)(ear_live *) EAR_RT;
  bool (*set_flags)(ear_live *, uint32_t, const ear_flag_config *) EAR_RT;
  bool (*swap)(ear_live *, ear_live_part *, const ear_flag_config *) EAR_RT;
  void (*resume)(ear_live *) EAR_RT;
  void (*run)(LV2_Handle, uint32_t) EAR_RT;
} entries;

extern const entries rt_marks;

const entries rt_marks = {
    .downmix = ear_downmix,
    .downmix_interleaved = ear_downmix_interleaved,
    .push = ear_live_push,
    .pop = ear_live_pop,
    .pop_column = ear_live_pop_column,
    .watch = ear_live_watch,
    .stats = ear_live_stats_get,
    .reset = ear_live_reset,
    .set_flags = ear_live_set_flags,
    .swap = ear_live_swap,
    .resume = ear_live_resume,
    .run = plugin_run,
};
