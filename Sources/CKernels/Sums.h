// Sums over arrays, in four groups of eight lanes. No guard: compiled once for each instruction set.

// The terms of eight elements, and of fewer, which are padded with zeros.
#define REDUCTION(name, parameters, term, padded_term)                                            \
  static double CK(name) parameters {                                                             \
    v8 sums[4] = {SPLAT(0.0), SPLAT(0.0), SPLAT(0.0), SPLAT(0.0)};                                \
    size_t i = 0;                                                                                 \
    for (; i + 32 <= count; i += 32) {                                                            \
      sums[0] += term(i);                                                                         \
      sums[1] += term(i + 8);                                                                     \
      sums[2] += term(i + 16);                                                                    \
      sums[3] += term(i + 24);                                                                    \
    }                                                                                             \
    for (; i + 8 <= count; i += 8) sums[0] += term(i);                                            \
    if (i < count) {                                                                              \
      size_t left = count - i;                                                                    \
      double padded[3][8] = {{0}};                                                                \
      padded_term                                                                                 \
    }                                                                                             \
    v8 total = (sums[0] + sums[1]) + (sums[2] + sums[3]);                                         \
    return SUM_OF_LANES(total);                                                                   \
  }
#define PAD(row, x) memcpy(padded[row], (x) + i, left * sizeof(double));

#define TERM(i) LOAD(x + (i))
REDUCTION(sum, (const double *x, size_t count), TERM, PAD(0, x) sums[0] += LOAD(padded[0]);)
#undef TERM

#define TERM(i) (LOAD(a + (i)) * LOAD(b + (i)))
REDUCTION(dot, (const double *a, const double *b, size_t count), TERM,
          PAD(0, a) PAD(1, b) sums[0] += LOAD(padded[0]) * LOAD(padded[1]);)
#undef TERM

#define TERM(i) (LOAD(a + (i)) * LOAD(b + (i)) * LOAD(c + (i)))
REDUCTION(triple_dot, (const double *a, const double *b, const double *c, size_t count), TERM,
          PAD(0, a) PAD(1, b) PAD(2, c) sums[0] += LOAD(padded[0]) * LOAD(padded[1]) * LOAD(padded[2]);)
#undef TERM

static void CK(add)(double factor, const double *x, double *y, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) STORE(y + i, LOAD(y + i) + factor * LOAD(x + i));
  for (; i < count; ++i) y[i] += factor * x[i];
}

#undef REDUCTION
#undef PAD
