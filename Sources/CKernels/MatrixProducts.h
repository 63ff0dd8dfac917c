// Small dense matrix products. No guard: compiled once for each instruction set.
//
// A tile of C (a few rows by eight columns) stays in registers while the depth runs. An entry of C is a sum in the order
// of the depth, block after block, however large the tiles are: they differ between processors, the result does not.

// A panel of B, [DEPTH_BLOCK, 8], fills half of a first-level cache, a block of A, [ROW_BLOCK, DEPTH_BLOCK], of a second.
#define DEPTH_BLOCK 256
#define ROW_BLOCK 96

static inline __attribute__((always_inline)) void CK(tile)(
    int rows, const double *a, size_t a_row, size_t a_column, const double *b, size_t b_row, double *c, size_t c_row,
    size_t depth, double scale, int add) {
  v8 sums[CK_TILE_ROWS < 4 ? 4 : CK_TILE_ROWS];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i) sums[i] = SPLAT(0.0);
  for (size_t l = 0; l < depth; ++l) {
    v8 row = LOAD(b + l * b_row);
    _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i) 
      sums[i] = FMA(SPLAT(a[i * a_row + l * a_column]), row, sums[i]);
  }
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i)
    STORE(c + i * c_row, add ? FMA(SPLAT(scale), sums[i], LOAD(c + i * c_row)) : scale * sums[i]);
}

static void CK(tiles)(size_t rows, const double *a, size_t a_row, size_t a_column, const double *b, size_t b_row,
                      double *c, size_t c_row, size_t depth, double scale, int add) {
  size_t i = 0;
  for (; i + CK_TILE_ROWS <= rows; i += CK_TILE_ROWS)
    CK(tile)(CK_TILE_ROWS, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, scale, add);
  for (; i + 4 <= rows; i += 4)
    CK(tile)(4, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, scale, add);
  for (; i + 2 <= rows; i += 2)
    CK(tile)(2, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, scale, add);
  if (i < rows) CK(tile)(1, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, depth, scale, add);
}

// Copies [depth, columns <= 8] of B to a contiguous [depth, 8]; the columns that B lacks are 0.
static void CK(pack)(const double *b, size_t b_row, size_t b_column, size_t depth, size_t columns, double *panel) {
  if (columns < 8) {
    for (size_t l = 0; l < depth; ++l)
      for (size_t j = 0; j < 8; ++j) panel[l * 8 + j] = j < columns ? b[l * b_row + j * b_column] : 0;
  } else if (b_column == 1) {
    for (size_t l = 0; l < depth; ++l) STORE(panel + l * 8, LOAD(b + l * b_row));
  } else {
    for (size_t l = 0; l < depth; ++l)
      for (size_t j = 0; j < 8; ++j) panel[l * 8 + j] = b[l * b_row + j * b_column];
  }
}

// C has rows that are c_row apart.
static void CK(product_apart)(const double *a, size_t a_row, size_t a_column, const double *b, size_t b_row,
                              size_t b_column, double *c, size_t c_row, size_t rows, size_t depth, size_t columns,
                              double scale, int accumulate) {
  if (depth == 0 && !accumulate)
    for (size_t i = 0; i < rows; ++i) memset(c + i * c_row, 0, columns * sizeof(double));
  double panel[DEPTH_BLOCK * 8], corner[ROW_BLOCK * 8];
  for (size_t l = 0; l < depth; l += DEPTH_BLOCK) {
    size_t block_depth = depth - l < DEPTH_BLOCK ? depth - l : DEPTH_BLOCK;
    int add = accumulate || l > 0;
    for (size_t i = 0; i < rows; i += ROW_BLOCK) {
      size_t block_rows = rows - i < ROW_BLOCK ? rows - i : ROW_BLOCK;
      const double *block = a + i * a_row + l * a_column;
      for (size_t j = 0; j < columns; j += 8) {
        const double *source = b + l * b_row + j * b_column;
        double *target = c + i * c_row + j;
        if (columns - j < 8) {
          size_t left = columns - j;
          CK(pack)(source, b_row, b_column, block_depth, left, panel);
          if (add)
            for (size_t k = 0; k < block_rows; ++k)
              memcpy(corner + k * 8, target + k * c_row, left * sizeof(double));
          CK(tiles)(block_rows, block, a_row, a_column, panel, 8, corner, 8, block_depth, scale, add);
          for (size_t k = 0; k < block_rows; ++k)
            memcpy(target + k * c_row, corner + k * 8, left * sizeof(double));
        } else if (b_column == 1 && (block_rows <= 2 * CK_TILE_ROWS || columns <= 16)) {
          CK(tiles)(block_rows, block, a_row, a_column, source, b_row, target, c_row, block_depth, scale, add);
        } else {
          CK(pack)(source, b_row, b_column, block_depth, 8, panel);
          CK(tiles)(block_rows, block, a_row, a_column, panel, 8, target, c_row, block_depth, scale, add);
        }
      }
    }
  }
}

