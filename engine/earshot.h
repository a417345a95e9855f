/* SPDX-License-Identifier: ISC */
/* Earshot: samples in, verdicts out.  The one header for embedders.

     mono block (any rate, any size) -> features (resample, window, FFT, mel, dB)
       -> int8 streaming CNN -> three horizons -> threshold, hysteresis, hold
       -> ear_verdict per tick, ear_event per flagged stretch

   Words: a *block* is what the host hands over, a *frame* one column of values
   (one per hop), a *tick* one new feature column of the network (hop x time strides).
   Threads: [setup] alone, before or after audio; [audio] the host's callback;
   [analysis] the worker or the caller's own thread; [any] pure. */
#ifndef EARSHOT_H
#define EARSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define EAR_API
#else
#define EAR_API __attribute__((visibility("default")))
#endif

/* No allocation, lock, system call or unbounded loop.  Clang >= 20 checks it. */
#if defined(__clang__) && __clang_major__ >= 20
#define EAR_RT __attribute__((nonblocking))
#else
#define EAR_RT
#endif

enum {
  EAR_MAX_MODELS = 4,       /* run by one analyzer */
  EAR_MAX_LABELS = 64,      /* of one model */
  EAR_MAX_BANDS = 256,      /* values in one frame */
  EAR_MAX_ROWS = 64,        /* frequency rows of a class activation map */
  EAR_MAX_HARSH_KINDS = 16, /* of harshness, told apart by one model */
};

typedef enum {
  EAR_OK = 0,
  EAR_NO_MEMORY,
  EAR_BAD_ARGUMENT, /* the caller's: a rate outside 8..384 kHz, too many models, ... */
  EAR_BAD_MODEL,    /* the bytes are not a model this engine accepts */
  EAR_IO,           /* a file could not be read or written */
  EAR_NO_THREAD,    /* the analysis thread could not be started */
} ear_status;

/* One sentence without a full stop's worth of context, static storage.  [any] */
EAR_API const char *ear_strerror(ear_status st);

/* Filled by setup functions that fail: one sentence naming the thing and what to do.
   May be NULL wherever it is an argument. */
typedef struct {
  char text[512];
} ear_error;

/* "earshot 0.1.0", and the kernel variant chosen for this CPU ("ref", "avx2").  [any] */
EAR_API const char *ear_version(void);
EAR_API const char *ear_kernels_name(void);

/* ---- front end ---- */

typedef enum { EAR_MEL_SLANEY = 0, EAR_MEL_HTK = 1 } ear_mel_scale;

/* What a frame holds, a bit each; the values of several kinds stand in this order. */
typedef enum {
  EAR_KIND_MEL = 1,      /* n_bands mel bands, dB */
  EAR_KIND_MFCC = 2,     /* n_mfcc cepstral coefficients of those bands, dB */
  EAR_KIND_CHROMA = 4,   /* 12 pitch classes from C on, the largest 1 */
  EAR_KIND_CONTRAST = 8, /* 7 octave bands, peaks over valleys, dB */
  EAR_KIND_TONNETZ = 16, /* 6 coordinates of the chroma's tonal centroid */
} ear_kind;

enum { EAR_N_KINDS = 5, EAR_N_CHROMA = 12, EAR_N_CONTRAST = 7, EAR_N_TONNETZ = 6 };

/* "mel", "mfcc", "chroma", "contrast" or "tonnetz": of bit i, i < EAR_N_KINDS.  [any] */
EAR_API const char *ear_kind_name(uint32_t i);

/* Samples to frames, of log-mel bands or other kinds.  Frame t covers samples [hop t,
   hop t + n_fft) of the signal at rate_hz.  Periodic Hann window; filters as librosa
   0.11: triangular, area-normalised (Slaney norm).
   Source: S. Davis, P. Mermelstein, IEEE Trans. ASSP 28(4), 1980. */
