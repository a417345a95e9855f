/* SPDX-License-Identifier: ISC */
/* One machine for every pair of classes; who wins most pairs is said, margins decide
   between equals.  Fitted ones keep their vectors, which libsvm only points to.
   Source: C. Cortes, V. Vapnik, Machine Learning 20, 1995; C.-C. Chang, C.-J. Lin,
   LIBSVM, ACM TIST 2(27), 2011. */
#include "learner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <libsvm/svm.h>

static const double penalties[] = {0.25, 0.5, 1, 2, 4, 8, 16};
static const double gammas[] = {0.06, 0.12, 0.25, 0.5, 1}; /* over the number of values */
enum {
  N_PENALTIES = sizeof penalties / sizeof *penalties,
  N_GAMMAS = sizeof gammas / sizeof *gammas
};

const bool learner_has_svm = true;

typedef struct {
  uint32_t n_values, n_labels;
  struct svm_node *node; /* [n][n_values + 1] */
  struct svm_node **row; /* [n] */
  double *y;             /* [n] */
  struct svm_model *model;
} machine;

static void
quiet(const char *text)
{
  (void)text;
}

static void
machine_free(void *fitted)
{
  machine *m = fitted;
  if (m->model) {
    svm_free_and_destroy_model(&m->model);
  }
  free(m->node);
  free(m->row);
  free(m->y);
  free(m);
}

static void
to_nodes(const double *x, uint32_t n_values, struct svm_node *node)
{
  for (uint32_t v = 0; v < n_values; ++v) {
    node[v] = (struct svm_node){(int)v + 1, x[v]};
  }
  node[n_values] = (struct svm_node){-1, 0};
}

/* Classes weigh equally, or as often as they come. */
static struct svm_parameter
settings_of(const learner_set *s, uint32_t setting, int *number, double *weight)
{
  const uint32_t gamma = setting % N_GAMMAS, c = setting / N_GAMMAS % N_PENALTIES;
  uint32_t count[EAR_MAX_LABELS] = {0}, present = 0;
  for (uint32_t i = 0; i < s->n; ++i) {
    present += count[s->label[s->index[i]]]++ == 0;
  }
  for (uint32_t l = 0; l < s->n_labels; ++l) {
    number[l] = (int)l;
    weight[l] = count[l] ? (double)s->n / present / count[l] : 1;
  }
  return (struct svm_parameter){
      .svm_type = C_SVC,
      .kernel_type = RBF,
      .gamma = gammas[gamma] / s->n_values,
      .C = penalties[c],
      .cache_size = 64,
      .eps = 1e-3,
      .shrinking = 1,
      .nr_weight = setting < N_GAMMAS * N_PENALTIES ? 0 : (int)s->n_labels,
      .weight_label = number,
      .weight = weight};
}

static ear_status
machine_fit(void **fitted, const learner_set *s, uint32_t setting)
{
  int number[EAR_MAX_LABELS];
  double weight[EAR_MAX_LABELS];
  machine *m = calloc(1, sizeof *m);
  *fitted = NULL;
  if (!m) {
    return EAR_NO_MEMORY;
  }
  const size_t width = s->n_values + 1u;
  *m = (machine){s->n_values,
                 s->n_labels,
                 calloc(s->n * width + 1, sizeof *m->node),
                 calloc(s->n + 1u, sizeof *m->row),
                 calloc(s->n + 1u, sizeof *m->y),
                 NULL};
  if (m->node && m->row && m->y) {
    for (uint32_t i = 0; i < s->n; ++i) {
      m->row[i] = m->node + i * width;
      to_nodes(s->x + (size_t)s->index[i] * s->n_values, s->n_values, m->row[i]);
      m->y[i] = s->label[s->index[i]];
    }
    const struct svm_parameter p = settings_of(s, setting, number, weight);
    const struct svm_problem problem = {(int)s->n, m->y, m->row};
    svm_set_print_string_function(quiet);
    m->model = svm_train(&problem, &p);
  }
  if (!m->model) {
    machine_free(m);
    return EAR_NO_MEMORY;
  }
  m->model->param.weight_label = NULL; /* they stood in this frame alone */
  m->model->param.weight = NULL;
  m->model->param.nr_weight = 0;
  *fitted = m;
  return EAR_OK;
}

/* Pairs won by each class of the model, and between -1/3 and 1/3 by how much. */
static void
tournament(const machine *m, const double *margin, double *points)
{
  const int n = svm_get_nr_class(m->model);
  double sum[EAR_MAX_LABELS] = {0};
  for (int i = 0, k = 0; i < n; ++i) {
    for (int j = i + 1; j < n; ++j, ++k) {
      points[margin[k] > 0 ? i : j] += 1;
      sum[i] += margin[k];
      sum[j] -= margin[k];
    }
  }
  for (int i = 0; i < n; ++i) {
    points[i] += sum[i] / (3 * (fabs(sum[i]) + 1));
  }
}

static void
machine_say(const void *fitted, const double *x, float *p)
{
  const machine *m = fitted;
  int label[EAR_MAX_LABELS];
  double margin[EAR_MAX_LABELS * (EAR_MAX_LABELS - 1) / 2];
  double points[EAR_MAX_LABELS] = {0}, sum = 0;
  struct svm_node node[EAR_MAX_BANDS + 1];
  to_nodes(x, m->n_values, node);
  svm_get_labels(m->model, label);
  svm_predict_values(m->model, node, margin);
  tournament(m, margin, points);
  for (uint32_t l = 0; l < m->n_labels; ++l) {
    p[l] = 0;
  }
  const int n = svm_get_nr_class(m->model);
  for (int i = 0; i < n; ++i) {
    sum += exp(points[i]);
  }
  for (int i = 0; i < n; ++i) {
    p[label[i]] = (float)(exp(points[i]) / sum);
  }
}

static void
machine_tell(uint32_t setting, char text[96])
{
  snprintf(text, 96, "C %g, gamma %g / values%s",
           penalties[setting / N_GAMMAS % N_PENALTIES], gammas[setting % N_GAMMAS],
           setting < N_GAMMAS * N_PENALTIES ? "" : ", classes weigh equally");
}

const learner learner_svm = {"svm",
                             "MFCC-20 statistics + SVM-RBF",
                             2 * N_GAMMAS *N_PENALTIES,
                             machine_fit,
                             machine_say,
                             machine_free,
                             machine_tell};
