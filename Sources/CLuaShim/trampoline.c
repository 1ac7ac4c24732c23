// The one door from Lua into Swift, and what a Swift body may look at while it is inside.

#include <string.h>

#include "internal.h"

// What a function that waited returns, or raises, when the host has resumed it.
static int resumed(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  if (lua_gettop(L) != 2 || lua_touserdata(L, 1) != &uc_raising) return lua_gettop(L);
  return lua_error(L);
}

// The Swift frame is gone when this pushes, raises or yields.
int uc_call_swift(lua_State *L, int32_t function) {
  uc_host *h = uc_host_of(L);
  uc_out_reset(h);
  switch (h->dispatch(h->context, L, function)) {
    case UC_VALUES: return uc_out_push(L, h);
    case UC_YIELD:
      if (!uc_can_yield(L)) return luaL_error(L, "cannot wait here");
      lua_settop(L, 0);
      lua_pushlightuserdata(L, (void *)&uc_waiting);
      return lua_yieldk(L, 1, 0, resumed);
    case UC_CALL: {
      // What is called may call functions of the host, which overwrite the two.
      int32_t argument = h->call_argument, then = h->call_then;
      if (argument < 1 || argument > lua_gettop(L)) return luaL_error(L, "no such argument");
      luaL_checkstack(L, 4, "call");
      lua_pushvalue(L, argument);
      int count = uc_out_push(L, h);
      // A call without a continuation: nothing in it can yield.
      lua_call(L, count, 1);
      return uc_call_swift(L, then);
    }
    default: {
      char where[LUA_IDSIZE + 16];
      lua_pushlstring(L, where, uc_caller(L, where, sizeof where));
      uc_out_push(L, h);
      lua_concat(L, 2);
      return lua_error(L);
    }
  }
}

int uc_trampoline(lua_State *L) { return uc_call_swift(L, (int32_t)lua_tointeger(L, lua_upvalueindex(1))); }

// upvalues: the function, and the value that becomes its first argument
int uc_bound_trampoline(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  return uc_call_swift(L, (int32_t)lua_tointeger(L, lua_upvalueindex(1)));
}

// __index of tables that have no such field; upvalue: the table's name
int uc_missing(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  return uc_call_swift(L, UC_MISSING_MEMBER);
}

bool uc_can_yield(lua_State *L) {
  uc_host *h = uc_host_of(L);
  return L != h->closing && h->blocked == 0 && lua_isyieldable(L);
}

size_t uc_caller(lua_State *L, char *buffer, size_t size) {
  lua_Debug ar;
  if (size < LUA_IDSIZE + 16) return 0;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || strcmp(ar.short_src, "[uc]") == 0) continue;
    size_t length = strnlen(ar.short_src, LUA_IDSIZE);
    memcpy(buffer, ar.short_src, length);
    buffer[length++] = ':';
    char digits[12];
    int count = 0;
    for (int line = ar.currentline; line > 0; line /= 10) digits[count++] = (char)('0' + line % 10);
    while (count > 0) buffer[length++] = digits[--count];
    buffer[length++] = ':';
    buffer[length++] = ' ';
    return length;
  }
  return 0;
}

int32_t uc_arg_count(lua_State *L) { return lua_gettop(L); }

int32_t uc_arg_type(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TLIGHTUSERDATA ? UC_TYPE_OBJECT : type;
}

bool uc_arg_boolean(lua_State *L, int index) { return lua_toboolean(L, index); }

bool uc_arg_integer(lua_State *L, int index, int64_t *value) {
  int exact = 0;
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  *value = lua_tointegerx(L, index, &exact);
  return exact;
}

bool uc_arg_number(lua_State *L, int index, double *value) {
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  *value = lua_tonumber(L, index);
  return true;
}

const char *uc_arg_string(lua_State *L, int index, size_t *length) {
  // lua_tolstring on a number would convert it in place, which allocates.
  return lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, length) : NULL;
}

int32_t uc_arg_class(lua_State *L, int index) {
  const struct uc_record *record = uc_record_at(L, index);
  return record == NULL ? -1 : record->class_id;
}

static const struct uc_slot *slot_at(lua_State *L, int index, int32_t slot, int32_t kind) {
  const struct uc_record *record = uc_record_at(L, index);
  if (record == NULL || slot < 0 || slot >= record->slot_count) return NULL;
  return record->slots[slot].kind == kind ? &record->slots[slot] : NULL;
}

const char *uc_arg_slot_string(lua_State *L, int index, int32_t slot, size_t *length) {
  const struct uc_slot *found = slot_at(L, index, slot, OUT_STRING);
  if (found == NULL) return NULL;
  *length = found->u.text.length;
  return (const char *)uc_record_at(L, index) + found->u.text.offset;
}

bool uc_arg_slot_integer(lua_State *L, int index, int32_t slot, int64_t *value) {
  const struct uc_slot *found = slot_at(L, index, slot, OUT_INTEGER);
  if (found != NULL) *value = found->u.integer;
  return found != NULL;
}

bool uc_arg_slot_boolean(lua_State *L, int index, int32_t slot) {
  const struct uc_slot *found = slot_at(L, index, slot, OUT_BOOLEAN);
  return found != NULL && found->u.integer != 0;
}

bool uc_fields_next(lua_State *L, int index, bool *started) {
  if (lua_type(L, index) != LUA_TTABLE) return false;
  if (*started) lua_pop(L, 1);  // the value; the key stays for lua_next
  else if (!lua_checkstack(L, 3)) return false;
  else lua_pushnil(L);
  *started = true;
  if (lua_next(L, index)) return true;
  *started = false;
  return false;
}

void uc_fields_end(lua_State *L, bool started) {
  if (started) lua_pop(L, 2);
}
