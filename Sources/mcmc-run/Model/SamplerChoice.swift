// Which sampler an experiment gets, and why.

import Networks

/// The sampler of a run: what was asked for, resolved to what is done.
struct SamplerChoice: Sendable, Equatable {
  /// The kernel of the real coordinates, or exact draws.
  enum Kind: String, Sendable {
    case exact, mala, ula

    /// Whether its draws follow another distribution than the target.
    var isBiased: Bool { self == .ula }
    /// The acceptance rate that its warm-up aims at; nil where nothing is accepted or rejected.
    var targetAcceptanceRate: Double? { self == .mala ? 0.574 : nil }
  }

  let kind: Kind
  /// A sentence for people.
  let reason: String

  /// - Throws: ``UnsupportedExperiment`` for a sampler that this version does not have.
  init(_ experiment: Experiment) throws {
    let isProduct = experiment.ensemble == .product
    switch experiment.sampler.kind {
    case .exact:
      self.init(kind: .exact, reason: "asked for")
    case .mala:
      self.init(kind: .mala, reason: "asked for")
    case .ula:
      self.init(kind: .ula, reason: "asked for")
    case .auto where isProduct:
      self.init(kind: .exact, reason: "neurons of the product ensemble are independent and can be drawn exactly")
    case .auto:
      self.init(kind: .mala, reason: "the Gibbs density is differentiable and has no exact sampler")
    default:
      throw UnsupportedExperiment(
        "sampler.kind",
        "this version has the samplers auto, exact, mala and ula; \(experiment.sampler.kind.rawValue) is read, not run")
    }
  }

  private init(kind: Kind, reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
