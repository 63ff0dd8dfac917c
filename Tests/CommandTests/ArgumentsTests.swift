// The command-line framework: parsing, help, errors and exit statuses, through a command of the tests' own.

import Foundation
import JSON
import Sampling
import Testing

@testable import Experiments
@testable import mcmc_run

/// A command as the program's own are written: a description, and a `run` without parsing.
private enum ScaleCommand: Command {
  static let experiment = Parameter("experiment.json", "the experiment file")
  static let extras = Parameter("extra", "more files", count: .oneOrMore)
  static let factor = Option("factor", .number(in: 0...10), "multiplies")
  static let format = Option("format", .choice(["csv", "npy"]), "of the output")
  static let fail = Option("fail", .text("how"), "throws")

  static let description = CommandDescription(
    name: "scale", abstract: "Multiply an experiment.",
    examples: [CommandExample("demo scale spec.json a.csv --factor 2", "Doubles it.")],
    discussion: "It is only a test.", parameters: [experiment, extras],
    options: [factor, format, fail] + StandardOptions.sampling + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    switch context.arguments[fail] {
    case "input": throw SpecError(file: "spec.json", place: .text(line: 3, column: 4), keyPath: "a.b", message: "wrong")
    case "generator": throw RandomStreamError.unknownGenerator("x")
    case "cancel": throw CancellationError()
    case "disk": throw POSIXError(.ENOSPC)
    case "other": throw Unforeseen()
    case .some: return .checkFailed
    case nil: break
    }
    context.print([
      "experiment": .string(context.arguments[experiment] ?? ""),
      "extras": .array(context.arguments.all(extras).map { .string($0) }),
      "factor": .number(context.arguments[factor]),
      "seed": context.arguments[StandardOptions.seed].map { .integer($0) } ?? .null,
      "chains": context.arguments[StandardOptions.chains]?.json ?? .null,
      "set": .array(context.arguments.all(StandardOptions.set).map { .string($0.path.description) }),
      "force": .bool(context.arguments[StandardOptions.force]),
      "json": .bool(context.wantsJSON),
    ])
    if !context.isQuiet { context.terminal.error.write(context.terminal.style.good("done") + "\n") }
    return .done
  }

  private struct Unforeseen: Error {}
}

private enum LookCommand: Command {
  static let path = Parameter("run", "the run", count: .oneOrNone)
  static let description = CommandDescription(
    name: "look", abstract: "Look at a run.", examples: [], parameters: [path])
  static func run(_ context: CommandContext) async throws -> CommandStatus {
    context.print(context.arguments[path] ?? "nothing")
    return .done
  }
}

@Suite struct ArgumentsTests {
  private static let program = Program(
    name: "demo", version: "1.2.3", abstract: "Demonstrate.", examples: [CommandExample("demo look", "Looks.")],
    commands: [ScaleCommand.self, LookCommand.self])

  private func run(
    _ arguments: String..., style: TextStyle = .plain
  ) async -> (status: CommandStatus, output: String, error: String) {
    let output = TextMemory()
    let error = TextMemory()
    let status = await Self.program.run(arguments, on: Terminal(output: output, error: error, style: style))
    return (status, output.text, error.text)
  }

