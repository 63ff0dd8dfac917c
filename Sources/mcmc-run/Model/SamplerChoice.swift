// Which sampler an experiment gets, and why.

import JSON
import Networks
import Storage

/// The sampler of a run: what was asked for, resolved to what is done.
struct SamplerChoice: Sendable, Equatable {
  /// The kernel of the real coordinates, or exact draws.
  enum Kind: String, Sendable {
    case exact, metropolis, independence, mala, ula, pcn, ellipticalSlice, hmc, nuts, tempering, collapsedGibbs,
      neuronGibbs

    /// Whether its draws follow another distribution than the target.
    var isBiased: Bool { self == .ula }
    /// Whether it follows trajectories, which can diverge, with momenta, whose refreshment E-BFMI judges.
    var hasTrajectories: Bool { self == .hmc || self == .nuts || self == .tempering }
    /// The acceptance rate that its warm-up aims at; nil where there is nothing to tune.
    var targetAcceptanceRate: Double? {
      switch self {
      case .exact, .independence, .ellipticalSlice, .collapsedGibbs, .ula: nil
      case .neuronGibbs: 0.28
      case .metropolis, .pcn: 0.234
      case .mala: 0.574
      case .hmc, .nuts, .tempering: 0.8
      }
    }
  }

  /// Doublings of a NUTS trajectory at most.
  static let maximumTreeDepth = 10

  let kind: Kind
  /// A sentence for people.
  let reason: String

  init(_ experiment: Experiment) {
    switch experiment.sampler.kind {
    case .auto where experiment.isDrawnExactly:
      self.init(kind: .exact, reason: "neurons are independent in the product ensemble")
    case .auto where experiment.hasCollapsedGibbs:
      self.init(
        kind: .collapsedGibbs,
        reason:
          "the gains are given, so that all weights are Gaussian but for a norm a population; draws are nearly independent"
      )
    case .auto where experiment.hasNeuronGibbs && !experiment.respondsLinearly:
      self.init(
        kind: .neuronGibbs,
        reason: "neurons meet in one sum, so that each can be moved alone; docs/kernels.md measures it the fastest here"
      )
    case .auto:
      self.init(
        kind: .hmc,
        reason: "the density is differentiable; docs/kernels.md measures it the fastest here")
    case .exact: self.init(kind: .exact, reason: "asked for")
    case .metropolis: self.init(kind: .metropolis, reason: "asked for")
    case .independence: self.init(kind: .independence, reason: "asked for")
    case .mala: self.init(kind: .mala, reason: "asked for")
    case .ula: self.init(kind: .ula, reason: "asked for")
    case .pcn: self.init(kind: .pcn, reason: "asked for")
    case .ellipticalSlice: self.init(kind: .ellipticalSlice, reason: "asked for")
    case .hmc: self.init(kind: .hmc, reason: "asked for")
    case .nuts: self.init(kind: .nuts, reason: "asked for")
    case .tempering: self.init(kind: .tempering, reason: "asked for")
    case .collapsedGibbs: self.init(kind: .collapsedGibbs, reason: "asked for")
    case .neuronGibbs: self.init(kind: .neuronGibbs, reason: "asked for")
    }
  }

  /// The choice that a run was made with, from its `run.json`.
  ///
  /// - Throws: ``StorageError`` if it is not there.
  init(of run: RunDirectory) throws {
    guard let kind = run.record["sampler"]?["kind"]?.string.flatMap(Kind.init),
      let reason = run.record["sampler"]?["reason"]?.string
    else { throw StorageError.damaged(path: run.file("run.json"), reason: "it names no sampler of this program") }
    self.init(kind: kind, reason: reason)
  }

  /// The choice as `run.json` holds it.
  var json: JSONValue { ["kind": .string(kind.rawValue), "reason": .string(reason)] }

  private init(kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
