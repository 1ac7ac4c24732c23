// Lua patterns (Lua 5.4 manual §6.4.1), matched in counted steps.
//
// The library's own matcher runs no hook, so that one pattern over one long message can hold a bot for half a minute
// (bots.md §0.4). This one looks at the clock every few thousand steps, and a script that matches for too long is
// stopped like one that loops.

#include <ctype.h>
#include <string.h>

#include "internal.h"

#define MAX_DEPTH 200
#define STEPS_PER_TICK 4096

typedef const unsigned char *text;

static text fail(struct uc_matcher *m, const char *why) {
  if (m->error == NULL) m->error = why;
  return NULL;
}

// Counts one step. False when the match must end.
static bool step(struct uc_matcher *m) {
  if (m->error != NULL) return false;
  if (m->steps_left > 0) {
    m->steps_left -= 1;
    return true;
  }
  if (m->L == NULL) {
    m->exhausted = true;
    fail(m, "too many steps");
    return false;
  }
  m->steps_left = STEPS_PER_TICK;
  uc_tick(m->L);
  return true;
}

// After the single-character class that begins at p; NULL when it is malformed.
static text class_end(struct uc_matcher *m, text p) {
  if (*p == '%') {
    if (p + 1 >= m->pattern_end) return fail(m, "malformed pattern (ends with '%')");
    return p + 2;
  }
  if (*p != '[') return p + 1;
  p += 1;
  if (p < m->pattern_end && *p == '^') p += 1;
  // The first character of a set is in it even if it is ']'.
  do {
    if (p >= m->pattern_end) return fail(m, "malformed pattern (missing ']')");
    if (*p == '%') p += 1;
    p += 1;
  } while (p >= m->pattern_end || *p != ']');
  return p + 1;
}

static bool in_named_class(int c, int name) {
  bool found;
  switch (tolower(name)) {
    case 'a': found = isalpha(c); break;
    case 'c': found = iscntrl(c); break;
    case 'd': found = isdigit(c); break;
    case 'g': found = isgraph(c); break;
    case 'l': found = islower(c); break;
    case 'p': found = ispunct(c); break;
    case 's': found = isspace(c); break;
    case 'u': found = isupper(c); break;
    case 'w': found = isalnum(c); break;
    case 'x': found = isxdigit(c); break;
    case 'z': found = c == 0; break;  // no longer in the manual, but still in the library
    default: return name == c;
  }
  return isupper(name) ? !found : found;
}

// p at '[', last at its ']'
static bool in_set(int c, text p, text last) {
  bool wanted = true;
  p += 1;
  if (*p == '^') {
    wanted = false;
    p += 1;
  }
  for (; p < last; p++) {
    if (*p == '%') {
      p += 1;
      if (in_named_class(c, *p)) return wanted;
    } else if (p + 2 < last && p[1] == '-') {
      if (p[0] <= c && c <= p[2]) return wanted;
      p += 2;
    } else if (*p == c) {
      return wanted;
    }
  }
  return !wanted;
}

// Whether the character at s is in the class [p, end).
static bool matches_one(struct uc_matcher *m, text s, text p, text end) {
  if (s >= m->subject_end) return false;
  switch (*p) {
    case '.': return true;
    case '%': return in_named_class(*s, p[1]);
    case '[': return in_set(*s, p, end - 1);
    default: return *p == *s;
  }
}

static text match_balanced(struct uc_matcher *m, text s, text p) {
  if (p + 1 >= m->pattern_end) return fail(m, "malformed pattern (missing arguments to '%b')");
  if (s >= m->subject_end || *s != p[0]) return NULL;
  int open = p[0], close = p[1], nested = 1;
  for (s += 1; s < m->subject_end; s++) {
    if (!step(m)) return NULL;
    if (*s == close) {
      nested -= 1;
      if (nested == 0) return s + 1;
    } else if (*s == open) {
      nested += 1;
    }
  }
  return NULL;
}

static text match_most(struct uc_matcher *m, text s, text p, text end) {
  ptrdiff_t count = 0;
  while (matches_one(m, s + count, p, end)) {
    if (!step(m)) return NULL;
    count += 1;
  }
  for (; count >= 0; count--) {
    text found = uc_match_here(m, s + count, end + 1);
    if (found != NULL) return found;
    if (!step(m)) return NULL;
  }
  return NULL;
}

static text match_fewest(struct uc_matcher *m, text s, text p, text end) {
  for (;;) {
    text found = uc_match_here(m, s, end + 1);
    if (found != NULL) return found;
    if (!step(m) || !matches_one(m, s, p, end)) return NULL;
    s += 1;
  }
}

static text open_capture(struct uc_matcher *m, text s, text p, ptrdiff_t length) {
  if (m->level >= UC_CAPTURES) return fail(m, "too many captures");
  m->captures[m->level].start = s;
  m->captures[m->level].length = length;
  m->level += 1;
  text found = uc_match_here(m, s, p);
  if (found == NULL) m->level -= 1;
  return found;
}

