// The coroutine library of scripts, made so that `uc.sleep` and its like work inside a script's own coroutines at any
// depth, and so that a kill goes through them (bots.md §0.5, §6).
//
// When a coroutine inside waits for the host it yields `uc_waiting`. `resume` and `wrap` do not show that to the script:
// they yield it on, one level out, until the host sees it. When the host resumes the task, the results go the same way
// back in, through the continuations below.

#include "internal.h"

// What `transfer` tells besides a number of results.
#define FAILED (-1)   // the error value is on top of L
#define WAITING (-2)  // the coroutine waits for the host
#define STOPPED (-3)  // the time is over

static bool is_task(lua_State *L, lua_State *co) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_tasks);
  bool found = lua_rawgetp(L, -1, co) != LUA_TNIL;
  lua_pop(L, 2);
  return found;
}

static int transfer(lua_State *L, lua_State *co, int arguments) {
  uc_host *h = uc_host_of(L);
  if (!lua_checkstack(co, arguments + 1)) {
    lua_pop(L, arguments);
    lua_pushliteral(L, "too many arguments to resume");
    return FAILED;
  }
  bool blocked = L == h->closing || !lua_isyieldable(L);
  int results = 0;
  lua_xmove(L, co, arguments);
  h->blocked += blocked;
  int status = lua_resume(co, L, arguments, &results);
  h->blocked -= blocked;
  if (h->armed && h->killed) return STOPPED;
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return FAILED;
  }
  if (status == LUA_YIELD && results == 1 && lua_touserdata(co, -1) == &uc_waiting) {
    lua_pop(co, 1);
    return WAITING;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return FAILED;
  }
  lua_xmove(co, L, results);
  return results;
}

static lua_State *coroutine_argument(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  return co;
}

static int resume_again(lua_State *L, int status, lua_KContext context);

// Stack of L: the coroutine, then its arguments.
static int resume_with(lua_State *L) {
  lua_State *co = coroutine_argument(L);
  if (is_task(L, co)) {
    lua_pushboolean(L, false);
    lua_pushliteral(L, "cannot resume a handler");
    return 2;
  }
  int results = transfer(L, co, lua_gettop(L) - 1);
  switch (results) {
    case FAILED:
      lua_pushboolean(L, false);
      lua_insert(L, -2);
      return 2;
    case STOPPED: return uc_stop_running(L);
    case WAITING:
      lua_settop(L, 1);
      lua_pushlightuserdata(L, (void *)&uc_waiting);
      return lua_yieldk(L, 1, 0, resume_again);
    default:
      lua_pushboolean(L, true);
      lua_insert(L, -(results + 1));
      return results + 1;
  }
}

static int resume_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return resume_with(L);
}

static int co_resume(lua_State *L) { return resume_with(L); }

static int wrap_again(lua_State *L, int status, lua_KContext context);

// Stack of L: the arguments; the coroutine is the upvalue.
static int wrap_with(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int results = transfer(L, co, lua_gettop(L));
  switch (results) {
    case FAILED: {
      int ended = lua_status(co);
      if (ended != LUA_OK && ended != LUA_YIELD) {  // it has failed, rather than not been resumable
        ended = uc_reset_thread(uc_host_of(L), co);
        if (ended > LUA_OK && lua_gettop(co) > 0) {
          lua_pop(L, 1);
          lua_xmove(co, L, 1);  // closing its variables may have failed in another way
        }
      }
      if (ended != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
      }
      return lua_error(L);
    }
    case STOPPED: return uc_stop_running(L);
    case WAITING:
      lua_settop(L, 0);
      lua_pushlightuserdata(L, (void *)&uc_waiting);
      return lua_yieldk(L, 1, 0, wrap_again);
    default: return results;
  }
}

static int wrap_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return wrap_with(L);
}

static int wrap_call(lua_State *L) { return wrap_with(L); }

static int co_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrap_call, 1);
  return 1;
}

static int co_yield(lua_State *L) {
  if (L == uc_host_of(L)->closing) return luaL_error(L, "attempt to yield while the coroutine is being closed");
  return lua_yield(L, lua_gettop(L));
}

static int co_close(lua_State *L) {
  uc_host *h = uc_host_of(L);
  lua_State *co = coroutine_argument(L);
  lua_Debug ar;
  if (co == L || is_task(L, co)) return luaL_error(L, "cannot close a running coroutine");
  if (lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar)) return luaL_error(L, "cannot close a normal coroutine");
  if (h->close_depth >= UC_CLOSE_DEPTH) return luaL_error(L, "too many nested calls of coroutine.close");
  int status = uc_reset_thread(h, co);
  if (h->killed && h->armed) return uc_stop_running(L);
  lua_pushboolean(L, status == LUA_OK);
  if (status == LUA_OK) return 1;
  lua_xmove(co, L, 1);
  return 2;
}

void uc_open_coroutines(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"resume", co_resume}, {"wrap", co_wrap}, {"yield", co_yield}, {"close", co_close}, {NULL, NULL}};
  luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 1);
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
