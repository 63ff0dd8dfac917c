#include "CMachine.h"

#pragma STDC FP_CONTRACT OFF

typedef double v8 __attribute__((vector_size(64), aligned(8), may_alias));

#if defined(__x86_64__) && defined(__linux__)
#define BEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define BEST
#endif

// Four groups of additions and four of multiplications that do not wait for each other.
BEST double machine_compute(size_t rounds) {
  v8 a = {1}, b = {2}, c = {3}, d = {4}, e = {1}, f = {2}, g = {3}, h = {4};
  v8 step = {1e-9}, factor = {1, 1, 1, 1, 1, 1, 1, 1};
  factor += 1e-12;
  for (size_t i = 0; i < rounds; ++i) {
#define ROUND                                                                                                  \
  a += step, b += step, c += step, d += step, e *= factor, f *= factor, g *= factor, h *= factor;
    ROUND ROUND ROUND ROUND
#undef ROUND
  }
  v8 sum = a + b + c + d + e + f + g + h;
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
