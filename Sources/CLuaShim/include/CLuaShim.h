// An embedded Lua 5.4 that cannot hurt its host: the C half of the LuaVM target.
//
// Why there is C at all: Lua raises errors and yields with longjmp, and a jump over a Swift frame leaks what the frame
// owned and skips its `defer` blocks. So Swift never calls a Lua function that can raise. Everything that can raise
// runs here, under lua_pcall or lua_resume, and every function that a script can call is a C function that lets a
// Swift body finish first and only then pushes its results, raises or yields (bots.md §6, §7.1).
//
// Thread rule: a host and all of its states belong to one thread at a time. Only uc_control may be shared.

#ifndef CLUASHIM_H
#define CLUASHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lua_State lua_State;
typedef struct uc_host uc_host;
typedef struct uc_control uc_control;

// ---- The part that other threads may touch -------------------------------------------------------------------------

/// Nanoseconds of the clock that runs are timed with (CLOCK_MONOTONIC).
int64_t uc_monotonic_ns(void);
/// NULL when there is no memory.
uc_control *uc_control_create(void);
void uc_control_destroy(uc_control *control);
/// When the Lua code that runs now began, or 0 when none runs. A host notices a stuck C call by it.
int64_t uc_control_running_since(uc_control *control);
/// Makes every run end at `deadline_ns` at the latest, whatever budget it was given.
void uc_control_hurry(uc_control *control, int64_t deadline_ns);

/// Starts a detached thread; false when the system gives none. Of the name, 15 characters are shown.
bool uc_start_thread(const char *name, size_t stack_bytes, void (*body)(void *argument), void *argument);

// ---- What a Swift body tells the trampoline ------------------------------------------------------------------------

#define UC_VALUES 0
#define UC_RAISE 1
#define UC_YIELD 2
#define UC_CALL 3

/// Runs the Swift body of a function. Arguments are on the stack of L; results go through uc_out_*.
typedef int32_t (*uc_dispatch)(void *context, lua_State *L, int32_t function);

// Functions that the shim itself asks for; the host's own begin at UC_FIRST_FUNCTION.
#define UC_MISSING_MEMBER 0  // (object, key, name of the table or class) -> value, or raises
#define UC_PRINT 1           // (text)
#define UC_MODULE_SOURCE 2   // (name) -> source, chunk name, or raises
#define UC_FIRST_FUNCTION 3

// ---- A host: one Lua state, sandboxed ------------------------------------------------------------------------------

/// NULL when there is no memory or the library is not Lua 5.4.
uc_host *uc_host_create(size_t memory_limit, uc_control *control, uc_dispatch dispatch, void *context,
                        const char *api_name);
void uc_host_destroy(uc_host *host);

size_t uc_memory_used(uc_host *host);
/// Growing allocations asked for so far.
uint64_t uc_allocations(uc_host *host);
/// For tests: growing allocations number first ..< first + count fail (numbered by uc_allocations from now: 1, 2…).
void uc_fail_allocations(uc_host *host, uint64_t first, uint64_t count);
/// A full collection. Nothing that a script wrote can run in it: finalizers are refused.
void uc_collect(uc_host *host);
/// There is nothing to do: much garbage is collected, and much memory that is no longer used is given back to the
/// system. Costs nothing when there is not much.
void uc_rest(uc_host *host);

/// Puts function `function` at `path` below the API table ("sleep", "log.info"). False: no memory.
bool uc_register(uc_host *host, const char *path, int32_t function);
/// Puts the value made by uc_out_* at `path` below the API table. False: no memory.
bool uc_set_constant(uc_host *host, const char *path);

/// What one field or method of a class is.
typedef struct uc_member {
  const char *name;
  int32_t kind;
  int32_t index;  // slot number, or function number
} uc_member;

#define UC_MEMBER_SLOT 0      // a value stored in the record
#define UC_MEMBER_COMPUTED 1  // function(record, name) -> value, called at each read
#define UC_MEMBER_METHOD 2    // function(record, ...)

#define UC_CLASSES 16

/// Defines class `class_id` (0 ..< UC_CLASSES). False: no memory.
bool uc_define_class(uc_host *host, int32_t class_id, const char *name, const uc_member *members, size_t count);

/// Compiles text (never bytecode) and keeps the function under *anchor. False: uc_error_text says why.
bool uc_load(uc_host *host, const char *source, size_t length, const char *chunk_name, int32_t *anchor);
/// The text of the last failure that promised one.
const char *uc_error_text(uc_host *host, size_t *length);

