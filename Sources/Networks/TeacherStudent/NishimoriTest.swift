// Whether differences that should be zero on average over teachers are, at one false-alarm rate for all of them.

import CGSL
import Sampling

/// Nishimori identities over independent teachers.
///
/// Each row is a mean of independent differences, one per teacher: t = mean/(s/√n) has Student's law with n − 1 degrees of freedom for normal
/// differences, and nearly so for others once there are ``fewest`` of them. Rows are judged together by Bonferroni's correction: right
/// samplers fail with the stated probability at most.
public struct NishimoriTest: Sendable {
  /// Fewer teachers decide nothing: the law of t rests on differences that are nearly normal, or many.
  public static let fewest = 20
  /// The probability with which a wrong temperature is found by ``teachersNeeded(wrongBy:)`` teachers.
  static let power = 0.95

  /// One identity at one point.
  public struct Row: Sendable {
    /// The identity's name.
    public let name: String
    /// At which point and from which start.
    public let place: String
    /// Teachers whose chains agree.
    public let teachers: Int
    /// Over teachers, with its standard error.
    public let mean, standardError: Double
    /// mean/standardError.
    public let z: Double
    /// Two-sided, of this row alone.
    public let pValue: Double
    /// What the mean of the difference would be if the temperature were wrong by a share of 1; nil where that is not known.
    let response: Double?

    /// The standard deviation over teachers.
    public var deviation: Double { standardError * Double(teachers).squareRoot() }

    /// nil for fewer than two teachers, or where nothing varies and nothing differs.
    public init?(_ name: String, at place: String, _ differences: [Double], response: Double?) throws {
      let moments = RunningMoments(differences)
      guard differences.count > 1, differences.allSatisfy(\.isFinite),
        differences.contains(where: { $0 != differences[0] })
      else { return nil }
      self.name = name
      self.place = place
      self.response = response
      teachers = differences.count
      mean = moments.mean
      let error = (moments.variance / Double(differences.count)).squareRoot()
      standardError = error
      let t = moments.mean / error
      z = t
      let freedom = Double(differences.count - 1)
      pValue = try GSL.checked { 2 * gsl_cdf_tdist_Q(abs(t), freedom) }
    }
  }

  /// What the rows say.
  public enum Decision: String, Sendable { case holds, rejected, inconclusive }

  /// A row for each identity, number of labels and start.
  public let rows: [Row]
  /// α, of all rows together.
  public let falseAlarmRate: Double
  /// What all rows together say.
  public let decision: Decision
  /// Why nothing is decided, a sentence.
  public let reason: String?

  /// Judges rows.
  ///
  /// - Parameter undecided: why nothing can be decided, whatever the rows say; nil for no such reason.
  public init(_ rows: [Row], falseAlarmRate: Double, undecided: String? = nil) {
    self.rows = rows
    self.falseAlarmRate = falseAlarmRate
    let fewestTeachers = rows.map(\.teachers).min() ?? 0
    var reason = undecided
    if reason == nil, rows.isEmpty { reason = "there is nothing to compare" }
    if reason == nil, fewestTeachers < Self.fewest {
      reason =
        "\(fewestTeachers) teachers are too few to tell: the identities hold on average over teachers; \(Self.fewest) at least"
    }
    self.reason = reason
    let isRejected = rows.contains { $0.pValue < falseAlarmRate / Double(rows.count) }
    decision = reason != nil ? .inconclusive : isRejected ? .rejected : .holds
  }

  /// Below this p-value a row is rejected.
  public var rowRate: Double { rows.isEmpty ? falseAlarmRate : falseAlarmRate / Double(rows.count) }

  /// The rows that are rejected, the worst first.
  public var rejected: [Row] {
    decision == .rejected ? rows.filter { $0.pValue < rowRate }.sorted { $0.pValue < $1.pValue } : []
  }

  /// |z| beyond which a row with many teachers is rejected.
  ///
  /// - Throws: ``GSLError``.
  public func threshold() throws -> Double {
    let freedom = Double(max(1, (rows.map(\.teachers).min() ?? 2) - 1))
    return try GSL.checked { gsl_cdf_tdist_Qinv(rowRate / 2, freedom) }
  }

  /// How many teachers would show a temperature that is wrong by a share, with probability 0.95 and by one row alone, and which row that is.
  ///
  /// From the spread over teachers and the measured answer of ⟨L⟩ to the temperature; nil where that is not known.
  public func teachersNeeded(wrongBy share: Double) throws -> (teachers: Int, row: Row)? {
    var best: (Int, Row)?
    for row in rows {
      guard let response = row.response, response != 0 else { continue }
      let spread = row.deviation / (share * abs(response))
      var count = Self.fewest
      // What few teachers must exceed is larger, by Student's law: a few rounds, each with the law of the number before.
      for _ in 0..<8 {
        let margin = try GSL.checked {
          gsl_cdf_tdist_Qinv(rowRate / 2, Double(count - 1)) + gsl_cdf_ugaussian_Pinv(Self.power)
        }
        let needed = margin * margin * spread * spread
        count = needed < 1e9 ? max(Self.fewest, Int(needed.rounded(.up))) : .max
        if count == .max { break }
      }
      if count < best?.0 ?? .max { best = (count, row) }
    }
    return best
  }
}
