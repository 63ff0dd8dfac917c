// GSL as Swift sees it, plus the few accessors that Swift 6 needs: GSL's generator types are
// mutable C globals, which Swift refuses to read directly.
#ifndef CGSL_SHIM_H
#define CGSL_SHIM_H

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_complex.h>
#include <gsl/gsl_complex_math.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_interp.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_min.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_odeiv2.h>
#include <gsl/gsl_poly.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_version.h>

/// The generator type of this name, or null. Call `cgsl_rng_type_count` once before using threads.
static inline const gsl_rng_type *_Nullable cgsl_rng_type_named(const char *_Nonnull name) {
  const gsl_rng_type **type = gsl_rng_types_setup();
  for (; *type; ++type) {
    const char *a = (*type)->name, *b = name;
    while (*a && *a == *b) { ++a; ++b; }
    if (*a == *b) return *type;
  }
  return 0;
}

/// The generator type at this position of GSL's table, or null past its end.
static inline const gsl_rng_type *_Nullable cgsl_rng_type_at(int index) {
  const gsl_rng_type **type = gsl_rng_types_setup();
  for (int i = 0; i < index && *type; ++i) ++type;
  return *type;
}

/// Brent's bracketing root finder, which is a mutable global to Swift.
static inline const gsl_root_fsolver_type *_Nonnull cgsl_brent_root_finder(void) { return gsl_root_fsolver_brent; }

/// The explicit embedded Runge-Kutta Prince-Dormand (8, 9) method: a mutable C global, which Swift refuses to read.
static inline const gsl_odeiv2_step_type *_Nonnull cgsl_odeiv2_step_rk8pd(void) { return gsl_odeiv2_step_rk8pd; }

/// Brent's minimisation: a mutable C global as well.
static inline const gsl_min_fminimizer_type *_Nonnull cgsl_min_fminimizer_brent(void) { return gsl_min_fminimizer_brent; }

/// Nelder & Mead's simplex and Steffen's interpolation, which is monotone where its points are: mutable C globals as well.
static inline const gsl_multimin_fminimizer_type *_Nonnull cgsl_multimin_simplex(void) { return gsl_multimin_fminimizer_nmsimplex2; }
static inline const gsl_interp_type *_Nonnull cgsl_interp_steffen(void) { return gsl_interp_steffen; }

/// Sobol's sequence in up to 40 dimensions: a mutable C global as well.
static inline const gsl_qrng_type *_Nonnull cgsl_qrng_sobol(void) { return gsl_qrng_sobol; }

/// The version of the GSL library that is running (not of the headers).
static inline const char *_Nonnull cgsl_version(void) { return gsl_version; }

#endif
