// The allocator of a script: a cap, and the rules that Lua's own code relies on (bots.md §7.3).

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

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
  if (h->used > h->most) h->most = h->used;
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

// From so much on it is worth a look at every page: that takes milliseconds.
#define WORTH_GIVING_BACK ((size_t)8 * 1024 * 1024)

void uc_give_back_pages(size_t freed) {
#ifdef __GLIBC__
  // free keeps pages between blocks that live, and those of threads other than the first: a script that once held 32
  // MiB would leave the process with them for good.
  if (freed >= WORTH_GIVING_BACK) malloc_trim(0);
#else
  (void)freed;
#endif
}

void uc_rest(uc_host *h) {
  // Lua by itself waits until memory has doubled, which below a cap may be never.
  if (h->used / 2 >= h->resting && h->used - h->resting >= WORTH_GIVING_BACK) {
    uc_collect(h);
    h->resting = h->used;
  }
  if (h->most - h->used < WORTH_GIVING_BACK) return;
  uc_give_back_pages(h->most - h->used);
  h->most = h->used;
  h->resting = h->used;
}
