// Sums over arrays, in four groups of eight lanes. No guard: compiled once for each instruction set.

// A term adds eight elements to a sum; of fewer, which are padded with zeros.
#define REDUCTION(name, parameters, term, padded_term)                                            \
  static double CK(name) parameters {                                                             \
    v8 sums[4] = {SPLAT(0.0), SPLAT(0.0), SPLAT(0.0), SPLAT(0.0)};                                \
    size_t i = 0;                                                                                 \
    for (; i + 32 <= count; i += 32) {                                                            \
      sums[0] = term(i, sums[0]);                                                                 \
      sums[1] = term(i + 8, sums[1]);                                                             \
      sums[2] = term(i + 16, sums[2]);                                                            \
      sums[3] = term(i + 24, sums[3]);                                                            \
    }                                                                                             \
    for (; i + 8 <= count; i += 8) sums[0] = term(i, sums[0]);                                    \
    if (i < count) {                                                                              \
      size_t left = count - i;                                                                    \
      double padded[3][8] = {{0}};                                                                \
      padded_term                                                                                 \
    }                                                                                             \
    v8 total = (sums[0] + sums[1]) + (sums[2] + sums[3]);                                         \
    return SUM_OF_LANES(total);                                                                   \
  }
#define PAD(row, x) memcpy(padded[row], (x) + i, left * sizeof(double));

#define TERM(i, sum) ((sum) + LOAD(x + (i)))
REDUCTION(sum, (const double *x, size_t count), TERM, PAD(0, x) sums[0] += LOAD(padded[0]);)
#undef TERM

#define TERM(i, sum) FMA(LOAD(a + (i)), LOAD(b + (i)), sum)
REDUCTION(dot, (const double *a, const double *b, size_t count), TERM,
          PAD(0, a) PAD(1, b) sums[0] = FMA(LOAD(padded[0]), LOAD(padded[1]), sums[0]);)
#undef TERM

#define TERM(i, sum) FMA(LOAD(a + (i)) * LOAD(b + (i)), LOAD(c + (i)), sum)
REDUCTION(triple_dot, (const double *a, const double *b, const double *c, size_t count), TERM,
          PAD(0, a) PAD(1, b) PAD(2, c) sums[0] = FMA(LOAD(padded[0]) * LOAD(padded[1]), LOAD(padded[2]), sums[0]);)
#undef TERM

static void CK(add)(double factor, const double *x, double *y, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) STORE(y + i, FMA(SPLAT(factor), LOAD(x + i), LOAD(y + i)));
  for (; i < count; ++i) y[i] = FMA_ONE(factor, x[i], y[i]);
}

#undef REDUCTION
#undef PAD
