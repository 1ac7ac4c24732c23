// Coroutines that the host starts: one for each run of a handler, reused when it has ended well.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

// Time for what runs when a task has already ended: pending <close> variables, __tostring of an error value.
#define CLOSING_NS 50000000

static bool grow(uc_host *h) {
  int32_t count = h->task_count == 0 ? 16 : h->task_count * 2;
  struct uc_task *tasks = realloc(h->tasks, (size_t)count * sizeof *tasks);
  if (tasks == NULL) return false;
  h->tasks = tasks;
  int32_t *numbers = realloc(h->free_tasks, (size_t)count * sizeof *numbers);
  if (numbers == NULL) return false;
  h->free_tasks = numbers;
  memset(tasks + h->task_count, 0, (size_t)(count - h->task_count) * sizeof *tasks);
  for (int32_t i = count - 1; i >= h->task_count; i--) numbers[h->free_count++] = i;
  h->task_count = count;
  return true;
}

// The registry keeps a task's coroutine under its address, which also tells coroutines of the host from others.
static int new_thread(lua_State *L) {
  lua_State **place = lua_touserdata(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_tasks);
  lua_State *thread = lua_newthread(L);
  lua_rawsetp(L, -2, thread);
  *place = thread;
  return 0;
}

static int forget_thread(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_tasks);
  lua_pushnil(L);
  lua_rawsetp(L, -2, lua_touserdata(L, 1));
  return 0;
}

static bool protected_call(uc_host *h, lua_CFunction function, void *argument) {
  if (!lua_checkstack(h->L, 4)) return false;
  lua_pushcfunction(h->L, function);
  lua_pushlightuserdata(h->L, argument);
  bool done = lua_pcall(h->L, 1, 0, 0) == LUA_OK;
  if (!done) lua_pop(h->L, 1);
  return done;
}

// Leaves [function,] values on L.
static int prepare(lua_State *L) {
  uc_host *h = uc_host_of(L);
  lua_Integer anchor = lua_tointeger(L, 1);
  lua_settop(L, 0);
  if (anchor >= 0) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_anchors);
    lua_rawgeti(L, 1, anchor);
    lua_remove(L, 1);
  }
  uc_out_push(L, h);
  return lua_gettop(L);
}

// Moves [the function `anchor` and] the values of uc_out_* to the thread.
static bool hand_over(uc_host *h, lua_State *thread, lua_Integer anchor) {
  lua_State *L = h->L;
  int base = lua_gettop(L);
  if (!lua_checkstack(L, 4)) return false;
  lua_pushcfunction(L, prepare);
  lua_pushinteger(L, anchor);
  bool done = lua_pcall(L, 1, LUA_MULTRET, 0) == LUA_OK;
  int count = lua_gettop(L) - base;
  done = done && lua_checkstack(thread, count + 4);
  if (done) lua_xmove(L, thread, count);
  else lua_settop(L, base);
  uc_out_reset(h);
  return done;
}

int32_t uc_task_create(uc_host *h, int32_t anchor) {
  if (h->free_count == 0 && !grow(h)) return -1;
  int32_t number = h->free_tasks[h->free_count - 1];
  struct uc_task *task = &h->tasks[number];
  if (task->thread == NULL) {
    if (!protected_call(h, new_thread, &task->thread)) {
      task->thread = NULL;
      return -1;
    }
    h->idle += 1;
  }
  if (!hand_over(h, task->thread, anchor)) return -1;
  h->idle -= 1;
  h->free_count -= 1;
  task->in_use = true;
  task->fresh = true;
  return number;
}

static struct uc_task *task_at(uc_host *h, int32_t number) {
  if (number < 0 || number >= h->task_count || !h->tasks[number].in_use) return NULL;
  return &h->tasks[number];
}

int32_t uc_task_run(uc_host *h, int32_t number, int64_t budget_ns) {
  struct uc_task *task = task_at(h, number);
  if (task == NULL) return UC_TASK_ERROR;
  lua_State *T = task->thread;
  int arguments;
  if (task->fresh) {
    arguments = lua_gettop(T) - 1;
  } else {
    int before = lua_gettop(T);
    if (!hand_over(h, T, -1)) {
      uc_set_error(h, "not enough memory", 17);
      return UC_TASK_ERROR;
    }
    arguments = lua_gettop(T) - before;
  }
  task->fresh = false;
  if (lua_gethookcount(T) != UC_HOOK_COUNT) uc_install_hook(T);
  h->killed = false;
  h->blocked = 0;
  h->where[0] = 0;
  int results = 0;
  uc_arm(h, budget_ns);
  int64_t begun = uc_control_running_since(h->control);
  int status = lua_resume(T, NULL, arguments, &results);
  uc_disarm(h);
  h->last_run = uc_monotonic_ns() - begun;
  if (h->killed) {
    uc_note_place(h, T);
    uc_set_error(h, h->where, strnlen(h->where, sizeof h->where));
    return UC_TASK_KILLED;
  }
  switch (status) {
    case LUA_OK: return UC_TASK_DONE;  // the results stay until uc_task_end
    case LUA_YIELD:
      if (results == 1 && lua_touserdata(T, -1) == &uc_waiting) {
        lua_pop(T, 1);
        return UC_TASK_WAITING;
      }
      return UC_TASK_STRAY;
    default: {
      size_t length = 0;
      const char *text = uc_arg_string(T, -1, &length);
      if (text != NULL) uc_set_error(h, text, length);
      else uc_set_error(h, "", 0);
      return UC_TASK_ERROR;
    }
  }
}

