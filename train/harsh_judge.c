/* SPDX-License-Identifier: ISC */
/* A figure of a cell uses that cell's examples only; thresholds come in from outside, so
   that what judges never chooses. */
#include "harsh_judge.h"

#include "rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_BOOTSTRAP = 300, N_BINS = 10 };

typedef struct {
  double score;
  bool harsh;
  double weight; /* how often the bootstrap drew its artist */
} scored;

static int
by_score(const void *a, const void *b)
{
  const double x = ((const scored *)a)->score;
  const double y = ((const scored *)b)->score;
  return (x > y) - (x < y);
}

/* Mann-Whitney, ties count half; s is sorted by score. */
static double
sorted_auroc(const scored *s, size_t n)
{
  double below = 0, wins = 0, harsh = 0;
  for (size_t i = 0; i < n;) {
    double clean_here = 0, harsh_here = 0;
    size_t j = i;
    for (; j < n && s[j].score == s[i].score; ++j) {
      *(s[j].harsh ? &harsh_here : &clean_here) += s[j].weight;
    }
    wins += harsh_here * (below + 0.5 * clean_here);
    below += clean_here;
    harsh += harsh_here;
    i = j;
  }
  return below > 0 && harsh > 0 ? wins / (below * harsh) : NAN;
}

static int
by_value(const void *a, const void *b)
{
  const double x = *(const double *)a;
  const double y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Index of each track's artist; returns how many artists there are. */
static uint32_t
number_artists(const harsh_pool *pool, const harsh_track *track, uint32_t *artist)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < pool->n; ++i) {
    const char *name = track[pool->example[i].track].artist;
    uint32_t j = 0;
    while (j < i && strcmp(track[pool->example[j].track].artist, name)) {
      ++j;
    }
    artist[i] = j < i ? artist[j] : n++;
  }
  return n;
}

static ear_status
judge_auroc(harsh_figures *f, const harsh_pool *pool, const harsh_track *track,
            const double *score, uint64_t seed)
{
  typedef struct {
    scored s;
    uint32_t artist;
  } item;
  item *items = calloc(pool->n, sizeof *items);
  scored *s = calloc(pool->n, sizeof *s);
  uint32_t *artist = calloc(pool->n, sizeof *artist);
  double *drawn = calloc(pool->n, sizeof *drawn);
  double *value = calloc(N_BOOTSTRAP, sizeof *value);
  ear_status st = items && s && artist && drawn && value ? EAR_OK : EAR_NO_MEMORY;
  if (!st) {
    f->n_artists = number_artists(pool, track, artist);
    for (uint32_t i = 0; i < pool->n; ++i) {
      items[i] = (item){{score[i], pool->example[i].harsh, 1}, artist[i]};
    }
    qsort(items, pool->n, sizeof *items, by_score); /* an item begins with its scored */
    rng r = rng_stream(seed, 401, 0);
    for (int b = -1; b < N_BOOTSTRAP; ++b) {
      memset(drawn, 0, f->n_artists * sizeof *drawn);
      for (uint32_t a = 0; a < f->n_artists; ++a) {
        ++drawn[b < 0 ? a : rng_below(&r, f->n_artists)];
      }
      for (uint32_t i = 0; i < pool->n; ++i) {
        s[i] = items[i].s;
        s[i].weight = drawn[items[i].artist];
      }
      *(b < 0 ? &f->auroc : &value[b]) = sorted_auroc(s, pool->n);
    }
    qsort(value, N_BOOTSTRAP, sizeof *value, by_value);
    f->auroc_low = value[(int)(0.025 * N_BOOTSTRAP)];
    f->auroc_high = value[(int)(0.975 * N_BOOTSTRAP)];
  }
  free(items);
  free(s);
  free(artist);
  free(drawn);
  free(value);
  return st;
}