typedef struct {
  float rate_hz;       /* that the frames are computed at, 8000..384000 */
  uint32_t n_fft;      /* window length in samples, a power of two, 64..16384 */
  uint32_t hop;        /* samples from one frame to the next, 1..n_fft */
  uint32_t n_bands;    /* mel bands, 1..EAR_MAX_BANDS */
  float low_hz;        /* lower edge of the first band */
  float high_hz;       /* upper edge of the last band, <= rate_hz / 2 */
  ear_mel_scale scale; /* Slaney (librosa's default) or HTK */
  float floor_power;   /* log floor: dB = 10 log10(max(power, floor_power)), > 0 */
  bool power;          /* mel bands are power instead of dB; no other kind then */
  uint32_t kinds;      /* EAR_KIND_* or'ed, at least one */
  uint32_t n_mfcc;     /* cepstral coefficients, 1..n_bands, where there are any */
} ear_front_end;

/* 22,050 Hz, 2048, 512, 128 bands, 0..11,025 Hz, Slaney, floor 1e-10, dB; mel alone, 20
   coefficients if MFCC is added.  [any] */
EAR_API ear_front_end ear_front_end_default(void);

/* Values in one frame: of all the kinds together, at most EAR_MAX_BANDS.  [any] */
EAR_API uint32_t ear_front_end_values(const ear_front_end *fe);

typedef struct ear_features ear_features;

/* Called with one frame, value[0..ear_front_end_values), readable until the call returns,
   and its index t.  [analysis] */
typedef void (*ear_frame_fn)(void *user, uint64_t t, const float *value);

/* Resampler and front end for mono samples at in_rate_hz (8..384 kHz).  [setup] */
EAR_API ear_status ear_features_new(ear_features **fx, double in_rate_hz,
                                    const ear_front_end *fe, ear_error *err);
EAR_API void ear_features_free(ear_features *fx); /* NULL is fine  [setup] */

/* Push x[0..n), full scale +-1, n may be 0; on_frame gets each frame completed.  The
   frames do not depend on how the samples were split.  Values that are not finite count
   as 0, values beyond +-32 as +-32.  Cannot fail.  [analysis] */
EAR_API void ear_features_push(ear_features *fx, const float *x, size_t n,
                               ear_frame_fn on_frame, void *user);

/* The signal has ended: what the resampler still holds becomes frames.  Then only
   ear_features_reset may follow.  [analysis] */
EAR_API void ear_features_finish(ear_features *fx, ear_frame_fn on_frame, void *user);

/* As new.  At unequal rates it allocates, and takes some milliseconds; when memory is
   short, no frames come until the next reset.  [analysis] */
EAR_API void ear_features_reset(ear_features *fx);

/* ---- models ---- */

/* Immutable, counted by reference, may be shared between threads. */
typedef struct ear_model ear_model;

/* Read a .safetensors file into memory and check all of it, its test vector too.
   On failure *model is NULL and err says why in a sentence.  [setup] */
EAR_API ear_status ear_model_open(ear_model **model, const char *path, ear_error *err);

/* The same from bytes[0..n), copied.  [setup] */
EAR_API ear_status ear_model_parse(ear_model **model, const void *bytes, size_t n,
                                   ear_error *err);

/* A model compiled into the library: "harshness" or "genre".  [setup] */
EAR_API ear_status ear_model_builtin(ear_model **model, const char *name, ear_error *err);

EAR_API ear_model *ear_model_ref(ear_model *model); /* [any] */
EAR_API void ear_model_unref(ear_model *model);     /* NULL is fine  [setup] */

