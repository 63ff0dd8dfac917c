// "stimuli": the distribution, or the list, of stimuli on which the loss is defined.

import JSON
import Sampling

/// The stimuli of an experiment.
package enum StimuliSection: Sendable, Equatable {
  /// Gaussian of zero mean, in expectation; identity covariance if nil.
  case gaussian(covariance: Matrix?)
  /// A fixed list of standard normal stimuli.
  case sampled(count: Int, seed: UInt64)
  /// A fixed list, a row a stimulus and a column a feature.
  case file(DataFile)

  static let schema = SpecSection(
    path: "stimuli", kindMeaning: "expectation over Gaussian stimuli, or a list of stimuli",
    presence: .defaultsTo("gaussian"),
    kinds: [
      (
        "gaussian",
        [SpecKey("covariance", .orNull(.matrix), .defaultsTo(.null), "S, symmetric positive definite; null: identity")]
      ),
      (
        "sampled",
        [
          SpecKey("count", .integer(1...100_000_000), .defaultsTo(64), "P: number of stimuli"),
          SpecKey("seed", .integer(0...Int.max), .defaultsTo(1), "of the stimuli alone"),
        ]
      ),
      (
        "file",
        [
          SpecKey("path", .path, "a CSV file, a row per stimulus and a column per feature")
            .example("stimuli.csv", ExampleTable(.numbers, rows: .stimuli, columns: .features))
        ]
      ),
    ])

  init(from reader: SpecReader, features: Int) throws(SpecError) {
    switch reader.kind {
    case "gaussian":
      let covariance = try reader.matrixOrNull("covariance")
      if let covariance, let fault = Self.fault(of: covariance, features: features) {
        throw reader.error(at: "covariance", fault)
      }
      self = .gaussian(covariance: covariance)
    case "sampled":
      self = .sampled(count: try reader.integer("count"), seed: UInt64(try reader.integer("seed")))
    default:
      let location = try reader.path("path")
      let columns = NumericTable.Columns(count: features, meaning: "one a feature")
      self = .file(try reader.source.table(location, at: reader.path + "path", columns: columns))
    }
  }

  /// Why a matrix cannot be the covariance of D features; nil if it can.
  private static func fault(of covariance: Matrix, features: Int) -> String? {
    guard covariance.rows == features, covariance.columns == features else {
      return "found \(covariance.rows) x \(covariance.columns) numbers; allowed: \(features) x \(features), "
        + "a row and a column for each feature of the task"
    }
    for i in 0..<features {
      for j in 0..<i {
        let scale = max(covariance[i, j].magnitude, covariance[j, i].magnitude)
        if (covariance[i, j] - covariance[j, i]).magnitude > 1e-12 * scale {
          return "entries [\(i)][\(j)] and [\(j)][\(i)] differ; allowed: a symmetric matrix"
        }
      }
    }
    let factor = try? Cholesky(covariance).factor
    let isPositive = factor.map { factor in (0..<features).allSatisfy { factor[$0, $0] > 0 } } ?? false
    return isPositive
      ? nil : "the matrix is not positive definite; allowed: a covariance whose eigenvalues are all above 0"
  }

  var json: JSONValue {
    switch self {
    case .gaussian(let covariance): ["kind": "gaussian", "covariance": covariance.map { .matrix($0) } ?? .null]
    case .sampled(let count, let seed):
      ["kind": "sampled", "count": .integer(count), "seed": .integer(Int(seed))]
    case .file(let file): ["kind": "file", "path": .string(file.location.path)]
    }
  }
}
