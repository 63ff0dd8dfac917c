#include "CMachine.h"

#pragma STDC FP_CONTRACT OFF

typedef double v8 __attribute__((vector_size(64), aligned(8), may_alias));

#if defined(__x86_64__) && defined(__linux__)
#define BEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BEST
#endif

// Three groups of additions and three of multiplications that do not wait for each other, as many as the registers hold.
BEST double machine_compute(size_t rounds) {
  v8 a = {1}, b = {2}, c = {3}, e = {1}, f = {2}, g = {3};
  const double step = 1e-9, factor = 1 + 1e-12;
  for (size_t i = 0; i < rounds; ++i) {
#define ROUND a += step, b += step, c += step, e *= factor, f *= factor, g *= factor;
    ROUND ROUND ROUND ROUND
#undef ROUND
  }
  v8 sum = a + b + c + e + f + g;
  double total = 0;
  for (int lane = 0; lane < 8; ++lane) total += sum[lane];
  return total;
}

BEST double machine_read(const double *x, size_t count) {
  v8 sums[4] = {{0}};
  for (size_t i = 0; i + 32 <= count; i += 32)
    for (int k = 0; k < 4; ++k) sums[k] += *(const v8 *)(x + i + 8 * k);
  v8 sum = sums[0] + sums[1] + sums[2] + sums[3];
  double total = 0;
  for (int lane = 0; lane < 8; ++lane) total += sum[lane];
  return total;
}
