// The peers' target two-layer-100: one hidden layer of tanh neurons on 64 stimuli.

import Foundation
import Networks
import Sampling

/// The peers' density: tightness 50, y_c(x) = x_c wanted, prior scale 1.5 of context drives.
public func twoLayer(neurons: Int) throws -> FeedforwardDensity {
  let stimuli = try readTable(peerData.appendingPathComponent("stimuli_two-layer.csv"))
  return FeedforwardDensity(
    architecture: .twoLayer(features: 2, contexts: 2, neurons: neurons, activation: .tanh),
    scales: WeightScales(context: 1.5), stimuli: stimuli,
    potential: .loss(tightness: 50, wantedOutputs: stimuli.transposed))
}

/// The peers' observables: log density, readout, mean w², mean |m|².
public struct TwoLayerObservables: Observables {
  private let density: FeedforwardDensity

  public init(_ density: FeedforwardDensity) { self.density = density }

  public var variables: [ObservableVariable] {
    [
      ObservableVariable("lp"),
      ObservableVariable("readout", axes: [.init("context", 2), .init("feature", 2)]),
      ObservableVariable("output_second_moment"), ObservableVariable("input_second_moment"),
    ]
  }

  public func makeWorkspace() {}

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>, using workspace: inout Void
  ) {
    values[0] = logDensity
    let readout = density.readout(at: position)
    for k in 0..<4 { values[1 + k] = readout.elements[k] }
    let n = density.architecture.lastWidth
    position.withUnsafeBufferPointer { x in
      values[5] = sum(n) { lanes(x, $0) * lanes(x, $0) } rest: { x[$0] * x[$0] } / Double(n)
      values[6] = sum(2 * n) { lanes(x, n + $0) * lanes(x, n + $0) } rest: { x[n + $0] * x[n + $0] } / Double(n)
    }
  }
}