/* What a model says of itself; lives as long as the model. */
typedef struct {
  const char *name;
  const char *task; /* "harshness" or "classifier" */
  const char *license;
  const char *card; /* text: training data, split, figures */
  char sha256[65];  /* of the whole file, hexadecimal */
  uint32_t n_labels;
  const char *label[EAR_MAX_LABELS];
  float threshold[EAR_MAX_LABELS]; /* default flag threshold; > 1: label never flags */
  float unsure;           /* verdicts of a smaller ear_margin are unsure; 0: none is */
  bool has_severity;      /* its verdicts say how harsh, */
  uint32_t n_harsh_kinds; /* and which of these kinds of harshness */
  const char *harsh_kind[EAR_MAX_HARSH_KINDS];
  ear_front_end front_end;
  double tick_s;         /* time from one verdict to the next */
  double receptive_s;    /* audio behind one feature column */
  uint64_t macs_per_s;   /* multiply-accumulates for one second of audio */
  uint64_t n_parameters; /* weights and biases */
  uint32_t n_rows;       /* rows of the class activation map; 0 if it has none, or
                            they are no part of the spectrum (not mel alone) */
  float row_low_hz[EAR_MAX_ROWS]; /* edges of each row's own share of the spectrum */
  float row_high_hz[EAR_MAX_ROWS];
} ear_model_info;

EAR_API const ear_model_info *ear_model_info_get(const ear_model *model); /* [any] */

/* ---- verdicts ---- */

/* After EBU R128's idea: 0.4 s, 3 s, and since reset without ticks under -70 dBFS. */
typedef enum { EAR_MOMENTARY = 0, EAR_SHORT = 1, EAR_INTEGRATED = 2 } ear_horizon;
enum { EAR_N_HORIZONS = 3 };

/* How posteriors become flags.  All times in ms. */
typedef struct {
  float threshold[EAR_MAX_LABELS]; /* on at p >= threshold; > 1: never */
  float hysteresis;                /* off at p < threshold - hysteresis, but not lower
                                      than half of the threshold: ear_flag_off_level */
  float hold_ms;                   /* stays on this long after p fell */
  float min_ms;                    /* shorter stretches are no event */
  ear_horizon event_horizon;       /* whose flag makes events */
} ear_flag_config;

/* The model's own thresholds, hysteresis 0.1, hold 500 ms, minimum 300 ms, events from
   the short-term horizon.  [any] */
EAR_API ear_flag_config ear_flag_config_default(const ear_model *model);

/* Under which posterior the flag of that label goes off: max(threshold - hysteresis,
   threshold / 2), so that it does go off, however low the threshold.  [any] */
EAR_API float ear_flag_off_level(const ear_flag_config *config, uint32_t label);

typedef struct {
  double t_s;     /* end of the newest sample used, from the start of the input: of the
                     newest frame of this tick, at most the end of the input */
  uint32_t model; /* index in ear_analyzer_config.model */
  uint32_t n_labels;
  float level_dbfs; /* RMS of the samples since the last tick (at the first: since the
                       start), at the model's rate; a sine of full scale has -3.01,
                       digital silence -200 */
  bool gated;       /* level under -70 dBFS: not counted by the integrated horizon */
  bool flag[EAR_N_HORIZONS];     /* any label flagged */
  uint8_t label[EAR_N_HORIZONS]; /* index of the largest posterior */
  bool unsure[EAR_N_HORIZONS];   /* it is hardly ahead of the second: tell both */
  /* Posteriors.  Over nothing but gated ticks: 1 for a harshness model's first label that
     never flags (clean), 1 / n_labels for each of a classifier; no flag, no range. */
  float p[EAR_N_HORIZONS][EAR_MAX_LABELS];
  float severity[EAR_N_HORIZONS]; /* 0..100; -1: the model has no such head */
  float harsh_kind[EAR_N_HORIZONS][EAR_MAX_HARSH_KINDS]; /* probability of each, if
               harsh, [H][K]; like severity 0 over nothing but gated ticks */
  float low_hz[EAR_N_HORIZONS];  /* where the evidence lies: rows whose contribution is */
  float high_hz[EAR_N_HORIZONS]; /* at least half of the largest; 0, 0 if unknown */
  uint32_t n_rows;
  float contribution[EAR_MAX_ROWS]; /* short-term class activation per row, in logits,
                                       of the flaggable label that is likeliest */
  float momentary[EAR_MAX_ROWS];    /* the same over the momentary horizon */
} ear_verdict;

