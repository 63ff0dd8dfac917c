// The allocator with a last word, in front of the C library's own.

#include "COutOfMemory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static const char *said, *told;
static size_t said_length, told_length;
static int ended_with;
static atomic_int is_prepared, is_ending;
static _Thread_local int tolerance;

void out_of_memory_ends_with(const char *message, size_t length, const char *object, size_t object_length, int status) {
  said = message;
  said_length = length;
  told = object;
  told_length = object_length;
  ended_with = status;
  atomic_store(&is_prepared, 1);
}

void out_of_memory_tolerate(void) { ++tolerance; }
void out_of_memory_tolerate_no_more(void) { --tolerance; }

void out_of_memory_end(void) {
  if (!atomic_load(&is_prepared)) return;
  // Of several threads that get nothing at the same moment, one speaks.
  if (atomic_exchange(&is_ending, 1))
    for (;;) pause();
  if (write(2, said, said_length) < 0 || (told && write(1, told, told_length) < 0)) {
    // There is nobody left to tell.
  }
  _exit(ended_with);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

static void *checked(void *memory, size_t size) {
  if (__builtin_expect(!memory && size, 0) && !tolerance) out_of_memory_end();
  return memory;
}

// glibc's own allocator under its second set of names. Whatever an executable defines here is used by every library of the process.
// Weak: the tests count allocations in the same place.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

#define WEAK __attribute__((weak))

WEAK void *malloc(size_t size) { return checked(__libc_malloc(size), size); }
WEAK void *calloc(size_t number, size_t size) { return checked(__libc_calloc(number, size), number && size); }
WEAK void *realloc(void *old, size_t size) { return checked(__libc_realloc(old, size), size); }
WEAK void *memalign(size_t alignment, size_t size) { return checked(__libc_memalign(alignment, size), size); }
WEAK void *aligned_alloc(size_t alignment, size_t size) { return checked(__libc_memalign(alignment, size), size); }

WEAK int posix_memalign(void **result, size_t alignment, size_t size) {
  void *memory = checked(__libc_memalign(alignment, size), size);
  if (!memory && size) return ENOMEM;
  *result = memory;
  return 0;
}

#endif
