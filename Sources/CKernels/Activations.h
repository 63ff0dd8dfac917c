// exp, and activation functions with their gains, on arrays. No guard: compiled once for each instruction set.
//
// All are made of e^x = 2^k e^r with k = round(x / ln 2): k times the high part of ln 2 is exact, so r is exact to the
// last bit. Arguments are clamped where the result has saturated, by selections that let NaN pass.

// k as a double, r, and q(r) of e^r = 1 + r + r^2 q(r). `less` is subtracted from the argument with full accuracy.
#define REDUCE(x, less, shifted, k, r, q)                                \
  v8 shifted = FMA(x, SPLAT(INVERSE_LN2), SPLAT(SHIFT));                 \
  v8 k = shifted - SHIFT;                                                \
  v8 r = FMA(-k, SPLAT(LN2_LOW), FMA(-k, SPLAT(LN2_HIGH), x)) - (less);  \
  POLYNOMIAL(q, r, exp_tail)

// y 2^k in two steps, so that results below the normal range are rounded once, not lost.
#define SCALE(y, k, result)                                              \
  v8 half_##result = FMA(k, SPLAT(0.5), SPLAT(SHIFT));                                    \
  v8 rest_##result = ((k) - (half_##result - SHIFT)) + SHIFT;            \
  v8 result = (y) * POWER_OF_TWO(half_##result) * POWER_OF_TWO(rest_##result);

// 2^n from n + SHIFT, -1022 <= n <= 1023.
#define POWER_OF_TWO(shifted) ((v8)(((i8)(shifted) << 52) + ((int64_t)1023 << 52)))

static inline __attribute__((always_inline)) void CK(exp_lanes)(const double *x, double *y) {
  v8 value = LOAD(x);
  value = SELECT(value > 710.0, SPLAT(710.0), value);
  value = SELECT(value < -746.0, SPLAT(-746.0), value);
  REDUCE(value, 0.0, shifted, k, r, q)
  v8 mantissa = 1.0 + FMA(r * r, q, r);
  SCALE(mantissa, k, result)
  STORE(y, result);
}

// With m = e^(2|x|) - 1 and d = 1 / (m + 2): tanh |x| = m d = 1 - 2 d, and the gain 4 d (1 - d) does not cancel.
static inline __attribute__((always_inline)) void CK(tanh_lanes)(const double *x, double *values, double *gains) {
  v8 input = LOAD(x), magnitude = MAGNITUDE(input);
  i8 saturated = magnitude > 354.0;
  magnitude = SELECT(saturated, SPLAT(354.0), magnitude);
  v8 twice = magnitude + magnitude;
  REDUCE(twice, 0.0, shifted, k, r, q)
  v8 power = POWER_OF_TWO(shifted);
  v8 minus_one = FMA(power, FMA(r * r, q, r), power - 1.0);
  v8 d = 1.0 / (minus_one + 2.0);
  v8 value = SELECT(magnitude > 0.5, 1.0 - (d + d), minus_one * d);
  STORE(values, WITH_SIGN(value, input));
  STORE(gains, (v8)((i8)(4.0 * d * (1.0 - d)) & ~saturated));
}

// x^2 is taken as an exact square of x's upper half and a rest, so that exp(-x^2) keeps its relative accuracy.
static inline __attribute__((always_inline)) void CK(erf_lanes)(const double *x, double *values, double *gains) {
  v8 input = LOAD(x), magnitude = MAGNITUDE(input);
  magnitude = SELECT(magnitude > 27.5, SPLAT(27.5), magnitude);
  v8 upper = (v8)((i8)magnitude & ~(int64_t)0x7ffffff);
  v8 square = upper * upper;
  v8 rest = (magnitude - upper) * (magnitude + upper);
  REDUCE(-square, rest, shifted, k, r, q)
  v8 mantissa = 1.0 + FMA(r * r, q, r);
  SCALE(mantissa, k, gaussian)
  v8 near = magnitude * magnitude - 0.78125;
  POLYNOMIAL(centre, near, erf_centre)
  v8 far = SELECT(magnitude > 6.0, SPLAT(6.0), magnitude) - 2.5;
  POLYNOMIAL(flank, far, erf_flank)
  v8 value = SELECT(magnitude < 1.25, magnitude * centre, FMA(-gaussian, flank, SPLAT(1.0)));
  STORE(values, WITH_SIGN(value, input));
  STORE(gains, gaussian * TWO_OVER_SQRT_PI);
}

// With u = e^-|x| and s = u / (2 + u): ln(1 + u) = 2 artanh s. The gain is 1 / (1 + u) or u / (1 + u).
static inline __attribute__((always_inline)) void CK(softplus_lanes)(const double *x, double *values, double *gains) {
  v8 input = LOAD(x), argument = (v8)((i8)input | SIGN_BIT);
  argument = SELECT(argument < -746.0, SPLAT(-746.0), argument);
  REDUCE(argument, 0.0, shifted, k, r, q)
  v8 mantissa = 1.0 + FMA(r * r, q, r);
  SCALE(mantissa, k, u)
  v8 s = u / (2.0 + u), square = s * s;
  POLYNOMIAL(tail, square, log1p_tail)
  // 2 s = u - s u: u is exact to its last bit where the result is most of it.
  v8 logarithm = FMA(-s, FMA(-square, tail, u), u);
  i8 positive = input > 0.0;
  STORE(values, (v8)((i8)input & positive) + logarithm);
  STORE(gains, SELECT(positive, SPLAT(1.0), u) / (1.0 + u));
}

// NaN is neither positive nor not: it passes.
static inline __attribute__((always_inline)) void CK(relu_lanes)(const double *x, double *values, double *gains) {
  v8 input = LOAD(x);
  STORE(values, (v8)((i8)input & ~(i8)(input <= 0.0)));
  STORE(gains, (v8)((i8)SPLAT(1.0) & (i8)(input > 0.0)));
}

// The last lanes of an array go through a copy padded with zeros: an element's value never depends on its place.
#define ACTIVATION(name)                                                                          \
  static void CK(name)(const double *x, double *values, double *gains, size_t count) {            \
    size_t i = 0;                                                                                 \
    for (; i + 8 <= count; i += 8) CK(name##_lanes)(x + i, values + i, gains + i);                \
    if (i < count) {                                                                              \
      double padded[8] = {0}, padded_gains[8];                                                    \
      memcpy(padded, x + i, (count - i) * sizeof(double));                                        \
      CK(name##_lanes)(padded, padded, padded_gains);                                             \
      memcpy(values + i, padded, (count - i) * sizeof(double));                                   \
      memcpy(gains + i, padded_gains, (count - i) * sizeof(double));                              \
    }                                                                                             \
  }

ACTIVATION(tanh)
ACTIVATION(erf)
ACTIVATION(softplus)
ACTIVATION(relu)

static void CK(exp)(const double *x, double *y, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) CK(exp_lanes)(x + i, y + i);
  if (i < count) {
    double padded[8] = {0};
    memcpy(padded, x + i, (count - i) * sizeof(double));
    CK(exp_lanes)(padded, padded);
    memcpy(y + i, padded, (count - i) * sizeof(double));
  }
}

// tanh(z_p + b_g) = 1 - 2 / (1 + e^(2 z_p) e^(2 b_g)) of one neuron with inputs z_p = sum_d m_d x_dp: an exponential a stimulus
// and one a group, instead of one for every pair. Absolute errors of a few 2^-53. Returns 0, without a result, for more groups
// than TANH_GROUPS and where a factor might overflow.
#define TANH_GROUPS 32
#define EXP_WITHIN_RANGE(x, result)                                                               \
  beyond |= MAGNITUDE(x) > 350.0;                                                                 \
  REDUCE(x, 0.0, shifted_##result, k_##result, r_##result, q_##result)                            \
  v8 result = POWER_OF_TWO(shifted_##result) * (1.0 + FMA(r_##result * r_##result, q_##result, r_##result));
static int CK(hidden_tanh)(const double *m, const double *b, size_t stride, const double *stimuli, double *h,
                           size_t features, size_t groups, size_t count) {
  if (groups > TANH_GROUPS) return 0;
  double powers[TANH_GROUPS] = {0};
  for (size_t g = 0; g < groups; ++g) powers[g] = 2.0 * b[g * stride];
  i8 beyond = {0};
  for (size_t g = 0; g < groups; g += 8) {
    v8 argument = LOAD(powers + g);
    EXP_WITHIN_RANGE(argument, power)
    STORE(powers + g, power);
  }
  for (size_t p = 0; p < count; p += 8) {
    size_t few = count - p < 8 ? count - p : 8;
    v8 sum = SPLAT(0.0);
    for (size_t d = 0; d < features; ++d) {
      const double *x = stimuli + d * count + p;
      double padded[8] = {0};
      if (few < 8) x = memcpy(padded, x, few * sizeof(double));
      sum = FMA(SPLAT(m[d * stride]), LOAD(x), sum);
    }
    v8 argument = sum + sum;
    EXP_WITHIN_RANGE(argument, power)
    for (size_t g = 0; g < groups; ++g) {
      v8 value = 1.0 - 2.0 / FMA(power, SPLAT(powers[g]), SPLAT(1.0));
      if (few == 8)
        STORE(h + g * count + p, value);
      else
        memcpy(h + g * count + p, &value, few * sizeof(double));
    }
  }
  for (int lane = 0; lane < 8; ++lane)
    if (beyond[lane]) return 0;
  return 1;
}
#undef EXP_WITHIN_RANGE
#undef TANH_GROUPS

#undef ACTIVATION
#undef REDUCE
#undef SCALE
#undef POWER_OF_TWO
