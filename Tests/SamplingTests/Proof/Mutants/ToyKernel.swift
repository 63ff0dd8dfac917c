// Kernels in their plainest form, each with a switch for the mistakes that are easily made in it.

import Foundation

@testable import Sampling

/// The state of a toy kernel: a position, and whatever the kernel remembers.
struct ToyState: ChainState {
  var position: [Double]
  var logDensity = Double.nan
  var memory: [Double] = []

  func save(to archive: inout [Double]) { archive += position + memory }

  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    position = try archive.next(position.count)
    memory = try archive.next(memory.count)
  }
}

/// A kernel written as a function that moves a position; allocates as it likes.
protocol ToyKernel: MarkovKernel where State == ToyState {
  associatedtype Target: LogDensity
  var target: Target { get }
  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream)
}

extension ToyKernel {
  var isReversible: Bool { true }

  func initialState(at position: [Double]) throws -> ToyState { ToyState(position: position) }

  func step(_ state: inout ToyState, using stream: inout RandomStream) -> Transition {
    Self.move(self, &state.position, &state.memory, &stream)
    return Transition()
  }

  private static func move(
    _ kernel: Self, _ x: inout [Double], _ memory: inout [Double], _ stream: inout RandomStream
  ) { kernel.move(&x, memory: &memory, using: &stream) }
}

extension LogDensity {
  /// ln p at x.
  func value(_ x: [Double]) -> Double {
    var workspace = makeWorkspace()
    return logDensity(at: x.span, using: &workspace)
  }
}

extension DifferentiableLogDensity {
  /// ∇ ln p at x.
  func slope(_ x: [Double]) -> [Double] {
    var workspace = makeWorkspace()
    var gradient = [Double](repeating: 0, count: layout.realCount)
    var span = gradient.mutableSpan
    _ = logDensity(at: x.span, gradient: &span, using: &workspace)
    return gradient
  }
}

extension RandomStream {
  mutating func normals(_ count: Int) -> [Double] { (0..<count).map { _ in standardNormal() } }

  /// True with probability min(1, e^{log ratio}).
  mutating func accepts(_ logRatio: Double) -> Bool { log(uniformPositive()) < logRatio }
}

func squaredNorm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }

func inner(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }

/// x + factor · y over the coordinates that y has.
func sum(_ x: [Double], _ factor: Double, _ y: [Double]) -> [Double] {
  x.indices.map { $0 < y.count ? x[$0] + factor * y[$0] : x[$0] }
}
