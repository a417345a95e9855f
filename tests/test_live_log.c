/* SPDX-License-Identifier: ISC */
/* The log of a live session: every line whole and in order through rotations, moved files
   and full disks, and never a reason to stop. */
#include "live_output.h" /* before cmocka, which has a fail of its own */

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static model_set no_models;
static const report the_report = {.source = "test", .models = &no_models};
static const backend_info the_input = {.name = "test"};

/* Half a second later at each call. */
static const live_status *
now(void)
{
  static live_status s = {.report = &the_report, .input = &the_input, .running = true};
  s.clock_s += 0.5;
  return &s;
}

static live_output *
log_new(const char *path, uint64_t bytes, uint32_t files)
{
  const live_output_options options = {.log_bytes = bytes, .log_files = files};
  ear_error err = {""};
  live_output *o = live_log_new(path, &options, &err);
  if (!o) {
    fail_msg("%s", err.text);
  }
  return o;
}

static void
write_number(live_output *o, int n)
{
  char text[64];
  (void)snprintf(text, sizeof text, "number %d", n);
  o->message(o, now(), text);
}

/* What a file of the log holds. */
typedef struct {
  long size;
  int n_lines, n_starts, first, last; /* numbers; 0: none */
  int n_missing;                      /* as a line in it says */
  bool starts;                        /* its first line is a start line */
  bool ordered;                       /* each number is one more than the one before */
} content;

static void
read_line(content *c, const char *line)
{
  json_error_t err;
  json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &err);
  const char *type = json_string_value(json_object_get(object, "type"));
  const char *text = json_string_value(json_object_get(object, "message"));
  int n = 0;
  if (!type) {
    fail_msg("not a line of JSON: '%s'", line);
  }
  c->n_lines++;
  if (strcmp(type, "start") == 0) {
    c->n_starts++;
    c->starts = c->starts || c->n_lines == 1;
  } else if (text && sscanf(text, "number %d", &n) == 1) {
    c->ordered = c->ordered && (c->last == 0 || n == c->last + 1);
    c->first = c->first ? c->first : n;
    c->last = n;
  } else if (text && strstr(text, "could not be written")) {
    c->n_missing += atoi(text);
  }
  json_decref(object);
}

static content
read_log(const char *path)
{
  content c = {.ordered = true};
  FILE *f = fopen(path, "r");
  char *line = NULL;
  size_t size = 0;
  if (!f) {
    fail_msg("%s: %s", path, strerror(errno));
  }
  for (ssize_t n; (n = getline(&line, &size, f)) > 0;) {
    if (line[n - 1] != '\n') {
      fail_msg("%s ends in the middle of '%s'", path, line);
    }
    read_line(&c, line);
  }
  c.size = ftell(f);
  free(line);
  fclose(f);
  return c;
}

/* folder/name, for as long as the test runs. */
static const char *
keep_path(char kept[2 * PATH_MAX], const char *name)
{
  (void)snprintf(kept, (size_t)2 * PATH_MAX, "%s", folder_path(name));
  return kept;
}

static bool
exists(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0;
}

/* stderr goes to a file until messages_end, which counts its lines with `word`. */
static int stderr_was;

