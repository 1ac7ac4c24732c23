// What a script can reach: an allow-list (bots.md §7.5). This contains mistakes; it is no wall against an attacker who
// writes the script, who is the user.

#include <string.h>

#include "internal.h"

const char uc_key_anchors, uc_key_tasks, uc_key_classes, uc_key_interned, uc_key_tables, uc_key_loaded, uc_key_stopped;
const char uc_waiting, uc_raising;

static const char *const globals[] = {
    "_G",   "_VERSION", "assert",   "collectgarbage", "coroutine",    "error",    "getmetatable", "ipairs", "load",
    "math", "next",     "os",       "pairs",          "pcall",        "print",    "rawequal",     "rawget", "rawlen",
    "rawset", "select", "setmetatable", "string",     "table",        "tonumber", "tostring",     "type",   "utf8",
    NULL};
// Without what Debian's build adds for Lua 5.2's sake.
static const char *const math_functions[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos",        "deg",        "exp", "floor", "fmod",   "huge",       "log",
    "max", "maxinteger", "min", "mininteger", "modf",    "pi",         "rad", "random", "randomseed", "sin",  "sqrt",
    "tan", "tointeger",  "type", "ult", NULL};
static const char *const os_functions[] = {"clock", "date", "difftime", "time", NULL};

static void keep_only(lua_State *L, const char *const *names) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    bool kept = false;
    for (const char *const *name = names; *name != NULL && !kept; name++) {
      kept = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), *name) == 0;
    }
    if (kept) continue;
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, -4);
  }
}

static int set_metatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (type == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) {
      // No hook runs in a finalizer, so that one which loops could not be stopped.
      return luaL_error(L, "setmetatable: finalizers (__gc) are not available to scripts; use <close>");
    }
    lua_pop(L, 1);
  }
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

static int collect_garbage(lua_State *L) {
  const char *what = luaL_optstring(L, 1, "count");
  if (strcmp(what, "count") != 0) return luaL_error(L, "collectgarbage: only \"count\" is available to scripts");
  lua_pushnumber(L, (lua_Number)uc_host_of(L)->used / 1024);
  return 1;
}

// load(chunk, name, mode, env) with the mode always "t"; upvalue: the library's load
static int load_text(lua_State *L) {
  int count = lua_gettop(L);
  lua_settop(L, 4);
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  // Whether an environment is given is told by the number of arguments: nil is one too.
  if (count < 4) lua_settop(L, 4);
  lua_call(L, count < 4 ? 3 : 4, LUA_MULTRET);
  return lua_gettop(L);
}

// More elements than fit into any script's memory: only an invented length or range is longer, and the library would
// loop over it without a hook.
#define MOST_ELEMENTS (1 << 24)

static int call_original(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

static int table_move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
  if (last >= first && (lua_Unsigned)last - (lua_Unsigned)first >= MOST_ELEMENTS) {
    return luaL_error(L, "table.move: too many elements");
  }
  return call_original(L);
}

static int table_by_length(lua_State *L) {
  if (lua_type(L, 1) == LUA_TTABLE && luaL_getmetafield(L, 1, "__len") != LUA_TNIL) {
    lua_pop(L, 1);
    if (luaL_len(L, 1) >= MOST_ELEMENTS) return luaL_error(L, "too many elements in the table");
  }
  return call_original(L);
}

static void guard(lua_State *L, const char *name, lua_CFunction function) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -2, name);
}

// One text for the host: the arguments by tostring, with tabs between.
static int print(lua_State *L) {
  int count = lua_gettop(L);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (int i = 1; i <= count; i++) {
    if (i > 1) luaL_addchar(&b, '\t');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  lua_replace(L, 1);
  lua_settop(L, 1);
  return uc_call_swift(L, UC_PRINT);
}

// xpcall: the library's runs the handler inside the error, with hooks off, where a handler that loops cannot be
// stopped; here it runs when pcall has returned. require: in Lua, so that a module may wait while it loads.
static const char prelude[] =
    "local pcall, load, error, source_of, loaded = ...\n"
    "local function finish(handler, ok, ...)\n"
    "  if ok then return true, ... end\n"
    "  return false, handler(...)\n"
    "end\n"
    "local function xpcall(f, handler, ...) return finish(handler, pcall(f, ...)) end\n"
    "local loading = {}\n"
    "local function require(name)\n"
    "  local value = loaded[name]\n"
    "  if value ~= nil then return value end\n"
    "  local source, chunk_name = source_of(name)\n"
    "  if loading[name] then error(\"require: module '\" .. name .. \"' is still loading (modules in a circle?)\", 2) "
    "end\n"
    "  local chunk, problem = load(source, chunk_name)\n"
    "  if not chunk then error(problem, 0) end\n"
    "  loading[name] = true\n"
    "  local ok, result = pcall(chunk, name)\n"
    "  loading[name] = nil\n"
    "  if not ok then error(result, 0) end\n"
    "  if result == nil then result = true end\n"
    "  loaded[name] = result\n"
    "  return result\n"
    "end\n"
    "return xpcall, require\n";

static void run_prelude(lua_State *L) {
  if (luaL_loadbufferx(L, prelude, sizeof prelude - 1, "=[uc]", "t") != LUA_OK) lua_error(L);
  lua_getglobal(L, "pcall");
  lua_getglobal(L, "load");
  lua_getglobal(L, "error");
  lua_pushinteger(L, UC_MODULE_SOURCE);
  lua_pushcclosure(L, uc_trampoline, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_loaded);
  lua_call(L, 5, 2);
  lua_setglobal(L, "require");
  lua_setglobal(L, "xpcall");
}

static void new_registry_table(lua_State *L, const char *key) {
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void uc_open_sandbox(lua_State *L) {
  new_registry_table(L, &uc_key_anchors);
  new_registry_table(L, &uc_key_tasks);
  new_registry_table(L, &uc_key_classes);
  new_registry_table(L, &uc_key_interned);
  new_registry_table(L, &uc_key_tables);
  new_registry_table(L, &uc_key_loaded);
  lua_pushliteral(L, "stopped: ran too long");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &uc_key_stopped);

  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
  guard(L, "move", table_move);
  guard(L, "insert", table_by_length);
  guard(L, "remove", table_by_length);
  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
  keep_only(L, math_functions);
  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  luaL_requiref(L, LUA_OSLIBNAME, luaopen_os, 1);
  keep_only(L, os_functions);
  lua_settop(L, 0);
  uc_open_strings(L);
  lua_getglobal(L, LUA_STRLIBNAME);
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  uc_open_coroutines(L);

  lua_pushglobaltable(L);
  keep_only(L, globals);
  guard(L, "load", load_text);
  lua_pushcfunction(L, set_metatable);
  lua_setfield(L, -2, "setmetatable");
  lua_pushcfunction(L, collect_garbage);
  lua_setfield(L, -2, "collectgarbage");
  lua_pushcfunction(L, print);
  lua_setfield(L, -2, "print");
  run_prelude(L);

  // Reading a global that nobody set is an error that names it.
  lua_newtable(L);
  lua_pushliteral(L, "_G");
  lua_pushcclosure(L, uc_missing, 1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);

  lua_settop(L, 0);
}
