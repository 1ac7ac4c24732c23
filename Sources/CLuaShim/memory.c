// The allocator of a script: a cap, and the rules that Lua's own code relies on (bots.md §7.3).

#include <stdlib.h>

#include "internal.h"

// Allocations from this size on also obey the deadline: a C function that copies megabytes runs no hook.
#define LARGE 65536

void *uc_allocate(void *ud, void *pointer, size_t old_size, size_t new_size) {
  uc_host *h = ud;
  if (pointer == NULL) old_size = 0;  // it is a type tag then
  if (new_size == 0) {
    free(pointer);
    h->used -= old_size;
    return NULL;
  }
  if (new_size > old_size) {
    size_t delta = new_size - old_size;
    h->allocations += 1;
    if (h->allocations >= h->fail_first && h->allocations < h->fail_end) return NULL;
    // Not `used + delta > limit`, which could wrap.
    if (h->used > h->limit || delta > h->limit - h->used) return NULL;
    if (delta >= LARGE && h->armed && uc_expired(h)) {
      h->killed = true;
      return NULL;
    }
  }
  void *moved = realloc(pointer, new_size);
  if (moved == NULL) {
    // Lua counts on shrinking: the old block is still good and long enough.
    if (new_size > old_size) return NULL;
    moved = pointer;
  }
  h->used = h->used - old_size + new_size;
  return moved;
}

size_t uc_memory_used(uc_host *h) { return h->used; }
uint64_t uc_allocations(uc_host *h) { return h->allocations; }

void uc_fail_allocations(uc_host *h, uint64_t first, uint64_t count) {
  if (count == 0) {
    h->fail_first = h->fail_end = 0;
    return;
  }
  h->fail_first = h->allocations + first;
  h->fail_end = count > UINT64_MAX - h->fail_first ? UINT64_MAX : h->fail_first + count;
}

void uc_collect(uc_host *h) { lua_gc(h->L, LUA_GCCOLLECT, 0); }
