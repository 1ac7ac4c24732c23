// Values on their way from Swift to Lua. Swift records them here, where nothing can raise; C pushes them later.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

// Above this the buffer is given back when it has been used.
#define KEPT_TEXT 65536

void uc_out_reset(uc_host *h) {
  h->out_count = 0;
  h->out_broken = false;
  h->text_used = 0;
  if (h->text_size > KEPT_TEXT) {
    free(h->text);
    h->text = NULL;
    h->text_size = 0;
  }
}

static struct uc_out *add(uc_host *h, enum uc_out_kind kind) {
  static struct uc_out nowhere;
  if (h->out_count >= UC_OUT_MAX) {
    h->out_broken = true;
    return &nowhere;
  }
  struct uc_out *value = &h->out[h->out_count++];
  value->kind = kind;
  return value;
}

// A zero stands behind the text.
static void add_text(uc_host *h, enum uc_out_kind kind, const void *bytes, size_t length) {
  struct uc_out *value = add(h, kind);
  if (h->text_size - h->text_used <= length) {
    size_t wanted = h->text_size < 1024 ? 1024 : h->text_size;
    while (wanted - h->text_used <= length && wanted < SIZE_MAX / 4) wanted *= 2;
    char *grown = wanted - h->text_used <= length ? NULL : realloc(h->text, wanted);
    if (grown == NULL) {
      h->out_broken = true;
      value->u.text.offset = value->u.text.length = 0;
      return;
    }
    h->text = grown;
    h->text_size = wanted;
  }
  value->u.text.offset = h->text_used;
  value->u.text.length = length;
  if (length > 0) memcpy(h->text + h->text_used, bytes, length);
  h->text[h->text_used + length] = 0;
  h->text_used += length + 1;
}

void uc_out_nil(uc_host *h) { add(h, OUT_NIL); }
void uc_out_boolean(uc_host *h, bool value) { add(h, OUT_BOOLEAN)->a = value; }
void uc_out_integer(uc_host *h, int64_t value) { add(h, OUT_INTEGER)->u.integer = value; }
void uc_out_number(uc_host *h, double value) { add(h, OUT_NUMBER)->u.number = value; }
void uc_out_string(uc_host *h, const void *bytes, size_t length) { add_text(h, OUT_STRING, bytes, length); }
void uc_out_argument(uc_host *h, int32_t index) { add(h, OUT_ARGUMENT)->a = index; }
void uc_out_field(uc_host *h, const void *name, size_t length) { add_text(h, OUT_FIELD, name, length); }
void uc_out_plain(uc_host *h, const void *bytes, size_t length) { add_text(h, OUT_PLAIN, bytes, length); }
void uc_out_item(uc_host *h) { add(h, OUT_ITEM); }

void uc_out_function(uc_host *h, int32_t function, int64_t value) {
  struct uc_out *out = add(h, OUT_FUNCTION);
  out->a = function;
  out->u.integer = value;
}

static void add_sized(uc_host *h, enum uc_out_kind kind, int32_t a, int32_t b) {
  struct uc_out *value = add(h, kind);
  value->a = a;
  value->b = b;
}

void uc_out_table(uc_host *h, int32_t array_size, int32_t record_size) {
  add_sized(h, OUT_TABLE, array_size, record_size);
}
void uc_out_record(uc_host *h, int32_t class_id, int32_t slots) { add_sized(h, OUT_RECORD, class_id, slots); }
void uc_out_interned(uc_host *h, int32_t class_id, int32_t slots) { add_sized(h, OUT_INTERNED, class_id, slots); }

void uc_out_json(uc_host *h, const void *bytes, size_t length) { add_text(h, OUT_JSON, bytes, length); }
void uc_out_json_constant(uc_host *h, bool is_list) { add(h, OUT_JSON_CONSTANT)->a = is_list; }

void uc_out_kept(uc_host *h, int32_t anchor, int32_t limit) { add_sized(h, OUT_KEPT, anchor, limit); }