static void CK(product)(const double *a, size_t a_row, size_t a_column, const double *b, size_t b_row, size_t b_column,
                        double *c, size_t rows, size_t depth, size_t columns, double scale, int accumulate) {
  CK(product_apart)(a, a_row, a_column, b, b_row, b_column, c, columns, rows, depth, columns, scale, accumulate);
}

// Rows by the dozen, each with the columns up to the diagonal; the rest is their mirror image.
#define GRAM_ROWS 12
static void CK(gram)(const double *a, size_t a_row, size_t a_column, double *c, size_t rows, size_t depth,
                     double scale) {
  for (size_t i = 0; i < rows; i += GRAM_ROWS) {
    size_t end = rows - i < GRAM_ROWS ? rows : i + GRAM_ROWS;
    CK(product_apart)(a + i * a_row, a_row, a_column, a, a_column, a_row, c + i * rows, rows, end - i, depth, end, scale, 0);
    for (size_t k = i; k < end; ++k)
      for (size_t j = 0; j < k; ++j) c[j * rows + k] = c[k * rows + j];
  }
}
#undef GRAM_ROWS

// Scalar products of `rows` rows of A with `columns` rows of B, in eight lanes each.
static inline __attribute__((always_inline)) void CK(few)(
    int rows, int columns, const double *a, const double *b, size_t depth, double *c, size_t c_row, double scale,
    int accumulate) {
  v8 sums[4];
  _Pragma("clang loop unroll(full)") for (int i = 0; i < rows * columns; ++i) sums[i] = SPLAT(0.0);
  size_t l = 0;
  for (; l + 8 <= depth; l += 8)
    _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i)
      _Pragma("clang loop unroll(full)") for (int j = 0; j < columns; ++j)
        
          sums[i * columns + j] = FMA(LOAD(a + i * depth + l), LOAD(b + j * depth + l), sums[i * columns + j]);
  if (l < depth) {
    double padded[4][8] = {{0}};
    for (int i = 0; i < rows; ++i) memcpy(padded[i], a + i * depth + l, (depth - l) * sizeof(double));
    for (int j = 0; j < columns; ++j) memcpy(padded[2 + j], b + j * depth + l, (depth - l) * sizeof(double));
    _Pragma("clang loop unroll(full)") for (int i = 0; i < rows; ++i)
      _Pragma("clang loop unroll(full)") for (int j = 0; j < columns; ++j)
        
          sums[i * columns + j] = FMA(LOAD(padded[i]), LOAD(padded[2 + j]), sums[i * columns + j]);
  }
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      double sum = SUM_OF_LANES(sums[i * columns + j]);
      c[i * c_row + j] = accumulate ? FMA_ONE(scale, sum, c[i * c_row + j]) : scale * sum;
    }
}

static void CK(product_of_few)(const double *a, const double *b, double *c, size_t rows, size_t depth, size_t columns,
                               double scale, int accumulate) {
  for (size_t i = 0; i < rows; i += 2)
    for (size_t j = 0; j < columns; j += 2) {
      const double *left = a + i * depth, *right = b + j * depth;
      double *target = c + i * columns + j;
      if (i + 1 < rows && j + 1 < columns)
        CK(few)(2, 2, left, right, depth, target, columns, scale, accumulate);
      else if (i + 1 < rows)
        CK(few)(2, 1, left, right, depth, target, columns, scale, accumulate);
      else if (j + 1 < columns)
        CK(few)(1, 2, left, right, depth, target, columns, scale, accumulate);
      else
        CK(few)(1, 1, left, right, depth, target, columns, scale, accumulate);
    }
}

#undef DEPTH_BLOCK
#undef ROW_BLOCK
