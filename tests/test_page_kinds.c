/* SPDX-License-Identifier: ISC */
/* Where a confusion matrix would say little the page judges otherwise: several labels
   each for itself, a harshness model at its threshold, on what it knows and what is new.
 */
#include <cairo.h>
#include <math.h>
#include <unistd.h>

#include "../train/page_harsh.h"
#include "page_text.h"

enum { N = 240 };

/* Two labels there, each clip with one, the other or both. */
static void
a_page_of_several_labels_judges_each_for_itself(void **state)
{
  static uint64_t truths[N];
  static uint32_t truth[N], group[N];
  static float p[N][2];
  static side_figures sf;
  static const char *const names[2] = {"rock", "live"};
  static const float flag[2] = {0.9f, 2};
  static const page_mistake wrong = {"x.wav", NULL, 0, 1, 0.9, 0.8, 0, 0, 3};
  (void)state;
  for (uint32_t i = 0; i < N; ++i) {
    truths[i] = 1 + i % 3;
    group[i] = i / 4;
    truth[i] = truths[i] & 1 ? 0 : 1;
    p[i][0] = truths[i] & 1 ? 0.8f : 0.1f;                /* every one right */
    p[i][1] = i < N / 2 || truths[i] & 2 ? 0.75f : 0.25f; /* a sixth too often */
  }
  p[0][0] = 0.95f;
  const predictions pr = {N, 2, truth, group, &p[0][0], truths};
  assert_int_equal(side_figures_of(&sf, "test", &pr, &pr, 1), EAR_OK);
  const page pg = {.name = "my",
                   .n_labels = 2,
                   .label = names,
                   .threshold = flag,
                   .judged = &sf,
                   .clips = &pr,
                   .n_mistakes = 1,
                   .mistake = &wrong};
  unlink(folder_path("confusion.png"));
  char *text = page_text(&pg);
  check_well_formed(text);
  /* 160 of rock, all found; 160 of live, all found, 40 more named */
  assert_non_null(
      strstr(text, "it names <b>100</b>; of 100 that it names, <b>89</b> are"));
  assert_non_null(
      strstr(text, "<td>rock</td><td class=\"n\">160</td><td class=\"n\">100.0 %</td>"
                   "<td class=\"n\">100.0 %</td><td class=\"n\">100.0 %</td>"
                   "<td class=\"n\">1.000</td><td class=\"n\">0.90</td>"
                   "<td class=\"n\">0.6 %</td><td class=\"n\">100.0 %</td>"));
  assert_non_null(
      strstr(text, "<td>live</td><td class=\"n\">160</td><td class=\"n\">100.0 %</td>"
                   "<td class=\"n\">80.0 %</td><td class=\"n\">88.9 %</td>"
                   "<td class=\"n\">0.750</td><td class=\"n\">never</td>"));
  assert_non_null(strstr(text, "<td>rock, live</td><td class=\"bad\">live</td>"));
  assert_non_null(strstr(text, "the same labels for"));
  assert_null(strstr(text, "onfusion"));
  assert_null(strstr(text, "taken for"));
  assert_int_not_equal(access(folder_path("confusion.png"), F_OK), 0);
  assert_int_equal(access(folder_path("labels.png"), F_OK), 0);
  free(text);
}

static void
expect(const char *text, const char *words)
{
  if (!strstr(text, words)) {
    fail_msg("the page does not say: %s", words);
  }
}

static const page_harsh_cell plain_cell = {.n_harsh = 120,
                                           .n_clean = 120,
                                           .n_artists = 9,
                                           .auroc = 0.9,
                                           .auroc_low = 0.85,
                                           .auroc_high = 0.95,
                                           .balanced = 0.8,
                                           .found = 0.75,
                                           .alarms = 0.15,
                                           .pair = 0.98,
                                           .rank = 0.77,
                                           .regression = 0.7};

/* A harshness model that is worse on what is new, and moves with the level. */
static page_harsh
make_harsh(const predictions *pr)
{
  static const char *const name[PAGE_N_CELLS] = {"both known", "new processor",
                                                 "new artist", "both new"};
  page_harsh h = {
      .threshold = 0.62,
      .untouched_alarms = 0.31,
      .neutral_alarms = 0.27,
      .metal_alarms = 0.42,
      .n_kinds = 2,
      .kind = {{"clipping", 0.91, 0.85}, {"sibilance", 0.6, 0.4}},
      .severity = {{5, 15, 10, 3}, {15, 30, 20, 15}},
      .severity_rank = 0.91,
      .severity_error = 7.8,
      .kind_right = 0.82,
      .covered = 0.93,
      .n_changes = 2,
      .change = {{"12 dB quieter", 0.123, 0.456, 0.2}, {"turned round", 0, 0, 0}},
      .rounding = {500, 0.995, 0.99, {0.751, 0.753}, {0.84, 0.85}},
      .n_alarms = 1};
  for (int c = 0; c < PAGE_N_CELLS; ++c) {
    h.cell[c] = plain_cell;
    h.cell[c].name = name[c];
    h.cell[c].clips = pr;
  }
  h.cell[3].auroc = 0.8;
  h.cell[3].found = 0.684;
  h.cell[3].alarms = 0.288;
  return h;
}

