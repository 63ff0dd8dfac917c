// The peers' targets glm-100 and glm-1000: gain-modulated linear networks with gains from a file.

import Foundation
import Networks
import Sampling

/// The peers' density of N neurons: tightness 20, target the identity, unit scales.
public func linearNetwork(neurons: Int) throws -> GainModulatedLinearDensity {
  let gains = try readTable(peerData.appendingPathComponent("gains_N\(neurons).csv")).transposed
  return GainModulatedLinearDensity(
    neurons: neurons,
    potential: .loss(
      tightness: 20, target: .identity(gains.rows), stimulusCovariance: .identity(gains.rows)),
    outputPrecision: 1, inputPrecision: 1, gains: .fixed(gains))
}

/// The peers' observables: log density, readout, mean w², mean |m|².
public struct LinearNetworkObservables: Observables {
  private let neurons: Int
  /// [context, neuron].
  private let gains: Matrix
  private let features: Int

  /// - Precondition: the gains are given.
  public init(_ density: GainModulatedLinearDensity) {
    guard case .fixed(let gains) = density.gains else { preconditionFailure("the peers' gains are given") }
    neurons = density.neurons
    self.gains = gains
    features = gains.rows
  }

  public var variables: [ObservableVariable] {
    [
      ObservableVariable("lp"),
      ObservableVariable("readout", axes: [.init("context", gains.rows), .init("feature", features)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ]
  }

  public func makeWorkspace() {}

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    let n = neurons
    values[0] = logDensity
    position.withUnsafeBufferPointer { x in
      gains.elements.withUnsafeBufferPointer { g in
        for c in 0..<gains.rows {
          for d in 0..<features {
            values[1 + c * features + d] =
              sum(n) { lanes(x, $0) * lanes(g, c * n + $0) * lanes(x, n * (1 + d) + $0) } rest: {
                x[$0] * g[c * n + $0] * x[n * (1 + d) + $0]
              } / Double(n)
          }
        }
        let next = 1 + gains.rows * features
        values[next] = sum(n) { lanes(x, $0) * lanes(x, $0) } rest: { x[$0] * x[$0] } / Double(n)
        values[next + 1] =
          sum(n * features) { lanes(x, n + $0) * lanes(x, n + $0) } rest: { x[n + $0] * x[n + $0] } / Double(n)
      }
    }
  }
}

@inline(__always)
func lanes(_ x: UnsafeBufferPointer<Double>, _ i: Int) -> SIMD8<Double> {
  UnsafeRawPointer(x.baseAddress! + i).loadUnaligned(as: SIMD8<Double>.self)
}

/// Σ_{i < count}, eight at a time while they last.
@inline(__always)
func sum(_ count: Int, _ eight: (Int) -> SIMD8<Double>, rest one: (Int) -> Double) -> Double {
  var sums = SIMD8<Double>.zero
  var i = 0
  while i + 8 <= count {
    sums += eight(i)
    i += 8
  }
  var total = sums.sum()
  while i < count {
    total += one(i)
    i += 1
  }
  return total
}
