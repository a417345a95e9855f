/* SPDX-License-Identifier: ISC */
/* The page of a training is one well-formed file that says what the figures say, whatever
   the names hold. */
#include <cairo.h>
#include <math.h>

#include "../train/audio.h"
#include "../train/page_listen.h"
#include "../train/rng.h"
#include "page_text.h"

enum { N = 240, L = 4 };

/* A training with everything on its page. */
typedef struct {
  page pg;
  uint32_t truth[N], group[N];
  float p[N][L];
  predictions clips;
  side_figures test, valid;
  fit_epoch epoch[20];
  fit_history history;
  page_mistake mistake[3];
  page_hearing hearing;
  page_probe probe[2];
  page_fact fact[2];
} world;

static const char *label[L] = {"clean & neat", "<script>alert(1)</script>",
                               "\xf0\x9f\x8e\xb8 \"harsh\"", "broken \xff\xfe"};
static const float threshold[L] = {2, 0.5f, 0.73f, 0.5f};

static void
fill_clips(world *w)
{
  rng r = rng_stream(7, 0, 0);
  for (uint32_t i = 0; i < N; ++i) {
    float sum = 0;
    w->truth[i] = i % L;
    w->group[i] = i / 4;
    for (uint32_t l = 0; l < L; ++l) {
      w->p[i][l] = (float)(rng_uniform(&r) + (l == i % L ? 0.7 : 0));
      sum += w->p[i][l];
    }
    for (uint32_t l = 0; l < L; ++l) {
      w->p[i][l] /= sum;
    }
  }
  w->clips = (predictions){
      .n = N, .n_labels = L, .truth = w->truth, .group = w->group, .p = &w->p[0][0]};
  assert_int_equal(side_figures_of(&w->test, "test", &w->clips, &w->clips, 1), EAR_OK);
  assert_int_equal(side_figures_of(&w->valid, "valid", &w->clips, NULL, 1), EAR_OK);
}

static world *
make_world(void)
{
  static float db[40][16], activation[10][4];
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  fill_clips(w);
  for (int i = 0; i < 20; ++i) {
    w->epoch[i] = (fit_epoch){.epoch = i + 1,
                              .loss = 2.0 / (i + 1),
                              .valid_loss = 2.2 / (i + 1) + 0.05 * i,
                              .valid_accuracy = 1 - 0.7 / (i + 1),
                              .valid_macro_f1 = 1 - 0.8 / (i + 1),
                              .learning_rate = 1e-3,
                              .seconds = 60.0 * (i + 1)};
  }
  w->history = (fit_history){20, 20, w->epoch};
  w->mistake[0] = (page_mistake){
      "a<b>/x&y.wav", "../data/a <b>/x&y \"1\".wav", 0, 1, 0.91, 0.03, 92.5, 95.5, 0};
  w->mistake[1] = (page_mistake){"no/player.aiff", NULL, 2, 3, 0.8, 0.1, 0, 0, 0};
  w->mistake[2] = (page_mistake){"zero.flac", "zero.flac", 1, 0, 0.7, 0.2, 0, 3, 0};
  w->hearing = (page_hearing){.file = "a<b>/x&y.wav",
                              .truth = 0,
                              .said = 1,
                              .p_said = 0.91,
                              .n_frames = 40,
                              .n_bands = 16,
                              .db = &db[0][0],
                              .start_s = 60,
                              .frame_s = 0.1,
                              .high_hz = 8000,
                              .n_ticks = 10,
                              .n_rows = 4,
                              .activation = &activation[0][0],
                              .tick_start_s = 60,
                              .tick_s = 0.4,
                              .row_high_hz = {1000, 2000, 4000, 8000},
                              .evidence_for = 1};
  w->probe[0] = (page_probe){"digital silence", L, 0, false};
  w->probe[1] = (page_probe){"white noise", 1, 0.66, true};
  w->fact[0] = (page_fact){"command", "earshot-train 'My <Sounds>' -o x.safetensors"};
  w->fact[1] = (page_fact){"seed", "7"};
  w->pg = (page){.name = "my & model",
                 .run = "earshot live --model 'a & b.safetensors'",
                 .n_labels = L,
                 .label = label,
                 .threshold = threshold,
                 .temperature = 1.31,
                 .judged = &w->test,
                 .chosen = &w->valid,
                 .clips = &w->clips,
                 .history = &w->history,
                 .kept_epoch = 9,
                 .n_mistakes = 3,
                 .mistake = w->mistake,
                 .n_hearings = 1,
                 .hearing = &w->hearing,
                 .n_probes = 2,
                 .probe = w->probe,
                 .n_facts = 2,
                 .fact = w->fact};
  return w;
}

