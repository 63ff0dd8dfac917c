// A finding of the paper: the claims that it makes, and what was found here.

import JSON
import Networks
import Sampling

/// One claim, held against numbers.
package struct Claim: Sendable {
  package let statement: String
  package let expected: String
  package let found: String
  package let isReproduced: Bool

  package var json: JSONValue {
    [
      "statement": .string(statement), "expected": .string(expected), "found": .string(found),
      "reproduced": .bool(isReproduced),
    ]
  }
}

/// What became of a finding.
package struct FindingResult {
  /// What the claims rest on, and which of its pictures and tables belong beside them.
  package enum Evidence {
    /// A run with its checks; the pictures of these names.
    case run(LoadedRun, CheckReport, figures: [String])
    /// A study's report; the pictures of these names (nil: the first few), and so many of its tables.
    case study(any StudyReport, figures: [String]?, mostFigures: Int, mostTables: Int)
  }

  package let claims: [Claim]
  package let evidence: Evidence
  /// The runs and points behind the claims.
  package let judgement: StudyJudgement
  /// What was computed besides and belongs on the page.
  package var tables: [(heading: String, columns: [String], rows: [[String]])] = []
}

/// A finding: the name of its spec, what it says, and how it is examined.
package struct PaperFinding: Sendable {
  /// The spec's file name without extension, and the folder's name.
  package var name: String { id.rawValue }
  let id: FindingName
  package let title: String
  /// What the paper says.
  package let statement: String
  /// Computes what is missing below `path` and judges the claims.
  package let examine:
    @Sendable (_ experiment: Experiment, _ path: String, _ execution: Execution) throws -> FindingResult

  /// All findings, in the order of the page.
  package static let all: [PaperFinding] = [
    .populations, .contexts, .weightScale, .gradientDescent, .finiteSizeProduct, .finiteSizeGibbs, .threeEnsembles,
    .deepNetwork, .teacherStudent, .contextIntegration,
  ]
}

extension Study {
  /// The study's answer for a finding, with its own folder.
  static func answer(
    _ experiment: Experiment, options: JSONValue, at path: String, _ execution: Execution
  ) throws -> Report {
    try Self(StudyFolder(name, experiment, options: options, at: path).made(replacing: false)).answer(execution)
  }
}

extension FindingResult {
  /// The largest number of standard errors between sampled order parameters and the closed form.
  ///
  /// The errors are a jackknife's over 20 groups: with Student's t of 19 degrees of freedom one of 21 points is beyond 5 with
  /// probability 2e-3 by chance.
  static func largestZ(_ report: PhaseDiagramReport, _ order: String) -> (z: Double, points: Int) {
    guard let value = PhaseDiagramReport.orders.first(where: { $0.name == order })?.value else { return (.nan, 0) }
    let z = report.sampled.filter(\.isFit).compactMap { sample -> Double? in
      guard let drawn = sample.values[order], let error = drawn.standardError, error > 0,
        let closed = report.points.first(where: {
          $0.contexts == sample.contexts && $0.value == sample.value
        })?.order
      else { return nil }
      return abs(drawn.value - value(closed)) / error
    }
    return (z.max() ?? .nan, z.count)
  }
}

/// THEORY's numbers that findings are held to.
package enum TheoryTables {
  /// Section 3: K, sigma squared, c_1, mean structure, KL, to four digits after the point.
  static let populations: [(contexts: Int, variance: Double, values: [Double])] = [
    (2, 0.1, [0.7814, 0.8835, 0.1217]), (2, 1, [0.7424, 0.5335, 0.0244]), (2, 20, [0.6688, 0.0128, 0.0000]),
    (3, 0.1, [0.0717, 0.8857, 0.1667]), (3, 1, [0.2923, 0.6275, 0.0267]), (3, 20, [0.3747, 0.0213, 0.0000]),
    (4, 0.1, [0.0074, 0.8952, 0.1899]), (4, 1, [0.0904, 0.6792, 0.0278]), (4, 20, [0.1983, 0.0298, 0.0000]),
    (8, 0.1, [0.0001, 0.9341, 0.1791]), (8, 1, [0.0021, 0.7913, 0.0225]), (8, 20, [0.0132, 0.0622, 0.0000]),
  ]

  /// Section 7: K, and the correlation of gradient flow with maximum entropy at sigma squared 10, 1 and 0.1.
  static let correlations: [(contexts: Int, byVariance: [(variance: Double, correlation: Double)])] = [
    (2, [(10, 1.000), (1, 0.989), (0.1, 0.968)]), (3, [(10, 1.000), (1, 0.959), (0.1, 0.913)]),
    (4, [(10, 1.000), (1, 0.917), (0.1, 0.792)]), (6, [(10, 0.999), (1, 0.920), (0.1, 0.727)]),
  ]
}
