// Array kernels over doubles: activations, small matrix products, sums. Each is compiled for several instruction sets
// and the best that the processor has is chosen at start; all of them give the same bits.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CKGenerator.h"
#include "CKSHA256.h"

/// One instruction set's kernels. In and out may be the same array, but must not overlap otherwise.
struct ck_kernels {
  /// The instruction set: "baseline", "x86-64-v3", "x86-64-v4".
  const char *_Nonnull name;

  /// y_i = exp(x_i).
  void (*_Nonnull exp)(const double *_Nonnull x, double *_Nonnull y, size_t count);
  /// Values and gains (first derivatives) of activation functions.
  void (*_Nonnull tanh)(const double *_Nonnull x, double *_Nonnull values, double *_Nonnull gains, size_t count);
  void (*_Nonnull erf)(const double *_Nonnull x, double *_Nonnull values, double *_Nonnull gains, size_t count);
  void (*_Nonnull softplus)(const double *_Nonnull x, double *_Nonnull values, double *_Nonnull gains, size_t count);
  void (*_Nonnull relu)(const double *_Nonnull x, double *_Nonnull values, double *_Nonnull gains, size_t count);

  /// C = s A B, or C += s A B. C is [rows, columns] and contiguous, the last axis fastest; A [rows, depth] and B
  /// [depth, columns] have any strides. Every entry is summed in the order of the depth, in blocks of 256.
  void (*_Nonnull product)(const double *_Nonnull a, size_t a_row, size_t a_column, const double *_Nonnull b,
                           size_t b_row, size_t b_column, double *_Nonnull c, size_t rows, size_t depth,
                           size_t columns, double scale, int accumulate);
  /// C = s A B^T, or C += s A B^T, for contiguous A [rows, depth] and B [columns, depth], as scalar products in eight
  /// lanes: faster than `product` where there are few rows or few columns.
  void (*_Nonnull product_of_few)(const double *_Nonnull a, const double *_Nonnull b, double *_Nonnull c, size_t rows,
                                  size_t depth, size_t columns, double scale, int accumulate);

  /// C = s A A^T, [rows, rows] and contiguous, for A [rows, depth] of any strides. The bits are those of `product`.
  void (*_Nonnull gram)(const double *_Nonnull a, size_t a_row, size_t a_column, double *_Nonnull c, size_t rows,
                        size_t depth, double scale);
  /// Replaces a symmetric positive-definite A [n, n] by its inverse, and writes the determinants of its ceil(n/8) blocks of pivots, whose
  /// product is that of A; 0 if a pivot is not positive. `scratch` has room for 16 n numbers.
  int (*_Nonnull symmetric_inverse)(double *_Nonnull a, size_t n, double *_Nonnull scratch, double *_Nonnull determinants);

  /// z[g][p] = sum_d m_d x[d][p] + b_g of one neuron, whose weights and drives (null: none) are `stride` apart; x is
  /// [features, count].
  void (*_Nonnull hidden_inputs)(const double *_Nonnull m, const double *_Nullable b, size_t stride,
                                 const double *_Nonnull stimuli, double *_Nonnull z, size_t features, size_t groups,
                                 size_t count);
  /// tanh of these inputs, by an exponential a stimulus and one a drive; 0, without a result, where these might overflow.
  int (*_Nonnull hidden_tanh)(const double *_Nonnull m, const double *_Nonnull b, size_t stride,
                              const double *_Nonnull stimuli, double *_Nonnull h, size_t features, size_t groups,
                              size_t count);
  /// |h|^2, h r, |c|^2, c r, c h, for responses h, candidates c and a residual r.
  void (*_Nonnull response_products)(const double *_Nonnull h, const double *_Nonnull candidate,
                                     const double *_Nonnull residual, size_t count, double *_Nonnull products);
  /// The reverse of one neuron, w its output weight and s the slopes by its responses h: with d_gp = w s_gp g_gp, g the gains or
  /// (null) those of tanh, dw += sum s h, db_g += sum_p d_gp (null: no drives), dm_d += sum_p x_dp sum_g d_gp. `totals` has
  /// room for `count` numbers.
  void (*_Nonnull hidden_gradient)(const double *_Nonnull h, const double *_Nullable gains,
                                   const double *_Nonnull slopes, double w, const double *_Nonnull stimuli,
                                   double *_Nonnull totals, double *_Nonnull dw, double *_Nonnull dm,
                                   double *_Nullable db, size_t stride, size_t features, size_t groups, size_t count);
  /// y_i += a x_i + b z_i.
  void (*_Nonnull add_two)(double a, const double *_Nonnull x, double b, const double *_Nonnull z, double *_Nonnull y,
                           size_t count);