/* What report and page say of a margin: both count the clips as a model of it would. */
static void
report_and_page_say_how_often_it_is_unsure(void **state)
{
  world *w = make_world();
  char *text = page_text(&w->pg), *report = NULL, words[128];
  size_t n;
  uint32_t n_unsure = 0, n_right = 0;
  (void)state;
  assert_null(strstr(text, "unsure"));
  free(text);
  for (uint32_t i = 0; i < N; ++i) {
    const bool unsure = ear_margin(w->p[i], L) < 0.05f;
    n_unsure += unsure;
    n_right += !unsure && label_of(w->p[i], L) == w->truth[i];
  }
  assert_true(n_unsure > 0 && n_unsure < N && n_right < N - n_unsure);
  side_figures_unsure(&w->test, &w->clips, 0.05f);
  text = page_text(&w->pg);
  check_well_formed(text);
  assert_non_null(strstr(text, "less than 5 points ahead"));
  snprintf(words, sizeof words, "of the rest, <b>%.0f %%</b> are right",
           round(100.0 * n_right / (N - n_unsure)));
  assert_non_null(strstr(text, words));
  FILE *f = open_memstream(&report, &n);
  report_text(f, &w->test, L, w->pg.label);
  assert_int_equal(fclose(f), 0);
  snprintf(words, sizeof words,
           "%.1f %% unsure (margin under 0.050), of the rest %.1f %% right",
           100.0 * n_unsure / N, 100.0 * n_right / (N - n_unsure));
  assert_non_null(strstr(report, words));
  free(report);
  free(text);
  free(w);
}

static void
the_page_is_well_formed_and_needs_nothing_else(void **state)
{
  world *w = make_world();
  char *text = page_text(&w->pg);
  (void)state;
  check_well_formed(text);
  assert_null(strstr(text, "<script"));
  assert_null(strstr(text, "<link"));
  assert_null(strstr(text, "url("));
  assert_null(strstr(text, "@import"));
  size_t n_http = 0;
  for (const char *s = text; (s = strstr(s, "http")); ++s) {
    ++n_http;
  }
  assert_int_equal(n_http, 1); /* the name of the document type */
  for (const char *s = text; (s = strstr(s, "src")); s += 3) {
    assert_true(
        strncmp(s, "src=\"data:", 10) == 0 || strncmp(s, "srcset=\"data:", 13) == 0 ||
        strncmp(s, "src=\"../data/", 13) == 0 || strncmp(s, "src=\"zero.flac#", 15) == 0);
  }
  free(text);
  free(w);
}

