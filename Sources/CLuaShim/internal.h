// What the files of the shim share. Not visible to Swift.

#ifndef CLUASHIM_INTERNAL_H
#define CLUASHIM_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdatomic.h>

#include "CLuaShim.h"

#if LUA_VERSION_NUM != 504
#error "CLuaShim needs Lua 5.4"
#endif

// VM instructions between two looks at the clock. Few, because one instruction may call a C function that takes
// milliseconds on a long string.
#define UC_HOOK_COUNT 100
// How long a run lasts before it is looked at how much processor time it has taken.
#define UC_FIRST_LOOK_NS 1000000
// Nested coroutine.close and failed coroutine.wrap: Lua 5.4.4 counts C levels from zero in each.
#define UC_CLOSE_DEPTH 4
#define UC_OUT_MAX 512
// Idle coroutines kept for the next task.
#define UC_IDLE_TASKS 64
// Lists and objects within each other in JSON.
#define UC_JSON_DEPTH 100

struct uc_control {
  _Atomic int64_t running_since;
  _Atomic int64_t hurry;
};

enum uc_out_kind {
  OUT_NIL, OUT_BOOLEAN, OUT_INTEGER, OUT_NUMBER, OUT_STRING, OUT_ARGUMENT, OUT_TABLE, OUT_FIELD, OUT_ITEM,
  OUT_RECORD, OUT_INTERNED, OUT_KEPT, OUT_PLAIN, OUT_JSON, OUT_JSON_CONSTANT, OUT_FUNCTION, OUT_RAISE
};

struct uc_out {
  enum uc_out_kind kind;
  int32_t a, b;  // class and slots, or sizes, or an argument's index
  union {
    int64_t integer;
    double number;
    struct { size_t offset, length; } text;
  } u;
};

struct uc_task {
  lua_State *thread;  // NULL: this number is free and holds no coroutine
  bool in_use;
  bool fresh;  // created, not yet run
};

struct uc_host {
  lua_State *L;
  uc_control *control;
  uc_dispatch dispatch;
  void *context;

  size_t used, limit;
  size_t most, resting;  // since memory was last given back: the most held, and what was held after it
  uint64_t allocations, fail_first, fail_end;

  int64_t begun, budget;    // of the run: when, and how much processor time it may take
  int64_t look;             // when the processor time is looked at next
  int64_t processor_begun;  // the thread's processor time when the run began; INT64_MIN before the first look
  int64_t last_run;
  bool armed;      // Lua code runs and has a budget
  bool killed;     // ... which is used up, and the run is being ended
  int blocked;     // coroutines resumed from places that cannot yield
  int close_depth;
  lua_State *closing;  // whose pending variables are being closed: it must not yield (it would in Lua 5.4.4)
  char where[LUA_IDSIZE + 16];

  struct uc_out out[UC_OUT_MAX];
  int out_count;
  int32_t call_argument, call_then;  // of UC_CALL
  bool out_broken;  // too many values or no memory for their text
  char *text;       // bytes of the values
  size_t text_used, text_size;

  char *error;  // text of the last failure
  size_t error_length;

  struct uc_task *tasks;
  int32_t task_count;
  int32_t *free_tasks;  // a stack of numbers, those with an idle coroutine on top
  int32_t free_count;
  int32_t idle;
};

static inline uc_host *uc_host_of(lua_State *L) { return *(uc_host **)lua_getextraspace(L); }

// Addresses used as registry keys.
extern const char uc_key_anchors, uc_key_tasks, uc_key_classes, uc_key_interned, uc_key_tables, uc_key_loaded,
    uc_key_stopped;
// The value that a task yields when a Swift body waits. Scripts cannot make light userdata, and see two only.
extern const char uc_waiting;
// uc.json.null and uc.json.empty_list.
extern const char uc_json_null, uc_json_empty_list;
// Stands before the text of an error that a waiting function is to raise.
extern const char uc_raising;

// memory.c
void *uc_allocate(void *ud, void *pointer, size_t old_size, size_t new_size);
// deadline.c
bool uc_expired(uc_host *h);
void uc_arm(uc_host *h, int64_t budget_ns);
void uc_disarm(uc_host *h);
void uc_install_hook(lua_State *L);
int uc_stop_running(lua_State *L);  // kills by yielding or raising; returns only as `return uc_stop_running(L)`
void uc_tick(lua_State *L);         // for long loops in C: does not return when the time is over
void uc_note_place(uc_host *h, lua_State *L);  // where L is, for the log; keeps the first
int uc_reset_thread(uc_host *h, lua_State *co);  // its status, or -1: nested too deeply
// trampoline.c
int uc_trampoline(lua_State *L);
int uc_bound_trampoline(lua_State *L);
int uc_call_swift(lua_State *L, int32_t function);
int uc_missing(lua_State *L);
// out.c
int uc_out_push(lua_State *L, uc_host *h);
int uc_pack(lua_State *L);  // its arguments as one table with their number as `n`; returns its anchor
// memory.c
void uc_give_back_pages(size_t freed);
// plain.c
void uc_plain_push(lua_State *L, const void *bytes, size_t length);
// json_read.c, json_write.c
int uc_json_push(lua_State *L, char *text, size_t length);
size_t uc_utf8_length(const unsigned char *s, size_t left);
void uc_open_json(lua_State *L);
// coroutines.c, strings.c, sandbox.c
void uc_open_coroutines(lua_State *L);
void uc_open_strings(lua_State *L);
void uc_open_sandbox(lua_State *L);
// host.c
void uc_set_error(uc_host *h, const char *text, size_t length);

// records.c
struct uc_slot {
  int32_t kind;  // OUT_NIL … OUT_STRING
  union {
    int64_t integer;
    double number;
    struct { uint32_t offset, length; } text;  // from the beginning of the record
  } u;
};

struct uc_record {
  uint32_t magic;
  int32_t class_id;
  int32_t slot_count;
  struct uc_slot slots[];
};
#define UC_RECORD_MAGIC 0x75635265u

struct uc_record *uc_record_at(lua_State *L, int index);
void uc_push_record(lua_State *L, uc_host *h, const struct uc_out *head, const struct uc_out *slots);
void uc_push_interned(lua_State *L, uc_host *h, const struct uc_out *head, const struct uc_out *slots);

// pattern.c
#define UC_CAPTURES UC_MATCH_CAPTURES
struct uc_capture {
  const unsigned char *start;
  ptrdiff_t length;  // or one of the two below
};
#define UC_CAPTURE_OPEN (-1)
#define UC_CAPTURE_POSITION (-2)

struct uc_matcher {
  const unsigned char *subject, *subject_end, *pattern_end;
  int depth, level;
  struct uc_capture captures[UC_CAPTURES];
  const char *error;
  bool exhausted;
  uint64_t steps_left;
  uint64_t refill;  // steps granted after each tick
  lua_State *L;     // ticked for when not NULL; else the first exhaustion ends the match
};
const unsigned char *uc_match_here(struct uc_matcher *m, const unsigned char *s, const unsigned char *p);
void uc_match_begin(struct uc_matcher *m);

#endif
