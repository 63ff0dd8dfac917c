// Array kernels: accuracy against wider arithmetic, limits, equal bits on every instruction set, products and sums.

import CKernels
import Foundation
import Sampling
import TestSupport
import Testing

@testable import Numerics

#if arch(x86_64)
  private typealias Wide = Float80
#else
  private typealias Wide = Double
#endif

/// |value − exact| in units of the last place of the exact result rounded to a double.
private func ulps(_ value: Double, _ exact: Wide) -> Double {
  let rounded = Double(exact)
  if rounded.isNaN || value.isNaN { return rounded.isNaN && value.isNaN ? 0 : .infinity }
  if rounded.isInfinite || value.isInfinite { return value == rounded ? 0 : .infinity }
  return Double(abs(Wide(value) - exact) / Wide(max(rounded.ulp, .leastNonzeroMagnitude)))
}

private struct Function: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let apply: @Sendable (UnsafePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, Int) -> Void
  let value: @Sendable (Wide) -> Wide
  let gain: @Sendable (Wide) -> Wide

  func callAsFunction(_ x: [Double]) -> (values: [Double], gains: [Double]) {
    var (values, gains) = ([Double](repeating: .nan, count: x.count), [Double](repeating: .nan, count: x.count))
    apply(x, &values, &gains, x.count)
    return (values, gains)
  }

  static let all: [Function] = [
    Function(
      testDescription: "exp",
      apply: { x, y, dy, n in
        VectorKernels.exp(x, into: dy, count: n)
        VectorKernels.exp(x, into: y, count: n)
      }, value: { exp($0) }, gain: { exp($0) }),
    Function(
      testDescription: "tanh", apply: { VectorKernels.tanh($0, values: $1, gains: $2, count: $3) }, value: { tanh($0) },
      gain: { 1 / (cosh($0) * cosh($0)) }),
    Function(
      testDescription: "erf", apply: { VectorKernels.erf($0, values: $1, gains: $2, count: $3) }, value: { erf($0) },
      gain: { 2 / Wide.pi.squareRoot() * exp(-$0 * $0) }),
    Function(
      testDescription: "softplus", apply: { VectorKernels.softplus($0, values: $1, gains: $2, count: $3) },
      value: { $0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) },
      gain: { $0 > 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0)) }),
    Function(
      testDescription: "relu", apply: { VectorKernels.relu($0, values: $1, gains: $2, count: $3) },
      value: { max($0, 0) }, gain: { $0 > 0 ? 1 : 0 }),
  ]

  static let hyperbolicTangent: Function = all[1]
}

/// `count` arguments, uniform in `range`.
private func arguments(_ range: ClosedRange<Double>, _ count: Int, _ chain: Int) throws -> [Double] {
  var stream = try RandomStream(StreamKey(seed: 11, chain: chain, purpose: .testing))
  return (0..<count).map { _ in range.lowerBound + (range.upperBound - range.lowerBound) * stream.uniform() }
}

/// Arguments of both signs whose exponents are uniform from the subnormal numbers up to 2^`highest`.
private func argumentsOfAllSizes(_ count: Int, highest: Double = 9) throws -> [Double] {
  var stream = try RandomStream(StreamKey(seed: 12, chain: 0, purpose: .testing))
  return (0..<count).map { _ in
    (stream.bernoulli(0.5) ? 1 : -1) * exp2(-1074 + (1074 + highest) * stream.uniform()) * (1 + stream.uniform())
  }
}

@Suite struct VectorKernelsTests {
  /// 4 ulp, over dense ranges and over all sizes; the largest errors found are those that VectorKernels documents.
  @Test(arguments: Function.all) private func valuesAndGainsAreWithinFourUnitsInTheLastPlace(_ function: Function)
    throws
  {
    var inputs = try argumentsOfAllSizes(40_000, highest: 8)
    for (i, range) in [-0.4...0.4, -3.0...3.0, -30.0...30.0, -745.0...(-700), -760.0...720.0].enumerated() {
      inputs += try arguments(range, 40_000, i)
    }
    let (values, gains) = function(inputs)
    var (worst, worstGain) = (0.0, 0.0)
    for (i, x) in inputs.enumerated() {
      worst = max(worst, ulps(values[i], function.value(Wide(x))))
      // Where its gain is below 1.4e-307, that of tanh is 0.
      if function.testDescription == "tanh", abs(x) > 354 {
        #expect(gains[i] == 0 && function.gain(Wide(x)) < 1.4e-307)
      } else {
        worstGain = max(worstGain, ulps(gains[i], function.gain(Wide(x))))
      }
    }
    #expect(worst < 4)
    #expect(worstGain < 4)
  }

