// Making and ending a host, compiling, and functions kept for the host.

#include <stdlib.h>
#include <string.h>

#include "internal.h"

void uc_set_error(uc_host *h, const char *text, size_t length) {
  free(h->error);
  h->error = malloc(length + 1);
  h->error_length = h->error == NULL ? 0 : length;
  if (h->error == NULL) return;
  if (length > 0) memcpy(h->error, text, length);
  h->error[length] = 0;
}

const char *uc_error_text(uc_host *h, size_t *length) {
  if (h->error == NULL) {
    *length = sizeof "not enough memory" - 1;
    return "not enough memory";
  }
  *length = h->error_length;
  return h->error;
}

static int panic(lua_State *L) {
  (void)L;  // Nothing calls Lua unprotected. If it does, Lua aborts when this returns.
  return 0;
}

static int open(lua_State *L) {
  const char *api_name = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_pushstring(L, api_name);
  lua_setfield(L, LUA_REGISTRYINDEX, "uc.api");
  uc_open_sandbox(L);
  uc_open_json(L);
  return 0;
}

uc_host *uc_host_create(size_t memory_limit, uc_control *control, uc_dispatch dispatch, void *context,
                        const char *api_name) {
  uc_host *h = calloc(1, sizeof *h);
  if (h == NULL) return NULL;
  h->control = control;
  h->dispatch = dispatch;
  h->context = context;
  h->limit = memory_limit;
  h->L = lua_newstate(uc_allocate, h);
  if (h->L == NULL) {
    free(h);
    return NULL;
  }
  lua_atpanic(h->L, panic);
  *(uc_host **)lua_getextraspace(h->L) = h;
  uc_install_hook(h->L);
  lua_pushcfunction(h->L, open);
  lua_pushlightuserdata(h->L, (void *)api_name);
  if (lua_version(h->L) != LUA_VERSION_NUM || lua_pcall(h->L, 1, 0, 0) != LUA_OK) {
    uc_host_destroy(h);
    return NULL;
  }
  return h;
}

void uc_host_destroy(uc_host *h) {
  if (h == NULL) return;
  size_t most = h->most;
  lua_close(h->L);  // runs nothing of a script: there are no finalizers, and coroutines are only freed
  free(h->text);
  free(h->error);
  free(h->tasks);
  free(h->free_tasks);
  free(h);
  uc_give_back_pages(most);
}

// ---- Anchors -------------------------------------------------------------------------------------------------------

static int add_anchor(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_anchors);
  lua_insert(L, 1);
  lua_pushinteger(L, luaL_ref(L, 1));
  return 1;
}

int uc_pack(lua_State *L) {
  int count = lua_gettop(L);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return add_anchor(L);
}

static int drop_anchor(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &uc_key_anchors);
  luaL_unref(L, -1, (int)lua_tointeger(L, 1));
  return 0;
}

bool uc_anchor_argument(lua_State *L, int index, int32_t *anchor) {
  if (!lua_checkstack(L, 4)) return false;
  lua_pushcfunction(L, add_anchor);
  lua_pushvalue(L, index);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    lua_pop(L, 1);
    return false;
  }
  *anchor = (int32_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return true;
}

bool uc_keep_arguments(lua_State *L, int first, int32_t *anchor) {
  int count = lua_gettop(L) - first + 1;
  if (count < 0) count = 0;
  if (!lua_checkstack(L, count + 4)) return false;
  lua_pushcfunction(L, uc_pack);
  for (int i = 0; i < count; i++) lua_pushvalue(L, first + i);
  bool done = lua_pcall(L, count, 1, 0) == LUA_OK;
  if (done) *anchor = (int32_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return done;
}

void uc_release_anchor(uc_host *h, int32_t anchor) {
  if (!lua_checkstack(h->L, 4)) return;
  lua_pushcfunction(h->L, drop_anchor);
  lua_pushinteger(h->L, anchor);
  if (lua_pcall(h->L, 1, 0, 0) != LUA_OK) lua_pop(h->L, 1);
}

// ---- Compiling -----------------------------------------------------------------------------------------------------

struct load_request {
  const char *source;
  size_t length;
  const char *chunk_name;
};

static int load_source(lua_State *L) {
  const struct load_request *request = lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (luaL_loadbufferx(L, request->source, request->length, request->chunk_name, "t") != LUA_OK) lua_error(L);
  return add_anchor(L);
}

bool uc_load(uc_host *h, const char *source, size_t length, const char *chunk_name, int32_t *anchor) {
  struct load_request request = {source, length, chunk_name};
  lua_State *L = h->L;
  lua_pushcfunction(L, load_source);
  lua_pushlightuserdata(L, &request);
  bool loaded = lua_pcall(L, 1, 1, 0) == LUA_OK;
  if (loaded) {
    *anchor = (int32_t)lua_tointeger(L, -1);
  } else {
    size_t text_length = 0;
    const char *text = uc_arg_string(L, -1, &text_length);
    uc_set_error(h, text == NULL ? "not enough memory" : text, text == NULL ? 17 : text_length);
  }
  lua_settop(L, 0);
  return loaded;
}
