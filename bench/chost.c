// What a plain host in C takes for the same handler: the measure that `uc-bench lua` is held against.
//
// It does what such hosts do: a table for each message with the fields that uc-bot's have, and one call of the handler,
// in a coroutine of its own (so that it could wait) or by lua_pcall. No budget, no hook, no memory cap, no isolation.
//
//   cc -O2 -o chost bench/chost.c $(pkg-config --cflags --libs lua5.4)
//   ./chost coroutine 1000000 bench/handler.lua      prints the nanoseconds of CPU time that one call took

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void field(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

#define BATCH 64

struct message {
  char text[64], id[64];
  double time;
};

// The same texts as `uc-bench lua call` sends; the number makes each another one.
static void prepare(struct message *message, long number) {
  snprintf(message->text, sizeof message->text, "hello number %ld, how are you?", number);
  snprintf(message->id, sizeof message->id, "%040lx", (unsigned long)number);
  message->time = 1.7e9 + (double)number;
}

static void push(lua_State *L, const struct message *message) {
  lua_createtable(L, 0, 10);
  field(L, "text", message->text);
  field(L, "id", message->id);
  lua_createtable(L, 0, 2);
  field(L, "id", "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB");
  field(L, "short", "HYdBfeSB");
  lua_setfield(L, -2, "from");
  field(L, "room", "universal-connectivity");
  lua_pushnumber(L, message->time);
  lua_setfield(L, -2, "time");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "truncated");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "is_dm");
}

static long long cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int fail(lua_State *L, const char *what) {
  fprintf(stderr, "chost: %s: %s\n", what, lua_tostring(L, -1));
  return 1;
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: chost coroutine|pcall CALLS handler.lua\n");
    return 2;
  }
  int is_coroutine = strcmp(arguments[1], "coroutine") == 0;
  long calls = atol(arguments[2]);
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  // The script returns its handler.
  if (luaL_dofile(L, arguments[3]) != LUA_OK) return fail(L, "load");
  int handler = lua_gettop(L);
  struct message batch[BATCH];
  long long taken = 0;
  long number = 0;
  while (number < calls) {
    for (int i = 0; i < BATCH; i++) prepare(&batch[i], number++);
    long long start = cpu_ns();
    for (int i = 0; i < BATCH; i++) {
      if (is_coroutine) {
        lua_State *T = lua_newthread(L);
        lua_pushvalue(L, handler);
        lua_xmove(L, T, 1);
        push(T, &batch[i]);
        int results;
        if (lua_resume(T, L, 1, &results) != LUA_OK) return fail(T, "call");
        lua_settop(L, handler);
      } else {
        lua_pushvalue(L, handler);
        push(L, &batch[i]);
        if (lua_pcall(L, 1, 0, 0) != LUA_OK) return fail(L, "call");
      }
    }
    taken += cpu_ns() - start;
  }
  printf("{\"ns\": %.1f}\n", (double)taken / (double)number);
  lua_close(L);
  return 0;
}
