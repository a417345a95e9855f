/* SPDX-License-Identifier: ISC */
/* Every defect that is put into a data set is found and named once, and nothing else:
   other songs by the same synthesizer are no copies. */
#include "folder.h"
#include "song.h"

#include <unistd.h>

#include "../train/cmd.h"
#include "../train/dsp.h"
#include "../train/file.h"
#include "../train/inspect_text.h"
#include "../train/rng.h"

enum { SONGS = 10, SECONDS = 8 };

/* 16-bit steps, as most files have. */
static void
quantize(audio *a)
{
  for (size_t i = 0; i < a->n_frames * a->n_channels; ++i) {
    a->x[i] = roundf(a->x[i] * 32768) / 32768;
  }
}

static void
save(const audio *a, const char *name)
{
  ear_error err = {""};
  assert_int_equal(audio_write(a, folder_path(name), &err), EAR_OK);
}

static void
put_song(uint64_t seed, const char *name)
{
  audio a;
  song_play(&a, seed, SECONDS, 44100);
  assert_non_null(a.x);
  quantize(&a);
  save(&a, name);
  audio_free(&a);
}

/* Two classes of different songs, all well. */
static void
put_good(void)
{
  for (int i = 0; i < 2 * SONGS; ++i) {
    char name[64];
    snprintf(name, sizeof name, "set/%s/song%02d.wav", i % 2 ? "loud" : "calm", i);
    put_song((uint64_t)i + 1, name);
  }
}

static void
cut_front(audio *a, size_t n)
{
  a->n_frames -= n;
  memmove(a->x, a->x + n * a->n_channels, a->n_frames * a->n_channels * sizeof *a->x);
}

/* Songs 100.. and a copy of each that sounds the same. */
static void
put_copies(void)
{
  static const char *const how[] = {"gain.wav", "mp3.mp3",   "vorbis.ogg",
                                    "cut.wav",  "rate.flac", "opus.opus"};
  for (int i = 0; i < 6; ++i) {
    audio a;
    char name[64];
    song_play(&a, 100 + (uint64_t)i, SECONDS, 44100);
    quantize(&a);
    snprintf(name, sizeof name, "set/calm/a-of-%s.wav", how[i]);
    save(&a, name);
    if (i == 0) {
      dsp_gain(&a, db_to_gain(-6));
    } else if (i == 3) {
      cut_front(&a, a.n_frames / 10);
    } else if (i == 4) {
      assert_int_equal(dsp_resample(&a, 22050), EAR_OK);
    }
    snprintf(name, sizeof name, "set/%s/b-%s", i == 2 ? "loud" : "calm", how[i]);
    save(&a, name);
    audio_free(&a);
  }
}

/* The same samples in two containers, and once more in another class. */
static void
put_twins(void)
{
  audio a;
  ear_error err;
  put_song(200, "set/calm/twin.flac");
  assert_int_equal(audio_read(&a, folder_path("set/calm/twin.flac"), 0, 0, &err), EAR_OK);
  save(&a, "set/calm/twin2.wav");
  save(&a, "set/loud/twin3.wav");
  audio_free(&a);
}

static void
put_broken(void)
{
  audio a;
  folder_put("set/calm/text.wav", "this is no sound");
  folder_put("set/loud/empty.ogg", "");
  song_play(&a, 300, 5, 44100);
  dsp_gain(&a, 1e-4);
  save(&a, "set/calm/quiet.wav");
  dsp_gain(&a, 0);
  save(&a, "set/loud/zeros.wav");
  audio_free(&a);
  song_play(&a, 301, 0.3, 44100);
  save(&a, "set/loud/blip.wav");
  audio_free(&a);
  song_play(&a, 302, SECONDS, 44100);
  for (size_t i = 0; i < a.n_frames; ++i) {
    a.x[i] = fminf(fmaxf(6 * a.x[i], -0.9f), 0.9f);
  }
  save(&a, "set/loud/flat.wav");
  audio_free(&a);
}

static void
look(findings *fs, inspected *in, dataset *ds)
{
  const dataset_source plain = {0};
  const inspect_options io = {NULL, NULL, NULL};
  ear_error err = {""};
  assert_int_equal(dataset_read(ds, folder_path("set"), &plain, &err), EAR_OK);
  dataset_hash(ds);
  assert_int_equal(inspect_set(in, ds, &io), EAR_OK);
  assert_int_equal(inspect_drop(in, ds), EAR_OK);
  assert_int_equal(findings_of(fs, in, ds), EAR_OK);
}

