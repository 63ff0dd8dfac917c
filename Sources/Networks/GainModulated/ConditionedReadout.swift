// What observables of the hard ensemble see: the law of the readout given output weights and gains, at a position.

import Sampling

/// The Gaussian law N(0, C) of every feature's readout given output weights and gains, in the hard ensemble (``CollapsedReadout``).
struct ConditionedReadout: Sendable {
  private let readout: CollapsedReadout
  private let outputPrecision: Double
  /// Of given gains.
  private let norms: PopulationNormLaw?
  private let populations: NeuronPopulations?
  /// Of drawn gains.
  private let exchange: NeuronExchange?
  private let neurons: Int
  private let gainsOffset: Int
  private let logOdds: Double

  /// Nil unless the density's potential is a constraint.
  init?(_ density: GainModulatedLinearDensity) {
    guard case .constraint = density.potential else { return nil }
    neurons = density.neurons
    gainsOffset = density.layout.realCount
    logOdds = density.gainLogOdds
    outputPrecision = density.outputPrecision
    if case .fixed(let gains) = density.gains {
      let populations = NeuronPopulations(gains: gains)
      guard let norms = PopulationNormLaw(density, populations: populations) else { return nil }
      (readout, exchange) = (norms.readout, nil)
      self.norms = norms
      self.populations = populations
    } else {
      guard let readout = CollapsedReadout(density) else { return nil }
      self.readout = readout
      exchange = NeuronExchange(density, readout)
      (norms, populations) = (nil, nil)
    }
  }

  /// C, and scratch memory.
  struct Workspace: Sendable {
    var covariance: [Double]
    var norms: [Double]
    var patterns: [Int32]
    var exchange: NeuronExchange.Workspace?
    var readout: CollapsedReadout.Workspace
  }

  func makeWorkspace() -> Workspace {
    Workspace(
      covariance: [Double](repeating: 0, count: readout.contexts * readout.contexts),
      norms: [Double](repeating: 0, count: norms?.count ?? 0),
      patterns: [Int32](repeating: 0, count: exchange == nil ? 0 : neurons), exchange: exchange?.makeWorkspace(),
      readout: readout.makeWorkspace())
  }

  /// tr AᵀC⁻¹A. O(N K + P K² + K³ + K² D), for drawn gains O(N K² + K³ + K² D). Allocates nothing.
  func targetDistance(at position: Span<Double>, using workspace: inout Workspace) -> Double {
    position.withUnsafeBufferPointer { x in
      let x = x.baseAddress!
      if let norms, let populations {
        populations.order.withUnsafeBufferPointer { order in
          for p in 0..<norms.count {
            var sum = 0.0
            for j in populations.starts[p]..<populations.starts[p + 1] { sum += x[Int(order[j])] * x[Int(order[j])] }
            workspace.norms[p] = (outputPrecision * sum).squareRoot()
          }
        }
        norms.covariance(workspace.norms, into: &workspace.covariance)
        return readout.targetDistance(workspace.covariance, using: &workspace.readout)
      }
      readPatterns(x, &workspace)
      return readout.targetDistance(workspace.exchange!.covariance, using: &workspace.readout)
    }
  }

  /// Writes (1/N) Σ_i (g_ic − P(g_ic = 1 | w, all other gains)) for every context c, the input weights integrated out. With these held fixed
  /// no gain could change: R would leave its target. O(N K (K + D)).
  ///
  /// - Precondition: drawn gains, and ``targetDistance(at:using:)`` was asked of the same position just before.
  func writeGainResiduals(
    at position: Span<Double>, into values: inout MutableSpan<Double>, from first: Int, using workspace: inout Workspace
  ) {
    guard let exchange else { preconditionFailure("given gains have no residual") }
    let contexts = readout.contexts
    for c in 0..<contexts { values[first + c] = 0 }
    position.withUnsafeBufferPointer { x in
      exchange.withState(&workspace.exchange!) { state in
        workspace.patterns.withUnsafeBufferPointer { patterns in
          for i in 0..<neurons {
            if i & 255 == 0 { exchange.refresh(state, using: &workspace.readout) }
            let pattern = Int(patterns[i])
            let square = exchange.scale * x[i] * x[i]
            exchange.takeOut(
              i, square: square, pattern: pattern, contexts: contexts, x.baseAddress!, patterns.baseAddress!,
              count: neurons, &state, using: &workspace.readout)
            let value = state.value(contexts: contexts, of: state.current, square: square)
            for c in 0..<contexts {
              let isOn = pattern >> (contexts - 1 - c) & 1 != 0
              let other = state.value(contexts: contexts, switching: c, sign: isOn ? -1 : 1, square: square)
              let switchingOn = logOdds + (isOn ? value - other : other - value)
              values[first + c] += ((isOn ? 1 : 0) - 1 / (1 + exp(-switchingOn))) / Double(neurons)
            }
            exchange.putIn(square: square, contexts: contexts, &state, using: &workspace.readout)
          }
        }
      }
    }
  }

  /// Patterns and C of drawn gains.
  private func readPatterns(_ x: UnsafePointer<Double>, _ workspace: inout Workspace) {
    let contexts = readout.contexts
    let g = x + gainsOffset
    workspace.patterns.withUnsafeMutableBufferPointer { patterns in
      for i in 0..<neurons { patterns[i] = 0 }
      for c in 0..<contexts {
        for i in 0..<neurons { patterns[i] = patterns[i] << 1 | (g[c * neurons + i] != 0 ? 1 : 0) }
      }
      exchange!.withState(&workspace.exchange!) { state in
        state.setCovariance(
          contexts: contexts, scale: exchange!.scale, x, patterns.baseAddress!, count: neurons, without: -1)
      }
    }
  }
}
