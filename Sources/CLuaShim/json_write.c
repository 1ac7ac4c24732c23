// Lua values to JSON. Nothing here raises or asks Lua for memory, so Swift may call it; the text is malloc's.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

const char uc_json_null = 0, uc_json_empty_list = 0;

struct writer {
  lua_State *L;
  char *bytes;
  size_t length, size, limit;
  int depth;
  const char *error;
  char *path;  // UC_JSON_PATH bytes: where the value that cannot be written is
};

static bool fail(struct writer *w, const char *why) {
  if (w->error == NULL) w->error = why;
  return false;
}

static bool put(struct writer *w, const void *bytes, size_t length) {
  if (length > w->limit - w->length) return fail(w, "too long");
  if (w->size - w->length < length) {
    size_t wanted = w->size < 256 ? 256 : w->size;
    while (wanted - w->length < length) wanted *= 2;  // the limit is far from SIZE_MAX
    char *grown = realloc(w->bytes, wanted);
    if (grown == NULL) return fail(w, "not enough memory");
    w->bytes = grown;
    w->size = wanted;
  }
  memcpy(w->bytes + w->length, bytes, length);
  w->length += length;
  return true;
}

static bool put_text(struct writer *w, const char *text) { return put(w, text, strlen(text)); }

// What is not UTF-8 becomes U+FFFD.
static bool put_string(struct writer *w, const unsigned char *s, size_t length) {
  if (!put(w, "\"", 1)) return false;
  size_t from = 0, i = 0;
  while (i < length) {
    size_t step = uc_utf8_length(s + i, length - i);
    if (step > 0 && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\') {
      i += step;
      continue;
    }
    if (!put(w, s + from, i - from)) return false;
    char escape[8];
    switch (s[i]) {
      case '"': strcpy(escape, "\\\""); break;
      case '\\': strcpy(escape, "\\\\"); break;
      case '\n': strcpy(escape, "\\n"); break;
      case '\r': strcpy(escape, "\\r"); break;
      case '\t': strcpy(escape, "\\t"); break;
      default:
        if (step == 0) strcpy(escape, "\xEF\xBF\xBD");
        else snprintf(escape, sizeof escape, "\\u%04x", s[i]);
    }
    if (!put_text(w, escape)) return false;
    from = ++i;
  }
  return put(w, s + from, length - from) && put(w, "\"", 1);
}

static bool put_number(struct writer *w, int index) {
  char text[40];
  if (lua_isinteger(w->L, index)) {
    snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(w->L, index));
    return put_text(w, text);
  }
  double value = lua_tonumber(w->L, index);
  if (!isfinite(value)) return fail(w, isnan(value) ? "a number that is not one (nan)" : "an infinite number");
  // The shortest that reads back as the same number, and as a float.
  for (int digits = 14; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  if (strpbrk(text, ".e") == NULL) strcat(text, ".0");
  return put_text(w, text);
}

static void prepend(struct writer *w, const char *text, size_t length) {
  size_t kept = strnlen(w->path, UC_JSON_PATH - 1);
  if (length + kept >= UC_JSON_PATH) return;
  memmove(w->path + length, w->path, kept + 1);
  memcpy(w->path, text, length);
}

static bool put_value(struct writer *w, int index);

static bool put_list(struct writer *w, int index, lua_Integer count) {
  if (!put(w, "[", 1)) return false;
  for (lua_Integer i = 1; i <= count; i++) {
    if (i > 1 && !put(w, ",", 1)) return false;
    lua_rawgeti(w->L, index, i);
    bool done = put_value(w, lua_gettop(w->L));
    lua_pop(w->L, 1);
    if (done) continue;
    char place[24];
    int length = snprintf(place, sizeof place, "[%lld]", (long long)i);
    prepend(w, place, (size_t)length);
    return false;
  }
  return put(w, "]", 1);
}

// A member `"name":value` of the object that is being written.
struct member {
  size_t offset, length;
  const char *bytes;
};

static int by_name(const void *a, const void *b) {
  const struct member *x = a, *y = b;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->bytes, y->bytes, shorter);
  return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

// Members in the order of their names, so that the same table is always the same text.
static bool sort(struct writer *w, size_t from, struct member *members, size_t count) {
  size_t length = w->length - from;
  char *copy = malloc(length);
  if (copy == NULL) return fail(w, "not enough memory");
  memcpy(copy, w->bytes + from, length);
  for (size_t i = 0; i < count; i++) members[i].bytes = copy + (members[i].offset - from);
  qsort(members, count, sizeof *members, by_name);
  char *out = w->bytes + from;
  for (size_t i = 0; i < count; i++) {
    if (i > 0) *out++ = ',';
    memcpy(out, members[i].bytes, members[i].length);
    out += members[i].length;
  }
  free(copy);
  return true;
}

