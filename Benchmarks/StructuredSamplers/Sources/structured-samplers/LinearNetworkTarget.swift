// The peers' targets glm-100 and glm-1000: gain-modulated linear networks with gains from a file.

import Foundation
import Networks
import Sampling

/// A comma-separated table of numbers.
///
/// - Throws: ``CocoaError`` if the file cannot be read.
func readTable(_ url: URL) throws -> Matrix {
  Matrix(
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
      line.split(separator: ",").map { Double($0.trimmingCharacters(in: .whitespaces))! }
    })
}

/// The peers' density of N neurons: tightness 20, target the identity, unit scales.
func linearNetwork(neurons: Int, data: URL) throws -> GainModulatedLinearDensity {
  let gains = try readTable(data.appendingPathComponent("gains_N\(neurons).csv")).transposed
  return GainModulatedLinearDensity(
    neurons: neurons,
    potential: .loss(
      tightness: 20, target: .identity(gains.rows), stimulusCovariance: .identity(gains.rows)),
    outputPrecision: 1, inputPrecision: 1, gains: .fixed(gains))
}

/// The peers' observables: log density, readout, mean w², mean |m|².
struct PeerObservables: Observables {
  let neurons: Int
  /// [context, neuron].
  let gains: Matrix
  let features: Int

  var variables: [ObservableVariable] {
    [
      ObservableVariable("lp"),
      ObservableVariable("readout", axes: [.init("context", gains.rows), .init("feature", features)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ]
  }

  func makeWorkspace() {}

  func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    let n = neurons
    values[0] = logDensity
    position.withUnsafeBufferPointer { x in
      gains.elements.withUnsafeBufferPointer { g in
        for c in 0..<gains.rows {
          for d in 0..<features {
            values[1 + c * features + d] =
              sum(n) {
                lanes(x, $0) * lanes(g, c * n + $0) * lanes(x, n * (1 + d) + $0)
              } rest: {
                x[$0] * g[c * n + $0] * x[n * (1 + d) + $0]
              } / Double(n)
          }
        }
        let next = 1 + gains.rows * features
        values[next] =
          sum(n) {
            lanes(x, $0) * lanes(x, $0)
          } rest: {
            x[$0] * x[$0]
          } / Double(n)
        values[next + 1] =
          sum(n * features) {
            lanes(x, n + $0) * lanes(x, n + $0)
          } rest: {
            x[n + $0] * x[n + $0]
          } / Double(n)
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

/// Measures the collapsed sampler on one of the two targets.
func measureLinearNetwork(neurons: Int, draws: Int, chains: Int, data: URL, seed: UInt64, generator: String) throws
  -> Measurement
{
  let density = try linearNetwork(neurons: neurons, data: data)
  guard case .fixed(let gains) = density.gains else { fatalError("the peers' gains are given") }
  return try measure("glm-\(neurons)", "population Gibbs", chains: chains, draws: draws, warmup: 200) { chain in
    var starts = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .start))
    let kernel = PopulationGibbs(density)!
    let run = try Chain(
      number: chain, kernel: kernel, warmup: NoAdaptation(), start: density.drawPrior(using: &starts),
      stream: RandomStream(StreamKey(seed: seed, chain: chain, purpose: .transitions), generator: generator))
    return ChainSource(
      run, layout: density.layout,
      observables: PeerObservables(neurons: neurons, gains: gains, features: gains.rows),
      accumulator: NoAccumulator(), thin: 1)
  }
}