  @Test func readsOptionsAndParameters() async {
    let result = await run(
      "scale", "spec.json", "--factor", "2.5", "a.csv", "--seed=-3", "--chains", "4..7", "--force", "--", "--odd")
    #expect(result.status == .done)
    #expect(
      try! JSONReader.read(result.output) == [
        "experiment": "spec.json", "extras": ["a.csv", "--odd"], "factor": 2.5, "seed": -3, "chains": "4..7",
        "set": [], "force": true, "json": false,
      ])
    #expect(result.error == "done\n")
    #expect(await run("look").output == "nothing\n")
    #expect(await run("look", "-").output == "-\n")
  }

  @Test func quietAndColour() async {
    let style = TextStyle(isColoured: true)
    #expect(await run("scale", "a", "b", "--quiet").error == "")
    #expect(await run("scale", "a", "b", style: style).error == "\u{1B}[32mdone\u{1B}[0m\n")
    #expect(await run("scale", "a", "b", "--no-color", style: style).error == "done\n")
  }

  @Test(arguments: [
    ([], "no command is given; known: scale, look; see: demo --help"),
    (["scal"], "there is no command \"scal\" (did you mean \"scale\"?); known: scale, look; see: demo --help"),
    (["--json"], "stands where a command is expected"),
    (["help", "nothing"], "there is no command \"nothing\""),
    (["scale"], "scale needs <experiment.json>: the experiment file; see: demo scale --help"),
    (["scale", "a"], "scale needs <extra>"),
    (["look", "a", "b"], "look does not know what to do with \"b\""),
    (["scale", "a", "b", "--sed", "1"], "scale has no option --sed (did you mean --seed?)"),
    (["scale", "a", "b", "--zzzzzz"], "scale has no option --zzzzzz; see"),
    (["scale", "a", "b", "--seed"], "--seed needs a value; allowed: a whole number"),
    (["scale", "a", "b", "--out", "--force"], "--out needs a value"),
    (["scale", "a", "b", "--out="], "--out: found \"\""),
    (["scale", "a", "b", "--seed", "x"], "--seed: found \"x\"; allowed: a whole number"),
    (["scale", "a", "b", "--seed", "1", "--seed", "2"], "--seed is given twice"),
    (["scale", "a", "b", "--factor", "11"], "allowed: a number from 0.0 to 10.0"),
    (["scale", "a", "b", "--factor", "nan"], "--factor: found \"nan\""),
    (["scale", "a", "b", "--format", "xls"], "allowed: csv, npy"),
    (["scale", "a", "b", "--chains", "3..1"], "--chains: found \"3..1\""),
    (["scale", "a", "b", "--chains", "0"], "--chains: found \"0\""),
    (["scale", "a", "b", "--threads", "0"], "a whole number from 1 to 4096"),
    (["scale", "a", "b", "--force=yes"], "--force takes no value"),
    (["scale", "a", "b", "-q"], "unknown option -q"),
    (["scale", "a\u{1B}[31m", "b", "--\u{1B}"], "--\\u001B"),
  ])
  func wrongUsage(arguments: [String], fragment: String) async {
    let error = TextMemory()
    let output = TextMemory()
    let status = await Self.program.run(arguments, on: Terminal(output: output, error: error))
    #expect(status == .usage && status.code == 64)
    #expect(error.text.hasPrefix("demo: error: ") && error.text.contains(fragment), "\(error.text)")
    #expect(error.text.filter { $0 == "\n" }.count == 1)
    #expect(output.text.isEmpty == !arguments.contains("--json"))
  }

  @Test(arguments: [
    ("input", CommandStatus.badInput, "spec.json:3:4: a.b: wrong"), ("generator", .badInput, "no GSL generator"),
    ("cancel", .stopped, "stopped"), ("disk", .inputOutput, "No space left"),
    ("other", .internalError, "internal error"),
  ])
  func everyErrorIsOneMessageAndAStatus(fault: String, status: CommandStatus, fragment: String) async {
    let result = await run("scale", "a", "b", "--fail", fault)
    #expect(result.status == status)
    #expect(result.error.hasPrefix("demo: error: ") && result.error.contains(fragment))
    #expect(result.error.filter { $0 == "\n" }.count == 1)
    #expect(await run("scale", "a", "b", "--fail", "check").status == .checkFailed)
  }

  @Test func aFailureIsJSONWhereJSONIsAskedFor() async throws {
    for (arguments, status) in [
      (["scale", "a", "b", "--json", "--fail", "input"], CommandStatus.badInput),
      (["scale", "a", "b", "--sed", "1", "--json"], .usage), (["scal", "--json"], .usage),
    ] {
      let output = TextMemory()
      let error = TextMemory()
      #expect(await Self.program.run(arguments, on: Terminal(output: output, error: error)) == status)
      let json = try JSONReader.read(output.text)
      #expect(json["error"]?["exitStatus"]?.wholeNumber == Int(status.code))
      let message = try #require(json["error"]?["message"]?.string)
      #expect(error.text == "demo: error: \(message)\n")
    }
    // Behind "--" it is a name.
    #expect(await run("scale", "a", "b", "--fail", "input", "--", "--json").output.isEmpty)
  }

  @Test func anOptionMayBeRepeatable() async throws {
    let result = await run("scale", "a", "b", "--set", "task.contexts=2", "--set=network.neurons=3")
    #expect(try JSONReader.read(result.output)["set"] == ["task.contexts", "network.neurons"])
    #expect(await run("scale", "a", "b", "--set", "x").error.contains("--set: found \"x\"; allowed: KEY=VALUE"))
  }

  @Test func exitCodes() {
    let all: [CommandStatus] = [
      .done, .checkFailed, .usage, .badInput, .internalError, .inputOutput, .stopped, .signal(15),
    ]
    #expect(all.map(\.code) == [0, 1, 64, 65, 70, 74, 75, 143])
  }

  @Test func helpHasExamplesFirst() async throws {
    let texts = [
      await run("help", "scale").output, await run("scale", "--help").output, await run("scale", "x", "-h").output,
    ]
    #expect(Set(texts).count == 1)
    let text = texts[0]
    let order = [
      "demo scale: Multiply", "Examples", "Doubles it.", "Usage", "demo scale <experiment.json> <extra>...", "Options",
    ]
    var rest = text[...]
    for part in order {
      let range = try #require(rest.firstRange(of: part), "\(part) is missing or out of order in:\n\(text)")
      rest = rest[range.upperBound...]
    }
    for option in ScaleCommand.description.options { #expect(text.contains("--\(option.name)")) }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= HelpText.width })
    for arguments in ["help", "--help", "-h"] {
      let help = await run(arguments)
      #expect(help.status == .done && help.output.contains("Look at a run.") && help.output.contains("64"))
    }
    for words in ["--version", "-V", "version"] { #expect(await run(words).output == "demo 1.2.3\n") }
  }

  @Test func aFullDiskUnderStandardOutputIsAnError() async throws {
    guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return }  // Linux only
    let error = TextMemory()
    let terminal = Terminal(output: FileDescriptorSink(full.fileDescriptor), error: error)
    #expect(await Self.program.run(["look"], on: terminal) == .inputOutput)
    #expect(error.text.contains("standard output"))
  }

  @Test func aClosedPipeUnderStandardOutputEndsNothing() async throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let sink = FileDescriptorSink(pipe.fileHandleForWriting.fileDescriptor)
    #expect(await Self.program.run(["look"], on: Terminal(output: sink, error: TextMemory())) == .done)
    #expect(sink.failure == EPIPE)
  }

  @Test func theProgramItselfIsWellFormed() {
    let names = Program.mcmcRun.commands.map { $0.description.name }
    #expect(Set(names).count == names.count)
    for command in Program.mcmcRun.commands {
      let options = command.description.options.map(\.name)
      #expect(Set(options).count == options.count, "\(command.description.name)")
      #expect(!command.description.examples.isEmpty, "\(command.description.name)")
    }
  }

  @Test func tablesAlignByDisplayWidth() {
    var table = TextTable([("name", .left), ("value", .right), ("note", .left)])
    table.add(["γ", "1.5", "ok"])
    table.add(["日本", "-10.25"])
    table.add([TextTable.Cell("e\u{301}\u{1B}[2J"), "3", "x"])
    let lines = ["name         value  note", "γ              1.5  ok", "日本        -10.25", "é\\u001B[2J       3  x"]
    #expect(table.text() == lines.joined(separator: "\n") + "\n")
  }

  @Test func numbersForPeople() {
    #expect(NumberText.significant(0.0120412, digits: 3) == "0.0120")
    #expect(NumberText.significant(1_234_567, digits: 3) == "1.23e+06")
    #expect(
      NumberText.significant(-1234.5, digits: 3) == "-1234" || NumberText.significant(-1234.5, digits: 3) == "-1235")
    #expect(NumberText.significant(9.999, digits: 3) == "10.0")
    #expect(NumberText.significant(0, digits: 3) == "0" && NumberText.significant(.nan, digits: 3) == "nan")
    #expect(NumberText.plusMinus(0.0120412, 0.0000312) == "0.01204 ± 0.00003")
    #expect(NumberText.plusMinus(0.5, 0) == "0.5000 ± 0" && NumberText.plusMinus(.infinity, 1) == "inf ± 1")
  }
}