static void
names_are_escaped(void **state)
{
  world *w = make_world();
  char *text = page_text(&w->pg);
  (void)state;
  assert_non_null(strstr(text, "<title>my &amp; model</title>"));
  assert_non_null(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  assert_non_null(strstr(text, "\xf0\x9f\x8e\xb8 &quot;harsh&quot;"));
  assert_non_null(strstr(text, "broken \xef\xbf\xbd\xef\xbf\xbd"));
  assert_non_null(strstr(text, "a&lt;b&gt;/x&amp;y.wav"));
  assert_non_null(
      strstr(text, "src=\"../data/a%20%3Cb%3E/x%26y%20%221%22.wav#t=92.5,95.5\""));
  assert_non_null(strstr(text, "earshot live --model &#39;a &amp; b.safetensors&#39;"));
  free(text);
  free(w);
}

static void
the_words_say_what_the_figures_say(void **state)
{
  world *w = make_world();
  char *text = page_text(&w->pg), s[200];
  const side_figures *sf = &w->test;
  (void)state;
  snprintf(s, sizeof s, "it gets <b>%.0f</b> right", round(100 * sf->int8.accuracy));
  assert_non_null(strstr(text, s));
  snprintf(s, sizeof s,
           "it would be %.0f to %.0f, 19 times out of 20; blind guessing gets 25",
           round(100 * sf->spread.accuracy.low), round(100 * sf->spread.accuracy.high));
  assert_non_null(strstr(text, s));
  assert_non_null(strstr(text, "test side of the split: 240 clips of 60 groups"));
  assert_non_null(strstr(text, "same label for <b>100.0 %</b>"));
  assert_non_null(strstr(text, "<td class=\"n\">1:32</td>"));
  assert_non_null(strstr(text, "<td class=\"n\">91 %</td>"));
  assert_non_null(strstr(text, "<td class=\"n\">never</td>"));
  assert_non_null(strstr(text, "<td class=\"n\">0.73</td>"));
  assert_non_null(strstr(text, "temperature of 1.310"));
  assert_non_null(
      strstr(text, "20 epochs (rounds through the training sounds) in 20.0 minutes"));
  assert_non_null(strstr(text, "<td>digital silence</td><td>no verdict</td>"));
  assert_non_null(strstr(text, "It raises a flag on white noise"));
  assert_non_null(strstr(text, "It learned its training sounds by heart"));
  free(text);
  free(w);
}

/* The most frequent mistake, found by counting. */
static void
the_first_confusion_named_is_the_most_frequent(void **state)
{
  world *w = make_world();
  uint32_t(*c)[EAR_MAX_LABELS] = w->test.int8.confusion;
  (void)state;
  for (uint32_t t = 0; t < L; ++t) {
    for (uint32_t s = 0; s < L; ++s) {
      label[t] = "x";
      c[t][s] = t == s ? 50 : 1;
    }
  }
  label[2] = "banjo";
  label[3] = "lute";
  c[2][3] = 17;
  char *text = page_text(&w->pg);
  assert_non_null(
      strstr(text, "Most often, <b>banjo</b> is taken for <b>lute</b> (17 of 60)"));
  free(text);
  free(w);
}

static void
the_same_data_write_the_same_bytes(void **state)
{
  static const char *const name[] = {"page.html", "curves.png", "confusion.png",
                                     "roc.png", "reliability.png"};
  world *w = make_world();
  char hash[5][65], again[65];
  (void)state;
  for (int round = 0; round < 2; ++round) {
    free(page_text(&w->pg));
    for (int i = 0; i < 5; ++i) {
      uint8_t *bytes;
      size_t n;
      assert_int_equal(file_read(folder_path(name[i]), &bytes, &n, NULL), EAR_OK);
      assert_int_equal(
          file_write(folder_path("copy"), bytes, n, round ? again : hash[i], NULL),
          EAR_OK);
      if (round) {
        assert_string_equal(again, hash[i]);
      }
      free(bytes);
    }
  }
  free(w);
}

static void
nothing_at_all_makes_a_page_too(void **state)
{
  const page pg = {.name = "", .n_labels = 0};
  char *text = page_text(&pg);
  (void)state;
  check_well_formed(text);
  assert_non_null(strstr(text, "nobody knows how good it is"));
  free(text);
}

static void
figures_that_are_not_known_make_a_page_too(void **state)
{
  world *w = make_world();
  metrics *m = &w->test.int8;
  (void)state;
  m->auroc = m->ece = m->group_accuracy = m->accuracy = NAN;
  w->test.spread.accuracy = (interval){NAN, NAN};
  m->f1[0] = m->recall[1] = m->precision[2] = NAN;
  for (int i = 0; i < 20; ++i) {
    w->epoch[i].loss = NAN;
    w->epoch[i].valid_loss = w->epoch[i].valid_accuracy = w->epoch[i].valid_macro_f1 = -1;
  }
  w->pg.clips = NULL;
  char *text = page_text(&w->pg);
  check_well_formed(text);
  assert_null(strstr(text, "nan"));
  free(text);
  free(w);
}

static void
sixty_four_classes_with_long_names_make_a_page_too(void **state)
{
  static char name[EAR_MAX_LABELS][201];
  static const char *names[EAR_MAX_LABELS];
  static float p[EAR_MAX_LABELS][EAR_MAX_LABELS];
  static uint32_t truth[EAR_MAX_LABELS];
  static side_figures sf;
  (void)state;
  for (uint32_t l = 0; l < EAR_MAX_LABELS; ++l) {
    memset(name[l], 'a' + (int)(l % 26), 200);
    names[l] = name[l];
    truth[l] = l;
    p[l][(l * 7) % EAR_MAX_LABELS] = 1;
  }
  const predictions pr = {
      .n = EAR_MAX_LABELS, .n_labels = EAR_MAX_LABELS, .truth = truth, .p = &p[0][0]};
  assert_int_equal(side_figures_of(&sf, "valid", &pr, &pr, 1), EAR_OK);
  const page pg = {.name = name[0],
                   .n_labels = EAR_MAX_LABELS,
                   .label = names,
                   .judged = &sf,
                   .clips = &pr};
  char *text = page_text(&pg);
  check_well_formed(text);
  free(text);
}

static void
a_folder_that_is_not_there_is_named(void **state)
{
  world *w = make_world();
  ear_error err = {""};
  (void)state;
  assert_int_equal(page_write("/nowhere/at/all.run", &w->pg, &err), EAR_IO);
  assert_non_null(strstr(err.text, "/nowhere/at/all.run/page.html cannot be written"));
  free(w);
}

static void
silence_gets_no_verdict_and_noise_gets_one(void **state)
{
  ear_model *model;
  page_probe probe[PAGE_N_PROBES];
  (void)state;
  assert_int_equal(ear_model_builtin(&model, "harshness", NULL), EAR_OK);
  assert_int_equal(page_probe_all(probe, model, NULL), EAR_OK);
  const uint32_t n = ear_model_info_get(model)->n_labels;
  assert_int_equal(probe[0].said, n);
  assert_false(probe[0].flagged);
  assert_true(probe[1].said < n && probe[1].p >= 0.5);
  ear_model_unref(model);
}

/* Soft chords, and from 14 to 18 s a square wave with its harmonics up to 10 kHz. */
static void
write_sound(const char *path)
{
  enum { RATE = 44100, SECONDS = 30 };
  audio a = {.n_frames = SECONDS * RATE, .n_channels = 1, .rate_hz = RATE};
  a.x = malloc(a.n_frames * sizeof *a.x);
  assert_non_null(a.x);
  for (size_t i = 0; i < a.n_frames; ++i) {
    const double t = (double)i / RATE, beat = fmod(t, 0.5);
    double v = 0;
    for (int k = 0; k < 3; ++k) {
      v += 0.1 * exp(-3 * beat) * sin(6.283185307179586 * 220 * (1 + 0.25 * k) * t);
    }
    if (t >= 14 && t < 18) {
      v = sin(6.283185307179586 * 311 * t) + 0.5 * sin(6.283185307179586 * 3500 * t) > 0
              ? 0.5
              : -0.5;
    }
    a.x[i] = (float)v;
  }
  assert_int_equal(audio_write(&a, path, NULL), EAR_OK);
  free(a.x);
}

static void
a_mistake_is_dated_to_where_the_clip_sounds_like_it(void **state)
{
  ear_model *model;
  page_mistake m = {0};
  page_hearing h = {0};
  (void)state;
  assert_int_equal(ear_model_builtin(&model, "harshness", NULL), EAR_OK);
  const ear_model_info *info = ear_model_info_get(model);
  while (strcmp(info->label[m.said], "harsh") != 0) {
    ++m.said;
  }
  write_sound(folder_path("sound.wav"));
  assert_int_equal(page_listen(&m, &h, model, folder_path("sound.wav"), NULL), EAR_OK);
  assert_true(m.from_s >= 13 && m.to_s <= 19);
  assert_true(h.start_s <= m.from_s - 3 &&
              h.start_s + h.n_frames * h.frame_s >= m.to_s + 3);
  assert_int_equal(h.evidence_for, m.said);
  assert_int_equal(h.n_rows, info->n_rows);

  /* the strongest evidence lies in the harsh stretch */
  uint32_t at = 0;
  for (uint32_t i = 0; i < h.n_ticks * h.n_rows; ++i) {
    at = h.activation[i] > h.activation[at] ? i : at;
  }
  const double t = h.tick_start_s + at / h.n_rows * h.tick_s;
  assert_true(t > 13 && t < 19);
  page_hearing_free(&h);
  ear_model_unref(model);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(report_and_page_say_how_often_it_is_unsure),
      cmocka_unit_test(the_page_is_well_formed_and_needs_nothing_else),
      cmocka_unit_test(names_are_escaped),
      cmocka_unit_test(the_words_say_what_the_figures_say),
      cmocka_unit_test(the_same_data_write_the_same_bytes),
      cmocka_unit_test(nothing_at_all_makes_a_page_too),
      cmocka_unit_test(figures_that_are_not_known_make_a_page_too),
      cmocka_unit_test(sixty_four_classes_with_long_names_make_a_page_too),
      cmocka_unit_test(a_folder_that_is_not_there_is_named),
      cmocka_unit_test(silence_gets_no_verdict_and_noise_gets_one),
      cmocka_unit_test(a_mistake_is_dated_to_where_the_clip_sounds_like_it),
      cmocka_unit_test(the_first_confusion_named_is_the_most_frequent),
  };
  const int n_failed = cmocka_run_group_tests(tests, folder_make, folder_remove);
  cairo_debug_reset_static_data();
  return n_failed;
}
