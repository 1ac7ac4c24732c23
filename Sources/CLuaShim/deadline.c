// How a script that does not end is ended (bots.md §6, "pcall catches the kill").
//
// An error raised by the count hook can be caught by the script, so the hook yields instead and nobody resumes. Where
// Lua cannot yield (a sort comparator, a gsub callback, a closing variable) it raises at every instruction until the
// script is back where it can.

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

int64_t uc_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Processor time of this thread. A call into the kernel, unlike the one above.
static int64_t processor_ns(void) {
  struct timespec spent;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return (int64_t)spent.tv_sec * 1000000000 + spent.tv_nsec;
}

uc_control *uc_control_create(void) {
  uc_control *control = calloc(1, sizeof *control);
  if (control != NULL) atomic_init(&control->hurry, INT64_MAX);
  return control;
}

void uc_control_destroy(uc_control *control) { free(control); }

int64_t uc_control_running_since(uc_control *control) {
  return atomic_load_explicit(&control->running_since, memory_order_relaxed);
}

void uc_control_hurry(uc_control *control, int64_t deadline_ns) {
  atomic_store_explicit(&control->hurry, deadline_ns, memory_order_relaxed);
}

// A budget is processor time: who waits for a processor on a busy machine, or for a disk, does not loop. No more of it
// can be spent than time goes by, so that it is looked at only when it may be used up. Runs that are over before
// UC_FIRST_LOOK_NS, which is nearly all, never pay for a look; of the others that time counts as spent.
bool uc_expired(uc_host *h) {
  int64_t now = uc_monotonic_ns();
  if (now >= atomic_load_explicit(&h->control->hurry, memory_order_relaxed)) return true;
  if (now < h->look) return false;
  int64_t processor = processor_ns();
  if (h->processor_begun == INT64_MIN) {
    int64_t passed = now - h->begun;
    h->processor_begun = processor - (passed < UC_FIRST_LOOK_NS ? passed : UC_FIRST_LOOK_NS);
  }
  int64_t left = h->budget - (processor - h->processor_begun);
  if (left <= 0) return true;
  h->look = left > INT64_MAX - now ? INT64_MAX : now + left;
  return false;
}

void uc_arm(uc_host *h, int64_t budget_ns) {
  int64_t now = uc_monotonic_ns();
  h->begun = now;
  h->budget = budget_ns;
  h->look = now + (budget_ns < UC_FIRST_LOOK_NS ? budget_ns : UC_FIRST_LOOK_NS);
  h->processor_begun = INT64_MIN;
  h->armed = true;
  atomic_store_explicit(&h->control->running_since, now, memory_order_relaxed);
}

void uc_disarm(uc_host *h) {
  h->armed = false;
  atomic_store_explicit(&h->control->running_since, 0, memory_order_relaxed);
}

// Neither of these two raises or allocates: "Sl" only fills the structure.
void uc_note_place(uc_host *h, lua_State *L) {
  if (h->where[0] != 0) return;
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || strcmp(ar.short_src, "[uc]") == 0) continue;
    size_t length = strnlen(ar.short_src, LUA_IDSIZE);
    memcpy(h->where, ar.short_src, length);
    int line = ar.currentline, digits = 1;
    for (int rest = line; rest >= 10; rest /= 10) digits++;
    h->where[length] = ':';
    for (int i = digits; i > 0; i--, line /= 10) h->where[length + (size_t)i] = (char)('0' + line % 10);
    h->where[length + (size_t)digits + 1] = 0;
    return;
  }
}

static void on_count(lua_State *L, lua_Debug *ar) {
  (void)ar;
  uc_host *h = uc_host_of(L);
  if (!h->armed || !uc_expired(h)) {
    if (lua_gethookcount(L) != UC_HOOK_COUNT) uc_install_hook(L);
    return;
  }
  uc_note_place(h, L);
  h->killed = true;
  if (L != h->closing && lua_isyieldable(L)) {
    lua_yield(L, 0);  // in a hook this returns; the jump comes when the hook has returned
    return;
  }
  lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_stopped);
  lua_error(L);
}

void uc_install_hook(lua_State *L) { lua_sethook(L, on_count, LUA_MASKCOUNT, UC_HOOK_COUNT); }

// A coroutine that was ended in the middle of a C function and is then resumed by a script that kept it.
static int after_stop(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return luaL_error(L, "this coroutine was stopped");
}

int uc_stop_running(lua_State *L) {
  uc_host *h = uc_host_of(L);
  uc_note_place(h, L);
  h->killed = true;
  if (L != h->closing && lua_isyieldable(L)) return lua_yieldk(L, 0, 0, after_stop);
  lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_stopped);
  return lua_error(L);
}

void uc_tick(lua_State *L) {
  uc_host *h = uc_host_of(L);
  if (h->armed && uc_expired(h)) uc_stop_running(L);
}

int uc_reset_thread(uc_host *h, lua_State *co) {
  if (h->close_depth >= UC_CLOSE_DEPTH) return -1;
  lua_State *before = h->closing;
  h->closing = co;
  h->close_depth += 1;
  int status = lua_resetthread(co);
  h->close_depth -= 1;
  h->closing = before;
  return status;
}
