// Readout and gradient of neurons with multiplicative gains. No guard: compiled once for each instruction set.
//
// Neurons are the last axis everywhere: w [n], m [features, n], g [contexts, n].

// Neurons that are summed before the next ones are touched: their w m stay in the first-level cache.
#define NEURON_BLOCK 512

// Sums g_ci (w m)_di over `count` neurons, in lanes, for a few contexts and features.
static inline __attribute__((always_inline)) void CK(gated_sums)(
    int contexts, int features, const double *g, size_t stride, double products[2][NEURON_BLOCK], size_t count,
    double *readout, size_t readout_row) {
  v8 sums[4];
  _Pragma("clang loop unroll(full)") for (int k = 0; k < contexts * features; ++k) sums[k] = SPLAT(0.0);
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    _Pragma("clang loop unroll(full)") for (int c = 0; c < contexts; ++c)
      _Pragma("clang loop unroll(full)") for (int d = 0; d < features; ++d)
        
          sums[c * features + d] = FMA(LOAD(g + c * stride + i), LOAD(products[d] + i), sums[c * features + d]);
  if (i < count) {
    double padded[2][8] = {{0}};
    for (int c = 0; c < contexts; ++c) memcpy(padded[c], g + c * stride + i, (count - i) * sizeof(double));
    _Pragma("clang loop unroll(full)") for (int c = 0; c < contexts; ++c)
      _Pragma("clang loop unroll(full)") for (int d = 0; d < features; ++d)
        
          sums[c * features + d] = FMA(LOAD(padded[c]), LOAD(products[d] + i), sums[c * features + d]);
  }
  for (int c = 0; c < contexts; ++c)
    for (int d = 0; d < features; ++d) readout[c * readout_row + d] += SUM_OF_LANES(sums[c * features + d]);
}

static void CK(gated_readout)(const double *w, const double *m, const double *g, double *readout, size_t contexts,
                              size_t features, size_t neurons) {
  memset(readout, 0, contexts * features * sizeof(double));
  double products[2][NEURON_BLOCK];
  for (size_t start = 0; start < neurons; start += NEURON_BLOCK) {
    size_t count = neurons - start < NEURON_BLOCK ? neurons - start : NEURON_BLOCK;
    for (size_t d = 0; d < features; d += 2) {
      int few = features - d < 2 ? 1 : 2;
      for (int k = 0; k < few; ++k) {
        const double *row = m + (d + k) * neurons + start;
        size_t i = 0;
        for (; i + 8 <= count; i += 8) STORE(products[k] + i, LOAD(w + start + i) * LOAD(row + i));
        // Lanes beyond the last neuron meet gains of zero, and must be finite.
        if (i < count) STORE(products[k] + i, SPLAT(0.0));
        for (; i < count; ++i) products[k][i] = w[start + i] * row[i];
      }
      for (size_t c = 0; c < contexts; c += 2) {
        const double *rows = g + c * neurons + start;
        double *target = readout + c * features + d;
        if (c + 1 < contexts && few == 2)
          CK(gated_sums)(2, 2, rows, neurons, products, count, target, features);
        else if (c + 1 < contexts)
          CK(gated_sums)(2, 1, rows, neurons, products, count, target, features);
        else if (few == 2)
          CK(gated_sums)(1, 2, rows, neurons, products, count, target, features);
        else
          CK(gated_sums)(1, 1, rows, neurons, products, count, target, features);
      }
    }
  }
}

// `features` (at most 4) rows of the gradient by m, and what they add to that by w, for eight neurons.
static inline __attribute__((always_inline)) void CK(gated_rows)(
    int features, const double *m, const double *g, const double *slope, size_t slope_row, double precision, double *dm, size_t contexts, size_t stride, const v8 *w, v8 *dw) {
  v8 v[4];
  _Pragma("clang loop unroll(full)") for (int d = 0; d < features; ++d) v[d] = SPLAT(0.0);
  for (size_t c = 0; c < contexts; ++c) {
    v8 gain = LOAD(g + c * stride);
    _Pragma("clang loop unroll(full)") for (int d = 0; d < features; ++d) 
        v[d] = FMA(SPLAT(slope[c * slope_row + d]), gain, v[d]);
  }
  _Pragma("clang loop unroll(full)") for (int d = 0; d < features; ++d) {
    v8 row = LOAD(m + d * stride);
    STORE(dm + d * stride, FMA(-*w, v[d], -precision * row));
    *dw = FMA(-v[d], row, *dw);
  }
}

static inline __attribute__((always_inline)) void CK(gated_lanes)(
    const double *w, const double *m, const double *g, const double *slope, double output_precision,
    double input_precision, double *dw, double *dm, size_t contexts, size_t features, size_t stride) {
  v8 weight = LOAD(w), sum = -output_precision * weight;
  size_t d = 0;
  for (; d + 4 <= features; d += 4)
    CK(gated_rows)(4, m + d * stride, g, slope + d, features, input_precision, dm + d * stride, contexts,
                   stride, &weight, &sum);
  for (; d < features; ++d)
    CK(gated_rows)(1, m + d * stride, g, slope + d, features, input_precision, dm + d * stride, contexts,
                   stride, &weight, &sum);
  STORE(dw, sum);
}

static void CK(gated_gradient)(const double *w, const double *m, const double *g, const double *slope,
                               double output_precision, double input_precision, double *dw, double *dm,
                               size_t contexts, size_t features, size_t neurons) {
  size_t i = 0;
  for (; i + 8 <= neurons; i += 8)
    CK(gated_lanes)(w + i, m + i, g + i, slope, output_precision, input_precision, dw + i, dm + i, contexts,
                    features, neurons);
  // The last neurons one by one: the same arithmetic in the same order.
  for (; i < neurons; ++i) {
    double sum = -output_precision * w[i];
    for (size_t d = 0; d < features; ++d) {
      double v = 0;
      for (size_t c = 0; c < contexts; ++c) v = FMA_ONE(slope[c * features + d], g[c * neurons + i], v);
      dm[d * neurons + i] = FMA_ONE(-w[i], v, -input_precision * m[d * neurons + i]);
      sum = FMA_ONE(-v, m[d * neurons + i], sum);
    }
    dw[i] = sum;
  }
}

#undef NEURON_BLOCK
