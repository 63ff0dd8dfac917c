// "evidenceIntegration": a recurrent network of rank one integrates the input that its context selects.

import JSON
import Networks
import Sampling

/// In context c, integrate input c with the gain λ of the recurrent loop: A = [λ 1 | b I], D = 1 + K (THEORY section 12).
///
/// The weights of a gain-modulated linear network are read as loadings of ẋ = −x + J D_c x + Σ_s I_s u_s, J = (1/N) m nᵀ: w is n, feature 0
/// is m, feature 1 + s is I_s. Entry (c, 0) of the readout is the loop's gain λ_c in context c, entry (c, 1 + s) the drive of input s.
package struct EvidenceIntegrationTask: TaskKind {
  package static let kind = "evidenceIntegration"
  /// The most contexts: every pair of a context and an input is a readout entry.
  static let mostContexts = 1000
  package static let keys = [
    SpecKey(
      "contexts", .integer(1...mostContexts),
      "K: in context c the network integrates input c of K inputs; with drawn binary gains up to \(MeaningRule.mostContexts)"
    ),
    SpecKey(
      "loop", .number(.entries), .defaultsTo(0.8),
      "lambda: the wanted gain of the recurrent loop, the same in every context; the time constant is 1/(1 - lambda)"),
    SpecKey("drive", .number(.entries), .defaultsTo(1.0), "b: how strongly the wanted input drives the loop"),
  ]

  package let contexts: Int
  /// λ.
  package let loop: Double
  /// b.
  package let drive: Double

  package init(from reader: SpecReader) throws(SpecError) {
    contexts = try reader.integer("contexts")
    loop = try reader.number("loop")
    drive = try reader.number("drive")
  }

  package var json: JSONValue {
    [
      "kind": .string(Self.kind), "contexts": .integer(contexts), "loop": .number(loop), "drive": .number(drive),
    ]
  }

  package var features: Int { 1 + contexts }
  package var sizePath: JSONPath { ["task", "contexts"] }
  package var isRecurrent: Bool { true }

  package func keys(contexts: Int) -> [(path: [String], value: JSONValue)]? {
    [(["task", "contexts"], .integer(contexts))]
  }

  package func learningTask() throws -> LearningTask {
    var target = Matrix(rows: contexts, columns: features)
    for c in 0..<contexts {
      target[c, 0] = loop
      target[c, 1 + c] = drive
    }
    return try LearningTask(target: target)
  }

  /// `slowest_rate`, 1 − max_c λ_c, the rate of the slowest decay (below 0: growth); `unstable_contexts`, how many have λ_c ≥ 1.
  package var implied: [ObservableExpression] {
    let gains = (0..<contexts).map { "readout[\($0),0]" }
    return [
      ObservableExpression("slowest_rate", of: "1 - \(Self.largest(gains[...]))"),
      ObservableExpression("unstable_contexts", of: gains.map { "(\($0) >= 1)" }.joined(separator: " + ")),
    ]
  }

  /// The largest of some scalars, in pairs of pairs: depth log K.
  private static func largest(_ names: ArraySlice<String>) -> String {
    guard names.count > 1 else { return names.first ?? "0" }
    let middle = names.startIndex + names.count / 2
    return "max(\(largest(names[..<middle])), \(largest(names[middle...])))"
  }
}
