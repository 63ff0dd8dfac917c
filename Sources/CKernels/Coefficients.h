// Coefficients of minimax polynomials, lowest power first, as scripts/kernel-coefficients.py prints them.

/// (exp(r) - 1 - r) / r^2, |r| <= ln 2 / 2; largest weighted error 1.92e-17, of the rounded coefficients 3.58e-17
static const double exp_tail[] = {
    0x1.0000000000005p-1,
    0x1.555555555555cp-3,
    0x1.5555555552322p-5,
    0x1.111111110e7d6p-7,
    0x1.6c16c17ecd3a3p-10,
    0x1.a01a01b58d616p-13,
    0x1.a019a78125f36p-16,
    0x1.71ddea953f02bp-19,
    0x1.28a1e0ad112fdp-22,
    0x1.af75e7c9ddac1p-26,
};

/// (2 artanh s - 2 s) / s^3 in s^2, s <= 1/3; largest weighted error 2.91e-18, of the rounded coefficients 4.52e-18
static const double log1p_tail[] = {
    0x1.555555555553fp-1,
    0x1.999999999f15bp-2,
    0x1.249249211cf65p-2,
    0x1.c71c73df9567ap-3,
    0x1.745cbb720cb40p-3,
    0x1.3b1d4bfa1c0ecp-3,
    0x1.106e838af3f29p-3,
    0x1.ef757ef0a1cfbp-4,
    0x1.57441c7df93e7p-4,
    0x1.5b19c9d317376p-3,
};

/// erf(x) / x in x^2 - 0.78125, x <= 1.25; largest weighted error 3.57e-17, of the rounded coefficients 6.5e-17
static const double erf_centre[] = {
    0x1.c8dd35dd0d668p-1,
    -0x1.ec7108519c6dcp-3,
    0x1.0c5b6fae2b9c5p-4,
    -0x1.e44cb83a4feb3p-7,
    0x1.6bfb277edb21ep-9,
    -0x1.d15bef298b81dp-12,
    0x1.020671afc9cf3p-14,
    -0x1.f87a686bdd8fdp-18,
    0x1.b890c76e67ad7p-21,
    -0x1.5b78f773121bfp-24,
    0x1.f39d9305e5c57p-28,
    -0x1.4d6abb924d248p-31,
    0x1.94a54b1f5bd71p-35,
};

/// exp(x^2) erfc(x) in x - 2.5, 1.25 <= x <= 6; largest weighted error 1.79e-17, of the rounded coefficients 2.03e-17
static const double erf_flank[] = {
    0x1.afbb3f3b734fbp-3,
    -0x1.3086d7f018621p-4,
    0x1.98958a7a91403p-6,
    -0x1.0632076abc74ap-7,
    0x1.435c04c96c9f1p-9,
    -0x1.809ce795688edp-11,
    0x1.ba8a76e98f20fp-13,
    -0x1.edd4337d05e89p-15,
    0x1.0bca1efc1739dp-16,
    -0x1.1ad3b9e4cee08p-18,
    0x1.2371c8fb4f9b8p-20,
    -0x1.24ab695ff36bbp-22,
    0x1.1eef91fdfde58p-24,
    -0x1.1bb44cb065343p-26,
    0x1.0e3041748ee2ep-28,
    -0x1.9467cc3fdac68p-31,
    0x1.8613bd72b8118p-33,
    -0x1.4b6b885a2090cp-34,
    0x1.eab47be8d69b2p-37,
};

/// -2 ln((1 + s) / (1 - s)) / s in s^2, s <= 3 - 2 sqrt 2; largest weighted error 1.73e-16, of the rounded coefficients 2.22e-16
static const double minus_2_log[] = {
    -0x1.0000000000001p+2,
    -0x1.5555555552d05p+0,
    -0x1.999999a443e40p-1,
    -0x1.249240afd2c63p-1,
    -0x1.c722d172ae5fcp-2,
    -0x1.7322953dae766p-2,
    -0x1.58dc225368338p-2,
};

/// sin(pi t / 2) / t in t^2, |t| <= 1/2; largest weighted error 4.51e-15, of the rounded coefficients 4.56e-15
static const double quarter_sine[] = {
    0x1.921fb54442cf8p+0,
    -0x1.4abbce62577bap-1,
    0x1.466bc670fd27cp-4,
    -0x1.32d2c62995549p-8,
    0x1.5071bed884a7ap-13,
    -0x1.dd4e554a4d0c5p-19,
};

/// cos(pi t / 2) in t^2, |t| <= 1/2; largest weighted error 5.57e-17, of the rounded coefficients 1.2e-16
static const double quarter_cosine[] = {
    0x1.fffffffffffffp-1,
    -0x1.3bd3cc9be4580p+0,
    0x1.03c1f081affa4p-2,
    -0x1.55d3c7db78385p-6,
    0x1.e1f4fae0f3fe5p-11,
    -0x1.a6c98987e925fp-16,
    0x1.f3c92816b4e53p-22,
};