static void
forget(findings *fs, inspected *in, dataset *ds)
{
  findings_free(fs);
  inspected_free(in);
  dataset_free(ds);
}

/* One line of this kind begins so. */
static void
assert_named(const findings *fs, finding f, const char *beginning)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < fs->n[f]; ++i) {
    n += strncmp(fs->line[f][i], beginning, strlen(beginning)) == 0;
  }
  if (n != 1) {
    fail_msg("%u lines \"%s...\" among %u %s, first: %s", n, beginning, fs->n[f],
             finding_name(f), fs->n[f] ? fs->line[f][0] : "none");
  }
}

static void
songs_that_are_well_have_nothing_to_be_named(void **state)
{
  findings fs;
  inspected in;
  dataset ds;
  (void)state;
  put_good();
  look(&fs, &in, &ds);
  for (finding f = 0; f < N_FINDINGS; ++f) {
    if (fs.n[f]) {
      fail_msg("%s: %s", finding_name(f), fs.line[f][0]);
    }
  }
  assert_int_equal(in.copies.n, 0);
  assert_int_equal(in.length.n, 2 * SONGS);
  assert_int_equal(in.n_mono, 2 * SONGS);
  assert_true(fabs(in.seconds - 2 * SONGS * SECONDS) < 1);
  forget(&fs, &in, &ds);
}

static void
every_defect_is_found_and_named_once_and_nothing_else(void **state)
{
  static const struct {
    finding f;
    const char *line;
  } seeded[] = {
      {FINDING_UNREADABLE, "calm/text.wav: "},
      {FINDING_UNREADABLE, "loud/empty.ogg: "},
      {FINDING_SILENT, "calm/quiet.wav: peak"},
      {FINDING_SILENT, "loud/zeros.wav: nothing but zeros"},
      {FINDING_SHORT, "loud/blip.wav: 0.30 s"},
      {FINDING_CLIPPED, "loud/flat.wav: "},
      {FINDING_TWICE, "calm/twin2.wav is calm/twin.flac"},
      {FINDING_TWICE, "loud/twin3.wav is calm/twin.flac, in two classes"},
      {FINDING_ALIKE, "calm/b-gain.wav is like calm/a-of-gain.wav.wav"},
      {FINDING_ALIKE, "calm/b-mp3.mp3 is like calm/a-of-mp3.mp3.wav"},
      {FINDING_ALIKE,
       "loud/b-vorbis.ogg is like calm/a-of-vorbis.ogg.wav, in two classes"},
      {FINDING_ALIKE, "calm/b-cut.wav is like calm/a-of-cut.wav.wav from 0.8 s"},
      {FINDING_ALIKE, "calm/b-rate.flac is like calm/a-of-rate.flac.wav"},
      {FINDING_ALIKE, "calm/b-opus.opus is like calm/a-of-opus.opus.wav"},
  };
  const uint32_t n_seeded = sizeof seeded / sizeof *seeded;
  findings fs;
  inspected in;
  dataset ds;
  uint32_t n = 0;
  (void)state;
  put_good();
  put_copies();
  put_twins();
  put_broken();
  look(&fs, &in, &ds);
  for (uint32_t i = 0; i < n_seeded; ++i) {
    assert_named(&fs, seeded[i].f, seeded[i].line);
  }
  for (finding f = 0; f < N_FINDINGS; ++f) {
    n += fs.n[f];
  }
  assert_int_equal(n, n_seeded);
  forget(&fs, &in, &ds);
}

/* Five: short, clipped and under the window; under it; as long as it; longer. */
static void
clips_shorter_than_the_window_are_counted_and_named(void **state)
{
  static inspection sound[5] = {{.seconds = 0.3, .peak_db = -6},
                                {.seconds = 1.5, .peak_db = 0, .flat = 0.5},
                                {.seconds = 1.25, .peak_db = -6},
                                {.seconds = 2.6, .peak_db = -6},
                                {.seconds = 4, .peak_db = -6}};
  clip c[5] = {{.key = (char[]){"a"}},
               {.key = (char[]){"b"}},
               {.key = (char[]){"c"}},
               {.key = (char[]){"d"}},
               {.key = (char[]){"e"}}};
  const dataset ds = {.n_clips = 5, .clip = c};
  inspected in = {.n = 5, .sound = sound, .window_s = 2.6, .window_of = "harshness"};
  findings fs;
  (void)state;
  assert_int_equal(findings_of(&fs, &in, &ds), EAR_OK);
  assert_int_equal(fs.n[FINDING_WINDOW], 1);
  assert_named(&fs, FINDING_WINDOW, "c: 1.25 s");
  assert_named(&fs, FINDING_SHORT, "a: 0.30 s");
  assert_named(&fs, FINDING_CLIPPED, "b: ");
  assert_non_null(strstr(finding_advice(&fs, FINDING_WINDOW),
                         "3 of 5 clips are shorter than the 2.60 s that recipe harshness "
                         "looks at; training repeats them"));
  findings_free(&fs);
  in.window_s = 0;
  assert_int_equal(findings_of(&fs, &in, &ds), EAR_OK);
  assert_int_equal(fs.n[FINDING_WINDOW], 0);
  findings_free(&fs);
}

