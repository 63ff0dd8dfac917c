// What this machine can do: multiplications and additions a second of one core, bytes a second from memory.
#ifndef CMACHINE_H
#define CMACHINE_H

#include <stddef.h>

/// Runs `rounds` of 24 multiplications and additions in eight lanes each, on the best instruction set; returns what they made.
double machine_compute(size_t rounds);

/// Adds up `count` numbers.
double machine_read(const double *_Nonnull x, size_t count);

#endif