static void
a_page_of_a_harshness_model_judges_flags(void **state)
{
  static uint32_t truth[N];
  static float p[N][2];
  static side_figures sf;
  static const char *const names[2] = {"clean", "harsh"};
  static const float flag[2] = {2, 0.62f};
  static const page_mistake wrong[2] = {
      {"A: a.ogg at 1:32; untouched", "alarm-1.flac", 0, 1, 0.9, 0.1, 2, 5, 0},
      {"B: b.ogg at 0:07; clipping-hard, severity 34", "miss-1.flac", 1, 0, 0.8, 0.2, 0,
       3, 0}};
  (void)state;
  for (uint32_t i = 0; i < N; ++i) {
    truth[i] = i % 2;
    p[i][1] = (float)((i * 37 % N) * 0.6 / N + 0.3 * (i % 2));
    p[i][0] = 1 - p[i][1];
  }
  const predictions pr = {.n = N, .n_labels = 2, .truth = truth, .p = &p[0][0]};
  assert_int_equal(side_figures_of(&sf, "test", &pr, NULL, 1), EAR_OK);
  const page_harsh h = make_harsh(&pr);
  const page pg = {.name = "my",
                   .run = "earshot live --model my.safetensors",
                   .n_labels = 2,
                   .label = names,
                   .threshold = flag,
                   .judged = &sf,
                   .clips = &pr,
                   .n_mistakes = 2,
                   .mistake = wrong,
                   .harsh = &h};
  char *text = page_text(&pg);
  check_well_formed(text);
  expect(text, "Of 100 harsh excerpts it flags <b>68</b>; of 100 clean ones, by mistake, "
               "<b>29</b>.");
  expect(text, "<b>42.0 %</b><span>of untouched metal is flagged");
  expect(text, "<tr><th>new artists</th><td><b>0.900</b> <span class=\"dim\">(0.850 to "
               "0.950)</span><br />finds 75 %, false alarms 15 %");
  expect(text, "from a likelihood of <b>0.62</b> on. Of new music it then flags 31 % of "
               "what nobody touched and 27 % of");
  expect(text,
         "<td>sibilance</td><td class=\"n\">60.0 %</td><td class=\"n\">40.0 %</td>");
  expect(text, "rank correlation of <b>0.77</b>");
  expect(text, "measured one with <b>0.91</b>, and is off by 8 of 100");
  expect(text, "names the right one in <b>82 %</b>");
  expect(text, "or resonance in <b>93 %</b>");
  expect(text, "<td>15 to 30</td><td class=\"n\">20</td><td class=\"n\">75.0 %</td>");
  expect(text, "<td>12 dB quieter</td><td class=\"n\">0.123</td><td "
               "class=\"n\">0.456</td><td class=\"n\">20.0 %");
  expect(text, "same flag on <b>99.5 %</b> of 500 excerpts");
  expect(text, "<td class=\"n\">75.1 %</td><td class=\"n\">75.3 %</td>"
               "<td class=\"n\">-0.20</td>");
  expect(text, "src=\"alarm-1.flac#t=2.0,5.0\"");
  assert_true(strstr(text, "The worst that it missed") < strstr(text, "miss-1.flac"));
  assert_true(strstr(text, "alarm-1.flac") < strstr(text, "The worst that it missed"));
  /* what follows from it */
  expect(text, "<li>It flags 29 % of new clean music");
  expect(text, "<li>It is weaker on what is new to it");
  expect(text, "<li>It finds less than half of: sibilance. Listen");
  expect(text, "<li>20 % of its flags change when the same sound is 12 dB quieter");
  assert_null(strstr(text, "Rounding to int8 costs"));
  assert_null(strstr(text, "as a class named"));
  free(text);
}

static void
a_harshness_model_with_nothing_known_makes_a_page_too(void **state)
{
  page_harsh h = {.untouched_alarms = NAN, .metal_alarms = NAN};
  (void)state;
  for (int c = 0; c < PAGE_N_CELLS; ++c) {
    h.cell[c] = (page_harsh_cell){"x", 0,   0,   0,   NAN, NAN, NAN,
                                  NAN, NAN, NAN, NAN, NAN, NAN, NULL};
  }
  const page pg = {.name = "", .harsh = &h};
  char *text = page_text(&pg);
  check_well_formed(text);
  assert_null(strstr(text, "nan"));
  free(text);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_page_of_several_labels_judges_each_for_itself),
      cmocka_unit_test(a_page_of_a_harshness_model_judges_flags),
      cmocka_unit_test(a_harshness_model_with_nothing_known_makes_a_page_too)};
  const int n_failed = cmocka_run_group_tests(tests, folder_make, folder_remove);
  cairo_debug_reset_static_data();
  return n_failed;
}
