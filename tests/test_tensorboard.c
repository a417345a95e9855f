/* SPDX-License-Identifier: ISC */
/* The event file is what TensorBoard's own reader takes: records with right checksums
   that hold the history, appended and never moved.  The reader here shares no code with
   the writer: its CRC goes bit by bit from the polynomial as printed. */
#include "folder.h"

#include "../train/file.h"
#include "../train/tensorboard.h"

/* CRC-32C by long division, most significant bit first on reflected bytes. */
static uint32_t
crc32c(const uint8_t *x, size_t n)
{
  uint32_t rest = 0xffffffffu, turned = 0;
  for (size_t i = 0; i < n; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      const uint32_t in = (x[i] >> bit & 1) ^ rest >> 31;
      rest = rest << 1 ^ (in ? 0x1edc6f41u : 0);
    }
  }
  for (int bit = 0; bit < 32; ++bit) {
    turned |= (rest >> bit & 1) << (31 - bit);
  }
  return ~turned;
}

static void
the_checksum_gives_the_published_values(void **state)
{
  uint8_t x[32];
  (void)state;
  /* RFC 3720, B.4 */
  memset(x, 0, sizeof x);
  assert_int_equal(tensorboard_crc(x, sizeof x), 0x8a9136aa);
  memset(x, 0xff, sizeof x);
  assert_int_equal(tensorboard_crc(x, sizeof x), 0x62a8ab43);
  for (int i = 0; i < 32; ++i) {
    x[i] = (uint8_t)i;
  }
  assert_int_equal(tensorboard_crc(x, sizeof x), 0x46dd794e);
  assert_int_equal(crc32c(x, sizeof x), 0x46dd794e);
  assert_int_equal(tensorboard_crc("123456789", 9), 0xe3069283);
}

typedef struct {
  double time;
  uint64_t step;
  char version[32];
  uint32_t n;
  char tag[8][32];
  float value[8];
} event;

static uint64_t
varint(const uint8_t **at, const uint8_t *end)
{
  uint64_t v = 0;
  for (int shift = 0;; shift += 7) {
    assert_true(*at < end && shift < 64);
    const uint8_t byte = *(*at)++;
    v |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      return v;
    }
  }
}

/* The bytes of a length-delimited field. */
static const uint8_t *
field(const uint8_t **at, const uint8_t *end, size_t *n)
{
  *n = varint(at, end);
  assert_true(*n <= (size_t)(end - *at));
  const uint8_t *from = *at;
  *at += *n;
  return from;
}

static void
read_value(event *e, const uint8_t *at, size_t n)
{
  const uint8_t *end = at + n;
  assert_true(e->n < 8);
  while (at < end) {
    const uint64_t key = varint(&at, end);
    if (key == (1 << 3 | 2)) {
      const uint8_t *from = field(&at, end, &n);
      snprintf(e->tag[e->n], 32, "%.*s", (int)n, (const char *)from);
    } else {
      assert_int_equal(key, 2 << 3 | 5);
      assert_true(end - at >= 4);
      memcpy(&e->value[e->n], at, 4);
      at += 4;
    }
  }
  ++e->n;
}

static void
read_event(event *e, const uint8_t *at, size_t n)
{
  const uint8_t *end = at + n;
  *e = (event){0};
  while (at < end) {
    const uint64_t key = varint(&at, end);
    if (key == (1 << 3 | 1)) {
      assert_true(end - at >= 8);
      memcpy(&e->time, at, 8);
      at += 8;
    } else if (key == (2 << 3 | 0)) {
      e->step = varint(&at, end);
    } else if (key == (3 << 3 | 2)) {
      const uint8_t *from = field(&at, end, &n);
      snprintf(e->version, sizeof e->version, "%.*s", (int)n, (const char *)from);
    } else {
      assert_int_equal(key, 5 << 3 | 2);
      const uint8_t *summary = field(&at, end, &n), *stop = summary + n;
      while (summary < stop) {
        assert_int_equal(varint(&summary, stop), 1 << 3 | 2);
        const uint8_t *value = field(&summary, stop, &n);
        read_value(e, value, n);
      }
    }
  }
}

/* All events of a file; fails on any byte that is not as the format says. */
static uint32_t
read_file(const char *name, event *e, uint32_t room)
{
  uint8_t *bytes;
  size_t n;
  uint32_t count = 0;
  assert_int_equal(file_read(folder_path(name), &bytes, &n, NULL), EAR_OK);
  for (size_t at = 0; at < n;) {
    uint64_t length;
    uint32_t sum[2];
    assert_true(n - at >= 12);
    memcpy(&length, bytes + at, 8);
    memcpy(&sum[0], bytes + at + 8, 4);
    assert_true(length <= n - at - 16);
    memcpy(&sum[1], bytes + at + 12 + length, 4);
    const uint32_t right[2] = {crc32c(bytes + at, 8), crc32c(bytes + at + 12, length)};
    for (int k = 0; k < 2; ++k) { /* unmask as the reader does */
      const uint32_t rotated = sum[k] - 0xa282ead8u;
      assert_int_equal(rotated >> 17 | rotated << 15, right[k]);
    }
    assert_true(count < room);
    read_event(&e[count++], bytes + at + 12, length);
    at += 16 + length;
  }
  free(bytes);
  return count;
}

