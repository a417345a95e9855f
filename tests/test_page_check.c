/* SPDX-License-Identifier: ISC */
/* The page of a data set says first whether training can start, and names every problem.
 */
#include <cairo.h>

#include "../train/file.h"
#include "../train/page_check.h"
#include "../train/shell_word.h"
#include "folder.h"
#include "xml_check.h"

static const double seconds[5] = {0.3, 30, 31, 29, 3600},
                    rate_hz[5] = {48000, 44100, 44100, 48000, 44100};
static const double peak[5] = {0, 0.5, 1, 2, 1e-4};
static const uint32_t channels[5] = {1, 2, 2, 1, 6};
static const page_class cls[2] = {{"<i>drums</i>", 3, 2, 61.3, 1, 1, 1},
                                  {"bass & co", 2, 12, 3629, 1, 1, 0}};
static const char *const twins[13] = {"a/<b>.wav and c/d&e.wav",
                                      "2",
                                      "3",
                                      "4",
                                      "5",
                                      "6",
                                      "7",
                                      "8",
                                      "9",
                                      "10",
                                      "11",
                                      "12",
                                      "13"};
static const page_problem problem[3] = {{"unreadable", "export them again", 0, NULL},
                                        {"twice", "keep one", 1, twins},
                                        {"clipped", "find the original", 13, twins}};
static const page_check full = {.name = "My <Sounds>",
                                .run = "earshot-train 'My <Sounds>' -o x",
                                .n_clips = 6,
                                .n_groups = 14,
                                .n_read = 5,
                                .seconds = seconds,
                                .rate_hz = rate_hz,
                                .peak = peak,
                                .channels = channels,
                                .n_classes = 2,
                                .cls = cls,
                                .n_problems = 3,
                                .problem = problem};

static char *
text_of(const page_check *pc)
{
  ear_error err = {""};
  uint8_t *bytes;
  size_t n;
  if (page_check_write(folder_path("check.html"), pc, &err)) {
    fail_msg("%s", err.text);
  }
  assert_int_equal(file_read(folder_path("check.html"), &bytes, &n, &err), EAR_OK);
  char *text = realloc(bytes, n + 1);
  assert_non_null(text);
  text[n] = '\0';
  const char *wrong = xml_error(text);
  if (wrong) {
    fail_msg("not well-formed at: %.80s", wrong);
  }
  return text;
}

static void
it_says_that_training_can_start_and_names_the_problems(void **state)
{
  char *text = text_of(&full);
  (void)state;
  assert_non_null(
      strstr(text, "<b>Ready for training,</b> but look at the 14 things below"));
  assert_non_null(
      strstr(text, "<details open=\"open\"><summary><b>1 twice</b>: keep one"));
  assert_non_null(strstr(text, "<details><summary><b>13 clipped</b>"));
  assert_non_null(strstr(text, "<li>a/&lt;b&gt;.wav and c/d&amp;e.wav</li>"));
  assert_non_null(strstr(text, "<p class=\"dim\">None are unreadable.</p>"));
  assert_non_null(strstr(text, "<b>1.0</b><span>hours</span>"));
  assert_non_null(strstr(text, "<td>&lt;i&gt;drums&lt;/i&gt;</td><td "
                               "class=\"n\">3</td><td class=\"n bad\">2</td>"));
  assert_non_null(strstr(
      text, "<td>bass &amp; co</td><td class=\"n\">2</td><td class=\"n\">12</td>"));
  assert_non_null(strstr(text, "earshot-train &#39;My &lt;Sounds&gt;&#39; -o x"));
  assert_null(strstr(text, "<script"));
  free(text);
}

static void
it_says_why_training_would_stop(void **state)
{
  page_check pc = full;
  (void)state;
  pc.stopped = "the class bass & co has one group only";
  char *text = text_of(&pc);
  assert_non_null(strstr(
      text,
      "<b>Not ready for training:</b> the class bass &amp; co has one group only.</p>"));
  assert_null(strstr(text, "Train on it"));
  free(text);
}

static void
a_clean_data_set_is_told_so(void **state)
{
  page_check pc = full;
  (void)state;
  pc.n_problems = 1;
  char *text = text_of(&pc);
  assert_non_null(strstr(text, "<b>Ready for training.</b> Nothing stands out."));
  free(text);
}

static void
nothing_at_all_makes_a_page_too(void **state)
{
  (void)state;
  free(text_of(&(page_check){.name = ""}));
}

static void
a_place_that_cannot_be_written_is_named(void **state)
{
  ear_error err = {""};
  (void)state;
  assert_int_equal(page_check_write("/nowhere/at/all.html", &full, &err), EAR_IO);
  assert_non_null(strstr(err.text, "/nowhere/at/all.html cannot be written"));
}

static void
a_command_can_be_copied_into_a_shell(void **state)
{
  static const char *const name[] = {"plain/a-1.wav", "two words", "it's",
                                     "$(rm x)",       "",          "\xc3\xa9"};
  (void)state;
  for (size_t i = 0; i < sizeof name / sizeof *name; ++i) {
    char word[64], command[128], got[64] = "";
    shell_word(word, sizeof word, name[i]);
    snprintf(command, sizeof command, "printf %%s %s", word);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    assert_int_equal(pclose(f), 0);
    assert_string_equal(got, name[i]);
  }
  char word[64];
  shell_word(word, sizeof word, "plain/a-1.wav");
  assert_string_equal(word, "plain/a-1.wav");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_says_that_training_can_start_and_names_the_problems),
      cmocka_unit_test(it_says_why_training_would_stop),
      cmocka_unit_test(a_clean_data_set_is_told_so),
      cmocka_unit_test(nothing_at_all_makes_a_page_too),
      cmocka_unit_test(a_command_can_be_copied_into_a_shell),
      cmocka_unit_test(a_place_that_cannot_be_written_is_named),
  };
  const int n_failed = cmocka_run_group_tests(tests, folder_make, folder_remove);
  cairo_debug_reset_static_data();
  return n_failed;
}