  /// The measure itself: five units away is seen as five, on both sides of a power of two.
  @Test func unitsInTheLastPlaceAreCounted() {
    for x in [1.5, 0.7, Double.leastNormalMagnitude / 64] {
      #expect(ulps(x + 5 * x.ulp, Wide(x)) == 5)
      #expect(ulps(x, Wide(x)) == 0)
    }
    #expect(ulps(.nan, 1) == .infinity)
    #expect(ulps(.infinity, 1) == .infinity)
  }

  @Test(arguments: Function.all) private func limitsAreExact(_ function: Function) {
    let tiny = Double.leastNonzeroMagnitude
    let inputs = [.infinity, -.infinity, .nan, 0, -0.0, 1e300, -1e300, tiny, -tiny, .greatestFiniteMagnitude]
    let (values, gains) = function(inputs)
    for (i, x) in inputs.enumerated() {
      let (value, gain) = (function.value(Wide(x)), function.gain(Wide(x)))
      if x.isNaN {
        #expect(values[i].isNaN)
        if function.testDescription != "relu" { #expect(gains[i].isNaN) }
      } else {
        #expect(ulps(values[i], value) <= 1, "at \(x)")
        #expect(ulps(gains[i], gain) <= 1, "at \(x)")
      }
    }
    if ["tanh", "erf"].contains(function.testDescription) {
      #expect(values[3].sign == .plus && values[4].sign == .minus)
      #expect(values[0] == 1 && values[1] == -1 && gains[0] == 0 && gains[1] == 0)
    }
  }

  /// An element's result depends neither on its place, nor on the array's length, nor on where the result goes.
  @Test(arguments: Function.all) private func resultsDependOnTheArgumentAlone(_ function: Function) throws {
    let inputs = try arguments(-5...5, 67, 7)
    let (values, gains) = function(inputs)
    for start in 0..<20 {
      for count in [0, 1, 7, 8, 9, 31] {
        let part = function(Array(inputs[start..<start + count]))
        #expect(part.values == Array(values[start..<start + count]))
        #expect(part.gains == Array(gains[start..<start + count]))
      }
    }
    var inPlace = inputs
    var itsGains = inputs
    inPlace.withUnsafeMutableBufferPointer { buffer in
      let base = buffer.baseAddress!
      itsGains.withUnsafeMutableBufferPointer { function.apply(base, base, $0.baseAddress!, buffer.count) }
    }
    #expect(inPlace == values && itsGains == gains)
  }

  @Test func argumentsOfDifferentSignMirrorOddFunctions() throws {
    let inputs = try arguments(-5...5, 1000, 8)
    let (values, gains) = Function.hyperbolicTangent(inputs)
    let mirrored = Function.hyperbolicTangent(inputs.map { -$0 })
    #expect(mirrored.values == values.map { -$0 } && mirrored.gains == gains)
  }
}

/// Every instruction set that this processor has, against the baseline, bit for bit.
@Suite struct InstructionSetTests {
  static var others: [ck_kernels] { (0..<ck_kernels_count()).dropFirst().compactMap { ck_kernels_at($0)?.pointee } }

  private func bits(_ x: [Double]) -> [UInt64] { x.map { $0.isNaN ? 1 : $0.bitPattern } }

  @Test func bestInstructionSetIsChosen() {
    let available = (0..<ck_kernels_count()).compactMap { ck_kernels_at($0) }
    #expect(ck_kernels() == available.last)
    #expect(ck_kernels_at(-1) == nil && ck_kernels_at(ck_kernels_count()) == nil)
  }

