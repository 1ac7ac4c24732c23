// string.find, match, gmatch, gsub on the matcher of pattern.c, and string.rep with its size checked first. They
// behave as the manual says (Lua 5.4 §6.4), save that a match that takes too long is stopped.

#include <string.h>

#include "internal.h"

// memmem is linear in glibc and everywhere available; its declaration needs _GNU_SOURCE, which SwiftPM does not set.
void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

static void begin(struct uc_matcher *m, lua_State *L, const char *s, size_t s_length, const char *p, size_t p_length) {
  memset(m, 0, sizeof *m);
  m->L = L;
  m->subject = (const unsigned char *)s;
  m->subject_end = m->subject + s_length;
  m->pattern_end = (const unsigned char *)p + p_length;
}

static const unsigned char *try_at(struct uc_matcher *m, const unsigned char *s, const unsigned char *p) {
  uc_match_begin(m);
  const unsigned char *end = uc_match_here(m, s, p);
  if (m->error != NULL) luaL_error(m->L, "%s", m->error);
  return end;
}

static void push_capture(struct uc_matcher *m, int index, const unsigned char *s, const unsigned char *end) {
  lua_State *L = m->L;
  if (index >= m->level) {
    if (index != 0) luaL_error(L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(L, (const char *)s, (size_t)(end - s));
    return;
  }
  const struct uc_capture *capture = &m->captures[index];
  if (capture->length == UC_CAPTURE_POSITION) lua_pushinteger(L, capture->start - m->subject + 1);
  else if (capture->length == UC_CAPTURE_OPEN) luaL_error(L, "unfinished capture");
  else lua_pushlstring(L, (const char *)capture->start, (size_t)capture->length);
}

// All captures; the whole match when there are none and `s` is given.
static int push_captures(struct uc_matcher *m, const unsigned char *s, const unsigned char *end) {
  int count = m->level == 0 && s != NULL ? 1 : m->level;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(m, i, s, end);
  return count;
}

// Offset of a start position given as in string.find; length + 1 when it is past the end.
static size_t start_offset(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length - (size_t)(-position);
}

static bool has_magic(const char *p, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (p[i] != 0 && strchr("^$*+?.([%-", p[i]) != NULL) return true;
  }
  return false;
}

static int find_or_match(lua_State *L, bool find) {
  size_t s_length, p_length;
  const char *s = luaL_checklstring(L, 1, &s_length);
  const char *p = luaL_checklstring(L, 2, &p_length);
  size_t at = start_offset(luaL_optinteger(L, 3, 1), s_length);
  if (at > s_length) {
    luaL_pushfail(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) || !has_magic(p, p_length))) {
    const char *found = p_length == 0 ? s + at : memmem(s + at, s_length - at, p, p_length);
    if (found == NULL) {
      luaL_pushfail(L);
      return 1;
    }
    lua_pushinteger(L, found - s + 1);
    lua_pushinteger(L, found - s + (lua_Integer)p_length);
    return 2;
  }
  bool anchored = p_length > 0 && *p == '^';
  struct uc_matcher m;
  begin(&m, L, s, s_length, p, p_length);
  const unsigned char *pattern = (const unsigned char *)p + anchored;
  for (const unsigned char *from = m.subject + at; from <= m.subject_end; from++) {
    const unsigned char *end = try_at(&m, from, pattern);
    if (end != NULL) {
      if (!find) return push_captures(&m, from, end);
      lua_pushinteger(L, from - m.subject + 1);
      lua_pushinteger(L, end - m.subject);
      return 2 + push_captures(&m, NULL, NULL);
    }
    if (anchored) break;
  }
  luaL_pushfail(L);
  return 1;
}

static int str_find(lua_State *L) { return find_or_match(L, true); }
static int str_match(lua_State *L) { return find_or_match(L, false); }

// Upvalues: subject, pattern, next offset, end of the last match (or -1).
static int gmatch_next(lua_State *L) {
  size_t s_length, p_length;
  const char *s = lua_tolstring(L, lua_upvalueindex(1), &s_length);
  const char *p = lua_tolstring(L, lua_upvalueindex(2), &p_length);
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  struct uc_matcher m;
  begin(&m, L, s, s_length, p, p_length);
  const unsigned char *from = m.subject + lua_tointeger(L, lua_upvalueindex(3));
  for (; from <= m.subject_end; from++) {
    const unsigned char *end = try_at(&m, from, (const unsigned char *)p);
    // An empty match just behind the last one would be found for ever.
    if (end == NULL || end - m.subject == last) continue;
    lua_pushinteger(L, end - m.subject);
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return push_captures(&m, from, end);
  }
  return 0;
}

