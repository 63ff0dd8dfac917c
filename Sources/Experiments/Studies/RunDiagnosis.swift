// What `diagnose` says of the run behind a point of a study: whether the point can be believed.

import JSON
import Sampling
import Storage

/// The judgement on one point of a study.
package struct RunDiagnosis: Sendable, Equatable {
  /// The smallest bulk effective sample size of all observables that vary; nil without chains.
  package let smallestESS: Double?
  /// The largest R-hat; nil without chains, or where it is not defined.
  package let largestRHat: Double?
  /// Warnings and failures; what is well is left out.
  let findings: [Finding]

  /// Whether nothing was found that makes the point unfit for use.
  package var converged: Bool { findings.allSatisfy { $0.severity != .failure } }

  init(smallestESS: Double?, largestRHat: Double?, findings: [Finding]) {
    self.smallestESS = smallestESS
    self.largestRHat = largestRHat
    self.findings = findings
  }

  /// No judgement, of what has no draws yet.
  package static let none = RunDiagnosis(smallestESS: nil, largestRHat: nil, findings: [])

  /// The judgement on the run in a folder, as far as it has come.
  package init(of path: String, threads: Int) throws { try self.init(LoadedRun(path: path), threads: threads) }

  /// The judgement on a run.
  init(_ run: LoadedRun, threads: Int = 1) throws {
    let report = try DiagnoseReport(run, threads: threads)
    let rHats = report.summaries.map(\.rHat).filter { !$0.isNaN }
    self.init(
      smallestESS: report.minEssBulk.isNaN ? nil : report.minEssBulk, largestRHat: rHats.max(),
      findings: report.findings.filter { $0.severity > .info })
  }

  /// The judgement on networks that were trained: training has no chains, it has reached its loss or not.
  init(training networks: [TrainedRecord], lossBound: Double) {
    let late = networks.filter { !($0.loss <= lossBound) }
    let found = Finding(
      severity: .failure, check: "training",
      measured: "\(late.count) of \(networks.count) networks stopped above the loss of "
        + "\(NumberText.significant(lossBound, digits: 3)) that was asked for; the largest is "
        + NumberText.significant(late.map(\.loss).max() ?? 0, digits: 3),
      meaning: "They have not learnt the task as well as was asked.",
      advice: "Allow more --steps, or ask for a larger --loss.")
    self.init(smallestESS: nil, largestRHat: nil, findings: late.isEmpty ? [] : [found])
  }

  /// The same with more findings.
  func adding(_ more: [Finding]) -> RunDiagnosis {
    RunDiagnosis(smallestESS: smallestESS, largestRHat: largestRHat, findings: findings + more)
  }

  /// Reads what ``members`` wrote.
  ///
  /// - Throws: ``StorageError`` naming what is malformed.
  init(_ part: StudyPart) throws {
    func optional(_ key: String) throws -> Double? {
      let value = try part.numberOrNaN(key)
      return value.isNaN ? nil : value
    }
    self.init(
      smallestESS: try optional("smallestESS"), largestRHat: try optional("largestRHat"),
      findings: try part.list("findings").map(Finding.init(reading:)))
  }

  /// The members that a point of a study has in JSON; null where the point was never judged.
  package static func members(_ diagnosis: RunDiagnosis?) -> [(String, JSONValue)] {
    [
      ("converged", diagnosis.map { .bool($0.converged) } ?? .null),
      ("smallestESS", .number(diagnosis?.smallestESS)), ("largestRHat", .number(diagnosis?.largestRHat)),
      ("findings", .array((diagnosis?.findings ?? []).map(\.json))),
    ]
  }

  var json: JSONValue { .object(Self.members(self)) }

  /// One word, or what was found.
  package static func words(_ diagnosis: RunDiagnosis?) -> String {
    guard let diagnosis else { return "not judged" }
    let failures = diagnosis.findings.filter { $0.severity == .failure }.map(\.check)
    return failures.isEmpty ? "converged" : "NOT CONVERGED: " + failures.joined(separator: ", ")
  }

  /// Cells of a CSV table; see ``columns``.
  static func cells(_ diagnosis: RunDiagnosis?) -> [CSV.Cell] {
    [
      diagnosis.map { .text($0.converged ? "true" : "false") } ?? .empty,
      diagnosis?.smallestESS.map { .number($0) } ?? .empty, diagnosis?.largestRHat.map { .number($0) } ?? .empty,
    ]
  }

  static let columns = ["converged", "smallest_ess", "largest_rhat"]
}

extension Finding {
  /// The machine-readable form.
  var json: JSONValue {
    [
      "severity": .string(severity.rawValue), "check": .string(check), "measured": .string(measured),
      "meaning": .string(meaning), "advice": .string(advice),
    ]
  }

  /// Reads what ``json`` wrote; an unknown severity counts as a failure.
  fileprivate init(reading part: StudyPart) throws {
    self.init(
      severity: Severity(rawValue: try part.text("severity")) ?? .failure, check: try part.text("check"),
      measured: try part.text("measured"), meaning: try part.text("meaning"), advice: try part.text("advice"))
  }
}

/// The points of a study with their judgements, and what follows from them.
package struct StudyJudgement: Sendable {
  /// A point's name, such as `N = 10`, and the judgement on it; nil if it was never made.
  package let points: [(name: String, diagnosis: RunDiagnosis?)]
  /// What could not be concluded from the points, a sentence each.
  package let refusals: [String]

  package init(points: [(name: String, diagnosis: RunDiagnosis?)] = [], refusals: [String] = []) {
    self.points = points
    self.refusals = refusals
  }

  private var failed: [(name: String, diagnosis: RunDiagnosis)] {
    points.compactMap { point in point.diagnosis.flatMap { $0.converged ? nil : (point.name, $0) } }
  }

  /// Whether every point is fit for use, and everything could be concluded.
  package var isSound: Bool { failed.isEmpty && refusals.isEmpty }

  /// What is wrong, a sentence a point.
  var sentences: [String] {
    failed.map { name, diagnosis in
      let failures = diagnosis.findings.filter { $0.severity == .failure }
      let more = failures.count > 1 ? " (and \(failures.count - 1) more)" : ""
      return "\(name) is not fit for use: \(failures[0].check): \(failures[0].measured)\(more)"
    } + refusals
  }

  /// The members that every study's JSON ends with.
  package var members: [(String, JSONValue)] {
    [
      ("converged", .bool(failed.isEmpty)), ("notConverged", .array(failed.map { .string($0.name) })),
      ("failures", .array(sentences.map { .string($0) })),
    ]
  }

  /// ``sentences``, at most six of them.
  package var summary: [String] {
    guard sentences.count > 6 else { return sentences }
    return sentences.prefix(5) + ["and \(sentences.count - 5) more of \(points.count) points"]
  }
}

extension JSONValue {
  /// Whether a ``RunDiagnosis`` in it says that something is not fit for use.
  var isUnfit: Bool {
    switch content {
    case .object(let members):
      members.contains { ($0.key == "converged" && $0.value == .bool(false)) || $0.value.isUnfit }
    case .array(let elements): elements.contains(where: \.isUnfit)
    default: false
    }
  }
}
