// A generator of random numbers of this package's own, in the form of a GSL generator type.
#ifndef CK_GENERATOR_H
#define CK_GENERATOR_H

#include <gsl/gsl_rng.h>
#include <stddef.h>

/// "xoshiro256pp8": eight lanes of xoshiro256++ (Blackman & Vigna 2021), 2^128 steps apart.
///
/// Works wherever GSL takes a generator. `gsl_rng_get` gives the upper 32 bits of a lane's next word, `gsl_rng_uniform`
/// all 53 bits of a double in [0, 1). The state is plain memory of `gsl_rng_size` bytes.
const gsl_rng_type *_Nonnull ck_generator_type(void);

/// Fills `out` with uniform numbers in [0, 1): those that GSL draws one by one from the stream at `state`.
void ck_generator_fill_uniform(void *_Nonnull state, double *_Nonnull out, size_t count);

/// The next `count` normal numbers of a state of this type, made in blocks of 64 (Box & Muller 1958).
void ck_generator_fill_normal(void *_Nonnull state, double *_Nonnull out, size_t count);

/// The next normal number: the same sequence, one by one.
double ck_generator_normal(void *_Nonnull state);

#endif
