// The generator as GSL sees it, and its bulk path for normal numbers.
#include "CKernels.h"

#include <string.h>

// Normal numbers are made by the block.
enum { NORMALS = 64 };

// All there is to a stream; without pointers and padding, since GSL copies and saves it as bytes. Counts out of range,
// as in a damaged snapshot, are taken for 0.
struct stream {
  uint64_t lanes[4][8];  // word w of lane l at [w][l]
  uint64_t words[8];     // the lanes' last output; its last `words_left` are still to be given out
  uint64_t words_left;
  double normals[NORMALS];  // likewise
  uint64_t normals_left;
};

// SplitMix64 (Steele, Lea & Flood 2014): a bijection of the counter.
static uint64_t split_mix(uint64_t *counter) {
  uint64_t z = *counter += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static void step(uint64_t s[4]) {
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = s[3] << 45 | s[3] >> 19;
}

// 2^128 steps, by the polynomial that scripts/xoshiro-jump.py derives.
static void jump(uint64_t s[4]) {
  static const uint64_t polynomial[4] = {0x180ec6d33cfd0aba, 0xd5a61266f0c9392c, 0xa9582618e03fc9aa,
                                         0x39abdc4529b1661c};
  uint64_t sum[4] = {0};
  for (int power = 0; power < 256; ++power, step(s))
    if (polynomial[power / 64] >> power % 64 & 1)
      for (int i = 0; i < 4; ++i) sum[i] ^= s[i];
  memcpy(s, sum, sizeof sum);
}

// Different seeds have different first words, hence different states. The lanes follow each other at a distance of
// 2^128 steps in the one cycle of 2^256 - 1 states, so they cannot meet. Those of two seeds start at unrelated places:
// 2^33 lanes of 2^50 steps each overlap anywhere with a probability below 2^-138.
static void set(void *state, unsigned long seed) {
  struct stream *stream = state;
  memset(stream, 0, sizeof *stream);
  uint64_t counter = seed, s[4];
  for (int i = 0; i < 4; ++i) s[i] = split_mix(&counter);
  for (int lane = 0; lane < 8; ++lane, jump(s))
    for (int i = 0; i < 4; ++i) stream->lanes[i][lane] = s[i];
}

static uint64_t next_word(struct stream *stream) {
  if (stream->words_left - 1 >= 8) {
    ck_kernels()->words(stream->lanes, stream->words);
    stream->words_left = 8;
  }
  return stream->words[8 - stream->words_left--];
}

static unsigned long get(void *state) { return (unsigned long)(next_word(state) >> 32); }

static double get_double(void *state) { return (double)(next_word(state) >> 11) * 0x1p-53; }

static const gsl_rng_type type = {
    .name = "xoshiro256pp8",
    .max = 0xffffffff,
    .min = 0,
    .size = sizeof(struct stream),
    .set = set,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *ck_generator_type(void) { return &type; }

void ck_generator_fill_uniform(void *state, double *out, size_t count) {
  struct stream *stream = state;
  for (; count > 0 && stream->words_left - 1 < 8; --count) *out++ = get_double(state);
  uint64_t words[8];
  for (; count >= 8; count -= 8) {
    ck_kernels()->words(stream->lanes, words);
    for (int lane = 0; lane < 8; ++lane) *out++ = (double)(words[lane] >> 11) * 0x1p-53;
  }
  for (; count > 0; --count) *out++ = get_double(state);
}

void ck_generator_fill_normal(void *state, double *out, size_t count) {
  struct stream *stream = state;
  if (stream->normals_left > NORMALS) stream->normals_left = 0;
  size_t ready = count < stream->normals_left ? count : stream->normals_left;
  memcpy(out, stream->normals + NORMALS - stream->normals_left, ready * sizeof(double));
  stream->normals_left -= ready;
  out += ready;
  count -= ready;
  size_t whole = count / NORMALS;
  ck_kernels()->normals(stream->lanes, out, whole);
  out += whole * NORMALS;
  count -= whole * NORMALS;
  if (count > 0) {
    ck_kernels()->normals(stream->lanes, stream->normals, 1);
    memcpy(out, stream->normals, count * sizeof(double));
    stream->normals_left = NORMALS - count;
  }
}

double ck_generator_normal(void *state) {
  struct stream *stream = state;
  if (stream->normals_left - 1 >= NORMALS) {
    ck_kernels()->normals(stream->lanes, stream->normals, 1);
    stream->normals_left = NORMALS;
  }
  return stream->normals[NORMALS - stream->normals_left--];
}
