// The kernels, compiled for each instruction set, and the choice among them when the program starts.
#include "CKernels.h"

#include "Coefficients.h"
#include "Lanes.h"

// A fused multiply-add rounds once where a product and a sum round twice: which are fused is written down (FMA) and left to no
// compiler, or results would depend on the processor.
#pragma STDC FP_CONTRACT OFF

static const double INVERSE_LN2 = 0x1.71547652b82fep+0;
// ln 2 in two parts: the first has 42 bits after the point, so that its product with an exponent is exact.
static const double LN2_HIGH = 0x1.62e42fefa38p-1, LN2_LOW = 0x1.ef35793c7673p-45;
static const double MINUS_2_LN2 = -0x1.62e42fefa39efp+0;
static const double TWO_OVER_SQRT_PI = 0x1.20dd750429b6dp+0;
static const uint64_t ROOT_HALF_BITS = 0x3fe6a09e667f3bcd;
// Adding 1.5 2^52 rounds to an integer and leaves it in the low bits.
static const double SHIFT = 0x1.8p52;

// CK_TILE_ROWS: the rows of C that matrix products do together, as many as the registers hold (16 of AVX2: two a row, two
// of the other operand, one factor, one product). It changes no bit.

#define CK_VARIANT baseline
#define CK_TILE_ROWS 4
#define CK_VARIANT_NAME "baseline"
#include "Variant.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define CK_VARIANT v3
#define CK_TILE_ROWS 6
#define CK_VARIANT_NAME "x86-64-v3"
#include "Variant.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#define CK_VARIANT v4
#define CK_TILE_ROWS 12
#define CK_VARIANT_NAME "x86-64-v4"
#include "Variant.h"
#pragma clang attribute pop

int ck_kernels_count(void) { return 3; }

const struct ck_kernels *ck_kernels_at(int index) {
  __builtin_cpu_init();
  switch (index) {
    case 0: return &kernels_baseline;
    case 1: return __builtin_cpu_supports("x86-64-v3") ? &kernels_v3 : 0;
    case 2: return __builtin_cpu_supports("x86-64-v4") ? &kernels_v4 : 0;
    default: return 0;
  }
}

#else

int ck_kernels_count(void) { return 1; }

const struct ck_kernels *ck_kernels_at(int index) { return index == 0 ? &kernels_baseline : 0; }

#endif

// Set before main, so that threads only ever read it.
static const struct ck_kernels *best = &kernels_baseline;

__attribute__((constructor)) static void choose(void) {
  for (int index = 0; index < ck_kernels_count(); ++index)
    if (ck_kernels_at(index)) best = ck_kernels_at(index);
}

const struct ck_kernels *ck_kernels(void) { return best; }