/* How far the largest of the posteriors p[0..n_labels) is ahead of the second.  [any] */
EAR_API float ear_margin(const float *p, uint32_t n_labels);

/* A finished stretch over which one label was flagged at the event horizon: from the tick
   that reached the threshold to the last one over ear_flag_off_level, both dated back by
   half the audio that the horizon hears, so that the times are those of the sound (one
   flagged from the first tick on starts at 0, one flagged to the last ends with the
   input).  The hold time joins stretches but is no part of them. */
typedef struct {
  uint32_t model;
  uint32_t label;
  double start_s, end_s;
  float peak_p;
  float low_hz, high_hz; /* at the peak; 0, 0 if unknown */
  float severity;        /* at the peak; -1: unknown */
  int32_t harsh_kind;    /* the likeliest at the peak, if >= 0.5; else -1 */
  bool unsure;           /* at the peak: this label or another, hardly apart */
  bool rejected;         /* shorter than min_ms: a candidate, for --explain only */
} ear_event;

/* ---- analyzer: pure, no thread, no file ---- */

typedef struct ear_analyzer ear_analyzer;

typedef struct {
  double rate_hz;                   /* of the input, 8000..384000 */
  uint32_t n_models;                /* 1..EAR_MAX_MODELS */
  ear_model *model[EAR_MAX_MODELS]; /* a reference is taken to each */
  ear_flag_config flag[EAR_MAX_MODELS];
  void (*on_verdict)(void *user, const ear_verdict *v); /* either may be NULL */
  void (*on_event)(void *user, const ear_event *e);
  void *user;
} ear_analyzer_config;

/* All memory is taken here.  Refuses rates, model counts and flags that make no sense
   (not a number, negative times) with a sentence.  [setup] */
EAR_API ear_status ear_analyzer_new(ear_analyzer **an, const ear_analyzer_config *config,
                                    ear_error *err);
EAR_API void ear_analyzer_free(ear_analyzer *an); /* NULL is fine  [setup] */

/* Push mono x[0..n); calls back for all that it completes.  The verdicts are the same
   bits however the samples are split.  Samples count as in ear_features_push, denormal
   numbers as 0, in the callbacks too.  Cannot fail.  [analysis] */
EAR_API void ear_analyzer_push(ear_analyzer *an, const float *x, size_t n);

/* The input has ended: flush, close open events.  A model that has given no verdict yet
   gives one, of the input followed by silence, unless there was no input at all.  Only
   reset may follow.  [analysis] */
EAR_API void ear_analyzer_finish(ear_analyzer *an);

/* As new, with the flags last set; open events are forgotten.  At unequal rates it
   allocates, and takes some milliseconds; when memory is short, no verdicts come until
   the next reset.  [analysis] */
EAR_API void ear_analyzer_reset(ear_analyzer *an);

/* Replace thresholds and times of one model from now on; settings that make no sense
   (see ear_analyzer_new) change nothing.  [analysis] */
EAR_API void ear_analyzer_set_flags(ear_analyzer *an, uint32_t model,
                                    const ear_flag_config *flag);

/* A long recording in several places at once: each stretch of it is looked at by a scout,
   which does all of the work but the verdicts, on any thread; the analyzer takes what the
   scouts found, in the order of the stretches, and calls back with the verdicts of one
   pass, bit for bit. */
typedef struct ear_scout ear_scout;

enum { EAR_SCOUT_STEP = 64 }; /* stretches begin and end at multiples of it */

/* For stretches of at most n samples; callbacks and flags of config are not used.
   EAR_BAD_ARGUMENT at rates that are resampled in one go only, and where
   ear_analyzer_new says so.  [setup] */
EAR_API ear_status ear_scout_new(ear_scout **scout, const ear_analyzer_config *config,
                                 uint64_t n, ear_error *err);
