/* SPDX-License-Identifier: ISC */
/* A recipe: front end, network and training settings as one text file.

     # comment
     [input]     rate 22050 | fft 2048 | hop 512 | bands 128 | low 0 | high 11025
                 scale slaney|htk | floor 1e-10 | frames 128   (patch length in training)
                 features mel mfcc chroma contrast tonnetz      (one or more; mel)
                 mfcc 20                        (coefficients, where there are any)
     [network]   one layer a line, time before frequency in every AxB:
                 conv OUT KTxKF [stride STxSF] [pad ROWS] [dilation DT] [bn] [relu]
                 depthwise KTxKF [stride STxSF] [pad ROWS] [dilation DT] [bn] [relu]
                 maxpool KTxKF [stride STxSF]     (stride defaults to the kernel)
                 avgpool KTxKF [stride STxSF]
                 summary KT [stride ST]           (minimum, maximum and mean over KT
                                                  columns: 3 channels for each)
                 branch               (what follows reads the input frames again)
                 concat               (ends the branch: the channels of the layer before
                                       `branch`, then those of the branch; same rows and
                                       step in time; once at most)
                 add BACK [relu]      (plus the output of the layer BACK layers before)
                 dropout P | flatten | mean [frequency] [deviation]
                 dense OUT|labels [relu]
                 KF may be `full`: all rows of the layer's input
     [train]     key value, see recipe_train and recipe_sound below; unknown keys are
   errors
     [search]    key LOW..HIGH [log], or key VALUE|VALUE: what `earshot-train search`
                 tries, see search_range.h; training does not look at it

   A recipe is checked when read: problems are named with file and line. */
#ifndef EAR_TRAIN_RECIPE_H
#define EAR_TRAIN_RECIPE_H

#include "../engine/earshot.h"
#include "../engine/model.h"

enum { RECIPE_MAX_LAYERS = 64, RECIPE_FULL = 0xffff, RECIPE_MAX_RANGES = 16 };
enum { RECIPE_N_KINDS = 8 }; /* of harshness, degrade.h's up to codec */

typedef struct {
  bool is_dropout; /* then only `dropout` counts */
  bool is_branch;  /* then nothing else does: the next layer reads the frames */
  float dropout;   /* probability that a feature is dropped */
  ear_op op;
  uint32_t kt, kf; /* kf == RECIPE_FULL: all rows */
  uint32_t st, sf, dt, pad;
  uint32_t back;  /* add: layers back, dropout and branch lines not counted */
  uint32_t n_out; /* conv, dense; 0: number of labels */
  bool bn, relu, over_frequency, deviation;
  char line[88]; /* as the recipe has it, words one space apart; "" when made by hand */
} recipe_layer;

typedef enum { RECIPE_SGD, RECIPE_ADAM, RECIPE_ADAMW } recipe_optimizer;
typedef enum {
  RECIPE_CONSTANT,
  RECIPE_COSINE,
  RECIPE_STEP,
  RECIPE_PLATEAU
} recipe_schedule;
typedef enum {
  RECIPE_SOFTMAX, /* one class of several: cross-entropy */
  RECIPE_SIGMOID, /* each label for itself: binary cross-entropy, several at once */
  RECIPE_BINARY   /* two classes from one output: sigmoid and binary cross-entropy; the
                     engine sees a softmax whose first logit is always 0 */
} recipe_activation;
typedef enum {
  RECIPE_WEIGHTS_NONE,
  RECIPE_WEIGHTS_SQRT,
  RECIPE_WEIGHTS_INVERSE
} recipe_weights;