static int str_gmatch(lua_State *L) {
  size_t s_length;
  luaL_checklstring(L, 1, &s_length);
  luaL_checkstring(L, 2);
  size_t at = start_offset(luaL_optinteger(L, 3, 1), s_length);
  if (at > s_length) at = s_length + 1;
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)at);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, gmatch_next, 4);
  return 1;
}

// A replacement text: %0 … %9 and %%.
static void add_text(struct uc_matcher *m, luaL_Buffer *b, const unsigned char *s, const unsigned char *end) {
  lua_State *L = m->L;
  size_t length;
  const char *replacement = lua_tolstring(L, 3, &length);
  const char *stop = replacement + length;
  for (const char *at = replacement; at < stop;) {
    const char *escape = memchr(at, '%', (size_t)(stop - at));
    if (escape == NULL) escape = stop;
    luaL_addlstring(b, at, (size_t)(escape - at));
    if (escape == stop) return;
    char what = escape + 1 < stop ? escape[1] : 0;
    if (what == '%') {
      luaL_addchar(b, '%');
    } else if (what == '0') {
      luaL_addlstring(b, (const char *)s, (size_t)(end - s));
    } else if (what >= '1' && what <= '9') {
      push_capture(m, what - '1', s, end);
      luaL_tolstring(L, -1, NULL);
      lua_remove(L, -2);
      luaL_addvalue(b);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
    at = escape + 2;
  }
}

// Adds the replacement of one match. False when the match is kept as it is.
static bool add_replacement(struct uc_matcher *m, luaL_Buffer *b, const unsigned char *s, const unsigned char *end,
                            int type) {
  lua_State *L = m->L;
  switch (type) {
    case LUA_TFUNCTION: {
      lua_pushvalue(L, 3);
      lua_call(L, push_captures(m, s, end), 1);
      break;
    }
    case LUA_TTABLE:
      push_capture(m, 0, s, end);
      lua_gettable(L, 3);
      break;
    default: add_text(m, b, s, end); return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(b, (const char *)s, (size_t)(end - s));
    return false;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(b);
  return true;
}

static int str_gsub(lua_State *L) {
  size_t s_length, p_length;
  const char *s = luaL_checklstring(L, 1, &s_length);
  const char *p = luaL_checklstring(L, 2, &p_length);
  int type = lua_type(L, 3);
  luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                   "string/function/table");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)s_length + 1), count = 0;
  bool anchored = p_length > 0 && *p == '^', changed = false;
  const unsigned char *pattern = (const unsigned char *)p + anchored;
  struct uc_matcher m;
  begin(&m, L, s, s_length, p, p_length);
  const unsigned char *at = m.subject, *last = NULL;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  while (count < most) {
    const unsigned char *end = try_at(&m, at, pattern);
    if (end != NULL && end != last) {
      count += 1;
      changed = add_replacement(&m, &b, at, end, type) || changed;
      at = last = end;
    } else if (at < m.subject_end) {
      luaL_addchar(&b, *at);
      at += 1;
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&b, (const char *)at, (size_t)(m.subject_end - at));
    luaL_pushresult(&b);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

static int str_rep(lua_State *L) {
  size_t length, separator_length;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &separator_length);
  size_t unit = length + separator_length;
  // The library loops `count` times even over nothing.
  if (count <= 0 || unit == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  uc_host *h = uc_host_of(L);
  if (unit < length || (lua_Unsigned)count > h->limit / unit) {
    return luaL_error(L, "string.rep: the result would be larger than the memory of a script (%I bytes)",
                      (lua_Integer)h->limit);
  }
  size_t total = (size_t)count * unit - separator_length;
  luaL_Buffer b;
  char *to = luaL_buffinitsize(L, &b, total);
  for (lua_Integer i = 0; i < count; i++) {
    if (i > 0 && separator_length > 0) {
      memcpy(to, separator, separator_length);
      to += separator_length;
    }
    memcpy(to, s, length);
    to += length;
  }
  luaL_pushresultsize(&b, total);
  return 1;
}

void uc_open_strings(lua_State *L) {
  static const luaL_Reg functions[] = {{"find", str_find}, {"match", str_match}, {"gmatch", str_gmatch},
                                       {"gsub", str_gsub}, {"rep", str_rep},     {NULL, NULL}};
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
}
