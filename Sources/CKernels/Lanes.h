// Eight doubles side by side, and what the kernels do with them. Included once, before the variants.
#ifndef CK_LANES_H
#define CK_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Eight lanes whatever the processor has: two AVX or four SSE registers do the same arithmetic as one of AVX-512.
typedef double v8 __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t i8 __attribute__((vector_size(64), aligned(8), may_alias));
typedef uint64_t u8 __attribute__((vector_size(64), aligned(8), may_alias));

// Macros, not functions: a function that takes or returns a vector has a calling convention of its own for each
// instruction set.
#define LOAD(pointer) (*(const v8 *)(pointer))
#define STORE(pointer, value) (*(v8 *)(pointer) = (value))
// x - 0 and not 0 + x, which for x = -0 is another number, and so would be computed.
#define SPLAT(x) ((x) - (v8){0, 0, 0, 0, 0, 0, 0, 0})
// a b + c, rounded once: the same bits wherever it is computed, by an instruction or, on processors without one, by the C
// library, slowly. Products and sums that are not written with these are never fused.
#define FMA(a, b, c) __builtin_elementwise_fma((v8)(a), (v8)(b), (v8)(c))
#define FMA_ONE(a, b, c) __builtin_fma(a, b, c)
#define SELECT(mask, yes, no) ((v8)(((i8)(mask) & (i8)(yes)) | (~(i8)(mask) & (i8)(no))))
#define SIGN_BIT ((int64_t)1 << 63)
#define MAGNITUDE(x) ((v8)((i8)(x) & ~SIGN_BIT))
#define WITH_SIGN(x, sign) ((v8)((i8)(x) | ((i8)(sign)&SIGN_BIT)))
#define SUM_OF_LANES(x)                                                                         \
  ((((x)[0] + (x)[4]) + ((x)[2] + (x)[6])) + (((x)[1] + (x)[5]) + ((x)[3] + (x)[7])))

// coefficients[0] + x (coefficients[1] + x (...)), its even and its odd powers summed apart: half the latency. The
// length of the table is known to the compiler.
#define POLYNOMIAL(result, x, coefficients)                                                        \
  enum { degree_##result = sizeof coefficients / sizeof(double) - 1 };                             \
  v8 square_##result = (x) * (x);                                                                  \
  v8 result = SPLAT(coefficients[degree_##result]);                                                \
  v8 other_##result = SPLAT(coefficients[degree_##result - 1]);                                    \
  _Pragma("clang loop unroll(full)") for (int power = degree_##result - 2; power >= 0; power -= 2) \
    result = FMA(result, square_##result, SPLAT(coefficients[power]));                                       \
  _Pragma("clang loop unroll(full)") for (int power = degree_##result - 3; power >= 0; power -= 2) \
    other_##result = FMA(other_##result, square_##result, SPLAT(coefficients[power]));                       \
  result = degree_##result % 2 ? FMA(result, x, other_##result) : FMA(other_##result, x, result);

// name_variant, as each instruction set's functions are called.
#define CK_JOIN(name, variant) name##_##variant
#define CK_JOIN_EXPANDED(name, variant) CK_JOIN(name, variant)
#define CK(name) CK_JOIN_EXPANDED(name, CK_VARIANT)

#endif
