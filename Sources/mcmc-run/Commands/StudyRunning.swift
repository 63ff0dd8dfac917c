// How the commands of studies run.

import Experiments
import JSON

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
    let mark = ranks.isFirst ? folder.mark() : nil
    defer { withExtendedLifetime(mark) {} }
    let report = try resumable(fromTheStart: true) { try Kind(folder).answer($0) }
    guard ranks.isFirst else { return .done }
    try folder.write(report.judgedJSON.text() + "\n", as: "\(Kind.name).json")
    for table in report.tables { try folder.write(table.csv, as: table.file) }
    try report.writeFiles(into: folder.path)
    show(
      report.judgedJSON.with("folder", .string(path)),
      report.shown.text(terminal.style) + report.judgement.text(terminal.style))
    say("tables and every part: \(path); pictures: mcmc-run report \(path)")
    return report.judgement.status
  }
}

/// The options that every study takes.
enum StudyOptions {
  static let out = Option("out", .text("DIR"), "the study's folder (default: chains/<name>-<study>)")
  static let force = Flag("force", "replace a study with another question")
  static let all: [any CommandOption] =
    [out, force] + StandardOptions.overrides + [StandardOptions.threads] + StandardOptions.tables
}
