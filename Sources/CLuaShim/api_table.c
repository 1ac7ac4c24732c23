// The API table of scripts (`uc`) and its sub-tables: read-only, and reading an unknown field is an error.
//
// A script sees an empty table whose __index is the real one, so that known names are found without a call; the real
// one has an __index that asks the host to raise.

#include <string.h>

#include "internal.h"

static int read_only(lua_State *L) {
  return luaL_error(L, "%s.%s is read-only", lua_tostring(L, lua_upvalueindex(1)), luaL_tolstring(L, 2, NULL));
}

// Iterator of __pairs; upvalue: the real table, which must not leave C.
static int next_field(lua_State *L) {
  lua_settop(L, 2);
  return lua_next(L, lua_upvalueindex(1)) ? 2 : 0;
}

static int fields(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, next_field, 1);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

// Pushes the real table called `name` ("uc", "uc.log"); makes it, and those above it, when it is not there.
static void push_table(lua_State *L, const char *name, size_t length) {
  luaL_checkstack(L, 12, "API table");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_tables);
  lua_pushlstring(L, name, length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TTABLE) {
    lua_replace(L, -3);
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);  // tables, name
  lua_newtable(L);  // real
  lua_newtable(L);  // its metatable
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, uc_missing, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);

  lua_newtable(L);  // what scripts see
  lua_newtable(L);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, -4);
  lua_pushcclosure(L, read_only, 1);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, fields, 1);
  lua_setfield(L, -2, "__pairs");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);  // tables, name, real, seen

  const char *dot = NULL;
  for (size_t i = 0; i < length; i++) {
    if (name[i] == '.') dot = name + i;
  }
  if (dot == NULL) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_loaded);
    lua_pushvalue(L, -4);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    lua_pushglobaltable(L);
    lua_pushvalue(L, -4);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);
  } else {
    push_table(L, name, (size_t)(dot - name));
    lua_pushlstring(L, dot + 1, (size_t)(name + length - dot - 1));
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 2);
  }
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_rawset(L, -5);  // tables[name] = real
  lua_replace(L, -3);
  lua_pop(L, 1);
}

struct request {
  const char *path;
  int32_t function;  // or -1: the value of uc_out_*
};

static int put(lua_State *L) {
  const struct request *request = lua_touserdata(L, 1);
  uc_host *h = uc_host_of(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "uc.api");
  lua_pushfstring(L, "%s.%s", lua_tostring(L, -1), request->path);
  size_t length;
  const char *path = lua_tolstring(L, -1, &length);
  const char *dot = strrchr(path, '.');
  push_table(L, path, (size_t)(dot - path));
  lua_pushstring(L, dot + 1);
  if (request->function >= 0) {
    lua_pushinteger(L, request->function);
    lua_pushcclosure(L, uc_trampoline, 1);
  } else if (uc_out_push(L, h) != 1) {
    return luaL_error(L, "one value expected");
  }
  lua_rawset(L, -3);
  return 0;
}

static bool put_protected(uc_host *h, const char *path, int32_t function) {
  struct request request = {path, function};
  lua_pushcfunction(h->L, put);
  lua_pushlightuserdata(h->L, &request);
  bool done = lua_pcall(h->L, 1, 0, 0) == LUA_OK;
  lua_settop(h->L, 0);
  uc_out_reset(h);
  return done;
}

bool uc_register(uc_host *h, const char *path, int32_t function) { return put_protected(h, path, function); }
bool uc_set_constant(uc_host *h, const char *path) { return put_protected(h, path, -1); }
