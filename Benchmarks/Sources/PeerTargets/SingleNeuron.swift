// The peers' target single: one erf neuron of the exponential family on Gaussian stimuli.

import Foundation
import Networks
import Sampling

/// The peers' observables of one neuron: log density, w g_c m_d, w², |m|².
public struct SingleNeuronObservables: Observables {
  public init() {}

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
    let square = position[1] * position[1] + position[2] * position[2]
    let shrinkage = 1 / (1 + 2 * square)
    let factor = position[0] * 2 * (shrinkage / Double.pi).squareRoot()
    for c in 0..<2 {
      let gain = factor * exp(-position[3 + c] * position[3 + c] * shrinkage)
      for d in 0..<2 { values[1 + 2 * c + d] = gain * position[1 + d] }
    }
    values[5] = position[0] * position[0]
    values[6] = square
  }
}

/// The peers' density: Λ = 0.5 on the diagonal and −0.1 beside it, unit scales.
public func singleNeuron() throws -> GaussianTwoLayerDensity {
  try GaussianTwoLayerDensity(
    neurons: 1, activation: .erf, potential: .multipliers(Matrix([[0.5, -0.1], [-0.1, 0.5]])),
    stimulusCovariance: .identity(2), outputScale: 1, inputScale: 1, contextScale: 1)
}
