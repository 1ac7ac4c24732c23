// A thread for a state.

#define _GNU_SOURCE  // pthread_setname_np; must come before the first header
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "CLuaShim.h"

struct start {
  void (*body)(void *);
  void *argument;
  char name[16];  // what Linux shows
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
#ifdef __APPLE__
  pthread_setname_np(start.name);
#else
  pthread_setname_np(pthread_self(), start.name);
#endif
  start.body(start.argument);
  return NULL;
}

bool uc_start_thread(const char *name, size_t stack_bytes, void (*body)(void *argument), void *argument) {
  struct start *start = calloc(1, sizeof *start);
  if (start == NULL) return false;
  start->body = body;
  start->argument = argument;
  strncpy(start->name, name, sizeof start->name - 1);
  pthread_attr_t attributes;
  bool started = false;
  if (pthread_attr_init(&attributes) == 0) {
    pthread_t thread;
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    started = pthread_create(&thread, &attributes, run, start) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (!started) free(start);
  return started;
}
