// Which sampler an experiment gets, and why.

import JSON
import Networks
import Storage

/// The sampler of a run: what was asked for, resolved to what is done.
struct SamplerChoice: Sendable, Equatable {
  /// The kernel of the real coordinates, or exact draws; never `auto`.
  typealias Kind = SamplerName

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
    case let kind: self.init(kind: kind, reason: "asked for")
    }
  }

  /// The choice that a run was made with, from its `run.json`.
  ///
  /// - Throws: ``StorageError`` if it is not there.
  init(of run: RunDirectory) throws {
    guard let kind = run.record["sampler"]?["kind"]?.string.flatMap(Kind.init), kind != .auto,
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