  @Test func elementaryFunctionsHaveTheSameBits() throws {
    let inputs =
      try argumentsOfAllSizes(20_000) + arguments(-4...4, 20_000, 21) + arguments(-800...800, 20_003, 22)
      + [.nan, .infinity, -.infinity, 0, -0.0]
    typealias Activation = (
      UnsafePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, Int
    ) -> Void
    func run(_ function: Activation) -> [UInt64] {
      var (values, gains) = (inputs, inputs)
      function(inputs, &values, &gains, inputs.count)
      return bits(values) + bits(gains)
    }
    let baseline = ck_kernels_at(0)!.pointee
    for other in Self.others {
      #expect(run(other.tanh) == run(baseline.tanh))
      #expect(run(other.erf) == run(baseline.erf))
      #expect(run(other.softplus) == run(baseline.softplus))
      #expect(run(other.relu) == run(baseline.relu))
      #expect(run { x, y, _, n in other.exp(x, y, n) } == run { x, y, _, n in baseline.exp(x, y, n) })
    }
  }

  @Test func productsAndSumsHaveTheSameBits() throws {
    let baseline = ck_kernels_at(0)!.pointee
    for (number, shape) in [(1, 1, 1), (3, 5, 7), (13, 100, 21), (64, 32, 32), (101, 300, 9), (7, 1000, 8)].enumerated()
    {
      let (rows, inner, columns) = shape
      let a = try arguments(-1...1, rows * inner, 30 + number)
      let b = try arguments(-1...1, inner * columns, 40 + number)
      let start = try arguments(-1...1, rows * columns, 50 + number)
      func run(_ kernels: ck_kernels) -> [UInt64] {
        var (c, d, e, y) = (start, start, start, b)
        kernels.product(a, inner, 1, b, columns, 1, &c, rows, inner, columns, 0.7, 1)
        kernels.product(a, 1, rows, b, 1, inner, &d, rows, inner, columns, 1, 0)
        kernels.product_of_few(a, b, &e, rows, inner, columns, 0.3, 1)
        kernels.add(0.3, b, &y, b.count)
        let n = min(a.count, b.count)
        var (gram, scratch) = ([Double](repeating: 0, count: rows * rows), [Double](repeating: 0, count: 16 * rows))
        var pivots = [Double](repeating: 0, count: (rows + 7) / 8)
        kernels.gram(a, inner, 1, &gram, rows, inner, 0.7)
        var product = gram
        kernels.product(a, inner, 1, a, 1, inner, &product, rows, inner, rows, 0.7, 0)
        #expect(bits(gram) == bits(product), "\(shape)")
        for i in 0..<rows { gram[i * rows + i] += 1 }
        #expect(kernels.symmetric_inverse(&gram, rows, &scratch, &pivots) == 1)
        return bits(c + d + e + y + gram + pivots)
          + bits([kernels.sum(a, n), kernels.dot(a, b, n), kernels.triple_dot(a, b, a, n)])
      }
      for other in Self.others { #expect(run(other) == run(baseline), "\(shape)") }
    }
  }
}

@Suite struct MatrixProductTests {
  /// C + s A B with compensated sums, the entries of A and B given by functions.
  private func reference(
    rows: Int, inner: Int, columns: Int, start: [Double], scale: Double, a: (Int, Int) -> Double,
    b: (Int, Int) -> Double
  ) -> [Double] {
    var result = start
    for i in 0..<rows {
      for j in 0..<columns {
        var sum: Wide = 0
        for l in 0..<inner { sum += Wide(a(i, l)) * Wide(b(l, j)) }
        result[i * columns + j] += Double(Wide(scale) * sum)
      }
    }
    return result
  }