static const fit_epoch epochs[] = {{1, 1, 0.9, 0.8, 0.5, 0.4, 1e-3, 2, 1700000000.25},
                                   {2, 0, 0.7, 0.85, 0.6, 0.55, 5e-4, 4, 1700000002.5},
                                   {300, 1, 1e-9, 0, 1, 1, 0, 6, 1700000004.75}};

static fit_history
first(uint32_t n)
{
  return (fit_history){n, n, (fit_epoch *)(uintptr_t)epochs};
}

static void
the_file_holds_the_history(void **state)
{
  static const char *const tag[] = {"loss/train", "loss/valid", "accuracy/valid",
                                    "macro_f1/valid", "learning_rate"};
  const fit_history h = first(3);
  event e[8];
  ear_error err = {""};
  (void)state;
  assert_int_equal(tensorboard_write(folder_path("e.tfevents"), &h, &err), EAR_OK);
  assert_int_equal(read_file("e.tfevents", e, 8), 4);
  assert_string_equal(e[0].version, "brain.Event:2");
  for (int i = 0; i < 3; ++i) {
    const event *k = &e[i + 1];
    const double value[] = {epochs[i].loss, epochs[i].valid_loss,
                            epochs[i].valid_accuracy, epochs[i].valid_macro_f1,
                            epochs[i].learning_rate};
    assert_int_equal(k->step, (uint64_t)epochs[i].epoch);
    assert_true(k->time >= epochs[i].time && k->time <= epochs[i].time);
    assert_int_equal(k->n, 5);
    for (int v = 0; v < 5; ++v) {
      const float want = (float)value[v];
      assert_string_equal(k->tag[v], tag[v]);
      assert_memory_equal(&k->value[v], &want, sizeof want);
    }
  }
}

static void
without_validation_there_is_nothing_said_of_it(void **state)
{
  fit_epoch one = {1, 0, 0.9, -1, -1, -1, 1e-3, 2, 1700000000};
  const fit_history h = {1, 1, &one};
  event e[4];
  ear_error err = {""};
  (void)state;
  assert_int_equal(tensorboard_write(folder_path("e.tfevents"), &h, &err), EAR_OK);
  assert_int_equal(read_file("e.tfevents", e, 4), 2);
  assert_int_equal(e[1].n, 2);
  assert_string_equal(e[1].tag[1], "learning_rate");
}

static ino_t
inode(const char *name)
{
  struct stat info;
  assert_int_equal(stat(folder_path(name), &info), 0);
  return info.st_ino;
}

static void
whatever_stood_there_is_brought_up_in_place(void **state)
{
  const fit_history two = first(2), three = first(3);
  ear_error err = {""};
  uint8_t *want, *got;
  size_t n_want, n_got;
  (void)state;
  assert_int_equal(tensorboard_write(folder_path("three"), &three, &err), EAR_OK);
  assert_int_equal(file_read(folder_path("three"), &want, &n_want, &err), EAR_OK);
  assert_int_equal(tensorboard_write(folder_path("two"), &two, &err), EAR_OK);
  assert_int_equal(file_read(folder_path("two"), &got, &n_got, &err), EAR_OK);
  assert_true(n_got < n_want);
  assert_memory_equal(got, want, n_got); /* a follower sees bytes appended */
  free(got);
  for (size_t cut = 0; cut <= n_want + 1; ++cut) {
    /* cut off anywhere, with something else behind it, or too long */
    uint8_t *torn = calloc(n_want + 8, 1);
    memcpy(torn, want, cut < n_want ? cut : n_want);
    const size_t size = cut % 2 ? cut : cut + 5;
    assert_int_equal(file_write(folder_path("torn"), torn, size, NULL, &err), EAR_OK);
    const ino_t before = inode("torn");
    assert_int_equal(tensorboard_write(folder_path("torn"), &three, &err), EAR_OK);
    assert_int_equal(inode("torn"), before);
    assert_int_equal(file_read(folder_path("torn"), &got, &n_got, &err), EAR_OK);
    assert_int_equal(n_got, n_want);
    assert_memory_equal(got, want, n_want);
    free(got);
    free(torn);
  }
  free(want);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, folder_make, folder_remove)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_checksum_gives_the_published_values),
      IN_FOLDER(the_file_holds_the_history),
      IN_FOLDER(without_validation_there_is_nothing_said_of_it),
      IN_FOLDER(whatever_stood_there_is_brought_up_in_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
