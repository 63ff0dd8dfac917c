// Ends the process with a message where memory cannot be had, by standing in front of the C library's allocator.
#ifndef C_OUT_OF_MEMORY_H
#define C_OUT_OF_MEMORY_H

#include <stddef.h>

/// From now on, an allocation that fails writes `message` on standard error and `object`, if any, on standard output, and ends the
/// process with `status`. The texts must stay where they are. Does nothing where the C library is not glibc, and in builds with a
/// sanitizer, which has an allocator of its own.
void out_of_memory_ends_with(const char *message, size_t length, const char *object, size_t object_length, int status);

/// What `out_of_memory_ends_with` prepared, now; returns if nothing was prepared.
void out_of_memory_end(void);

/// Between these two, allocations of the calling thread may fail: whoever asks for them looks at what it gets.
void out_of_memory_tolerate(void);
void out_of_memory_tolerate_no_more(void);

#endif