/// Keeps argument `index` alive under *anchor. Callable from a Swift body. False: no memory.
bool uc_anchor_argument(lua_State *L, int index, int32_t *anchor);
/// Keeps the arguments from `first` on under *anchor, for uc_out_kept. False: no memory.
bool uc_keep_arguments(lua_State *L, int first, int32_t *anchor);
void uc_release_anchor(uc_host *host, int32_t anchor);

// ---- Tasks: coroutines that the host starts and resumes ------------------------------------------------------------

#define UC_TASK_DONE 0
#define UC_TASK_WAITING 1  // a Swift body returned UC_YIELD: resume with its results in uc_out_*
#define UC_TASK_ERROR 2
#define UC_TASK_KILLED 3   // ran past its budget; uc_error_text says where
#define UC_TASK_STRAY 4    // the script yielded outside a coroutine of its own

/// A new task that will call the function `anchor` with the values of uc_out_*. Returns its number, or -1: no memory.
int32_t uc_task_create(uc_host *host, int32_t anchor);
/// Keeps the results of a task that is UC_TASK_DONE under *anchor, for uc_out_kept. False: no memory.
bool uc_task_keep_results(uc_host *host, int32_t task, int32_t *anchor);
/// The class of the object that is the first result of a task that is UC_TASK_DONE, or -1.
int32_t uc_task_result_class(uc_host *host, int32_t task);
/// The coroutine of a task that is UC_TASK_DONE, whose stack holds its results; NULL: no such task.
lua_State *uc_task_results(uc_host *host, int32_t task);
/// Starts or resumes it (with the values of uc_out_*), for at most `budget_ns` of processor time. Ended tasks want
/// uc_task_end.
int32_t uc_task_run(uc_host *host, int32_t task, int64_t budget_ns);
/// Nanoseconds that the last uc_task_run took.
int64_t uc_last_run_ns(uc_host *host);
/// Why it ended, as text; call before uc_task_end. Valid until the next call on the host.
const char *uc_task_message(uc_host *host, int32_t task, size_t *length);
/// Where it was; NULL when there is no memory for it.
const char *uc_task_traceback(uc_host *host, int32_t task, size_t *length);
/// Closes the task's pending variables and gives its coroutine back for reuse.
void uc_task_end(uc_host *host, int32_t task);

// ---- Values towards Lua: recorded by Swift, pushed by C when no Swift frame is left --------------------------------

void uc_out_reset(uc_host *host);
void uc_out_nil(uc_host *host);
void uc_out_boolean(uc_host *host, bool value);
void uc_out_integer(uc_host *host, int64_t value);
void uc_out_number(uc_host *host, double value);
void uc_out_string(uc_host *host, const void *bytes, size_t length);
/// The same bytes as argument `index` of the running function, with nothing copied.
void uc_out_argument(uc_host *host, int32_t index);
/// The values behind an anchor of uc_keep_arguments or uc_task_keep_results, at most `limit` of them; with limit 1
/// exactly one, nil when there is none.
void uc_out_kept(uc_host *host, int32_t anchor, int32_t limit);
/// The value that uc_plain_encode made these bytes of; damaged bytes raise an error.
void uc_out_plain(uc_host *host, const void *bytes, size_t length);
/// Makes the waiting function that gets these values raise an error with this text instead.
void uc_out_raise(uc_host *host, const void *bytes, size_t length);
/// What JSON text says, as Lua values; or nil, "syntax" and what is wrong where.
void uc_out_json(uc_host *host, const void *bytes, size_t length);
/// The value that stands for JSON's null, or the one that is written as an empty list.
void uc_out_json_constant(uc_host *host, bool is_list);
/// For UC_CALL: argument `argument` of the running function is called with the values of uc_out_*, in a place where it
/// cannot wait; then the Swift function `then` runs in place of the first, its arguments followed by the one result.
void uc_out_call(uc_host *host, int32_t argument, int32_t then);
/// A function that calls the host's function `function` with `value` before its own arguments.
void uc_out_function(uc_host *host, int32_t function, int64_t value);
void uc_out_table(uc_host *host, int32_t array_size, int32_t record_size);
/// Moves the last value into the table before it.
void uc_out_field(uc_host *host, const void *name, size_t length);
void uc_out_item(uc_host *host);
/// An object of a class; the next `slots` values (nil, boolean, number or string) become its slots.
void uc_out_record(uc_host *host, int32_t class_id, int32_t slots);
/// As uc_out_record, but one object for each text of slot 0, as long as the script holds it.
void uc_out_interned(uc_host *host, int32_t class_id, int32_t slots);
/// The message of UC_RAISE; the script's file and line are put before it.
void uc_out_error(uc_host *host, const void *bytes, size_t length);

