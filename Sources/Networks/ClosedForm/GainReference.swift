// Where a maximum-entropy problem's gains come from.

import Sampling

/// The gains of a gain-modulated linear network, as a maximum-entropy problem takes them.
public enum GainReference: Sendable, Equatable {
  /// Part of what the distribution decides: each is 1 with this reference probability π, 0 < π ≤ 1, and 0 otherwise.
  case independent(activeProbability: Double)
  /// Given, `[neuron, context]`: finite numbers, usually 0 and 1. Only the weights are distributed.
  case given(Matrix)

  /// Whether the gains vary from network to network.
  public var areDrawn: Bool {
    switch self {
    case .independent(let activeProbability): activeProbability < 1
    case .given: false
    }
  }

  /// Whether the gains are given.
  public var isGiven: Bool { if case .given = self { true } else { false } }

  /// Whether every gain is 0 or 1.
  public var areBinary: Bool {
    switch self {
    case .independent: true
    case .given(let matrix): matrix.elements.allSatisfy { $0 == 0 || $0 == 1 }
    }
  }

  /// Whether every gain is certainly 1.
  public var areAllOne: Bool {
    switch self {
    case .independent(let activeProbability): activeProbability == 1
    case .given(let matrix): matrix.elements.allSatisfy { $0 == 1 }
    }
  }

  /// π.
  ///
  /// - Precondition: gains that are not given.
  var activeProbability: Double {
    guard case .independent(let activeProbability) = self else { preconditionFailure("given gains have no prior") }
    return activeProbability
  }

  /// Whether these can be the gains of a network of any size, or of one with so many neurons.
  ///
  /// - Throws: ``MaxEntropyError`` naming what is wrong and what is allowed.
  func validate(contexts: Int, neurons: Int? = nil) throws {
    switch self {
    case .independent(let activeProbability):
      guard activeProbability > 0, activeProbability <= 1 else {
        throw MaxEntropyError.invalidParameter(
          name: "the active probability", value: activeProbability, allowed: "a number above 0 and at most 1")
      }
    case .given(let matrix):
      guard matrix.columns == contexts, matrix.rows > 0, matrix.rows == neurons ?? matrix.rows else {
        let rows = neurons.map { "\($0) rows (one a neuron)" } ?? "at least one row (one a neuron)"
        throw MaxEntropyError.invalidGains(
          reason:
            "have \(matrix.rows) rows and \(matrix.columns) columns; allowed: \(rows) and \(contexts) columns (one "
            + "a context)")
      }
      if let index = matrix.elements.firstIndex(where: { !$0.isFinite }) {
        throw MaxEntropyError.invalidGains(
          reason: "hold \(matrix.elements[index]) for neuron \(index / contexts) in context \(index % contexts); "
            + "allowed: finite numbers")
      }
    }
  }
}
