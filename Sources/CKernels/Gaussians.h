// Eight xoshiro256++ generators side by side, and normal numbers made of their output. No guard: compiled once for each
// instruction set.

#define ROTATED(x, by) ((x) << (by) | (x) >> (64 - (by)))

// One step of xoshiro256++ (Blackman & Vigna 2021) in every lane: `word` is what they put out.
#define STEP(s0, s1, s2, s3, word)                \
  u8 word##_sum = s0 + s3;                        \
  u8 word = ROTATED(word##_sum, 23) + s0;         \
  u8 word##_shifted = s1 << 17;                   \
  s2 ^= s0;                                       \
  s3 ^= s1;                                       \
  s1 ^= s2;                                       \
  s0 ^= s3;                                       \
  s2 ^= word##_shifted;                           \
  s3 = ROTATED(s3, 45);

#define LOAD_WORDS(pointer) (*(const u8 *)(pointer))
#define STORE_WORDS(pointer, value) (*(u8 *)(pointer) = (value))

static void CK(words)(uint64_t (*lanes)[8], uint64_t *out) {
  u8 s0 = LOAD_WORDS(lanes[0]), s1 = LOAD_WORDS(lanes[1]), s2 = LOAD_WORDS(lanes[2]), s3 = LOAD_WORDS(lanes[3]);
  STEP(s0, s1, s2, s3, word)
  STORE_WORDS(out, word);
  STORE_WORDS(lanes[0], s0);
  STORE_WORDS(lanes[1], s1);
  STORE_WORDS(lanes[2], s2);
  STORE_WORDS(lanes[3], s3);
}

// Box & Muller (1958): two words give r = sqrt(-2 ln u) and an angle, and these two normal numbers. u has all 64 bits of
// its word, so that r reaches 9.4; the angle has 54 bits (52 within a quadrant).
static void CK(normals)(uint64_t (*lanes)[8], double *out, size_t groups) {
  u8 s0 = LOAD_WORDS(lanes[0]), s1 = LOAD_WORDS(lanes[1]), s2 = LOAD_WORDS(lanes[2]), s3 = LOAD_WORDS(lanes[3]);
  for (size_t group = 0; group < groups; ++group, out += 16) {
    STEP(s0, s1, s2, s3, radial)
    STEP(s0, s1, s2, s3, angular)

    // u = (radial + 1/2) / 2^64, rounded, in (0, 1]: the halves of the word become exact doubles, their sum rounds.
    v8 upper = (v8)(radial >> 32 | (uint64_t)0x453 << 52), lower = (v8)((radial & 0xffffffff) | (uint64_t)0x433 << 52);
    v8 u = ((upper - 0x1.00000001p84) + lower) * 0x1p-64 + 0x1p-65;

    // u = m 2^e with m in [sqrt 1/2, sqrt 2); ln m = 2 artanh s.
    u8 above = (u8)u - (ROOT_HALF_BITS - ((uint64_t)1024 << 52));
    v8 e = (v8)(above >> 52 | (uint64_t)0x433 << 52) - (0x1p52 + 1024.0);
    v8 m = (v8)((u8)u - ((above & (uint64_t)0xfff << 52) - ((uint64_t)1024 << 52)));
    v8 s = (m - 1.0) / (m + 1.0), s_square = s * s;
    POLYNOMIAL(log_rest, s_square, log_tail)
    v8 r = __builtin_elementwise_sqrt(-2.0 * (e * LN2 + (s + s + s * s_square * log_rest)));

    // An angle in a quadrant around 0, then one of its four reflections: of the cosine's sign and of the diagonal.
    v8 a = ((v8)(angular >> 12 | (uint64_t)0x3ff << 52) - (1.5 - 0x1p-53)) * HALF_PI, a_square = a * a;
    POLYNOMIAL(sin_rest, a_square, sin_tail)
    POLYNOMIAL(cos_rest, a_square, cos_tail)
    v8 sine = a + a * a_square * sin_rest;
    v8 cosine = 1.0 - (0.5 * a_square - a_square * a_square * cos_rest);
    cosine = (v8)((u8)cosine ^ angular << 63);
    i8 swapped = (i8)(angular << 62) < 0;
    STORE(out, r * SELECT(swapped, sine, cosine));
    STORE(out + 8, r * SELECT(swapped, cosine, sine));
  }
  STORE_WORDS(lanes[0], s0);
  STORE_WORDS(lanes[1], s1);
  STORE_WORDS(lanes[2], s2);
  STORE_WORDS(lanes[3], s3);
}

#undef ROTATED
#undef STEP
#undef LOAD_WORDS
#undef STORE_WORDS
