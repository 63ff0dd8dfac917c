#!/usr/bin/env python3
"""Derives the jump polynomial of Sources/CKernels/Generator.c: x^(2^128) modulo the characteristic polynomial of xoshiro256.

    python3 scripts/xoshiro-jump.py

The generator's state moves by a linear map T over GF(2), so T^(2^128) = p(T) for the polynomial p printed here as four
64-bit words, the lowest powers first: applying it takes 256 steps instead of 2^128.
"""

MASK = (1 << 64) - 1


def step(s):
    shifted = s[1] << 17 & MASK
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = (s[3] << 45 | s[3] >> 19) & MASK


def berlekamp_massey(bits):
    """Coefficients c_0 = 1, c_1 ... c_L of the shortest recurrence sum_i c_i bit_(n - i) = 0."""
    current, previous, length, gap = 1, 1, 0, 1
    history = 0
    for n, bit in enumerate(bits):
        history = history << 1 | bit
        if bin(current & history).count("1") & 1:
            if 2 * length <= n:
                current, previous, length, gap = current ^ previous << gap, current, n + 1 - length, 1
            else:
                current, gap = current ^ previous << gap, gap + 1
        else:
            gap += 1
    return current, length


def reduced(product, modulus):
    degree = modulus.bit_length() - 1
    while product.bit_length() > degree:
        product ^= modulus << product.bit_length() - 1 - degree
    return product


def squared(polynomial, modulus):
    return reduced(int("0".join(bin(polynomial)[2:]), 2), modulus)


def main():
    state, bits = [1, 2, 3, 4], []
    for _ in range(1024):
        bits.append(state[0] & 1)
        step(state)
    recurrence, degree = berlekamp_massey(bits)
    assert degree == 256
    # The recurrence has c_0 at the newest bit: reversed, it is the characteristic polynomial.
    characteristic = sum((recurrence >> i & 1) << degree - i for i in range(degree + 1))
    power = 2
    for _ in range(128):
        power = squared(power, characteristic)
    print(", ".join(f"0x{power >> 64 * i & MASK:016x}" for i in range(4)))


if __name__ == "__main__":
    main()
