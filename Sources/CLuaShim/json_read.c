// JSON (RFC 8259) to Lua values, in linear time and bounded depth.
//
// The text is taken apart where it lies: an unescaped string is never longer than the escaped one. All that can raise
// here is Lua's lack of memory, and nothing is held then that Lua does not hold.

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// Values between two looks at the clock.
#define TICK 1000
#define NUMBER_BYTES 1024

struct reader {
  lua_State *L;
  char *start, *at, *end;  // *end is 0
  int depth;
  unsigned values;
  const char *error;
};

static bool fail(struct reader *r, const char *why) {
  if (r->error == NULL) r->error = why;
  return false;
}

static void skip_space(struct reader *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

// Bytes of the well-formed UTF-8 sequence at `s`, or 0 (Unicode, table 3-7).
size_t uc_utf8_length(const unsigned char *s, size_t left) {
  if (s[0] < 0x80) return 1;
  size_t length = s[0] >= 0xC2 && s[0] <= 0xDF ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4 : 0;
  if (length == 0 || length > left) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((s[i] & 0xC0) != 0x80) return 0;
  }
  if (s[0] == 0xE0 && s[1] < 0xA0) return 0;
  if (s[0] == 0xED && s[1] > 0x9F) return 0;
  if (s[0] == 0xF0 && s[1] < 0x90) return 0;
  if (s[0] == 0xF4 && s[1] > 0x8F) return 0;
  return length;
}

