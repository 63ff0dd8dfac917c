#!/usr/bin/env python3
"""Derives the polynomial coefficients of Sources/CKernels: weighted minimax fits by Remez's exchange algorithm.

    python3 -m pip install mpmath
    python3 scripts/kernel-coefficients.py > Sources/CKernels/Coefficients.h

Prints a C table for each polynomial, lowest power first, and the largest weighted error before and after rounding
the coefficients to doubles. Nothing here runs when the program is built; the tables are checked in.
"""
import mpmath as mp

mp.mp.dps = 100


def minimax(function, weight, low, high, degree, variable=lambda x: x, rounds=30, grid=4000):
    """Coefficients of p and max |weight (function - p(variable))| on [low, high], by Remez's exchange."""
    count = degree + 2
    middle, half = (low + high) / 2, (high - low) / 2
    nodes = [middle - half * mp.cos(mp.pi * i / (count - 1)) for i in range(count)]
    points = [middle - half * mp.cos(mp.pi * i / grid) for i in range(grid + 1)]
    values, weights = [function(x) for x in points], [weight(x) for x in points]
    variables = [variable(x) for x in points]
    coefficients, level = None, None
    for _ in range(rounds):
        system = mp.matrix(count, count)
        right = mp.matrix(count, 1)
        for row, x in enumerate(nodes):
            v, power = variable(x), mp.mpf(1)
            for column in range(degree + 1):
                system[row, column] = power
                power *= v
            system[row, degree + 1] = (-1) ** row / weight(x)
            right[row] = function(x)
        solution = mp.lu_solve(system, right)
        coefficients, level = list(solution[: degree + 1]), abs(solution[degree + 1])
        errors = [w * (f - mp.polyval(coefficients[::-1], v)) for f, w, v in zip(values, weights, variables)]
        # One extremum in each run of equal sign.
        extrema, start = [], 0
        for i in range(1, grid + 2):
            if i == grid + 1 or (errors[i] > 0) != (errors[start] > 0):
                extrema.append(max(range(start, i), key=lambda j: abs(errors[j])))
                start = i
        while len(extrema) > count:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        largest = max(abs(e) for e in errors)
        if len(extrema) < count:
            raise ArithmeticError("fewer alternations than the theorem promises: raise the precision")
        nodes = [points[i] for i in extrema]
        if largest < level * mp.mpf("1.001"):
            break
    return coefficients, largest


def table(name, meaning, function, weight, low, high, degree, variable=lambda x: x):
    low, high = mp.mpf(low), mp.mpf(high)
    coefficients, error = minimax(function, weight, low, high, degree, variable)
    rounded = [mp.mpf(float(c)) for c in coefficients]
    worst = max(
        abs(weight(x) * (function(x) - mp.polyval(rounded[::-1], variable(x))))
        for x in (low + (high - low) * i / 2000 for i in range(2001)))
    print(f"/// {meaning}; largest weighted error {mp.nstr(error, 3)}, of the rounded coefficients {mp.nstr(worst, 3)}")
    print(f"static const double {name}[] = {{")
    for c in rounded:
        print(f"    {float(c).hex()},")
    print("};\n")


square = lambda x: x * x

def series(function, x, power):
    """function / x^power without cancellation at 0 (a value close to 0 stands for 0)."""
    x = mp.mpf("1e-20") if abs(x) < mp.mpf("1e-20") else x
    return function(x) / x ** power


def main():
    print("// Coefficients of minimax polynomials, lowest power first, as scripts/kernel-coefficients.py prints them.\n")

    # exp(r) = 1 + r + r^2 q(r), |r| <= ln 2 / 2, in the relative error of exp(r) - 1.
    half_ln2 = mp.log(2) / 2 * mp.mpf("1.001")
    table("exp_tail", "(exp(r) - 1 - r) / r^2, |r| <= ln 2 / 2", lambda r: series(lambda x: mp.expm1(x) - x, r, 2),
          lambda r: abs(r) + mp.mpf("0.01"), -half_ln2, half_ln2, 9)

    # ln((1 + s) / (1 - s)) = 2 s + s^3 q(s^2).
    atanh_tail = lambda s: series(lambda x: 2 * mp.atanh(x) - 2 * x, s, 3)
    weight = lambda s: s * s + mp.mpf("0.001")
    table("log1p_tail", "(2 artanh s - 2 s) / s^3 in s^2, s <= 1/3", atanh_tail, weight, 0, mp.mpf("1.0001") / 3, 9, square)
    # Relative error in the centre, absolute error of erfc on the flank: where they meet both cost least.
    table("erf_centre", "erf(x) / x in x^2 - 0.78125, x <= 1.25", lambda x: series(mp.erf, x, 1),
          lambda x: 1 / series(mp.erf, x, 1), 0, mp.mpf("1.25"), 12, lambda x: x * x - mp.mpf("0.78125"))
    table("erf_flank", "exp(x^2) erfc(x) in x - 2.5, 1.25 <= x <= 6", lambda x: mp.exp(x * x) * mp.erfc(x),
          lambda x: mp.exp(-x * x), mp.mpf("1.25"), 6, 18, lambda x: x - mp.mpf("2.5"))

    # For normal numbers, whose rounding is no concern but whose cost is: relative error of the whole.
    edge = (3 - 2 * mp.sqrt(2)) * mp.mpf("1.0001")
    logarithm = lambda s: series(lambda x: -4 * mp.atanh(x), s, 1)
    table("minus_2_log", "-2 ln((1 + s) / (1 - s)) / s in s^2, s <= 3 - 2 sqrt 2", logarithm,
          lambda s: 1 / logarithm(s), 0, edge, 6, square)
    sine = lambda t: series(lambda x: mp.sin(mp.pi / 2 * x), t, 1)
    table("quarter_sine", "sin(pi t / 2) / t in t^2, |t| <= 1/2", sine, lambda t: 1 / sine(t), 0, mp.mpf("0.5"), 5, square)
    cosine = lambda t: mp.cos(mp.pi / 2 * t)
    table("quarter_cosine", "cos(pi t / 2) in t^2, |t| <= 1/2", cosine, lambda t: 1 / cosine(t), 0, mp.mpf("0.5"), 6, square)


if __name__ == "__main__":
    main()
