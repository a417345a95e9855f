/* SPDX-License-Identifier: ISC */
/* earshot model: what a model says of itself, and whether it may be trusted.  Opening one
   already checks all of it: layout, hashes, test vector. */
#include "json.h"
#include "models.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help_text[] =
    "earshot model info MODEL [--json]\n"
    "earshot model verify MODEL...\n"
    "info tells what a model was made for and how it hears; verify checks it "
    "completely:\n"
    "its layout, its hashes and the test vector inside, and says ok or what is wrong.\n"
    "\n"
    "MODEL is a file or the name of a built-in model: harshness or genre.\n"
    "\n"
    "      --json   info as one line of JSON\n"
    "  -h, --help   this text\n"
    "\n"
    "Exit codes: 0 done, 1 wrong usage, 5 a model was refused.\n"
    "\n"
    "Examples:\n"
    "  earshot model info harshness\n"
    "  earshot model verify my-model.safetensors\n";

/* Size of the file in bytes, or -1 for a built-in. */
static double
file_size(const char *path)
{
  struct stat st;
  const bool built_in = strcmp(path, "harshness") == 0 || strcmp(path, "genre") == 0;
  return !built_in && stat(path, &st) == 0 ? (double)st.st_size : -1;
}

static void
print_labels(const ear_model_info *info)
{
  for (uint32_t l = 0; l < info->n_labels; l++) {
    (void)fputs(l == 0 ? "labels      " : "            ", stdout);
    plain_string(stdout, info->label[l]);
    if (info->threshold[l] <= 1) {
      (void)printf(", flagged from %g", (double)info->threshold[l]);
    }
    (void)fputc('\n', stdout);
  }
}

static void
print_heads(const ear_model_info *info)
{
  if (info->unsure > 0) {
    (void)printf("unsure      where the likeliest is less than %g ahead of the next\n",
                 (double)info->unsure);
  }
  if (info->has_severity) {
    (void)puts("severity    0 to 100");
  }
  for (uint32_t k = 0; k < info->n_harsh_kinds; k++) {
    (void)fputs(k == 0 ? "kinds       " : ", ", stdout);
    plain_string(stdout, info->harsh_kind[k]);
  }
  (void)fputs(info->n_harsh_kinds ? "\n" : "", stdout);
}

static void
print_line(const char *name, const char *text)
{
  (void)printf("%-12s", name);
  plain_string(stdout, text);
  (void)fputc('\n', stdout);
}

/* The card may have several lines; each but the first is indented. */
static void
print_card(const char *card)
{
  const char *name = "card";
  for (const char *line = card; *line;) {
    const int n = (int)strcspn(line, "\n");
    char *text = strndup(line, (size_t)n);
    print_line(name, text ? text : "(no memory)");
    free(text);
    name = "";
    line += n + (line[n] == '\n');
  }
}

/* What a frame holds, unless it is the bands alone. */
static void
print_kinds(const ear_front_end *fe)
{
  if (fe->kinds == EAR_KIND_MEL) {
    return;
  }
  (void)fputs("features    ", stdout);
  for (uint32_t i = 0, n = 0; i < EAR_N_KINDS; i++) {
    if (fe->kinds >> i & 1) {
      (void)printf("%s%s", n++ ? ", " : "", ear_kind_name(i));
    }
  }
  (void)printf(": %u values a frame\n", ear_front_end_values(fe));
}

static void
print_json_kinds(const ear_front_end *fe)
{
  (void)fputs(",\"features\":[", stdout);
  for (uint32_t i = 0, n = 0; i < EAR_N_KINDS; i++) {
    if (fe->kinds >> i & 1) {
      (void)printf("%s\"%s\"", n++ ? "," : "", ear_kind_name(i));
    }
  }
  (void)printf("],\"values\":%u", ear_front_end_values(fe));
}

static void
print_info(const ear_model_info *info, double n_bytes)
{
  const ear_front_end *fe = &info->front_end;
  print_line("name", info->name);
  print_line("task", info->task);
  print_labels(info);
  print_heads(info);
  (void)printf("front end   %g Hz, window %u, hop %u, %u %s bands from %g to %g Hz\n",
               (double)fe->rate_hz, fe->n_fft, fe->hop, fe->n_bands,
               fe->scale == EAR_MEL_HTK ? "HTK mel" : "Slaney mel", (double)fe->low_hz,
               (double)fe->high_hz);
  print_kinds(fe);
  (void)printf("tick        %.1f ms from one verdict to the next\n", 1000 * info->tick_s);
  (void)printf("hears       %.2f s of audio behind each feature\n", info->receptive_s);
  (void)printf("cost        %.2f million multiply-accumulates per second of audio\n",
               1e-6 * (double)info->macs_per_s);
  (void)printf("parameters  %" PRIu64 "\n", info->n_parameters);
  if (n_bytes >= 0) {
    (void)printf("size        %.0f bytes\n", n_bytes);
  } else {
    (void)printf("size        compiled into this program\n");
  }
  print_line("sha256", info->sha256);
  print_line("license", info->license);
  print_card(info->card);
}