static char *put_utf8(char *out, uint32_t c) {
  if (c < 0x80) {
    *out++ = (char)c;
  } else if (c < 0x800) {
    *out++ = (char)(0xC0 | c >> 6);
    *out++ = (char)(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *out++ = (char)(0xE0 | c >> 12);
    *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    *out++ = (char)(0x80 | (c & 0x3F));
  } else {
    *out++ = (char)(0xF0 | c >> 18);
    *out++ = (char)(0x80 | (c >> 12 & 0x3F));
    *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    *out++ = (char)(0x80 | (c & 0x3F));
  }
  return out;
}

// Four hexadecimal digits at `s`; -1: they are none.
static int32_t hex4(const char *s, const char *end) {
  if (end - s < 4) return -1;
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    char c = s[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// At the backslash; writes what it stands for.
static bool read_escape(struct reader *r, char **out) {
  char kind = r->at[1];  // at the worst the 0 behind the text
  switch (kind) {
    case '"': case '\\': case '/': *(*out)++ = kind; break;
    case 'b': *(*out)++ = '\b'; break;
    case 'f': *(*out)++ = '\f'; break;
    case 'n': *(*out)++ = '\n'; break;
    case 'r': *(*out)++ = '\r'; break;
    case 't': *(*out)++ = '\t'; break;
    case 'u': {
      int32_t code = hex4(r->at + 2, r->end);
      if (code < 0) return fail(r, "\\u wants four hexadecimal digits");
      r->at += 6;
      uint32_t c = (uint32_t)code;
      if (c >= 0xD800 && c <= 0xDFFF) {
        int32_t low = c <= 0xDBFF && r->end - r->at >= 6 && r->at[0] == '\\' && r->at[1] == 'u'
                          ? hex4(r->at + 2, r->end) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
          c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
          r->at += 6;
        } else {
          c = 0xFFFD;  // half of a pair is no character
        }
      }
      *out = put_utf8(*out, c);
      return true;
    }
    default: return fail(r, "unknown escape");
  }
  r->at += 2;
  return true;
}

static bool read_string(struct reader *r) {
  char *from = ++r->at, *out = from;
  while (r->at < r->end && *r->at != '"') {
    unsigned char c = (unsigned char)*r->at;
    if (c == '\\') {
      if (!read_escape(r, &out)) return false;
    } else if (c < 0x20) {
      return fail(r, "control character in a string");
    } else {
      size_t length = uc_utf8_length((unsigned char *)r->at, (size_t)(r->end - r->at));
      if (length == 0) return fail(r, "not UTF-8");
      for (size_t i = 0; i < length; i++) *out++ = *r->at++;
    }
  }
  if (r->at >= r->end) return fail(r, "string without an end");
  r->at++;
  lua_pushlstring(r->L, from, (size_t)(out - from));
  return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

// False when the digits are more than 64 bits hold, or mean -0, which is no integer.
static bool push_integer(lua_State *L, const char *s, const char *end) {
  bool is_negative = *s == '-';
  uint64_t value = 0, most = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
  for (s += is_negative; s < end; s++) {
    uint64_t digit = (uint64_t)(*s - '0');
    if (value > (most - digit) / 10) return false;
    value = value * 10 + digit;
  }
  if (is_negative && value == 0) return false;
  lua_pushinteger(L, is_negative ? (lua_Integer)(0 - value) : (lua_Integer)value);
  return true;
}

static bool read_number(struct reader *r) {
  char *from = r->at, *s = r->at;
  bool is_integer = true;
  if (*s == '-') s++;
  if (!is_digit(*s)) return fail(r, "unexpected character");
  if (*s == '0') s++;
  else while (is_digit(*s)) s++;
  if (*s == '.') {
    is_integer = false;
    s++;
    if (!is_digit(*s)) return fail(r, "a digit is wanted behind the point");
    while (is_digit(*s)) s++;
  }
  if (*s == 'e' || *s == 'E') {
    is_integer = false;
    s++;
    if (*s == '+' || *s == '-') s++;
    if (!is_digit(*s)) return fail(r, "a digit is wanted in the exponent");
    while (is_digit(*s)) s++;
  }
  if (s - from > NUMBER_BYTES) return fail(r, "number too long");
  if (is_integer && push_integer(r->L, from, s)) {
    r->at = s;
    return true;
  }
  char *stop = NULL;
  double value = strtod(from, &stop);
  if (!isfinite(value)) return fail(r, "number out of range");
  r->at = s;
  if (stop != s) return fail(r, "unexpected character");  // strtod reads on in -01
  lua_pushnumber(r->L, value);
  return true;
}

static bool read_word(struct reader *r, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0) return fail(r, "unexpected character");
  r->at += length;
  return true;
}

static bool read_value(struct reader *r);

static bool read_list(struct reader *r) {
  lua_newtable(r->L);
  r->at++;
  skip_space(r);
  if (*r->at == ']') {
    r->at++;
    return true;
  }
  for (lua_Integer i = 1;; i++) {
    if (!read_value(r)) return false;
    lua_rawseti(r->L, -2, i);
    skip_space(r);
    char c = *r->at;
    if (c != ',' && c != ']') return fail(r, "',' or ']' wanted");
    r->at++;
    if (c == ']') return true;
  }
}

static bool read_object(struct reader *r) {
  lua_newtable(r->L);
  r->at++;
  skip_space(r);
  if (*r->at == '}') {
    r->at++;
    return true;
  }
  for (;;) {
    skip_space(r);
    if (*r->at != '"') return fail(r, "a name in quotes wanted");
    if (!read_string(r)) return false;
    skip_space(r);
    if (*r->at != ':') return fail(r, "':' wanted");
    r->at++;
    if (!read_value(r)) return false;
    lua_rawset(r->L, -3);
    skip_space(r);
    char c = *r->at;
    if (c != ',' && c != '}') return fail(r, "',' or '}' wanted");
    r->at++;
    if (c == '}') return true;
  }
}

// Pushes one value; false: r->error says why not, and the stack holds what there was until then.
static bool read_value(struct reader *r) {
  if (++r->values % TICK == 0) uc_tick(r->L);
  skip_space(r);
  switch (*r->at) {
    case '"': return read_string(r);
    case '{':
    case '[': {
      if (r->depth >= UC_JSON_DEPTH) return fail(r, "nested too deeply");
      luaL_checkstack(r->L, 8, "JSON");
      r->depth++;
      bool done = *r->at == '{' ? read_object(r) : read_list(r);
      r->depth--;
      return done;
    }
    case 't': lua_pushboolean(r->L, true); return read_word(r, "true");
    case 'f': lua_pushboolean(r->L, false); return read_word(r, "false");
    case 'n': lua_pushlightuserdata(r->L, (void *)&uc_json_null); return read_word(r, "null");
    case 0:
      if (r->at >= r->end) return fail(r, "ends too early");
      return fail(r, "unexpected character");
    default: return read_number(r);
  }
}

// Pushes the value, or nil, "syntax" and what is wrong where. `text` is written to, and text[length] must be 0.
int uc_json_push(lua_State *L, char *text, size_t length) {
  int base = lua_gettop(L);
  struct reader r = {.L = L, .start = text, .at = text, .end = text + length};
  luaL_checkstack(L, 8, "JSON");
  if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) r.at += 3;
  if (read_value(&r)) {
    skip_space(&r);
    if (r.at == r.end) return 1;
    fail(&r, "something follows the value");
  }
  lua_settop(L, base);
  lua_pushnil(L);
  lua_pushliteral(L, "syntax");
  lua_pushfstring(L, "byte %I: %s", (LUAI_UACINT)(r.at - r.start + 1), r.error);
  return 3;
}
