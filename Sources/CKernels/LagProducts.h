// Products of an array with itself moved on, four distances at a time. No guard: compiled once for each instruction set.

static void CK(lag_products)(const double *x, size_t count, size_t lag, double *products) {
  v8 sums[4] = {SPLAT(0.0), SPLAT(0.0), SPLAT(0.0), SPLAT(0.0)};
  size_t i = 0;
  for (; i + 8 + lag + 3 <= count; i += 8) {
    v8 here = LOAD(x + i);
    const double *there = x + i + lag;
    sums[0] += here * LOAD(there);
    sums[1] += here * LOAD(there + 1);
    sums[2] += here * LOAD(there + 2);
    sums[3] += here * LOAD(there + 3);
  }
  for (size_t k = 0; k < 4; ++k) {
    double sum = SUM_OF_LANES(sums[k]);
    for (size_t j = i; j + lag + k < count; ++j) sum += x[j] * x[j + lag + k];
    products[k] += sum;
  }
}