/* Spearman's rank correlation of n <= HARSH_MAX_VERSIONS pairs. */
static double
spearman(const double *x, const double *y, uint32_t n)
{
  double rx[HARSH_MAX_VERSIONS], ry[HARSH_MAX_VERSIONS];
  double xy = 0, xx = 0, yy = 0;
  for (uint32_t i = 0; i < n; ++i) {
    rx[i] = ry[i] = -0.5 * (n - 1);
    for (uint32_t j = 0; j < n; ++j) {
      rx[i] += i == j ? 0 : x[j] < x[i] ? 1 : x[j] == x[i] ? 0.5 : 0;
      ry[i] += i == j ? 0 : y[j] < y[i] ? 1 : y[j] == y[i] ? 0.5 : 0;
    }
    xy += rx[i] * ry[i];
    xx += rx[i] * rx[i];
    yy += ry[i] * ry[i];
  }
  return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

void
harsh_judge_units(harsh_figures *f, const harsh_pool *pool, const double *score)
{
  double pairs = 0, right = 0, units = 0, rank = 0;
  for (uint32_t i = 0, end; i < pool->n; i = end) {
    double severity[HARSH_MAX_VERSIONS], value[HARSH_MAX_VERSIONS];
    uint32_t n = 0;
    for (end = i; end < pool->n && pool->example[end].unit == pool->example[i].unit;
         ++end) {
      const harsh_example *e = &pool->example[end];
      if (e->harsh) {
        right += score[end] > score[i] ? 1 : score[end] == score[i] ? 0.5 : 0;
        ++pairs;
      }
      if (!e->neutral) {
        severity[n] = e->severity;
        value[n++] = score[end];
      }
    }
    if (n >= 3) {
      rank += spearman(severity, value, n);
      ++units;
    }
  }
  f->pair = pairs > 0 ? right / pairs : NAN;
  f->rank = units > 0 ? rank / units : NAN;
}

ear_status
harsh_judge(harsh_figures *f, const harsh_pool *pool, const harsh_track *track,
            const double *score, double threshold, uint64_t seed)
{
  uint32_t harsh_over = 0, clean_over = 0, neutral_over = 0;
  uint32_t n_kind[DEGRADE_N_KINDS] = {0}, over[DEGRADE_N_KINDS] = {0};
  *f = (harsh_figures){0};
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    const bool high = score[i] >= threshold;
    *(e->harsh ? &f->n_harsh : e->neutral ? &f->n_neutral : &f->n_clean) += 1;
    *(e->harsh ? &harsh_over : e->neutral ? &neutral_over : &clean_over) += high;
    for (int k = 0; e->harsh && k < DEGRADE_N_KINDS; ++k) {
      n_kind[k] += e->kinds == 1u << k;
      over[k] += e->kinds == 1u << k && high;
    }
  }
  const double negatives = f->n_clean + f->n_neutral;
  const double alarms = clean_over + neutral_over;
  f->clean_alarms = f->n_clean ? (double)clean_over / f->n_clean : NAN;
  f->neutral_alarms = f->n_neutral ? (double)neutral_over / f->n_neutral : NAN;
  f->balanced = 0.5 * (harsh_over / (double)f->n_harsh + 1 - alarms / negatives);
  for (int k = 0; k < DEGRADE_N_KINDS; ++k) {
    f->recall[k] = n_kind[k] ? (double)over[k] / n_kind[k] : NAN;
    /* Alarms counted as if there were as many negatives as versions of this kind. */
    const double fp = alarms / negatives * n_kind[k];
    f->f1[k] = n_kind[k] ? 2.0 * over[k] / (over[k] + fp + n_kind[k]) : NAN;
  }
  harsh_judge_units(f, pool, score);
  return judge_auroc(f, pool, track, score, seed);
}

static scored *
sort_pool(const harsh_pool *pool, const double *score)
{
  scored *s = calloc(pool->n, sizeof *s);
  for (uint32_t i = 0; s && i < pool->n; ++i) {
    s[i] = (scored){score[i], pool->example[i].harsh, 1};
  }
  if (s) {
    qsort(s, pool->n, sizeof *s, by_score);
  }
  return s;
}

