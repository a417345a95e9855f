/* SPDX-License-Identifier: ISC */
/* Columns for pictures are the frames that the watched model gets, in order, and nobody
   pays for them who does not watch. */
#include "live_stand.h"

enum { MOST = 4096, WIDE = 2 };

typedef struct {
  uint32_t n, n_bands;
  double offset_db;
  uint8_t level[MOST][EAR_MAX_BANDS];
} columns;

static columns expected, heard;

static void
take_frame(void *user, uint64_t t, const float *value)
{
  columns *c = user;
  assert_true(t < MOST);
  for (uint32_t b = 0; b < c->n_bands; ++b) {
    const double step = 2 * ((double)value[b] + c->offset_db + 70);
    c->level[t][b] = (uint8_t)(fmin(fmax(step, 0), 255) + 0.5);
  }
  c->n = (uint32_t)t + 1;
}

/* The features of x as the front end gives them to anybody. */
static void
expect(const ear_front_end *fe, const float *x, size_t n)
{
  ear_features *fx = NULL;
  ear_error err;
  expected =
      (columns){.n_bands = fe->n_bands, .offset_db = -20 * log10(fe->n_fft / 2048.)};
  assert_int_equal(ear_features_new(&fx, 22050, fe, &err), EAR_OK);
  ear_features_push(fx, x, n, take_frame, &expected);
  ear_features_free(fx);
}

static void
listen(uint32_t watched, const float *x, size_t n)
{
  ear_live *live = make_live(22050, 0, N_TOYS, 4);
  ear_column column;
  heard.n = 0;
  ear_live_watch(live, watched);
  for (size_t i = 0; i < n; i += 441) {
    push_block(live, x + i, n - i < 441 ? n - i : 441);
    ear_live_analyse(live);
    while (ear_live_pop_column(live, &column)) {
      assert_int_equal(column.model, watched);
      heard.n_bands = column.n_bands;
      memcpy(heard.level[heard.n++], column.level, sizeof column.level);
    }
  }
  ear_live_free(live);
}

static uint8_t
loudest(uint32_t t, uint32_t n, uint32_t b)
{
  uint8_t most = 0;
  for (uint32_t i = t; i < t + n; ++i) {
    most = expected.level[i][b] > most ? expected.level[i][b] : most;
  }
  return most;
}

/* The wide toys have windows of another length and a hop that makes 20 ms of four frames.
 */
static void
columns_are_the_frames_of_the_watched_model(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 2.2, &n);
  for (uint32_t m = 0; m < N_TOYS; m += WIDE) {
    const ear_front_end *fe = &ear_model_info_get(model[m])->front_end;
    const double frame_s = (double)fe->hop / (double)fe->rate_hz;
    const uint32_t every = (uint32_t)round(ear_column_s(fe) / frame_s);
    assert_int_equal(every, m < WIDE ? 1 : 4);
    expect(fe, x, n);
    listen(m, x, n);
    assert_int_equal(heard.n, expected.n / every);
    assert_int_equal(heard.n_bands, fe->n_bands);
    for (uint32_t t = 0; t < heard.n; ++t) {
      for (uint32_t b = 0; b < fe->n_bands; ++b) {
        assert_int_equal(heard.level[t][b], loudest(t * every, every, b));
      }
    }
  }
  free(x);
}

static void
nobody_watches_nothing_is_made(void **state)
{
  (void)state;
  size_t n;
  float *x = music(22050, 1, &n);
  listen(EAR_MAX_MODELS, x, n);
  assert_int_equal(heard.n, 0);
  free(x);
}

static void
a_front_end_without_mel_bands_has_no_columns(void **state)
{
  (void)state;
  ear_front_end fe = ear_front_end_default();
  assert_true(fabs(ear_column_s(&fe) - 512 / 22050.) < 1e-9);
  fe.kinds = EAR_KIND_CHROMA;
  assert_true(ear_column_s(&fe) == 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_are_the_frames_of_the_watched_model),
      cmocka_unit_test(nobody_watches_nothing_is_made),
      cmocka_unit_test(a_front_end_without_mel_bands_has_no_columns),
  };
  return cmocka_run_group_tests(tests, make_models, free_models);
}