// ---- Values from Lua: nothing here raises or allocates -------------------------------------------------------------

#define UC_TYPE_NONE (-1)
#define UC_TYPE_NIL 0
#define UC_TYPE_BOOLEAN 1
#define UC_TYPE_NUMBER 3
#define UC_TYPE_STRING 4
#define UC_TYPE_TABLE 5
#define UC_TYPE_FUNCTION 6
#define UC_TYPE_OBJECT 7
#define UC_TYPE_THREAD 8

int32_t uc_arg_count(lua_State *L);
int32_t uc_arg_type(lua_State *L, int index);
bool uc_arg_boolean(lua_State *L, int index);
/// False when the value is not a number with an exact integer value.
bool uc_arg_integer(lua_State *L, int index, int64_t *value);
/// False when the value is not a number (text that looks like one is not).
bool uc_arg_number(lua_State *L, int index, double *value);
/// NULL when the value is not a string (a number is not).
const char *uc_arg_string(lua_State *L, int index, size_t *length);
/// The class of an object, or -1.
int32_t uc_arg_class(lua_State *L, int index);
const char *uc_arg_slot_string(lua_State *L, int index, int32_t slot, size_t *length);
bool uc_arg_slot_integer(lua_State *L, int index, int32_t slot, int64_t *value);
bool uc_arg_slot_boolean(lua_State *L, int index, int32_t slot);
/// Steps through a table: true while there is a next field, whose key is then at uc_arg_count - 1 and value at
/// uc_arg_count. Begin with *started == false; go to the end or call uc_fields_end.
bool uc_fields_next(lua_State *L, int index, bool *started);
void uc_fields_end(lua_State *L, bool started);
/// Whether a body may return UC_YIELD here.
bool uc_can_yield(lua_State *L);
/// Bytes of "file:line: " of the script line that called the running function, into `buffer`; 0 when not known.
size_t uc_caller(lua_State *L, char *buffer, size_t size);

// ---- Plain values: nil, booleans, numbers, strings and tables of these, as bytes ------------------------------------

/// Tables inside of tables.
#define UC_PLAIN_DEPTH 32

/// The value at `index` of L as bytes, at most `limit` of them, which want uc_plain_free. NULL: `problem` says what is
/// wrong with the value, beginning with "value" and the way to it. Nothing here raises.
uint8_t *uc_plain_encode(lua_State *L, int index, size_t limit, size_t *length, char *problem, size_t problem_size);
void uc_plain_free(uint8_t *bytes);
// ---- JSON ----------------------------------------------------------------------------------------------------------

#define UC_JSON_PATH 160

typedef struct uc_json_text {
  char *bytes;  // free() it; NULL after a failure
  size_t length;
  const char *error;        // after a failure: what cannot be written ("a function"), "too long" or "not enough memory"
  char path[UC_JSON_PATH];  // ... and where it is: ".items[2].name"
} uc_json_text;

/// Writes a value as JSON, members in the order of their names, in at most `limit` bytes. Neither raises nor allocates
/// in Lua, and looks at no metatable.
bool uc_json_write(lua_State *L, int index, size_t limit, uc_json_text *text);

// ---- Patterns without a state --------------------------------------------------------------------------------------

#define UC_MATCH_NONE 0
#define UC_MATCH_FOUND 1
#define UC_MATCH_ERROR 2      // *error says what is wrong with the pattern
#define UC_MATCH_EXHAUSTED 3  // more than `steps` steps

#define UC_MATCH_CAPTURES 32

/// A capture: bytes of the subject, or (length UC_MATCH_POSITION) the position `start`, counted from 0.
typedef struct uc_match_capture {
  size_t start, length;
} uc_match_capture;
#define UC_MATCH_POSITION SIZE_MAX

typedef struct uc_match_result {
  size_t start, end;  // where the match is: [start, end)
  int32_t capture_count;
  uc_match_capture captures[UC_MATCH_CAPTURES];
  const char *error;
} uc_match_result;

/// The first match of a Lua pattern in a subject, in at most `steps` steps.
int32_t uc_match(const char *pattern, size_t pattern_length, const char *subject, size_t subject_length,
                 uint64_t steps, uc_match_result *result);

#endif