double
harsh_best_threshold(const harsh_pool *pool, const double *score)
{
  scored *s = sort_pool(pool, score);
  double harsh = 0, clean = 0, best = -1, at = 0;
  if (!s) {
    return 0.5;
  }
  for (uint32_t i = 0; i < pool->n; ++i) {
    harsh += s[i].harsh;
    clean += !s[i].harsh;
  }
  double harsh_below = 0, clean_below = 0;
  for (uint32_t i = 0; i + 1 < pool->n; ++i) {
    harsh_below += s[i].harsh;
    clean_below += !s[i].harsh;
    const double balanced = clean_below / clean + 1 - harsh_below / harsh;
    if (s[i + 1].score > s[i].score && balanced > best) {
      best = balanced;
      at = 0.5 * (s[i].score + s[i + 1].score);
    }
  }
  free(s);
  return at;
}

/* The score that a share of one class reaches: its quantile from above. */
static double
share_threshold(const harsh_pool *pool, const double *score, bool harsh, double share)
{
  scored *s = sort_pool(pool, score);
  double n = 0, at = 0;
  for (uint32_t i = 0; s && i < pool->n; ++i) {
    n += s[i].harsh == harsh;
  }
  double below = n * (1 - share);
  for (uint32_t i = 0; s && i < pool->n; ++i) {
    at = s[i].score;
    if (s[i].harsh == harsh && (below -= 1) < 0) {
      break;
    }
  }
  free(s);
  return at;
}

double
harsh_recall_threshold(const harsh_pool *pool, const double *score, double recall)
{
  return share_threshold(pool, score, true, recall);
}

double
harsh_alarm_threshold(const harsh_pool *pool, const double *score, double share)
{
  return share_threshold(pool, score, false, share);
}

void
harsh_measure_scores(const harsh_pool *pool, int measure, double sign, double *score)
{
  for (uint32_t i = 0; i < pool->n; ++i) {
    score[i] = sign * pool->example[i].measure[measure];
  }
}

void
harsh_regression_scores(const harsh_pool *pool, const baseline_regression *b,
                        double *score)
{
  for (uint32_t i = 0; i < pool->n; ++i) {
    score[i] = baseline_score(b, pool->example[i].measure);
  }
}

void
harsh_model_scores(const harsh_pool *pool, double *score)
{
  for (uint32_t i = 0; i < pool->n; ++i) {
    score[i] = pool->example[i].score;
  }
}

double
harsh_calibration_error(const harsh_pool *pool)
{
  double sum[N_BINS] = {0}, harsh[N_BINS] = {0}, n[N_BINS] = {0}, error = 0;
  double n_harsh = 0;
  for (uint32_t i = 0; i < pool->n; ++i) {
    n_harsh += pool->example[i].harsh;
  }
  for (uint32_t i = 0; i < pool->n; ++i) {
    /* Both classes weigh the same: the posterior assumes even odds. */
    const harsh_example *e = &pool->example[i];
    const double w = e->harsh ? 0.5 / n_harsh : 0.5 / (pool->n - n_harsh);
    int bin = (int)(e->score * N_BINS);
    bin = bin >= N_BINS ? N_BINS - 1 : bin;
    sum[bin] += w * e->score;
    harsh[bin] += w * e->harsh;
    n[bin] += w;
  }
  for (int b = 0; b < N_BINS; ++b) {
    error += fabs(sum[b] - harsh[b]);
  }
  return pool->n ? error : NAN;
}

harsh_steadiness
harsh_steadiness_of(const harsh_pool *pool, uint32_t change, double threshold)
{
  harsh_steadiness s = {0};
  for (uint32_t i = 0; i < pool->n; ++i) {
    const harsh_example *e = &pool->example[i];
    if (e->is_changed) {
      const double a = e->score, b = e->changed[change];
      s.moved += fabs(a - b);
      s.most = fmax(s.most, fabs(a - b));
      s.flipped += (a >= threshold) != (b >= threshold);
      ++s.n;
    }
  }
  s.moved = s.n ? s.moved / s.n : NAN;
  s.most = s.n ? s.most : NAN;
  s.flipped = s.n ? s.flipped / s.n : NAN;
  return s;
}