  private func check(rows: Int, inner: Int, columns: Int, scale: Double, accumulate: Bool) throws {
    let a = try arguments(-1...1, rows * inner, rows)
    let b = try arguments(-1...1, inner * columns, 1000 + columns)
    // Beyond the result lie numbers that must survive.
    let before = try arguments(-1...1, rows * columns + 16, 2000 + inner)
    let start = accumulate ? Array(before.prefix(rows * columns)) : [Double](repeating: 0, count: rows * columns)
    func compare(_ found: [Double], _ expected: [Double]) {
      let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
      #expect(worst <= 1e-15 * Double(inner + 4), "[\(rows), \(inner)] [\(inner), \(columns)]")
      #expect(Array(found.suffix(16)) == Array(before.suffix(16)))
    }
    var c = before
    VectorKernels.product(
      a, b, into: &c, rows: rows, inner: inner, columns: columns, scale: scale, accumulate: accumulate)
    compare(
      c,
      reference(rows: rows, inner: inner, columns: columns, start: start, scale: scale) {
        a[$0 * inner + $1]
      } b: {
        b[$0 * columns + $1]
      })
    c = before
    VectorKernels.product(
      transposed: a, b, into: &c, rows: rows, inner: inner, columns: columns, scale: scale, accumulate: accumulate)
    compare(
      c,
      reference(rows: rows, inner: inner, columns: columns, start: start, scale: scale) {
        a[$1 * rows + $0]
      } b: {
        b[$0 * columns + $1]
      })
    c = before
    VectorKernels.product(
      a, transposed: b, into: &c, rows: rows, inner: inner, columns: columns, scale: scale, accumulate: accumulate)
    compare(
      c,
      reference(rows: rows, inner: inner, columns: columns, start: start, scale: scale) {
        a[$0 * inner + $1]
      } b: {
        b[$1 * inner + $0]
      })
  }

  @Test func smallShapesAgreeWithTheDefinition() throws {
    for rows in [1, 2, 3, 4, 5, 7, 12, 13] {
      for inner in [0, 1, 2, 8, 9, 33] {
        for columns in [1, 2, 4, 5, 8, 9, 17] {
          try check(rows: rows, inner: inner, columns: columns, scale: 1, accumulate: false)
          try check(rows: rows, inner: inner, columns: columns, scale: -0.37, accumulate: true)
        }
      }
    }
  }

  /// More than one block of the inner index (256) and of the rows (96).
  @Test(arguments: [(97, 257, 19), (200, 300, 3), (3, 1000, 100), (64, 100, 100)])
  func shapesOfSeveralBlocksAgreeWithTheDefinition(rows: Int, inner: Int, columns: Int) throws {
    try check(rows: rows, inner: inner, columns: columns, scale: 1, accumulate: false)
    try check(rows: rows, inner: inner, columns: columns, scale: 0.11, accumulate: true)
  }

  @Test func sumsAgreeWithTheDefinition() throws {
    for count in [0, 1, 7, 8, 9, 31, 32, 33, 40, 100, 1001] {
      let (a, b) = (try arguments(-1...1, count, 61), try arguments(-1...1, count, 62))
      let c = try arguments(-1...1, count, 63)
      let tolerance = 1e-15 * Double(count + 1)
      func wide(_ term: (Int) -> Double) -> Double { Double((0..<count).reduce(Wide(0)) { $0 + Wide(term($1)) }) }
      #expect(abs(VectorKernels.sum(a, count: count) - wide { a[$0] }) <= tolerance)
      #expect(abs(VectorKernels.dot(a, b, count: count) - wide { a[$0] * b[$0] }) <= tolerance)
      #expect(abs(VectorKernels.sumOfSquares(a, count: count) - wide { a[$0] * a[$0] }) <= tolerance)
      #expect(abs(VectorKernels.sumOfProducts(a, b, c, count: count) - wide { a[$0] * b[$0] * c[$0] }) <= tolerance)
      var y = b + [7]
      VectorKernels.add(0.3, times: a, to: &y, count: count)
      #expect(y == (0..<count).map { b[$0].addingProduct(0.3, a[$0]) } + [7])
    }
  }
}

/// Gain-modulated linear neurons: shapes with and without whole lanes, pairs and blocks (512 neurons).
@Suite struct GatedLinearTests {
  static let shapes = [(1, 1, 1), (1, 1, 7), (2, 3, 8), (3, 2, 37), (4, 4, 100), (5, 7, 513), (8, 8, 1030)]

  private struct Neurons {
    let (contexts, features, count): (Int, Int, Int)
    let w, m, g, slope: [Double]

