/* SPDX-License-Identifier: ISC */
/* All items of all prints, sorted, say at once where else an item occurs; each such place
   is an offset at which the two prints are then compared bit by bit. */
#include "duplicates_search.h"

#include <stdlib.h>
#include <string.h>

/* Chromaprint's number for silence; items in more places than MOST tell nothing. */
enum { SILENCE = 627964279, MOST = 64 };

/* Share of bits that may differ, see duplicates.h. */
static const double most_differ[N_PRINT_SPEEDS] = {0.20, 0.12};

/* Of the shorter sound that must be common, and at least so long. */
static const double least_share = 0.4;
static const double least_s[N_PRINT_SPEEDS] = {3, 0.35};

/* A steady tone gives the same few items at any pitch class: not enough to go by. */
static const double least_distinct = 0.2;

typedef struct {
  uint32_t item, clip, at;
} place;

typedef struct {
  print_speed speed;
  const inspection *k;
  uint32_t n;
  place *place; /* [n] by item, then clip */
} index_of;

typedef struct {
  uint32_t clip;
  int32_t later; /* items */
} vote;

static int
by_item(const void *a, const void *b)
{
  const place *x = a, *y = b;
  return x->item != y->item   ? x->item < y->item ? -1 : 1
         : x->clip != y->clip ? x->clip < y->clip ? -1 : 1
                              : (x->at > y->at) - (x->at < y->at);
}

static int
by_clip(const void *a, const void *b)
{
  const vote *x = a, *y = b;
  return x->clip != y->clip ? x->clip < y->clip ? -1 : 1
                            : (x->later > y->later) - (x->later < y->later);
}

static int
by_value(const void *a, const void *b)
{
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Only the first of equal items in a row: a chord that is held has one place. */
static ear_status
index_new(index_of *x, const inspection *k, const uint32_t *first, uint32_t n_clips,
          print_speed speed)
{
  size_t all = 0;
  for (uint32_t i = 0; i < n_clips; ++i) {
    all += first[i] == i ? k[i].mark[speed].n : 0;
  }
  *x = (index_of){.speed = speed, .k = k};
  x->place = all < UINT32_MAX ? malloc((all + 1) * sizeof *x->place) : NULL;
  if (!x->place) {
    return EAR_NO_MEMORY;
  }
  for (uint32_t i = 0; i < n_clips; ++i) {
    const print *p = &k[i].mark[speed];
    for (uint32_t t = 0; first[i] == i && t < p->n; ++t) {
      if (p->item[t] != SILENCE && (t == 0 || p->item[t] != p->item[t - 1])) {
        x->place[x->n++] = (place){p->item[t], i, t};
      }
    }
  }
  qsort(x->place, x->n, sizeof *x->place, by_item);
  return EAR_OK;
}

/* The places of an item: returns the first, *n how many. */
static const place *
find(const index_of *x, uint32_t item, uint32_t *n)
{
  uint32_t low = 0, high = x->n;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (x->place[middle].item < item) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (*n = 0; low + *n < x->n && *n <= MOST && x->place[low + *n].item == item; ++*n) {
  }
  return x->place + low;
}

/* Different items in item[0..n); 0 when memory is short. */
static uint32_t
count_distinct(const uint32_t *item, uint32_t n)
{
  uint32_t *sorted = malloc((n + 1u) * sizeof *sorted), distinct = 0;
  if (sorted) {
    memcpy(sorted, item, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    for (uint32_t i = 0; i < n; ++i) {
      distinct += i == 0 || sorted[i] != sorted[i - 1];
    }
  }
  free(sorted);
  return distinct;
}

/* Compare b with a from item `later` of a on (negative: a begins within b). */
static bool
compare(duplicate *found, const index_of *x, uint32_t a, uint32_t b, int32_t later)
{
  const print *p = &x->k[a].mark[x->speed], *q = &x->k[b].mark[x->speed];
  const uint32_t in_a = later > 0 ? (uint32_t)later : 0;
  const uint32_t in_b = later < 0 ? (uint32_t)-later : 0;
  const uint32_t left = p->n - in_a < q->n - in_b ? p->n - in_a : q->n - in_b;
  const uint32_t shorter = p->n < q->n ? p->n : q->n;
  const double step_s = print_step_s(x->speed);
  uint64_t bits = 0;
  if (left * step_s < least_s[x->speed] || left < least_share * shorter) {
    return false;
  }
  for (uint32_t t = 0; t < left; ++t) {
    bits += (uint64_t)__builtin_popcount(p->item[in_a + t] ^ q->item[in_b + t]);
  }
  *found = (duplicate){.clip = b,
                       .of = a,
                       .differ = (double)bits / (32.0 * left),
                       .later_s = later * step_s,
                       .common_s = left * step_s};
  return found->differ <= most_differ[x->speed] &&
         count_distinct(p->item + in_a, left) >= least_distinct * left &&
         count_distinct(q->item + in_b, left) >= least_distinct * left;
}

/* Every offset to an earlier clip that an item of clip b speaks for. */
static ear_status
collect(const index_of *x, uint32_t b, vote **votes, size_t *n_votes)
{
  const print *p = &x->k[b].mark[x->speed];
  size_t room = 0;
  *votes = NULL;
  *n_votes = 0;
  for (uint32_t t = 0; t < p->n; ++t) {
    uint32_t n = 0;
    const bool tells = p->item[t] != SILENCE && (t == 0 || p->item[t] != p->item[t - 1]);
    const place *at = tells ? find(x, p->item[t], &n) : NULL;
    for (uint32_t i = 0; n <= MOST && i < n && at[i].clip < b; ++i) {
      if (*n_votes == room) {
        room = room ? 2 * room : 64;
        vote *grown = realloc(*votes, room * sizeof *grown);
        if (!grown) {
          return EAR_NO_MEMORY;
        }
        *votes = grown;
      }
      (*votes)[(*n_votes)++] = (vote){at[i].clip, (int32_t)at[i].at - (int32_t)t};
    }
  }
  return EAR_OK;
}

/* The earliest clip that b is like, at the offset where most is common. */
static ear_status
search(duplicate *near, const index_of *x, uint32_t b)
{
  vote *votes;
  size_t n;
  duplicate found;
  const ear_status st = collect(x, b, &votes, &n);
  if (!st && n) {
    qsort(votes, n, sizeof *votes, by_clip);
  }
  for (size_t i = 0; i < n && !st; ++i) {
    const bool again = i && by_clip(&votes[i - 1], &votes[i]) == 0;
    if (near->common_s > 0 && votes[i].clip > near->of) {
      break;
    }
    if (!again && compare(&found, x, votes[i].clip, b, votes[i].later) &&
        (near->common_s <= 0 || found.of < near->of || found.differ < near->differ)) {
      *near = found;
    }
  }
  free(votes);
  return st;
}

ear_status
duplicates_search(duplicate *near, const inspection *k, const uint32_t *first,
                  uint32_t n_clips)
{
  ear_status st = EAR_OK;
  for (int s = 0; s < N_PRINT_SPEEDS && !st; ++s) {
    index_of x;
    bool failed = false;
    st = index_new(&x, k, first, n_clips, (print_speed)s);
#pragma omp parallel for schedule(dynamic) reduction(|| : failed)
    for (uint32_t b = 0; b < (st ? 0 : n_clips); ++b) {
      failed = (first[b] == b && search(&near[b], &x, b) != EAR_OK) || failed;
    }
    st = failed ? EAR_NO_MEMORY : st;
    free(x.place);
  }
  return st;
}
