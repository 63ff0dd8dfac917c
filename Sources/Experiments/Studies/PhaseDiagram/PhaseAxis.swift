// The second axis of a phase diagram, besides the number of contexts.

import JSON
import Sampling

/// What a phase diagram goes over besides the number of contexts.
package struct PhaseAxis: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// σ_w = σ_m.
    case weightScale
    /// β of a Gibbs ensemble.
    case tightness
    /// π, the prior probability of an active gain.
    case activeProbability
  }

  package let kind: Kind
  /// Ascending.
  package let values: [Double]

  package init(_ kind: Kind, _ values: [Double]) {
    self.kind = kind
    self.values = values.sorted()
  }

  /// The name in JSON.
  package var name: String { kind.rawValue }

  /// The name in CSV.
  var column: String {
    switch kind {
    case .weightScale: "weight_scale"
    case .tightness: "tightness"
    case .activeProbability: "active_probability"
    }
  }

  /// The name for people.
  package var title: String {
    switch kind {
    case .weightScale: "weight scale"
    case .tightness: "tightness"
    case .activeProbability: "probability of an active gain"
    }
  }

  /// The name of a column.
  package var shortTitle: String {
    switch kind {
    case .weightScale: "scale"
    case .tightness: "tightness"
    case .activeProbability: "pi"
    }
  }

  /// A value in words: `scale 0.5`.
  package func words(_ value: Double) -> String { "\(shortTitle) \(NumberText.significant(value, digits: 4))" }

  /// The option of the command line.
  var option: String {
    switch kind {
    case .weightScale: "--weight-scales"
    case .tightness: "--tightnesses"
    case .activeProbability: "--active-probabilities"
    }
  }

  /// The keys of the spec, as an axis of a sweep.
  package var sweep: SweepAxis {
    let keys =
      switch kind {
      case .weightScale: ["weights.output", "weights.input"]
      case .tightness: ["ensemble.tightness"]
      case .activeProbability: ["network.gains.activeProbability"]
      }
    return SweepAxis(keys: keys, values: values, isLogarithmic: kind != .activeProbability, option: option)
  }

  /// As a study's question holds it; weight scales as they always were.
  var members: [(String, JSONValue)] {
    kind == .weightScale
      ? [("weightScales", .numbers(values))] : [("axis", .string(name)), ("values", .numbers(values))]
  }

  /// Reads what ``members`` wrote.
  init(_ options: JSONValue) {
    let kind = options["axis"]?.string.flatMap { Kind(rawValue: $0) }
    let list = options[kind == nil ? "weightScales" : "values"]?.array ?? []
    self.init(kind ?? .weightScale, list.compactMap(\.realNumber))
  }
}