static void
messages_begin(void)
{
  fflush(stderr);
  stderr_was = dup(STDERR_FILENO);
  const int fd =
      open(folder_path("messages"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0666);
  dup2(fd, STDERR_FILENO);
  close(fd);
}

static int
messages_with(const char *word)
{
  int n = 0;
  char line[2048];
  FILE *f = fopen(folder_path("messages"), "r");
  while (f && fgets(line, sizeof line, f)) {
    n += strstr(line, word) != NULL;
  }
  if (f) {
    fclose(f);
  }
  return n;
}

static void
messages_end(void)
{
  dup2(stderr_was, STDERR_FILENO);
  close(stderr_was);
}

static void
every_line_is_whole_and_in_order_through_rotations(void **state)
{
  (void)state;
  enum { N = 3000, SIZE = 4096 };
  live_output *o = log_new(folder_path("rotate/log"), SIZE, 500);
  o->begin(o, now());
  for (int n = 1; n <= N; n++) {
    write_number(o, n);
  }
  o->end(o);
  int next = 1, n_files = 0;
  for (int k = 500; k >= 0; k--) {
    char name[32];
    (void)snprintf(name, sizeof name, k ? "rotate/log.%d" : "rotate/log", k);
    if (!exists(folder_path(name))) {
      continue;
    }
    const content c = read_log(folder_path(name));
    n_files++;
    assert_true(c.starts && c.ordered && c.n_starts == 1 && c.size <= SIZE);
    assert_true(k == 0 || c.size > SIZE - 200);
    assert_int_equal(c.first, next);
    next = c.last + 1;
  }
  assert_int_equal(next, N + 1);
  assert_true(n_files > 50);
}

static void
only_so_many_files_are_kept_and_they_are_the_newest(void **state)
{
  (void)state;
  live_output *o = log_new(folder_path("kept/log"), 2000, 3);
  o->begin(o, now());
  for (int n = 1; n <= 500; n++) {
    write_number(o, n);
  }
  o->end(o);
  assert_false(exists(folder_path("kept/log.4")));
  const content c[] = {
      read_log(folder_path("kept/log.3")), read_log(folder_path("kept/log.2")),
      read_log(folder_path("kept/log.1")), read_log(folder_path("kept/log"))};
  for (int i = 1; i < 4; i++) {
    assert_int_equal(c[i].first, c[i - 1].last + 1);
  }
  assert_int_equal(c[3].last, 500);
}

/* The child tells through a pipe after each line that it is written. */
static void
a_killed_process_loses_no_line_but_the_one_it_was_writing(void **state)
{
  (void)state;
  for (int round = 0; round < 20; round++) {
    char name[32];
    int tell[2], told = 0, n = 0;
    (void)snprintf(name, sizeof name, "kill-%d", round);
    const char *path = folder_path(name);
    assert_int_equal(pipe(tell), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      live_output *o = log_new(path, 0, 1);
      o->begin(o, now());
      for (n = 1;; n++) {
        write_number(o, n);
        if (write(tell[1], &n, sizeof n) != sizeof n) {
          _exit(1);
        }
      }
    }
    close(tell[1]);
    while (told < 50 * (round + 1) && read(tell[0], &n, sizeof n) == sizeof n) {
      told = n;
    }
    kill(child, SIGKILL);
    while (read(tell[0], &n, sizeof n) == sizeof n) {
      told = n;
    }
    close(tell[0]);
    waitpid(child, NULL, 0);
    live_output *o = log_new(path, 0, 1); /* takes half a line away, if there is one */
    o->end(o);
    const content c = read_log(path);
    assert_true(c.ordered && c.first == 1);
    assert_in_range(c.last, told, told + 1);
  }
}

static void
a_full_disk_is_told_once_and_writing_goes_on_when_there_is_room(void **state)
{
  (void)state;
  struct rlimit full, before;
  char kept[2 * PATH_MAX];
  const char *path = keep_path(kept, "full");
  signal(SIGXFSZ, SIG_IGN); /* as catch_signals does */
  live_output *o = log_new(path, 0, 1);
  messages_begin();
  getrlimit(RLIMIT_FSIZE, &before);
  full = before;
  full.rlim_cur = 2000; /* in the middle of some line */
  setrlimit(RLIMIT_FSIZE, &full);
  o->begin(o, now());
  for (int n = 1; n <= 100; n++) {
    write_number(o, n);
  }
  const content packed = read_log(path);
  setrlimit(RLIMIT_FSIZE, &before);
  for (int n = 101; n <= 110; n++) {
    write_number(o, n);
  }
  o->end(o);
  messages_end();
  assert_int_equal(messages_with("cannot be written"), 1);
  assert_int_equal(messages_with("File too large"), 1);
  assert_int_equal(messages_with("is written again"), 1);
  const content c = read_log(path);
  assert_true(packed.ordered && packed.size > 1800 && packed.last > 5);
  assert_int_equal(c.last, 110);
  assert_int_equal(c.n_starts, 2); /* what follows can be read alone */
  assert_true(c.n_missing > 60);
  assert_int_equal(c.n_lines - 5 + c.n_missing, 110); /* two heads and what is missing */
}

static void
a_device_without_room_is_told_once(void **state)
{
  (void)state;
  live_output *o = log_new("/dev/full", 0, 1);
  messages_begin();
  o->begin(o, now());
  for (int n = 1; n <= 100; n++) {
    write_number(o, n);
  }
  o->end(o);
  messages_end();
  assert_int_equal(messages_with("No space left on device"), 1);
  assert_int_equal(messages_with(""), 1);
}

static void
a_file_that_somebody_moves_removes_or_empties_begins_anew(void **state)
{
  (void)state;
  char kept[2 * PATH_MAX];
  const char *path = keep_path(kept, "moved/log");
  live_output *o = log_new(path, 0, 1);
  o->begin(o, now());
  write_number(o, 1);
  assert_int_equal(rename(path, folder_path("moved/old")), 0);
  folder_put("moved/log", ""); /* as logrotate's create does */
  write_number(o, 2);
  write_number(o, 3);
  const content moved = read_log(path);
  assert_true(moved.starts && moved.first == 2 && moved.last == 3);
  assert_int_equal(unlink(path), 0);
  write_number(o, 4);
  const content removed = read_log(path);
  assert_true(removed.starts && removed.first == 4);
  assert_int_equal(truncate(path, 0), 0);
  write_number(o, 5);
  o->end(o);
  const content emptied = read_log(path);
  assert_true(emptied.starts && emptied.first == 5 && emptied.n_starts == 1);
  const content old = read_log(folder_path("moved/old"));
  assert_true(old.first == 1 && old.last == 1);
}

/* As root every folder can be written: then as nobody. */
static void
write_in_a_read_only_folder(const char *shut, const char *path)
{
  live_output *o = log_new(path, 2000, 2);
  o->begin(o, now());
  for (int n = 1; n <= 100; n++) {
    write_number(o, n);
  }
  if (chmod(shut, 0777) != 0) { /* for its owner; root's parent opens it for nobody */
    _exit(2);
  }
  for (int n = 101; n <= 110; n++) {
    write_number(o, n);
  }
  o->end(o);
  _exit(0);
}

static void
a_folder_that_cannot_be_written_stops_rotation_alone(void **state)
{
  (void)state;
  char shut[2 * PATH_MAX], path[2 * PATH_MAX];
  int status = 0;
  (void)keep_path(path, "shut/log");
  (void)snprintf(shut, sizeof shut, "%s/shut", folder);
  folder_put("shut/log", "");
  assert_int_equal(chmod(folder, 0755), 0);
  messages_begin();
  const pid_t child = fork();
  if (child == 0) {
    const uid_t nobody = 65534;
    if (geteuid() == 0 && (chown(shut, nobody, nobody) != 0 ||
                           chown(path, nobody, nobody) != 0 || setuid(nobody) != 0)) {
      _exit(3);
    }
    if (chmod(shut, 0555) != 0) {
      _exit(4);
    }
    write_in_a_read_only_folder(shut, path);
  }
  waitpid(child, &status, 0);
  messages_end();
  assert_int_equal(status, 0);
  assert_int_equal(messages_with("cannot be rotated and grows on: Permission denied"), 1);
  assert_int_equal(messages_with(""), 1);
  const content grown = read_log(folder_path("shut/log.1"));
  const content after = read_log(path);
  assert_true(grown.ordered && grown.first == 1 && grown.last == 100);
  assert_true(after.starts && after.first == 101 && after.last == 110);
}

static void
check_half_a_line(const char *half, const char *begin)
{
  char text[4096] = "";
  folder_put("half", half);
  live_output *o = log_new(folder_path("half"), 0, 1);
  o->begin(o, now());
  o->end(o);
  FILE *f = fopen(folder_path("half"), "r");
  assert_non_null(f);
  (void)!fread(text, 1, sizeof text - 1, f);
  fclose(f);
  assert_memory_equal(text, begin, strlen(begin));
}

static void
half_a_line_that_is_ours_goes_and_any_other_stays(void **state)
{
  (void)state;
  check_half_a_line("{\"type\":\"mess", "{\"type\":\"start\"");
  check_half_a_line("{\"ty", "{\"type\":\"start\"");
  check_half_a_line("a b\n{\"type\":\"mess", "a b\n{\"type\":\"start\"");
  check_half_a_line("a b", "a b\n{\"type\":\"start\"");
  check_half_a_line("a b\n{\"some\"", "a b\n{\"some\"\n{\"type\":\"start\"");
  check_half_a_line("a b\n", "a b\n{\"type\":\"start\"");
}

static void
a_log_that_cannot_be_opened_is_refused_with_its_name(void **state)
{
  (void)state;
  const live_output_options options = {.log_bytes = 1000, .log_files = 1};
  folder_put("plain", "");
  const char *path[] = {"/nosuch/folder/log", folder, folder_path("plain/log")};
  for (int i = 0; i < 3; i++) {
    ear_error err = {""};
    assert_null(live_log_new(path[i], &options, &err));
    assert_non_null(strstr(err.text, path[i]));
    assert_non_null(strstr(err.text, "cannot be written"));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_line_is_whole_and_in_order_through_rotations),
      cmocka_unit_test(only_so_many_files_are_kept_and_they_are_the_newest),
      cmocka_unit_test(a_killed_process_loses_no_line_but_the_one_it_was_writing),
      cmocka_unit_test(a_full_disk_is_told_once_and_writing_goes_on_when_there_is_room),
      cmocka_unit_test(a_device_without_room_is_told_once),
      cmocka_unit_test(a_file_that_somebody_moves_removes_or_empties_begins_anew),
      cmocka_unit_test(a_folder_that_cannot_be_written_stops_rotation_alone),
      cmocka_unit_test(half_a_line_that_is_ours_goes_and_any_other_stays),
      cmocka_unit_test(a_log_that_cannot_be_opened_is_refused_with_its_name),
  };
  return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