int64_t uc_last_run_ns(uc_host *h) { return h->last_run; }

int32_t uc_task_result_class(uc_host *h, int32_t number) {
  struct uc_task *task = task_at(h, number);
  return task == NULL || lua_gettop(task->thread) == 0 ? -1 : uc_arg_class(task->thread, 1);
}

lua_State *uc_task_results(uc_host *h, int32_t number) {
  struct uc_task *task = task_at(h, number);
  return task == NULL || lua_status(task->thread) != LUA_OK ? NULL : task->thread;
}

bool uc_task_keep_results(uc_host *h, int32_t number, int32_t *anchor) {
  struct uc_task *task = task_at(h, number);
  lua_State *L = h->L;
  if (task == NULL || lua_status(task->thread) != LUA_OK) return false;
  int count = lua_gettop(task->thread);
  if (!lua_checkstack(L, count + 4)) return false;
  lua_pushcfunction(L, uc_pack);
  lua_xmove(task->thread, L, count);
  bool done = lua_pcall(L, count, 1, 0) == LUA_OK;
  if (done) *anchor = (int32_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return done;
}

static int describe(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

const char *uc_task_message(uc_host *h, int32_t number, size_t *length) {
  struct uc_task *task = task_at(h, number);
  lua_State *L = h->L;
  // Values that are not text may have a __tostring of the script's.
  if (task != NULL && lua_gettop(task->thread) > 0 && lua_status(task->thread) > LUA_YIELD &&
      lua_type(task->thread, -1) != LUA_TSTRING && lua_checkstack(L, 4) && lua_checkstack(task->thread, 1)) {
    lua_pushcfunction(L, describe);
    lua_pushvalue(task->thread, -1);
    lua_xmove(task->thread, L, 1);
    uc_arm(h, CLOSING_NS);
    bool done = lua_pcall(L, 1, 1, 0) == LUA_OK;
    uc_disarm(h);
    if (lua_gethookcount(L) != UC_HOOK_COUNT) uc_install_hook(L);
    size_t text_length = 0;
    const char *text = done ? uc_arg_string(L, -1, &text_length) : NULL;
    if (text == NULL) uc_set_error(h, "(an error value without a text)", 31);
    else uc_set_error(h, text, text_length);
    lua_pop(L, 1);
  }
  return uc_error_text(h, length);
}

static int traceback(lua_State *L) {
  luaL_traceback(L, lua_touserdata(L, 1), NULL, 0);
  return 1;
}

const char *uc_task_traceback(uc_host *h, int32_t number, size_t *length) {
  struct uc_task *task = task_at(h, number);
  lua_State *L = h->L;
  if (task == NULL || !lua_checkstack(L, 4)) return NULL;
  lua_pushcfunction(L, traceback);
  lua_pushlightuserdata(L, task->thread);
  size_t text_length = 0;
  const char *text = lua_pcall(L, 1, 1, 0) == LUA_OK ? uc_arg_string(L, -1, &text_length) : NULL;
  if (text != NULL) uc_set_error(h, text, text_length);
  lua_pop(L, 1);
  return text == NULL ? NULL : uc_error_text(h, length);
}

void uc_task_end(uc_host *h, int32_t number) {
  struct uc_task *task = task_at(h, number);
  if (task == NULL) return;
  lua_State *T = task->thread;
  task->in_use = false;
  task->fresh = false;
  h->free_tasks[h->free_count++] = number;
  bool reusable = true;
  if (lua_status(T) != LUA_OK) {
    h->killed = false;
    h->blocked = 0;
    uc_arm(h, CLOSING_NS);
    uc_reset_thread(h, T);
    uc_disarm(h);
    h->killed = false;
    // It may have a deep stack; a new one costs a microsecond, and failures are rare.
    reusable = false;
  } else {
    lua_settop(T, 0);
  }
  if (reusable && h->idle < UC_IDLE_TASKS) {
    h->idle += 1;
    return;
  }
  if (protected_call(h, forget_thread, T)) task->thread = NULL;
  else h->idle += 1;  // no memory even for that: it stays, reset and usable
}
