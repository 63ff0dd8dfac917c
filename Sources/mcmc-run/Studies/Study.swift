// What all studies share: a folder, a report, and how the commands that make them run.

import JSON
import Networks
import Storage

/// A question over many networks: what a command asks, and a folder to answer it in.
protocol Study: Sendable {
  /// The name of its command.
  static var name: String { get }
  /// The names of its tables.
  static var tables: [String] { get }
  var folder: StudyFolder { get }
  init(_ folder: StudyFolder) throws
  /// The answer; what is missing of it is computed.
  ///
  /// - Throws: ``StudyStopped`` once a signal has come.
  func answer(_ context: CommandContext) throws -> any StudyReport
}

/// What a study found: for people, for machines, and as pictures.
protocol StudyReport {
  var title: String { get }
  /// An object.
  var json: JSONValue { get }
  func text(_ style: TextStyle) -> String
  /// Which points can be believed, and what could not be concluded.
  var judgement: StudyJudgement { get }
  /// Tables by file name, as CSV.
  var tables: [(file: String, csv: String)] { get }
  var figures: [Figure] { get }
  /// The page's tables: heading, columns and rows of HTML.
  var sections: [(heading: String, columns: [String], rows: [[String]])] { get }
}

extension StudyReport {
  /// The machine-readable form with the judgement.
  var judgedJSON: JSONValue {
    guard case .object(let members) = json.content else { return json }
    return .object(members.map { ($0.key, $0.value) } + judgement.members)
  }
}

/// The studies, by the names of their commands.
enum Studies {
  static var all: [any Study.Type] {
    [FiniteSizeStudy.self, PhaseDiagramStudy.self, TrainingStudy.self, ComparisonStudy.self]
  }

  /// What a folder's question may be called: a command, or a finding that draws one ensemble.
  static var names: [String] { all.map { $0.name } + PaperFinding.all.map(\.name) }

  /// The results that studies write beside their questions.
  static var files: [String] { all.flatMap { ["\($0.name).json"] + $0.tables } }

  /// The study that a folder holds.
  ///
  /// - Throws: ``StorageError``.
  static func open(_ path: String) throws -> any Study {
    let folder = try StudyFolder(opening: path)
    guard let kind = all.first(where: { $0.name == folder.study }) else {
      throw StorageError.damaged(path: path, reason: "there is no study called \(folder.study)")
    }
    return try kind.init(folder)
  }
}

extension CommandContext {
  /// Runs a study's command: makes the folder or goes on in it, answers, writes the results and shows them.
  func run<Kind: Study>(
    _ kind: Kind.Type, suffix: String, options: JSONValue
  ) throws -> CommandStatus {
    let experiment = try experiment(Parameters.experimentOrRun)
    let path = arguments[StandardOptions.out] ?? "chains/\(experiment.name)-\(suffix)"
    let asked = StudyFolder(Kind.name, experiment, options: options, at: path)
    _ = try Kind(asked)
    let folder = try ranks.sharedFolder(asked) { try asked.made(replacing: arguments[StudyOptions.force]) }
    let report = try watchingSignals { try Kind(folder).answer($0) }
    guard ranks.isFirst else { return .done }
    try folder.write(report.judgedJSON.text() + "\n", as: "\(Kind.name).json")
    for table in report.tables { try folder.write(table.csv, as: table.file) }
    show(report.judgedJSON, report.text(terminal.style) + report.judgement.text(terminal.style))
    say("tables and every part: \(path); pictures: mcmc-run report \(path)")
    return report.judgement.status
  }
}

/// The options that every study takes.
enum StudyOptions {
  static let out = Option("out", .text("DIR"), "the study's folder (default: chains/<name>-<study>)")
  static let force = Flag("force", "replace a study with another question")
  static let all: [any CommandOption] =
    [out, force] + StandardOptions.overrides + [StandardOptions.threads] + StandardOptions.output
}

/// Comma-separated values (RFC 4180).
enum CSV {
  static func text(_ columns: [String], _ rows: [[Figure.Cell]]) -> String {
    ([columns.map(field)] + rows.map { $0.map(\.csv) }).map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// A text as one field: in quotes, with its own quotes doubled, where it holds what would end it.
  static func field(_ text: String) -> String {
    let marks: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
    guard text.unicodeScalars.contains(where: marks.contains) else { return text }
    return "\"" + text.replacing("\"" as Unicode.Scalar, with: "\"\"") + "\""
  }
}

extension String {
  /// The text with every occurrence of a scalar replaced, whatever combines with it. O(n).
  func replacing(_ scalar: Unicode.Scalar, with replacement: String) -> String {
    unicodeScalars.split(separator: scalar, omittingEmptySubsequences: false).map { String($0) }
      .joined(separator: replacement)
  }
}

extension JSONValue {
  /// A value and its standard error.
  static func estimate(_ estimate: Estimate?) -> JSONValue {
    estimate.map { ["value": .number($0.value), "standardError": .number($0.standardError)] } ?? .null
  }

  /// What is at a path of keys.
  func value(at path: [String]) -> JSONValue? {
    var value: JSONValue? = self
    for key in path { value = value?[key] }
    return value
  }

  /// The number at a path of keys.
  func number(_ path: String...) -> Double? { value(at: path)?.realNumber }

  /// What ``estimate(_:)`` wrote.
  var estimate: Estimate? {
    guard let value = number("value") else { return nil }
    return Estimate(value: value, standardError: number("standardError"))
  }
}

extension NumberText {
  /// `value ± error`, or the value alone.
  static func estimate(_ estimate: Estimate) -> String {
    guard let error = estimate.standardError, error > 0 else { return significant(estimate.value, digits: 4) }
    return plusMinus(estimate.value, error)
  }
}
