// Plain values as bytes: how nil, booleans, numbers, strings and tables of these leave a state, and enter another.
//
// A value is a tag and what the tag says: of an integer its zigzag form as a varint, of a float its eight bytes (both
// from the low end), of a string its length as a varint and its bytes, of a table its length as a varint and its pairs,
// up to a tag of their own. Metatables are left out: what is copied is data. The bytes may have lain in a file, so
// nothing in them is believed; and files live long, so what a tag means never changes. (`LuaPlain.swift` knows the
// numbers and the lists.)

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { TAG_NIL = 'n', TAG_FALSE = 'f', TAG_TRUE = 't', TAG_INTEGER = 'i', TAG_FLOAT = 'd', TAG_STRING = 's',
       TAG_TABLE = '{', TAG_END = '}' };

// ---- Out of a state: nothing here raises or allocates Lua memory ---------------------------------------------------

// A table on the way to the present value, for messages.
struct step {
  const struct step *parent;
  int key;  // where on the stack the key lies
  const void *table;
};

struct encoder {
  lua_State *L;
  unsigned char *bytes;
  size_t used, size, limit;
  char *problem;
  size_t problem_size;
};

static void add_char(struct encoder *e, char c) {
  size_t length = strlen(e->problem);
  if (length + 1 < e->problem_size) {
    e->problem[length] = c;
    e->problem[length + 1] = 0;
  }
}

static void add_words(struct encoder *e, const char *words) {
  for (; *words != 0; words++) add_char(e, *words);
}

static void add_key(struct encoder *e, int index) {
  char text[32];
  switch (lua_type(e->L, index)) {
    case LUA_TSTRING: {
      size_t length;
      const char *key = lua_tolstring(e->L, index, &length);
      add_char(e, '.');
      for (size_t i = 0; i < length && i < 32; i++) add_char(e, key[i] >= ' ' && key[i] < 127 ? key[i] : '?');
      break;
    }
    case LUA_TNUMBER:
      snprintf(text, sizeof text, "[%.14g]", lua_tonumber(e->L, index));
      add_words(e, text);
      break;
    default: add_words(e, "[?]"); break;
  }
}

static void add_path(struct encoder *e, const struct step *step) {
  if (step == NULL) return;
  add_path(e, step->parent);
  add_key(e, step->key);
}

// "value.jobs[2] is a function"
static bool refuse(struct encoder *e, const struct step *step, const char *what) {
  e->problem[0] = 0;
  add_words(e, "value");
  add_path(e, step);
  add_words(e, what);
  return false;
}

static bool add(struct encoder *e, const struct step *step, const void *bytes, size_t length) {
  if (e->limit - e->used < length) return refuse(e, NULL, " is too large");
  if (e->size - e->used < length) {
    size_t size = e->size < 256 ? 256 : e->size;
    while (size - e->used < length) size *= 2;
    unsigned char *grown = realloc(e->bytes, size);
    if (grown == NULL) return refuse(e, step, ": not enough memory");
    e->bytes = grown;
    e->size = size;
  }
  if (length > 0) memcpy(e->bytes + e->used, bytes, length);
  e->used += length;
  return true;
}

static bool put(struct encoder *e, const struct step *step, int tag, const void *bytes, size_t length) {
  unsigned char byte = (unsigned char)tag;
  return add(e, step, &byte, 1) && add(e, step, bytes, length);
}

static bool put_varint(struct encoder *e, const struct step *step, int tag, uint64_t number) {
  unsigned char bytes[10];
  size_t length = 0;
  for (; number >= 0x80; number >>= 7) bytes[length++] = (unsigned char)(number | 0x80);
  bytes[length++] = (unsigned char)number;
  return put(e, step, tag, bytes, length);
}

static bool put_float(struct encoder *e, const struct step *step, lua_Number number) {
  uint64_t bits;
  unsigned char bytes[8];
  memcpy(&bits, &number, sizeof bits);
  for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(bits >> (8 * i));
  return put(e, step, TAG_FLOAT, bytes, sizeof bytes);
}

static bool lies_in_itself(lua_State *L, int index, const struct step *step) {
  const void *table = lua_topointer(L, index);
  for (; step != NULL; step = step->parent) {
    if (step->table == table) return true;
  }
  return false;
}

