// What a running command gets: its arguments, its terminal, and the shared options read for it.

import Experiments
import JSON
import Sampling
import Storage

/// The surroundings of one run of a command.
struct CommandContext: Sendable {
  let arguments: ParsedArguments
  let terminal: Terminal
  /// The command line, to be copied into a shell.
  var commandLine = ""
  /// Where the command line gives the command so much time.
  var budget: TimeBudget?
  /// The processes that work together; this one alone unless a launcher started several.
  var ranks = Ranks.alone

  var wantsJSON: Bool { arguments[StandardOptions.json] }
  var isQuiet: Bool { arguments[StandardOptions.quiet] }

  /// What the command line says in place of the spec's values.
  ///
  /// - Throws: ``UsageError`` for a `--set` of a key that no experiment has, or of one that another option gives.
  func overrides() throws -> SpecOverrides {
    var overrides = SpecOverrides()
    func integer(_ option: Option<Int>, _ path: JSONPath) {
      // A study has options of the same names that take lists.
      overrides.set(path, to: arguments[option].map { .integer($0) }, by: "--\(option.name)")
    }
    integer(StandardOptions.seed, ["sampler", "seed"])
    overrides.set(["sampler", "chains"], to: arguments[StandardOptions.chains]?.json, by: "--chains")
    integer(StandardOptions.warmup, ["sampler", "warmup"])
    integer(StandardOptions.draws, ["sampler", "draws"])
    overrides.set(
      ["sampler", "kind"], to: arguments[StandardOptions.sampler].map { .string($0) }, by: "--sampler")
    integer(StandardOptions.thin, ["sampler", "thin"])
    integer(StandardOptions.neurons, ["network", "neurons"])
    overrides.set(
      ["ensemble", "tightness"], to: arguments[StandardOptions.tightness].map { .number($0) }, by: "--tightness")
    for setting in arguments.all(StandardOptions.set) {
      let name = "--set \(setting.path)"
      if let fault = setting.fault(in: SpecSchema.sections) { throw UsageError("\(name): \(fault)") }
      if let earlier = overrides.source(ofWhatIsAt: setting.path) {
        throw UsageError("\(name): \(earlier) has said this already; allowed: one of the two")
      }
      overrides.set(setting.path, to: setting.value, by: name)
    }
    return overrides
  }

  /// `--threads`, or as many as there are active processors.
  var threads: Int { arguments[StandardOptions.threads] ?? Threads.perProcessor }

  /// Prints data and a newline on standard output.
  func print(_ text: String) { terminal.output.write(text + "\n") }

  /// Prints data as indented JSON.
  func print(_ json: JSONValue) { print(json.text()) }

  /// Prints a message on standard error, unless `--quiet`.
  func say(_ text: String) {
    if !isQuiet { terminal.say(text + "\n") }
  }

  /// The file or run that a parameter names.
  ///
  /// - Throws: ``SpecError``.
  func input(_ parameter: Parameter) throws(SpecError) -> RunInput {
    let path = arguments[parameter] ?? ""
    guard path != InputFile.standardInputPath || ranks.count == 1 else {
      throw SpecError(
        path, "launchers hand standard input to one of \(ranks.count) processes only; write the experiment into a file")
    }
    return try RunInput(path: path)
  }

  /// The experiment that a parameter names, with the command line's overrides.
  ///
  /// Of a run it is what the run was made from: neither its spec nor its inputs have changed since.
  ///
  /// - Throws: ``SpecError``, ``UsageError``, ``StorageError``.
  func experiment(_ parameter: Parameter) throws -> Experiment {
    let input = try input(parameter)
    if case .run(let folder) = input {
      sayIfUnverified(folder)
      _ = try RunDirectory.open(folder)
    }
    return try Experiment.read(path: input.experimentFile, overrides: try overrides())
  }

  /// How the command's work is carried out, and who is told how it gets on.
  var execution: Execution {
    var execution = Execution(threads: threads, say: { say($0) })
    execution.ranks = ranks
    execution.command = commandLine
    if !isQuiet { execution.show = { [terminal] in terminal.watch($0) } }
    if !isQuiet, terminal.isLive { execution.showParts = { [terminal] in terminal.watch($0) } }
    return execution
  }

  /// Does work that keeps what it has when it is stopped. As soon as there is something to keep, signals and the end of the time
  /// budget ask it to stop.
  ///
  /// - Parameter fromTheStart: whether there is something to keep from the first moment.
  func resumable<Result>(fromTheStart: Bool = false, _ work: (Execution) throws -> Result) rethrows -> Result {
    var execution = execution
    let signals = SignalWatch(execution.stop)
    defer { signals.end() }
    if fromTheStart { signals.begin() }
    execution.willKeep = { [budget, stop = execution.stop] in
      budget?.stops(stop)
      signals.begin()
    }
    return try work(execution)
  }
}