static text close_capture(struct uc_matcher *m, text s, text p) {
  int index = m->level - 1;
  while (index >= 0 && m->captures[index].length != UC_CAPTURE_OPEN) index -= 1;
  if (index < 0) return fail(m, "invalid pattern capture");
  m->captures[index].length = s - m->captures[index].start;
  text found = uc_match_here(m, s, p);
  if (found == NULL) m->captures[index].length = UC_CAPTURE_OPEN;
  return found;
}

static text match_again(struct uc_matcher *m, text s, int digit) {
  int index = digit - '1';
  if (index < 0 || index >= m->level || m->captures[index].length == UC_CAPTURE_OPEN) {
    return fail(m, "invalid capture index in pattern");
  }
  ptrdiff_t length = m->captures[index].length;
  if (length < 0 || m->subject_end - s < length) return NULL;
  return memcmp(m->captures[index].start, s, (size_t)length) == 0 ? s + length : NULL;
}

// Where the pattern from p on ends when it begins at s; NULL when it does not match there.
text uc_match_here(struct uc_matcher *m, text s, text p) {
  if (m->depth >= MAX_DEPTH) return fail(m, "pattern too complex");
  m->depth += 1;
  text result = NULL;
  while (step(m)) {
    if (p >= m->pattern_end) {
      result = s;
      break;
    }
    if (*p == '(') {
      bool position = p + 1 < m->pattern_end && p[1] == ')';
      result = open_capture(m, s, position ? p + 2 : p + 1, position ? UC_CAPTURE_POSITION : UC_CAPTURE_OPEN);
      break;
    }
    if (*p == ')') {
      result = close_capture(m, s, p + 1);
      break;
    }
    if (*p == '$' && p + 1 == m->pattern_end) {
      result = s == m->subject_end ? s : NULL;
      break;
    }
    if (*p == '%' && p + 1 < m->pattern_end) {
      if (p[1] == 'b') {
        s = match_balanced(m, s, p + 2);
        if (s == NULL) break;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        p += 2;
        if (p >= m->pattern_end || *p != '[') {
          fail(m, "missing '[' after '%f' in pattern");
          break;
        }
        text end = class_end(m, p);
        if (end == NULL) break;
        int before = s == m->subject ? 0 : s[-1], here = s < m->subject_end ? *s : 0;
        if (in_set(before, p, end - 1) || !in_set(here, p, end - 1)) break;
        p = end;
        continue;
      }
      if (isdigit(p[1])) {
        s = match_again(m, s, p[1]);
        if (s == NULL) break;
        p += 2;
        continue;
      }
    }
    text end = class_end(m, p);
    if (end == NULL) break;
    int suffix = end < m->pattern_end ? *end : 0;
    if (suffix == '*') {
      result = match_most(m, s, p, end);
      break;
    }
    if (suffix == '-') {
      result = match_fewest(m, s, p, end);
      break;
    }
    bool one = matches_one(m, s, p, end);
    if (suffix == '+') {
      result = one ? match_most(m, s + 1, p, end) : NULL;
      break;
    }
    if (suffix == '?') {
      if (one) {
        result = uc_match_here(m, s + 1, end + 1);
        if (result != NULL) break;
      }
      p = end + 1;
      continue;
    }
    if (!one) break;
    s += 1;
    p = end;
  }
  m->depth -= 1;
  return m->error == NULL ? result : NULL;
}

void uc_match_begin(struct uc_matcher *m) {
  m->depth = 0;
  m->level = 0;
}

int32_t uc_match(const char *pattern, size_t pattern_length, const char *subject, size_t subject_length,
                 uint64_t steps, uc_match_result *result) {
  struct uc_matcher m = {.steps_left = steps};
  text p = (text)pattern;
  m.subject = (text)subject;
  m.subject_end = m.subject + subject_length;
  m.pattern_end = p + pattern_length;
  bool anchored = pattern_length > 0 && *p == '^';
  if (anchored) p += 1;
  for (text s = m.subject; s <= m.subject_end; s++) {
    uc_match_begin(&m);
    text found = uc_match_here(&m, s, p);
    if (m.error != NULL) {
      result->error = m.error;
      return m.exhausted ? UC_MATCH_EXHAUSTED : UC_MATCH_ERROR;
    }
    if (found != NULL) {
      result->start = (size_t)(s - m.subject);
      result->end = (size_t)(found - m.subject);
      result->capture_count = m.level;
      for (int i = 0; i < m.level; i++) {
        const struct uc_capture *capture = &m.captures[i];
        if (capture->length == UC_CAPTURE_OPEN) {
          result->error = "unfinished capture";
          return UC_MATCH_ERROR;
        }
        result->captures[i].start = (size_t)(capture->start - m.subject);
        result->captures[i].length =
            capture->length == UC_CAPTURE_POSITION ? UC_MATCH_POSITION : (size_t)capture->length;
      }
      return UC_MATCH_FOUND;
    }
    if (anchored) break;
  }
  return UC_MATCH_NONE;
}