static bool put_members(struct writer *w, int index, struct member *members) {
  size_t count = 0;
  lua_pushnil(w->L);
  while (lua_next(w->L, index)) {
    int value = lua_gettop(w->L);
    if (count > 0 && !put(w, ",", 1)) goto failed;
    members[count].offset = w->length;
    size_t length = 0;
    const char *name = lua_tolstring(w->L, value - 1, &length);  // a string, as was seen before
    if (!put_string(w, (const unsigned char *)name, length) || !put(w, ":", 1)) goto failed;
    if (!put_value(w, value)) {
      prepend(w, name, length < 40 ? length : 40);
      prepend(w, ".", 1);
      goto failed;
    }
    members[count].length = w->length - members[count].offset;
    count++;
    lua_pop(w->L, 1);
  }
  return count < 2 || sort(w, members[0].offset, members, count);
failed:
  lua_pop(w->L, 2);
  return false;
}

static bool put_object(struct writer *w, int index, size_t count) {
  if (!put(w, "{", 1)) return false;
  if (count > 0) {
    struct member *members = calloc(count, sizeof *members);
    if (members == NULL) return fail(w, "not enough memory");
    bool done = put_members(w, index, members);
    free(members);
    if (!done) return false;
  }
  return put(w, "}", 1);
}

// A table is a list when its keys are 1, 2 and so on without a hole, an object when all of them are strings.
static bool put_table(struct writer *w, int index) {
  if (w->depth >= UC_JSON_DEPTH) return fail(w, "a table nested too deeply, perhaps in itself");
  if (!lua_checkstack(w->L, 8)) return fail(w, "not enough memory");
  size_t count = 0, names = 0;
  lua_Integer last = 0;
  lua_pushnil(w->L);
  while (lua_next(w->L, index)) {
    count++;
    if (lua_type(w->L, -2) == LUA_TSTRING) {
      names++;
    } else if (lua_isinteger(w->L, -2) && lua_tointeger(w->L, -2) >= 1) {
      if (lua_tointeger(w->L, -2) > last) last = lua_tointeger(w->L, -2);
    } else {
      lua_pop(w->L, 2);
      return fail(w, "a table with keys that are neither strings nor 1, 2 and so on");
    }
    lua_pop(w->L, 1);
  }
  w->depth++;
  bool done;
  if (names == count) done = put_object(w, index, count);
  else if (names > 0) done = fail(w, "a table with names and list items in it");
  else if ((lua_Unsigned)last != count) done = fail(w, "a list with holes in it (uc.json.null stands for nothing)");
  else done = put_list(w, index, last);
  w->depth--;
  return done;
}

static bool put_value(struct writer *w, int index) {
  switch (lua_type(w->L, index)) {
    case LUA_TNIL: case LUA_TNONE: return put(w, "null", 4);
    case LUA_TBOOLEAN: return put_text(w, lua_toboolean(w->L, index) ? "true" : "false");
    case LUA_TNUMBER: return put_number(w, index);
    case LUA_TSTRING: {
      size_t length = 0;
      const char *text = lua_tolstring(w->L, index, &length);
      return put_string(w, (const unsigned char *)text, length);
    }
    case LUA_TTABLE: return put_table(w, index);
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(w->L, index) == &uc_json_null) return put(w, "null", 4);
      if (lua_touserdata(w->L, index) == &uc_json_empty_list) return put(w, "[]", 2);
      return fail(w, "an object");
    case LUA_TUSERDATA: return fail(w, "an object");
    case LUA_TFUNCTION: return fail(w, "a function");
    default: return fail(w, "a coroutine");
  }
}

bool uc_json_write(lua_State *L, int index, size_t limit, uc_json_text *text) {
  struct writer w = {.L = L, .limit = limit, .path = text->path};
  text->path[0] = 0;
  bool done = lua_checkstack(L, 8) ? put_value(&w, lua_absindex(L, index)) : fail(&w, "not enough memory");
  text->error = w.error;
  if (!done) {
    free(w.bytes);
    w.bytes = NULL;
    w.length = 0;
  }
  text->bytes = w.bytes;
  text->length = w.length;
  return done;
}

// __tostring of the two values that are nothing but themselves.
static int name_of_constant(lua_State *L) {
  lua_pushstring(L, lua_touserdata(L, 1) == &uc_json_empty_list ? "[]" : "null");
  return 1;
}

void uc_open_json(lua_State *L) {
  lua_pushlightuserdata(L, (void *)&uc_json_null);
  lua_newtable(L);
  lua_pushcfunction(L, name_of_constant);
  lua_setfield(L, -2, "__tostring");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);  // of all light userdata; scripts see these two
  lua_pop(L, 1);
}