EAR_API void ear_scout_free(ear_scout *scout); /* NULL is fine  [setup] */

/* The next stretch begins at sample `first`.  Returns the sample, not behind it, from
   which on all must be pushed, up to the end of the stretch; what is before is only
   heard.  [analysis] */
EAR_API uint64_t ear_scout_begin(ear_scout *scout, uint64_t first);
EAR_API void ear_scout_push(ear_scout *scout, const float *x, size_t n);
EAR_API void ear_scout_finish(ear_scout *scout); /* the input, too, has ended */

/* Take a stretch, the one that follows the last taken; ear_analyzer_finish after the one
   that was finished.  Nothing may have been pushed.  [analysis] */
EAR_API void ear_analyzer_take(ear_analyzer *an, const ear_scout *scout);

/* Mean of the channels: mono[i] = (sum over c of in[c][i]) / n_channels, for i in [0, n),
   and the same from interleaved x[n][n_channels].  [any] */
EAR_API void ear_downmix(float *mono, const float *const *in, uint32_t n_channels,
                         size_t n) EAR_RT;
EAR_API void ear_downmix_interleaved(float *mono, const float *x, uint32_t n_channels,
                                     size_t n) EAR_RT;

/* ---- live: an analyzer on a thread of its own ----

     audio thread: push --tape--> worker: analyzer --ring--> audio thread: pop

   The tape keeps the newest ring_s of audio: a worker that falls behind loses the oldest,
   the audio thread never waits.  Flags, resets and models go by a ring of commands, each
   stamped with the sample that it comes before: so the verdicts depend on what was pushed
   and commanded, never on which thread was how fast (as long as nothing is lost). */

typedef struct ear_live ear_live;

typedef struct {
  uint64_t samples_in;   /* pushed; the clock of ear_report.at_s */
  uint64_t samples_done; /* of those, analysed or lost */
  uint64_t samples_lost; /* overwritten before they were analysed */
  uint32_t overruns;     /* blocks pushed onto audio that still waited, each of which lost
                            as much of the oldest */
  uint32_t lost_reports; /* not fetched in time by ear_live_pop */
} ear_live_stats;

/* The callbacks of config are not used: verdicts and events come out of ear_live_pop.
   ring_s is how much audio may wait (0: 2 s; at most 60).  Starts the thread, which
   warms the analyzer up before it analyses; blocks may be pushed meanwhile.  [setup] */
EAR_API ear_status ear_live_new(ear_live **live, const ear_analyzer_config *config,
                                double ring_s, ear_error *err);

/* Threads that analyse many streams, each of which else has a thread of its own: for
   hundreds in one process.  1 to 256 threads, room for n_streams, as many or more.  Each
   thread serves every stream that sits with it lag_s (0 to 10) after its next verdict is
   due, but before a quarter of its ring more is full.  A stream's data has left the
   caches when its turn comes: with lags of a few ticks one thread carries half as many
   streams again.  Freed after the last of its streams.  [setup] */
typedef struct ear_live_pool ear_live_pool;
EAR_API ear_status ear_live_pool_new(ear_live_pool **pool, uint32_t n_threads,
                                     uint32_t n_streams, double lag_s, ear_error *err);
EAR_API void ear_live_pool_free(ear_live_pool *pool); /* NULL is fine  [setup] */

/* As ear_live_new, analysed by the threads of the pool, while other streams run; from any
   thread.  EAR_BAD_ARGUMENT when all of its places are taken: ear_live_free gives one
   back.  [setup] */
EAR_API ear_status ear_live_new_in(ear_live **live, ear_live_pool *pool,
                                   const ear_analyzer_config *config, double ring_s,
                                   ear_error *err);

/* Stops the thread; what was pushed but not analysed is lost, and so is an event whose
   flag is still on: ear_live_finish gives both.  [setup] */
EAR_API void ear_live_free(ear_live *live);

