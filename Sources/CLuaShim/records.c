// Objects that the host gives to scripts: read-only records whose bytes live in Lua's memory.
//
// A message is copied into the userdata itself and not kept in a Swift table behind a handle: so it counts against
// the script's memory cap, is collected like anything else, and needs no finalizer.

#include <string.h>

#include "internal.h"

struct uc_record *uc_record_at(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_rawlen(L, index) < sizeof(struct uc_record)) return NULL;
  struct uc_record *record = lua_touserdata(L, index);
  return record->magic == UC_RECORD_MAGIC ? record : NULL;
}

void uc_push_record(lua_State *L, uc_host *h, const struct uc_out *head, const struct uc_out *slots) {
  size_t header = sizeof(struct uc_record) + (size_t)head->b * sizeof(struct uc_slot);
  size_t size = header;
  for (int i = 0; i < head->b; i++) {
    if (slots[i].kind == OUT_STRING) size += slots[i].u.text.length;
  }
  if (size > INT32_MAX) luaL_error(L, "object too large");
  struct uc_record *record = lua_newuserdatauv(L, size, 0);
  record->magic = UC_RECORD_MAGIC;
  record->class_id = head->a;
  record->slot_count = head->b;
  char *bytes = (char *)record;
  size_t at = header;
  for (int i = 0; i < head->b; i++) {
    struct uc_slot *slot = &record->slots[i];
    slot->kind = slots[i].kind;
    switch (slots[i].kind) {
      case OUT_BOOLEAN: slot->u.integer = slots[i].a; break;
      case OUT_INTEGER: slot->u.integer = slots[i].u.integer; break;
      case OUT_NUMBER: slot->u.number = slots[i].u.number; break;
      case OUT_STRING:
        slot->u.text.offset = (uint32_t)at;
        slot->u.text.length = (uint32_t)slots[i].u.text.length;
        if (slots[i].u.text.length > 0) {  // else there may be no buffer yet
          memcpy(bytes + at, h->text + slots[i].u.text.offset, slots[i].u.text.length);
          at += slots[i].u.text.length;
        }
        break;
      default: slot->kind = OUT_NIL; break;
    }
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_classes);
  lua_rawgeti(L, -1, head->a);
  lua_setmetatable(L, -3);
  lua_pop(L, 1);
}

void uc_push_interned(lua_State *L, uc_host *h, const struct uc_out *head, const struct uc_out *slots) {
  if (head->b < 1 || slots[0].kind != OUT_STRING) luaL_error(L, "interned object without a name");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_interned);
  if (lua_rawgeti(L, -1, head->a) != LUA_TTABLE) luaL_error(L, "no such class");
  lua_remove(L, -2);
  lua_pushlstring(L, h->text + slots[0].u.text.offset, slots[0].u.text.length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) != LUA_TUSERDATA) {
    lua_pop(L, 1);
    uc_push_record(L, h, head, slots);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

static void push_slot(lua_State *L, const struct uc_record *record, lua_Integer index) {
  if (index < 0 || index >= record->slot_count) {
    lua_pushnil(L);
    return;
  }
  const struct uc_slot *slot = &record->slots[index];
  switch (slot->kind) {
    case OUT_BOOLEAN: lua_pushboolean(L, slot->u.integer != 0); break;
    case OUT_INTEGER: lua_pushinteger(L, slot->u.integer); break;
    case OUT_NUMBER: lua_pushnumber(L, slot->u.number); break;
    case OUT_STRING: lua_pushlstring(L, (const char *)record + slot->u.text.offset, slot->u.text.length); break;
    default: lua_pushnil(L); break;
  }
}

// __index(record, key); upvalues: members (name -> function, slot number, or -1 - function number), class name
static int record_index(lua_State *L) {
  lua_pushvalue(L, 2);
  switch (lua_rawget(L, lua_upvalueindex(1))) {
    case LUA_TFUNCTION: return 1;
    case LUA_TNUMBER: {
      lua_Integer number = lua_tointeger(L, -1);
      lua_settop(L, 2);
      if (number < 0) return uc_call_swift(L, (int32_t)(-1 - number));
      const struct uc_record *record = uc_record_at(L, 1);
      if (record == NULL) return luaL_error(L, "not an object of the host");
      push_slot(L, record, number);
      return 1;
    }
    default:
      lua_settop(L, 2);
      lua_pushvalue(L, lua_upvalueindex(2));
      return uc_call_swift(L, UC_MISSING_MEMBER);
  }
}

static int record_newindex(lua_State *L) {
  return luaL_error(L, "the fields of a %s are read-only", lua_tostring(L, lua_upvalueindex(1)));
}

// __tostring: the class and slot 1 (or 0) if that is text
static int record_tostring(lua_State *L) {
  const struct uc_record *record = uc_record_at(L, 1);
  const char *name = lua_tostring(L, lua_upvalueindex(1));
  if (record != NULL) {
    for (int i = record->slot_count > 1 ? 1 : 0; i >= 0; i--) {
      if (i >= record->slot_count || record->slots[i].kind != OUT_STRING) continue;
      lua_pushfstring(L, "%s ", name);
      push_slot(L, record, i);
      lua_concat(L, 2);
      return 1;
    }
  }
  lua_pushstring(L, name);
  return 1;
}

struct class_request {
  int32_t class_id;
  const char *name;
  const uc_member *members;
  size_t count;
};

static int define_class(lua_State *L) {
  const struct class_request *request = lua_touserdata(L, 1);
  lua_newtable(L);  // the metatable
  lua_newtable(L);  // its members
  for (size_t i = 0; i < request->count; i++) {
    const uc_member *member = &request->members[i];
    switch (member->kind) {
      case UC_MEMBER_SLOT: lua_pushinteger(L, member->index); break;
      case UC_MEMBER_COMPUTED: lua_pushinteger(L, -1 - (lua_Integer)member->index); break;
      default:
        lua_pushinteger(L, member->index);
        lua_pushcclosure(L, uc_trampoline, 1);
        break;
    }
    lua_setfield(L, -2, member->name);
  }
  lua_pushstring(L, request->name);
  lua_pushcclosure(L, record_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, request->name);
  lua_pushcclosure(L, record_newindex, 1);
  lua_setfield(L, -2, "__newindex");
  lua_pushstring(L, request->name);
  lua_pushcclosure(L, record_tostring, 1);
  lua_setfield(L, -2, "__tostring");
  lua_pushstring(L, request->name);
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_classes);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, request->class_id);

  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_interned);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawseti(L, -2, request->class_id);
  return 0;
}

bool uc_define_class(uc_host *h, int32_t class_id, const char *name, const uc_member *members, size_t count) {
  if (class_id < 0 || class_id >= UC_CLASSES) return false;
  struct class_request request = {class_id, name, members, count};
  lua_pushcfunction(h->L, define_class);
  lua_pushlightuserdata(h->L, &request);
  bool done = lua_pcall(h->L, 1, 0, 0) == LUA_OK;
  lua_settop(h->L, 0);
  return done;
}