/* A square wave of 16 bits is not told from clipping, a sine of any pitch is. */
static void
slow_sines_are_not_taken_for_clipping(void **state)
{
  (void)state;
  for (int hz = 30; hz <= 4000; hz *= 2) {
    audio a;
    inspection k;
    song_play(&a, 1, 3, 44100);
    for (size_t i = 0; i < a.n_frames; ++i) {
      a.x[i] = (float)(0.9 * sin(6.283185307179586 * hz * (double)i / 44100));
    }
    quantize(&a);
    save(&a, "sine.wav");
    audio_free(&a);
    inspect(&k, folder_path("sine.wav"), "", NULL);
    assert_int_equal(inspection_state(&k), SOUND_GOOD);
    inspection_free(&k);
    unlink(folder_path("sine.wav"));
  }
}

static void
what_was_found_once_is_found_again_in_the_cache(void **state)
{
  inspection a, b;
  const char *hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  (void)state;
  put_song(7, "one.wav");
  folder_path("cache/x");
  inspect(&a, folder_path("one.wav"), hash, folder_path("cache"));
  unlink(folder_path("one.wav"));
  inspect(&b, folder_path("one.wav"), hash, folder_path("cache"));
  assert_null(b.unreadable);
  assert_string_equal(a.sound, b.sound);
  assert_true(a.seconds == b.seconds && a.flat == b.flat && a.level_db == b.level_db);
  assert_int_equal(a.mark[PRINT_LONG].n, b.mark[PRINT_LONG].n);
  assert_memory_equal(a.mark[PRINT_LONG].item, b.mark[PRINT_LONG].item, 4 * a.mark[0].n);
  inspection_free(&a);
  inspection_free(&b);
}

static int
check(const char *option)
{
  char set[2 * PATH_MAX], word[2 * PATH_MAX], page[2 * PATH_MAX];
  snprintf(set, sizeof set, "%s", folder_path("set"));
  snprintf(word, sizeof word, "%s", option);
  snprintf(page, sizeof page, "%s", folder_path("check.html"));
  char *argv[] = {(char[]){"check"},
                  set,
                  (char[]){"--cache"},
                  (char[]){"none"},
                  (char[]){"-o"},
                  page,
                  word,
                  NULL};
  return cmd_check(7, argv);
}

static void
the_same_sound_in_two_classes_stops_training_and_is_named(void **state)
{
  (void)state;
  put_good();
  assert_int_equal(check("--json"), CMD_DONE);
  put_twins();
  assert_int_equal(check("--json"), CMD_FAILED);
  unlink(folder_path("set/loud/twin3.wav"));
  assert_int_equal(check("--json"), CMD_DONE);
  folder_put("set/calm/text.wav", "this is no sound");
  assert_int_equal(check("--json"), CMD_SOME_FAILED);
}

/* Songs and their copies never part, but only while every class can still be split. */
static void
copies_share_a_group(void **state)
{
  findings fs;
  inspected in;
  dataset ds;
  uint32_t n_apart = 9;
  (void)state;
  put_good();
  put_copies();
  look(&fs, &in, &ds);
  assert_int_equal(in.copies.n, 6);
  assert_int_equal(duplicates_join(&in.copies, &ds, &n_apart), EAR_OK);
  assert_int_equal(n_apart, 0);
  for (uint32_t i = 0; i < in.copies.n; ++i) {
    const duplicate *d = &in.copies.copy[i];
    assert_false(d->exact);
    assert_int_equal(ds.clip[d->clip].group, ds.clip[d->of].group);
  }
  forget(&fs, &in, &ds);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)
      T(songs_that_are_well_have_nothing_to_be_named),
      T(every_defect_is_found_and_named_once_and_nothing_else),
      T(clips_shorter_than_the_window_are_counted_and_named),
      T(slow_sines_are_not_taken_for_clipping),
      T(what_was_found_once_is_found_again_in_the_cache),
      T(the_same_sound_in_two_classes_stops_training_and_is_named),
      T(copies_share_a_group),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