void uc_out_raise(uc_host *h, const void *bytes, size_t length) {
  uc_out_reset(h);
  add(h, OUT_RAISE);
  add_text(h, OUT_STRING, bytes, length);
}

void uc_out_call(uc_host *h, int32_t argument, int32_t then) {
  h->call_argument = argument;
  h->call_then = then;
}

static void push_kept(lua_State *L, int32_t anchor, int32_t limit) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_anchors);
  if (lua_rawgeti(L, -1, anchor) != LUA_TTABLE) luaL_error(L, "values that are not kept");
  lua_remove(L, -2);
  lua_getfield(L, -1, "n");
  lua_Integer count = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (count > limit || limit == 1) count = limit;
  int table = lua_gettop(L);
  luaL_checkstack(L, (int)count + 8, "too many values");
  for (lua_Integer i = 1; i <= count; i++) lua_rawgeti(L, table, i);
  lua_remove(L, table);
}

void uc_out_error(uc_host *h, const void *bytes, size_t length) {
  uc_out_reset(h);
  add_text(h, OUT_STRING, bytes, length);
}

// Pushes every recorded value; may raise. Returns how many values of the stack they became.
int uc_out_push(lua_State *L, uc_host *h) {
  if (h->out_broken) return luaL_error(L, "too many values from the host");
  int base = lua_gettop(L);
  int room = h->out_count + 8;
  luaL_checkstack(L, room, "too many values from the host");
  for (int i = 0; i < h->out_count; i++) {
    const struct uc_out *value = &h->out[i];
    switch (value->kind) {
      case OUT_NIL: lua_pushnil(L); break;
      case OUT_BOOLEAN: lua_pushboolean(L, value->a); break;
      case OUT_INTEGER: lua_pushinteger(L, value->u.integer); break;
      case OUT_NUMBER: lua_pushnumber(L, value->u.number); break;
      case OUT_STRING: lua_pushlstring(L, h->text + value->u.text.offset, value->u.text.length); break;
      case OUT_ARGUMENT:
        if (value->a < 1 || value->a > base) lua_pushnil(L);
        else lua_pushvalue(L, value->a);
        break;
      case OUT_TABLE: lua_createtable(L, value->a, value->b); break;
      case OUT_FIELD:
        if (lua_gettop(L) < base + 2 || lua_type(L, -2) != LUA_TTABLE) return luaL_error(L, "field without a table");
        lua_pushlstring(L, h->text + value->u.text.offset, value->u.text.length);
        lua_insert(L, -2);
        lua_rawset(L, -3);
        break;
      case OUT_ITEM:
        if (lua_gettop(L) < base + 2 || lua_type(L, -2) != LUA_TTABLE) return luaL_error(L, "item without a table");
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        break;
      case OUT_RECORD:
      case OUT_INTERNED:
        if (value->b < 0 || value->b > h->out_count - i - 1) return luaL_error(L, "record without its slots");
        if (value->kind == OUT_RECORD) uc_push_record(L, h, value, value + 1);
        else uc_push_interned(L, h, value, value + 1);
        i += value->b;
        break;
      case OUT_KEPT:
        push_kept(L, value->a, value->b);
        luaL_checkstack(L, room, "too many values from the host");
        break;
      case OUT_PLAIN: uc_plain_push(L, h->text + value->u.text.offset, value->u.text.length); break;
      case OUT_JSON:
        uc_json_push(L, h->text + value->u.text.offset, value->u.text.length);
        luaL_checkstack(L, room, "too many values from the host");
        break;
      case OUT_JSON_CONSTANT:
        lua_pushlightuserdata(L, (void *)(value->a ? &uc_json_empty_list : &uc_json_null));
        break;
      case OUT_FUNCTION:
        lua_pushinteger(L, value->a);
        lua_pushinteger(L, value->u.integer);
        lua_pushcclosure(L, uc_bound_trampoline, 2);
        break;
      case OUT_RAISE: lua_pushlightuserdata(L, (void *)&uc_raising); break;
    }
  }
  return lua_gettop(L) - base;
}