static bool encode(struct encoder *e, int index, const struct step *step, int depth) {
  lua_State *L = e->L;
  switch (lua_type(L, index)) {
    case LUA_TNIL: return put(e, step, TAG_NIL, NULL, 0);
    case LUA_TBOOLEAN: return put(e, step, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE, NULL, 0);
    case LUA_TNUMBER: {
      if (!lua_isinteger(L, index)) return put_float(e, step, lua_tonumber(L, index));
      uint64_t integer = (uint64_t)lua_tointeger(L, index);
      return put_varint(e, step, TAG_INTEGER, integer << 1 ^ (integer >> 63 != 0 ? UINT64_MAX : 0));
    }
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      return put_varint(e, step, TAG_STRING, length) && add(e, step, text, length);
    }
    case LUA_TTABLE: {
      if (lies_in_itself(L, index, step)) return refuse(e, step, " is a table that it lies in");
      if (depth == UC_PLAIN_DEPTH) return refuse(e, NULL, " is nested too deeply");
      if (!lua_checkstack(L, 4)) return refuse(e, step, ": not enough memory");
      if (!put_varint(e, step, TAG_TABLE, lua_rawlen(L, index))) return false;
      lua_pushnil(L);
      while (lua_next(L, index)) {
        int value = lua_gettop(L);
        struct step inner = {step, value - 1, lua_topointer(L, index)};
        int key = lua_type(L, value - 1);
        bool done = key == LUA_TTABLE || key == LUA_TFUNCTION || key == LUA_TTHREAD || key == LUA_TUSERDATA ||
                            key == LUA_TLIGHTUSERDATA
                        ? refuse(e, step, " has a key that is no number, string or boolean")
                        : encode(e, value - 1, &inner, depth + 1) && encode(e, value, &inner, depth + 1);
        lua_settop(L, value - 1);
        if (!done) {
          lua_settop(L, value - 2);
          return false;
        }
      }
      return put(e, step, TAG_END, NULL, 0);
    }
    case LUA_TFUNCTION: return refuse(e, step, " is a function");
    case LUA_TTHREAD: return refuse(e, step, " is a coroutine");
    default: return refuse(e, step, " is an object");
  }
}

uint8_t *uc_plain_encode(lua_State *L, int index, size_t limit, size_t *length, char *problem, size_t problem_size) {
  struct encoder e = {L, NULL, 0, 0, limit, problem, problem_size};
  if (problem_size == 0) return NULL;
  problem[0] = 0;
  if (encode(&e, lua_absindex(L, index), NULL, 0)) {
    *length = e.used;
    return e.bytes;
  }
  free(e.bytes);
  return NULL;
}

void uc_plain_free(uint8_t *bytes) { free(bytes); }

// ---- Into a state: raises ------------------------------------------------------------------------------------------

struct decoder {
  const unsigned char *at, *end;
};

static int damaged(lua_State *L) { return luaL_error(L, "a stored value is damaged"); }

static void take(lua_State *L, struct decoder *d, void *bytes, size_t length) {
  if ((size_t)(d->end - d->at) < length) damaged(L);
  memcpy(bytes, d->at, length);
  d->at += length;
}

static uint64_t take_varint(lua_State *L, struct decoder *d) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    unsigned char byte;
    take(L, d, &byte, 1);
    number |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  damaged(L);
  return 0;
}

static void decode(lua_State *L, struct decoder *d, int depth) {
  unsigned char tag;
  take(L, d, &tag, 1);
  switch (tag) {
    case TAG_NIL: lua_pushnil(L); break;
    case TAG_FALSE: lua_pushboolean(L, false); break;
    case TAG_TRUE: lua_pushboolean(L, true); break;
    case TAG_INTEGER: {
      uint64_t zigzag = take_varint(L, d);
      lua_pushinteger(L, (lua_Integer)(zigzag >> 1 ^ (zigzag & 1 ? UINT64_MAX : 0)));
      break;
    }
    case TAG_FLOAT: {
      unsigned char bytes[8];
      uint64_t bits = 0;
      lua_Number number;
      take(L, d, bytes, sizeof bytes);
      for (int i = 0; i < 8; i++) bits |= (uint64_t)bytes[i] << (8 * i);
      memcpy(&number, &bits, sizeof number);
      lua_pushnumber(L, number);
      break;
    }
    case TAG_STRING: {
      uint64_t length = take_varint(L, d);
      if ((uint64_t)(d->end - d->at) < length) damaged(L);
      lua_pushlstring(L, (const char *)d->at, (size_t)length);
      d->at += length;
      break;
    }
    case TAG_TABLE: {
      uint64_t items = take_varint(L, d);
      if (depth == UC_PLAIN_DEPTH || items > INT32_MAX || items > (uint64_t)(d->end - d->at)) damaged(L);
      luaL_checkstack(L, 4, "stored value");
      // With room for its items, a list keeps its length where some of them are nil.
      lua_createtable(L, (int)items, 0);
      while (d->at < d->end && *d->at != TAG_END) {
        decode(L, d, depth + 1);
        decode(L, d, depth + 1);
        lua_rawset(L, -3);
      }
      take(L, d, &tag, 1);
      break;
    }
    default: damaged(L);
  }
}

void uc_plain_push(lua_State *L, const void *bytes, size_t length) {
  luaL_checkstack(L, 4, "stored value");
  struct decoder d = {bytes, (const unsigned char *)bytes + length};
  decode(L, &d, 0);
  if (d.at != d.end) damaged(L);
}
