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

// Box & Muller (1958): two words give r = sqrt(-2 ln u) and an angle, and these two normal numbers. u has 63 bits, so that
// r reaches 9.4; the angle has 54 (52 within a quarter). In three passes over 32 pairs, which the processor overlaps better
// than one long loop.
static void CK(normals)(uint64_t (*lanes)[8], double *out, size_t blocks) {
  uint64_t radial_words[32], angular_words[32];
  double radii[32];
  u8 s0 = LOAD_WORDS(lanes[0]), s1 = LOAD_WORDS(lanes[1]), s2 = LOAD_WORDS(lanes[2]), s3 = LOAD_WORDS(lanes[3]);
  for (size_t block = 0; block < blocks; ++block, out += 64) {
    for (size_t i = 0; i < 32; i += 8) {
      STEP(s0, s1, s2, s3, first)
      STORE_WORDS(radial_words + i, first);
      STEP(s0, s1, s2, s3, second)
      STORE_WORDS(angular_words + i, second);
    }
    for (size_t i = 0; i < 32; i += 8) {
      u8 radial = LOAD_WORDS(radial_words + i);
      // 2^64 u, an odd integer rounded to a double: the word's halves become exact doubles, their sum rounds.
      v8 upper = (v8)(radial >> 32 | (uint64_t)0x453 << 52);
      v8 lower = (v8)((radial & 0xffffffff) | ((uint64_t)0x433 << 52 | 1));
      v8 u = (upper - 0x1.00000001p84) + lower;
      // u = m 2^e with m in [sqrt 1/2, sqrt 2), and ln m = 2 artanh s. `above` is positive: it has e + 1024 on top.
      u8 above = (u8)u - (ROOT_HALF_BITS + (uint64_t)(64 - 1024) * ((uint64_t)1 << 52));
      v8 e = (v8)(above >> 52 | (uint64_t)0x433 << 52) - (0x1p52 + 1024.0);
      v8 m = (v8)((u8)u - ((above & (uint64_t)0xfff << 52) + (uint64_t)(64 - 1024) * ((uint64_t)1 << 52)));
      v8 s = (m - 1.0) / (m + 1.0), s_square = s * s;
      POLYNOMIAL(log_over_s, s_square, minus_2_log)
      STORE(radii + i, __builtin_elementwise_sqrt(FMA(s, log_over_s, e * MINUS_2_LN2)));
    }
    for (size_t i = 0; i < 32; i += 8) {
      // A quarter of a turn around 0, then one of its four reflections: of the cosine's sign and of the diagonal.
      u8 angular = LOAD_WORDS(angular_words + i);
      v8 r = LOAD(radii + i);
      v8 t = (v8)(angular >> 12 | (uint64_t)0x3ff << 52) - (1.5 - 0x1p-53), t_square = t * t;
      POLYNOMIAL(sine_over_t, t_square, quarter_sine)
      POLYNOMIAL(cosine, t_square, quarter_cosine)
      v8 y = r * t * sine_over_t;
      v8 x = r * (v8)((u8)cosine ^ angular << 63);
      i8 swapped = (i8)(angular << 62) < 0;
      STORE(out + 2 * i, SELECT(swapped, y, x));
      STORE(out + 2 * i + 8, SELECT(swapped, x, y));
    }
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