  /// sum_i x_i, sum_i a_i b_i, sum_i a_i b_i c_i, in lanes whose order depends on `count` only.
  double (*_Nonnull sum)(const double *_Nonnull x, size_t count);
  double (*_Nonnull dot)(const double *_Nonnull a, const double *_Nonnull b, size_t count);
  double (*_Nonnull triple_dot)(const double *_Nonnull a, const double *_Nonnull b, const double *_Nonnull c,
                                size_t count);
  /// y_i += factor x_i.
  void (*_Nonnull add)(double factor, const double *_Nonnull x, double *_Nonnull y, size_t count);

  /// products_k += sum_i x_i x_(i + lag + k) for k = 0 ... 3, over all i with both in the array.
  void (*_Nonnull lag_products)(const double *_Nonnull x, size_t count, size_t lag, double *_Nonnull products);
  /// Outputs y_p = sum_d r_d x_dp, x [features, count], against wanted signs (1, -1 or 0): twice the number of right ones, and
  /// once that of those where one of the two is 0.
  size_t (*_Nonnull right_signs)(const double *_Nonnull readout, const double *_Nonnull stimuli,
                                 const double *_Nonnull wanted, size_t features, size_t count);

  /// Gain-modulated linear neurons, the last axis of w [n], m [features, n] and g [contexts, n]: R_cd = sum_i g_ci w_i m_di.
  void (*_Nonnull gated_readout)(const double *_Nonnull w, const double *_Nonnull m, const double *_Nonnull g,
                                 double *_Nonnull readout, size_t contexts, size_t features, size_t neurons);
  /// With v_di = sum_c slope_cd g_ci: dw_i = -a w_i - sum_d v_di m_di and dm_di = -b m_di - w_i v_di, for the precisions
  /// a and b.
  void (*_Nonnull gated_gradient)(const double *_Nonnull w, const double *_Nonnull m, const double *_Nonnull g,
                                  const double *_Nonnull slope, double output_precision, double input_precision,
                                  double *_Nonnull dw, double *_Nonnull dm, size_t contexts, size_t features,
                                  size_t neurons);

  /// Neurons drawn independently, the last axis of active, w, row [n], chances and g [contexts, n]: g_ci = 1 for a uniform
  /// subset of active_i contexts, by uniform numbers `chances`.
  void (*_Nonnull subsets)(const double *_Nonnull active, const double *_Nonnull chances, double *_Nonnull g,
                           size_t contexts, size_t neurons);
  /// row_i = spread row_i + w_i sum_c pulls_c g_ci, pull c at pulls[c stride].
  void (*_Nonnull tilt)(const double *_Nonnull w, const double *_Nonnull g, const double *_Nonnull pulls, size_t stride,
                        double spread, double *_Nonnull row, size_t contexts, size_t neurons);

  /// The next output of eight xoshiro256++ generators; word w of generator l is at lanes[w][l].
  void (*_Nonnull words)(uint64_t (*_Nonnull lanes)[8], uint64_t *_Nonnull out);
  /// 64 `blocks` normal numbers, from eight outputs of the generators each.
  void (*_Nonnull normals)(uint64_t (*_Nonnull lanes)[8], double *_Nonnull out, size_t blocks);
};

/// The kernels of the best instruction set that this processor has.
const struct ck_kernels *_Nonnull ck_kernels(void);

/// The kernels of instruction set `index` (0 is the baseline); null where the processor lacks it or there is none.
const struct ck_kernels *_Nullable ck_kernels_at(int index);

/// How many instruction sets the kernels are compiled for.
int ck_kernels_count(void);

#endif
