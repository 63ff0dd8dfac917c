// The C kernels of neurons that meet in a sum, against their definitions and across instruction sets.

import CKernels
import Foundation
import Sampling
import Testing

@testable import Numerics

@Suite struct NeuronSumKernelsTests {
  /// Features, groups, stimuli: whole and broken blocks of eight.
  static let shapes = [(1, 1, 1), (2, 2, 64), (3, 2, 13), (2, 9, 7), (5, 32, 24)]

  /// Weights and drives of three neurons, the last axis, and stimuli [feature, stimulus].
  private func inputs(_ shape: (Int, Int, Int), scale: Double) throws -> (m: [Double], b: [Double], x: [Double]) {
    var stream = try RandomStream(StreamKey(seed: 20_260_101, chain: 731, purpose: .testing))
    func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in scale * stream.standardNormal() } }
    return (numbers(3 * shape.0), numbers(3 * shape.1), numbers(shape.0 * shape.2))
  }

  /// Inputs, tanh and whether it was made, of neuron 1, by one instruction set.
  private func run(
    _ kernels: ck_kernels, _ shape: (Int, Int, Int), _ input: (m: [Double], b: [Double], x: [Double])
  ) -> (z: [Double], h: [Double], made: Bool) {
    let (features, groups, count) = shape
    var z = [Double](repeating: .nan, count: groups * count)
    var h = z
    let made = input.m.withUnsafeBufferPointer { m in
      input.b.withUnsafeBufferPointer { b in
        kernels.hidden_inputs(
          m.baseAddress! + 1, b.baseAddress! + 1, 3, input.x, &z, features, groups, count)
        return kernels.hidden_tanh(
          m.baseAddress! + 1, b.baseAddress! + 1, 3, input.x, &h, features, groups, count)
      }
    }
    return (z, h, made != 0)
  }

  @Test(arguments: shapes) func inputsAndTanhAreTheirDefinitions(shape: (Int, Int, Int)) throws {
    for scale in [0.01, 1, 5] {
      let input = try inputs(shape, scale: scale)
      let found = run(ck_kernels().pointee, shape, input)
      #expect(found.made)
      for g in 0..<shape.1 {
        for p in 0..<shape.2 {
          let sum = (0..<shape.0).reduce(0) { $0 + input.m[3 * $1 + 1] * input.x[$1 * shape.2 + p] }
          let z = found.z[g * shape.2 + p]
          #expect(abs(z - (sum + input.b[3 * g + 1])) <= 1e-14 * max(1, abs(sum)))
          #expect(abs(found.h[g * shape.2 + p] - tanh(z)) <= 1e-14 * max(1, abs(sum)), "tanh of \(z)")
        }
      }
    }
  }

  @Test(arguments: shapes) func instructionSetsGiveTheSameBits(shape: (Int, Int, Int)) throws {
    let input = try inputs(shape, scale: 2)
    let baseline = run(ck_kernels_at(0)!.pointee, shape, input)
    for index in 1..<max(1, ck_kernels_count()) {
      guard let kernels = ck_kernels_at(index) else { continue }
      let other = run(kernels.pointee, shape, input)
      #expect(other.z.map(\.bitPattern) == baseline.z.map(\.bitPattern))
      #expect(other.h.map(\.bitPattern) == baseline.h.map(\.bitPattern))
    }
  }

  @Test func tanhRefusesWhatMightOverflow() throws {
    let shape = (1, 2, 9)
    func made(_ m: Double, _ b: Double) -> Bool {
      run(
        ck_kernels().pointee, shape,
        ([0, m, 0], [0, b, 0, 0, 0, 0], [Double](repeating: 0, count: 8) + [1])
      ).made
    }
    #expect(made(174, 174) && made(-174, -174))
    #expect(!made(176, 0) && !made(0, -176))
    #expect(!run(ck_kernels().pointee, (1, 33, 1), ([0, 1, 0], [Double](repeating: 0, count: 99), [1])).made)
  }

  @Test(arguments: [0, 1, 8, 13, 64]) func productsAndUpdatesAreTheirDefinitions(count: Int) throws {
    var stream = try RandomStream(StreamKey(seed: 20_260_101, chain: 732, purpose: .testing))
    func numbers() -> [Double] { (0..<count).map { _ in stream.standardNormal() } }
    let (h, c, r) = (numbers(), numbers(), numbers())
    func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let found = VectorKernels.responseProducts(h, c, r, count: count)
    for (value, exact) in [
      (found.hh, dot(h, h)), (found.hr, dot(h, r)), (found.cc, dot(c, c)), (found.cr, dot(c, r)), (found.ch, dot(c, h)),
    ] {
      #expect(abs(value - exact) < 1e-13 * Double(max(1, count)))
    }
    var sum = r
    VectorKernels.add(0.3, times: h, -1.7, times: c, to: &sum, count: count)
    for i in 0..<count { #expect(abs(sum[i] - (r[i] + 0.3 * h[i] - 1.7 * c[i])) < 1e-14) }
  }
}