/* Hand over one block, downmixed as ear_downmix does; n may be 0.  [audio] */
EAR_API void ear_live_push(ear_live *live, const float *const *in, uint32_t n_channels,
                           size_t n) EAR_RT;

typedef enum { EAR_REPORT_VERDICT = 0, EAR_REPORT_EVENT = 1 } ear_report_kind;
typedef struct {
  ear_report_kind kind;
  double at_s; /* the end of the newest sample used, in samples pushed since ear_live_new
                  (lost ones too) over the rate; t_s counts from the last reset */
  union {
    ear_verdict verdict;
    ear_event event;
  } u;
} ear_report;

/* Take the oldest report; false when there is none.  [audio] */
EAR_API bool ear_live_pop(ear_live *live, ear_report *report) EAR_RT;
EAR_API ear_live_stats ear_live_stats_get(const ear_live *live) EAR_RT; /* [any] */

/* For pictures: what a model sees of the sound, mel levels in steps of half a dB. */
typedef struct {
  uint32_t model;
  uint32_t n_bands;
  uint8_t level[EAR_MAX_BANDS]; /* dB = level / 2 - 70, for windows of 2048 samples; the
                                   same for others (a tone has the same level in all) */
} ear_column;

/* Time from one column to the next: one frame, or the loudest of as many as 20 ms hold.
   0: frames of this front end hold no mel bands, and there are no columns.  [any] */
EAR_API double ear_column_s(const ear_front_end *fe);

/* Make columns of that model from now on; EAR_MAX_MODELS: of none, as at first.  [any] */
EAR_API void ear_live_watch(ear_live *live, uint32_t model) EAR_RT;

/* Take the oldest column; false when there is none.  More than 64 that wait are lost.
   [audio] */
EAR_API bool ear_live_pop_column(ear_live *live, ear_column *column) EAR_RT;

/* Commands: from the sample pushed next on.  False, and nothing was done, if many
   commands still wait: try again after the next push.
   ear_live_reset: as ear_analyzer_reset.  ear_live_set_flags: as ear_analyzer_set_flags.
   [audio] */
EAR_API bool ear_live_reset(ear_live *live) EAR_RT;
EAR_API bool ear_live_set_flags(ear_live *live, uint32_t model,
                                const ear_flag_config *flag) EAR_RT;

/* A model made ready to take a place in one analyzer: its network, front end, buffers. */
typedef struct ear_live_part ear_live_part;

/* Make `model` ready for place m of `live`; a reference is taken.  May run while audio
   runs.  [setup: any thread but audio] */
EAR_API ear_status ear_live_part_new(ear_live_part **part, const ear_live *live,
                                     uint32_t m, ear_model *model, ear_error *err);
EAR_API void ear_live_part_free(ear_live_part *part); /* NULL is fine  [setup] */

/* A command too: the part takes its place, as new and with these flags, an open event of
   the old model ends, and the other models run on undisturbed.  The worker frees the old
   one.  If true the part is live's, else still the caller's.  [audio] */
EAR_API bool ear_live_swap(ear_live *live, ear_live_part *part,
                           const ear_flag_config *flag) EAR_RT;

/* For a host that renders faster than real time: analyse now, in this thread, all that
   was pushed.  The first call takes the analyzer over from the worker and may sleep until
   that lets go; from then on, until ear_live_resume, the worker rests.  Not real-time.
   [audio, while freewheeling] */
EAR_API void ear_live_analyse(ear_live *live);
EAR_API void ear_live_resume(ear_live *live) EAR_RT; /* [audio] */

/* Wait until all that was pushed has been analysed, or is lost.  [setup] */
EAR_API void ear_live_drain(ear_live *live);

/* The input has ended: drain, then as ear_analyzer_finish; the last verdicts and events
   come out of ear_live_pop.  Only ear_live_free may follow, after the last pop.
   [setup, nothing pushes any more] */
EAR_API void ear_live_finish(ear_live *live);

#ifdef __cplusplus
}
#endif
#endif
