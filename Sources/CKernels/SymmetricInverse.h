// The inverse of a symmetric positive-definite matrix, by block Gauss-Jordan elimination. No guard: compiled once for each
// instruction set.

// Inverts eight rows of eight in place; multiplies *determinant by the pivots, and returns whether all are positive.
static int CK(invert_block)(double *a, double *determinant) {
  v8 rows[8];
  for (int i = 0; i < 8; ++i) rows[i] = LOAD(a + 8 * i);
  int positive = 1;
  _Pragma("clang loop unroll(full)") for (int k = 0; k < 8; ++k) {
    double pivot = rows[k][k];
    positive &= pivot > 0;
    *determinant *= pivot;
    v8 row = rows[k];
    row[k] = 1.0;
    row = row * SPLAT(1.0 / pivot);
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 8; ++i) {
      if (i == k) continue;
      double factor = rows[i][k];
      v8 other = rows[i];
      other[k] = 0.0;
      rows[i] = FMA(SPLAT(-factor), row, other);
    }
    rows[k] = row;
  }
  for (int i = 0; i < 8; ++i) STORE(a + 8 * i, rows[i]);
  return positive;
}

// A block P of pivot rows becomes R = P^-1 A_P, and A_P^T R is subtracted from all others.
static int CK(symmetric_inverse)(double *a, size_t n, double *scratch, double *determinants) {
  double *columns = scratch, *rows = scratch + 8 * n;
  for (size_t first = 0; first < n; first += 8) {
    size_t size = n - first < 8 ? n - first : 8;
    for (size_t i = 0; i < n; ++i) {
      double *row = a + i * n + first;
      for (size_t k = 0; k < size; ++k) {
        columns[i * size + k] = row[k];
        row[k] = 0.0;
      }
    }
    double pivots[64] = {0};
    for (size_t i = 0; i < 8; ++i) {
      if (i < size)
        memcpy(pivots + 8 * i, columns + (first + i) * size, size * sizeof(double));
      else
        pivots[8 * i + i] = 1.0;
    }
    determinants[first / 8] = 1.0;
    if (!CK(invert_block)(pivots, determinants + first / 8)) return 0;
    for (size_t i = 0; i < size; ++i) a[(first + i) * n + first + i] = 1.0;
    CK(product)(pivots, 8, 1, a + first * n, n, 1, rows, size, size, n, 1.0, 0);
    CK(product)(columns, size, 1, rows, n, 1, a, n, size, n, -1.0, 1);
    memcpy(a + first * n, rows, size * n * sizeof(double));
  }
  return 1;
}
