/* SPDX-License-Identifier: ISC */
/* JACK clients that come, connect to a port, and go, one after the other, each a process
   of its own.  jackd 1.9.21 now and then leaves a client waiting for ever: up to three
   such are killed, which is said, and others come in their place.  That a server or the
   port is not there is no failure.  Prints how many of COUNT were connected.

   usage: jack_churn COUNT PORT */
#include <jack/jack.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTED = 0, ALONE = 1, SERVER_GONE = 3, PATIENCE_S = 5, MAX_STUCK = 3 };

static void
say_nothing(const char *message)
{
  (void)message;
}

static void
on_shutdown(void *user)
{
  (void)user;
  _exit(SERVER_GONE);
}

static int
process(jack_nframes_t n, void *user)
{
  float *out = jack_port_get_buffer(*(jack_port_t **)user, n);
  for (jack_nframes_t i = 0; i < n; i++) {
    out[i] = 0;
  }
  return 0;
}

/* Was it connected? */
static int
come_and_go(const char *to)
{
  jack_client_t *client = jack_client_open("churn", JackNoStartServer, NULL);
  if (!client) {
    usleep(50000);
    return 0;
  }
  jack_on_shutdown(client, on_shutdown, NULL);
  jack_port_t *port =
      jack_port_register(client, "out", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
  int connected = 0;
  if (port && jack_set_process_callback(client, process, &port) == 0 &&
      jack_activate(client) == 0) {
    connected = jack_connect(client, jack_port_name(port), to) == 0;
    usleep(3000);
  }
  jack_client_close(client);
  return connected;
}

int
main(int argc, char **argv)
{
  if (argc != 3) {
    return 2;
  }
  jack_set_error_function(say_nothing);
  jack_set_info_function(say_nothing);
  const int count = atoi(argv[1]);
  int n_connected = 0, n_stuck = 0;
  for (int i = 0; i < count + n_stuck; i++) {
    const pid_t client = fork();
    if (client == 0) {
      alarm(PATIENCE_S);
      _exit(come_and_go(argv[2]) ? CONNECTED : ALONE);
    }
    int status = 0;
    if (client < 0 || waitpid(client, &status, 0) < 0) {
      return 2;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == SERVER_GONE) {
      return SERVER_GONE;
    }
    n_connected += WIFEXITED(status) && WEXITSTATUS(status) == CONNECTED;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM && n_stuck < MAX_STUCK) {
      n_stuck++;
      fprintf(stderr, "jack_churn: client %d was stuck for %d s\n", i, PATIENCE_S);
    }
  }
  printf("%d\n", n_connected);
  return 0;
}