static void
key_string(const char *key, const char *text)
{
  (void)printf(",\"%s\":", key);
  json_text(stdout, text);
}

static void
key_number(const char *key, double number)
{
  (void)printf(",\"%s\":", key);
  json_number(stdout, number, 6);
}

static void
print_json_labels(const ear_model_info *info)
{
  (void)fputs(",\"labels\":[", stdout);
  for (uint32_t l = 0; l < info->n_labels; l++) {
    (void)fputs(l ? "," : "", stdout);
    json_text(stdout, info->label[l]);
  }
  (void)fputs("],\"threshold\":{", stdout);
  const char *comma = "";
  for (uint32_t l = 0; l < info->n_labels; l++) {
    if (info->threshold[l] <= 1) {
      (void)fputs(comma, stdout);
      json_text(stdout, info->label[l]);
      (void)fputc(':', stdout);
      json_number(stdout, (double)info->threshold[l], 6);
      comma = ",";
    }
  }
  (void)fputc('}', stdout);
  if (info->unsure > 0) {
    key_number("unsure", (double)info->unsure);
  }
}

static void
print_json(const ear_model_info *info, double n_bytes)
{
  const ear_front_end *fe = &info->front_end;
  (void)fputs("{\"name\":", stdout);
  json_text(stdout, info->name);
  key_string("task", info->task);
  print_json_labels(info);
  (void)printf(",\"front_end\":{\"fft\":%u,\"hop\":%u,\"bands\":%u", fe->n_fft, fe->hop,
               fe->n_bands);
  key_number("rate_hz", (double)fe->rate_hz);
  key_number("low_hz", (double)fe->low_hz);
  key_number("high_hz", (double)fe->high_hz);
  key_string("scale", fe->scale == EAR_MEL_HTK ? "htk" : "slaney");
  print_json_kinds(fe);
  (void)fputc('}', stdout);
  key_number("tick_s", info->tick_s);
  key_number("receptive_s", info->receptive_s);
  key_number("macs_per_s", (double)info->macs_per_s);
  key_number("parameters", (double)info->n_parameters);
  if (n_bytes >= 0) {
    key_number("size_bytes", n_bytes);
  } else {
    (void)fputs(",\"size_bytes\":null", stdout);
  }
  key_string("sha256", info->sha256);
  key_string("license", info->license);
  key_string("card", info->card);
  (void)fputs("}\n", stdout);
}

static exit_code
show(const char *name, bool json)
{
  ear_error err = {""};
  ear_model *model = NULL;
  if (!model_find(&model, name, &err)) {
    complain("%s", err.text);
    return EXIT_MODEL;
  }
  const ear_model_info *info = ear_model_info_get(model);
  json ? print_json(info, file_size(name)) : print_info(info, file_size(name));
  ear_model_unref(model);
  return EXIT_DONE;
}

static exit_code
verify(char **name, int n)
{
  exit_code code = EXIT_DONE;
  for (int i = 0; i < n; i++) {
    ear_error err = {""};
    ear_model *model = NULL;
    if (model_find(&model, name[i], &err)) {
      plain_string(stdout, name[i]);
      (void)fputs(": ok\n", stdout);
      ear_model_unref(model);
    } else {
      complain("%s", err.text);
      code = EXIT_MODEL;
    }
  }
  return code;
}

int
cmd_model(int argc, char **argv)
{
  static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
  bool json = false;
  int option = 0;
  opterr = 0;
  while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
    if (option == 'h') {
      (void)fputs(help_text, stdout);
      return EXIT_DONE;
    } else if (option != 'j') {
      return option_error("model", option, argv);
    }
    json = true;
  }
  const char *what = optind < argc ? argv[optind] : "";
  const int n = argc - optind - 1;
  exit_code code = EXIT_USAGE;
  if (strcmp(what, "info") == 0 && n == 1) {
    code = show(argv[optind + 1], json);
  } else if (strcmp(what, "verify") == 0 && n >= 1 && !json) {
    code = verify(argv + optind + 1, n);
  } else {
    return usage_error("model", "say 'info' and one model, or 'verify' and the models");
  }
  if (fflush(stdout) != 0 || ferror(stdout)) {
    complain("the results could not be written");
    return code ? code : EXIT_NOTHING;
  }
  return code;
}
