// Gains and input weights of independent neurons from random numbers. No guard: compiled once for each instruction set.
//
// Neurons are the last axis everywhere: active, w and row [n], chances and g [contexts, n].

// g_ci = 1 for a uniform subset of active_i contexts, by selection sampling (Knuth, TAOCP 2, 3.4.2).
static void CK(subsets)(const double *active, const double *chances, double *g, size_t contexts, size_t neurons) {
  size_t i = 0;
  for (; i + 8 <= neurons; i += 8) {
    v8 left = LOAD(active + i);
    for (size_t c = 0; c < contexts; ++c) {
      v8 chosen = (v8)((i8)(LOAD(chances + c * neurons + i) * (double)(contexts - c) < left) & (i8)SPLAT(1.0));
      STORE(g + c * neurons + i, chosen);
      left -= chosen;
    }
  }
  for (; i < neurons; ++i) {
    double left = active[i];
    for (size_t c = 0; c < contexts; ++c) {
      double chosen = chances[c * neurons + i] * (double)(contexts - c) < left ? 1.0 : 0.0;
      g[c * neurons + i] = chosen;
      left -= chosen;
    }
  }
}

// row_i = spread row_i + w_i sum_c pulls_c g_ci, `pulls` every `stride` numbers.
static void CK(tilt)(const double *w, const double *g, const double *pulls, size_t stride, double spread, double *row,
                     size_t contexts, size_t neurons) {
  size_t i = 0;
  for (; i + 8 <= neurons; i += 8) {
    v8 weight = LOAD(w + i), tilted = spread * LOAD(row + i);
    for (size_t c = 0; c < contexts; ++c) tilted = FMA(pulls[c * stride] * LOAD(g + c * neurons + i), weight, tilted);
    STORE(row + i, tilted);
  }
  for (; i < neurons; ++i) {
    double tilted = spread * row[i];
    for (size_t c = 0; c < contexts; ++c) tilted = FMA_ONE(pulls[c * stride] * g[c * neurons + i], w[i], tilted);
    row[i] = tilted;
  }
}
