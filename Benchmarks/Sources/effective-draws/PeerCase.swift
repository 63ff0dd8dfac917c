// The peers' targets, each with the sampler that serves it best.

import Foundation
import Networks
import PeerTargets
import Sampling

/// One of the peers' targets.
enum PeerCase: String, CaseIterable {
  case large = "glm-1000"
  case small = "glm-100"
  case twoLayer = "two-layer-100"
  case single

  /// - Parameter seconds: of sampling, about; 0 for the default.
  func measure(chains: Int, seed: UInt64, seconds: Double) throws -> Measurement {
    switch self {
    case .large: try linear(neurons: 1000, draws: draws(per: seconds, rate: 50_000, default: 4), chains, seed)
    case .small: try linear(neurons: 100, draws: draws(per: seconds, rate: 400_000, default: 2), chains, seed)
    case .twoLayer: try twoLayer(draws: draws(per: seconds, rate: 3000, default: 10), chains, seed)
    case .single: try single(draws: draws(per: seconds, rate: 2e6, default: 0.5), chains, seed)
    }
  }

  private func draws(per seconds: Double, rate: Double, default time: Double) -> Int {
    Int((seconds > 0 ? seconds : time) * rate)
  }

  private func linear(neurons: Int, draws: Int, _ chains: Int, _ seed: UInt64) throws -> Measurement {
    let density = try linearNetwork(neurons: neurons)
    return try Measurement(rawValue, "collapsedGibbs", chains: chains, draws: draws, warmup: 200) { chain in
      guard let kernel = PopulationGibbs(density) else { preconditionFailure("the peers' gains are given") }
      return try source(
        kernel, NoAdaptation(transitions: 200), density, LinearNetworkObservables(density), chain: chain, seed: seed)
    }
  }

  private func twoLayer(draws: Int, _ chains: Int, _ seed: UInt64) throws -> Measurement {
    let density = try PeerTargets.twoLayer(neurons: 100)
    return try Measurement(rawValue, "neuronGibbs", chains: chains, draws: draws, warmup: 150) { chain in
      guard let kernel = NeuronGibbs(density) else { preconditionFailure("one hidden layer is a sum over neurons") }
      return try source(
        kernel, WindowedAdaptation(.windows(transitions: 150)), density, TwoLayerObservables(density), chain: chain,
        seed: seed)
    }
  }

  private func single(draws: Int, _ chains: Int, _ seed: UInt64) throws -> Measurement {
    let density = try singleNeuron()
    return try Measurement(rawValue, "exact", chains: chains, draws: draws, warmup: 0) { chain in
      guard let kernel = density.exactKernel() else { preconditionFailure("its multipliers are small") }
      return try source(
        kernel, NoAdaptation(transitions: 0), density, SingleNeuronObservables(), chain: chain, seed: seed)
    }
  }

  private func source<Density: NetworkDensity, Kernel: PointKernel, Warmup: Adaptation, Values: Observables>(
    _ kernel: Kernel, _ warmup: Warmup, _ density: Density, _ observables: Values, chain: Int, seed: UInt64
  ) throws -> ChainSource<Kernel, Warmup, Values, NoAccumulator>
  where Warmup.Kernel == Kernel, Kernel.Target == Density {
    var starts = try RandomStream(StreamKey(seed: seed, chain: chain, purpose: .start))
    let run = try Chain(
      number: chain, kernel: kernel, warmup: warmup, start: density.drawPrior(using: &starts),
      stream: RandomStream(StreamKey(seed: seed, chain: chain, purpose: .transitions), generator: RandomStream.vectorGenerator))
    return ChainSource(
      run, layout: density.layout, observables: observables, accumulator: NoAccumulator(), thin: 1)
  }
}
