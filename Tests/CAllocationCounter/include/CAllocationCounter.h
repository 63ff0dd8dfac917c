// Counts the allocations of the calling thread, by standing in front of the C library's allocator.
#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

/// 1 if allocations are counted on this platform and in this build, otherwise 0.
int allocation_counter_works(void);

/// The number of allocations and reallocations that the calling thread has made.
unsigned long allocation_counter_count(void);

#endif