typedef struct {
  recipe_optimizer optimizer; /* optimizer sgd|adam|adamw */
  recipe_schedule schedule;   /* schedule constant|cosine|step|plateau */
  float factor;               /* factor: of the rate at a step or plateau */
  uint32_t wait;              /* wait: epochs without better until plateau lowers it */
  float learning_rate;        /* rate */
  float momentum;             /* momentum (sgd) */
  float weight_decay;         /* decay: L2 (sgd, adam), or decoupled (adamw) */
  uint32_t warmup;            /* warmup STEPS */
  uint32_t epochs;            /* epochs */
  uint32_t batch;             /* batch */
  uint32_t crops;             /* crops: random patches of each clip in one epoch */
  uint32_t patience;          /* patience: epochs without a better validation; 0 never */
  float label_smoothing;      /* smoothing */
  float focal;                /* focal GAMMA: easy examples count less, 0 none */
  recipe_weights weights;     /* weights none|sqrt|inverse: rare classes weigh more */
  float mixup;                /* mixup ALPHA of the beta distribution, 0 none */
  float gain_db;              /* gain: random +- dB */
  float eq_db;                /* eq: random smooth tilt and curve over bands, +- dB */
  uint32_t time_masks, time_mask; /* timemask COUNT FRAMES (at most) */
  uint32_t freq_masks, freq_mask; /* freqmask COUNT BANDS (at most) */
  uint32_t freeze;                /* freeze: first lines of [network] that keep their
                                     weights and statistics */
  float teacher;                  /* teacher: their part of the targets, 0.5 */
  float temperature;              /* temperature of their posteriors, 2 */
  uint32_t quantize;              /* quantize: last epochs, trained in integers */
  float averaging;                /* averaging: decay of the averaged weights, 0 none */
  bool balance;                   /* balance yes|no: equally many of each class */
  recipe_activation activation;   /* activation softmax|sigmoid|binary */
  float severity, kinds; /* severity, kinds: weights of further heads' losses beside that
                            of the labels (1), harshness only; 0: no such head */
  uint32_t statistics;   /* statistics N: N cepstral coefficients and their slopes, over
                            all that is heard, beside the network: statistics.h; 0: none */
  bool zerosum;          /* zerosum yes|no: the kernels of the first layer, and of a
                            branch's, sum to 0, so
                            that the level of the sound changes nothing */
} recipe_train;

/* Keys of [train] too: what is done to the sound of training clips, waves.h.  All 0: no.
 */
typedef struct {
  uint32_t variants;           /* variants: of each clip, beside the clip as it is */
  float stretch;               /* stretch: +- percent of the duration */
  float pitch;                 /* pitch: +- semitones */
  float filter;                /* filter: +- dB of random filters */
  float shift;                 /* shift: +- ms, around the ends */
  float noise_low, noise_high; /* noise LOW HIGH: signal to noise ratio, dB */
  bool normalize;              /* normalize yes|no: the peak to full scale */
  float trim;                  /* trim: dB under the loudest is silence at the ends */
  float denoise;               /* denoise: dB by which a spectral gate lowers noise */
  float pad;                   /* pad: seconds that a clip lasts at least */
} recipe_sound;

typedef struct {
  char name[64];
  ear_front_end front_end;
  uint32_t frames;
  uint32_t n_layers;
  recipe_layer layer[RECIPE_MAX_LAYERS];
  recipe_train train;
  recipe_sound sound;
  uint32_t n_ranges;
  char range[RECIPE_MAX_RANGES][96]; /* "key=LOW..HIGH log" */
} recipe;

/* Read a recipe file, or a shipped one by name (built in from train/recipes).  n_labels
   resolves `dense labels`; it may be 0 to leave it open.  [setup] */
ear_status recipe_read(recipe *r, const char *name_or_path, ear_error *err);

/* Outputs behind those of the labels: severity, then each kind.  [any] */
uint32_t recipe_n_extra(const recipe *r);

/* The layers as the engine sees them, without weights: dropout and branch lines gone,
   `full` and `labels` resolved (further heads included), add's `from` resolved.  spec's
   layer, n_layers, front_end and heads are set, all scales 1.  Checked with
   ear_model_shapes. [setup] */
ear_status recipe_spec(const recipe *r, uint32_t n_labels, ear_model_spec *spec,
                       ear_error *err);

/* Every setting that the recipe or its defaults have, as a recipe would say it:
   "input.rate" "22050", "network.1" "conv 16 5x5 bn relu", "train.epochs" "20".  [any] */
void recipe_tell(const recipe *r,
                 void (*tell)(void *user, const char *key, const char *value),
                 void *user);

#endif
