// Positional parameters that many commands share, and how a command shows what it found.

import Experiments
import JSON
import Storage

/// Parameters that commands share.
enum Parameters {
  static let experimentOrRun = Parameter(
    "experiment.json | run", "an experiment file (-: standard input), or the folder of a run", completes: .runsAndFiles)
  static let experiment = Parameter(
    "experiment.json", "an experiment file; -: standard input, where relative paths start in the working directory")
  static let run = Parameter("run", "the folder of a run", completes: .runs)
}

extension CommandContext {
  /// Prints data on standard output: JSON where it was asked for, otherwise text for people.
  func show(_ json: @autoclosure () -> JSONValue, _ text: @autoclosure () -> String) {
    if wantsJSON { print(json()) } else { terminal.show(text()) }
  }

  /// Prints data on standard output: JSON where it was asked for, otherwise sentences and tables in the format that was.
  func show(_ json: @autoclosure () -> JSONValue, _ document: @autoclosure () -> TextDocument) {
    show(json(), document().text(terminal.style))
  }

  /// Shows a report of a run's draws; that the run is not finished is told on standard error, and in the JSON (`unfinished`).
  func show(_ json: @autoclosure () -> JSONValue, _ text: @autoclosure () -> String, unfinished: String?) {
    show(json().with("unfinished", unfinished.map { .string($0) }), text())
    if let unfinished { say(unfinished) }
  }

  /// Shows a report of a run's draws in the format that was asked for.
  func show(_ json: @autoclosure () -> JSONValue, _ document: @autoclosure () -> TextDocument, unfinished: String?) {
    show(json(), document().text(terminal.style), unfinished: unfinished)
  }
}

extension CommandContext {
  /// The folder of the run that a parameter names, directly or by the experiment that made it.
  ///
  /// - Throws: ``SpecError``.
  func runFolder(_ parameter: Parameter) throws -> String {
    let folder =
      switch try input(parameter) {
      case .run(let folder): folder
      case .experiment(let path):
        "chains/\(try Experiment.read(path: path).name)"
      }
    sayIfUnverified(folder)
    return folder
  }

  /// Says of a run of an older version that it has checksums of its draws only.
  func sayIfUnverified(_ run: String) {
    guard RunDirectory.isUnsealed(run) else { return }
    say(
      "\(run): made by an older version, without checksums of run.json, inputs and sessions: these are read unverified")
  }
}
