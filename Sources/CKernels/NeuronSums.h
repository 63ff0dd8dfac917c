// Neurons that meet in a sum, one at a time: inputs, scalar products of responses, updates. No guard: compiled once for each
// instruction set.

// z[g][p] = sum_d m_d x[d][p] + b_g of one neuron, its weights `stride` apart.
static void CK(hidden_inputs)(const double *m, const double *b, size_t stride, const double *stimuli, double *z,
                              size_t features, size_t groups, size_t count) {
  size_t p = 0;
  for (; p + 8 <= count; p += 8) {
    v8 sum = m[0] * LOAD(stimuli + p);
    for (size_t d = 1; d < features; ++d) sum = FMA(SPLAT(m[d * stride]), LOAD(stimuli + d * count + p), sum);
    for (size_t g = 0; g < groups; ++g) STORE(z + g * count + p, b ? sum + b[g * stride] : sum);
  }
  for (; p < count; ++p) {
    double sum = m[0] * stimuli[p];
    for (size_t d = 1; d < features; ++d) sum = FMA_ONE(m[d * stride], stimuli[d * count + p], sum);
    for (size_t g = 0; g < groups; ++g) z[g * count + p] = b ? sum + b[g * stride] : sum;
  }
}

static void CK(response_products)(const double *h, const double *candidate, const double *residual, size_t count,
                                  double *products) {
  v8 hh = SPLAT(0.0), hr = SPLAT(0.0), cc = SPLAT(0.0), cr = SPLAT(0.0), ch = SPLAT(0.0);
#define ADD_PRODUCTS(x, y, z) \
  {                           \
    v8 a = LOAD(x);           \
    v8 b = LOAD(y);           \
    v8 r = LOAD(z);           \
    hh = FMA(a, a, hh);      \
    hr = FMA(a, r, hr);      \
    cc = FMA(b, b, cc);      \
    cr = FMA(b, r, cr);      \
    ch = FMA(a, b, ch);      \
  }
  size_t i = 0;
  for (; i + 8 <= count; i += 8) ADD_PRODUCTS(h + i, candidate + i, residual + i)
  if (i < count) {
    double padded[3][8] = {{0}};
    memcpy(padded[0], h + i, (count - i) * sizeof(double));
    memcpy(padded[1], candidate + i, (count - i) * sizeof(double));
    memcpy(padded[2], residual + i, (count - i) * sizeof(double));
    ADD_PRODUCTS(padded[0], padded[1], padded[2])
  }
#undef ADD_PRODUCTS
  products[0] = SUM_OF_LANES(hh);
  products[1] = SUM_OF_LANES(hr);
  products[2] = SUM_OF_LANES(cc);
  products[3] = SUM_OF_LANES(cr);
  products[4] = SUM_OF_LANES(ch);
}

// With d_gp = w s_gp g_gp, g = gains or, for tanh (no gains), 1 - h^2: adds sum_gp s_gp h_gp to *dw, sum_p d_gp to db and
// sum_p x_dp sum_g d_gp to dm. `totals` has room for `count` numbers.
static void CK(hidden_gradient)(const double *h, const double *gains, const double *slopes, double w, const double *stimuli,
                                double *totals, double *dw, double *dm, double *db, size_t stride, size_t features,
                                size_t groups, size_t count) {
  v8 overlap = SPLAT(0.0);
  double rest = 0.0;
  for (size_t g = 0; g < groups; ++g) {
    v8 sum = SPLAT(0.0);
    double left = 0.0;
    size_t p = 0;
    for (; p + 8 <= count; p += 8) {
      size_t i = g * count + p;
      v8 slope = LOAD(slopes + i), value = LOAD(h + i);
      v8 derivative = (w * slope) * (gains ? LOAD(gains + i) : FMA(-value, value, SPLAT(1.0)));
      overlap = FMA(slope, value, overlap);
      sum += derivative;
      STORE(totals + p, g ? LOAD(totals + p) + derivative : derivative);
    }
    for (; p < count; ++p) {
      size_t i = g * count + p;
      double derivative = (w * slopes[i]) * (gains ? gains[i] : FMA_ONE(-h[i], h[i], 1.0));
      rest = FMA_ONE(slopes[i], h[i], rest);
      left += derivative;
      totals[p] = g ? totals[p] + derivative : derivative;
    }
    if (db) db[g * stride] += SUM_OF_LANES(sum) + left;
  }
  *dw += SUM_OF_LANES(overlap) + rest;
  for (size_t d = 0; d < features; ++d) dm[d * stride] += CK(dot)(totals, stimuli + d * count, count);
}

static void CK(add_two)(double a, const double *x, double b, const double *z, double *y, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) STORE(y + i, FMA(SPLAT(a), LOAD(x + i), FMA(SPLAT(b), LOAD(z + i), LOAD(y + i))));
  for (; i < count; ++i) y[i] = FMA_ONE(a, x[i], FMA_ONE(b, z[i], y[i]));
}