    init(_ shape: (Int, Int, Int)) throws {
      (contexts, features, count) = shape
      w = try arguments(-1...1, count, 71)
      m = try arguments(-1...1, features * count, 72)
      g = try arguments(0...1, contexts * count, 73)
      slope = try arguments(-1...1, contexts * features, 74)
    }
  }

  @Test(arguments: shapes) func readoutIsItsDefinition(shape: (Int, Int, Int)) throws {
    let neurons = try Neurons(shape)
    let (contexts, features, count) = shape
    var readout = [Double](repeating: .nan, count: contexts * features + 1)
    readout[contexts * features] = 7
    VectorKernels.gatedReadout(
      outputWeights: neurons.w, inputWeights: neurons.m, gains: neurons.g, into: &readout, contexts: contexts,
      features: features, neurons: count)
    for c in 0..<contexts {
      for d in 0..<features {
        let expected = (0..<count).reduce(Wide(0)) {
          $0 + Wide(neurons.g[c * count + $1]) * Wide(neurons.w[$1]) * Wide(neurons.m[d * count + $1])
        }
        #expect(abs(readout[c * features + d] - Double(expected)) <= 1e-15 * Double(count + 1))
      }
    }
    #expect(readout.last == 7)
  }

  @Test(arguments: shapes) func gradientIsItsDefinition(shape: (Int, Int, Int)) throws {
    let neurons = try Neurons(shape)
    let (contexts, features, count) = shape
    var (dw, dm) = ([Double](repeating: .nan, count: count + 1), [Double](repeating: .nan, count: features * count + 1))
    dw[count] = 7
    dm[features * count] = 7
    VectorKernels.gatedGradient(
      outputWeights: neurons.w, inputWeights: neurons.m, gains: neurons.g, slope: neurons.slope, outputPrecision: 1.3,
      inputPrecision: 0.7, byOutputWeights: &dw, byInputWeights: &dm, contexts: contexts, features: features,
      neurons: count)
    for i in 0..<count {
      var expected = -1.3 * neurons.w[i]
      for d in 0..<features {
        let v = (0..<contexts).reduce(0) { $0 + neurons.slope[$1 * features + d] * neurons.g[$1 * count + i] }
        expected -= v * neurons.m[d * count + i]
        #expect(abs(dm[d * count + i] + 0.7 * neurons.m[d * count + i] + neurons.w[i] * v) <= 1e-14)
      }
      #expect(abs(dw[i] - expected) <= 1e-14)
    }
    #expect(dw.last == 7 && dm.last == 7)
  }

  @Test(arguments: shapes) func instructionSetsGiveTheSameBits(shape: (Int, Int, Int)) throws {
    let neurons = try Neurons(shape)
    let (contexts, features, count) = shape
    func run(_ kernels: ck_kernels) -> [Double] {
      var readout = [Double](repeating: 0, count: contexts * features)
      var (dw, dm) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: features * count))
      kernels.gated_readout(neurons.w, neurons.m, neurons.g, &readout, contexts, features, count)
      kernels.gated_gradient(
        neurons.w, neurons.m, neurons.g, neurons.slope, 1.3, 0.7, &dw, &dm, contexts, features, count)
      return readout + dw + dm
    }
    let baseline = run(ck_kernels_at(0)!.pointee)
    for other in InstructionSetTests.others { #expect(run(other) == baseline) }
  }

  @Test(.enabled(if: countsAllocations)) func kernelsAllocateNothing() throws {
    let neurons = try Neurons((4, 4, 100))
    var readout = [Double](repeating: 0, count: 16)
    var x = [Double](repeating: 0, count: 100)
    var gains = [Double](repeating: 0, count: 100)
    let count = allocations {
      for _ in 0..<10 {
        VectorKernels.gatedReadout(
          outputWeights: neurons.w, inputWeights: neurons.m, gains: neurons.g, into: &readout, contexts: 4, features: 4,
          neurons: 100)
        VectorKernels.product(neurons.g, neurons.m, into: &readout, rows: 4, inner: 4, columns: 4)
        VectorKernels.tanh(neurons.w, values: &x, gains: &gains, count: 100)
      }
    }
    #expect(count == 0)
  }
}
