// mcmc-run schema: the JSON Schema of an experiment file, and what reading an experiment says.

import Experiments
import JSON

/// The `schema` command.
enum SchemaCommand: Command {
  private static let files = Parameter(
    "experiment.json ...", "experiment files to read and judge, in place of the schema (-: standard input)",
    count: .anyNumber, completes: .files)

  static let description = CommandDescription(
    name: "schema", abstract: "print the JSON Schema of an experiment file, or judge experiment files",
    examples: [
      CommandExample("mcmc-run schema > experiment.schema.json", "for editors that complete and check JSON"),
      CommandExample(
        "mcmc-run schema experiments/*.json", "read these files as every command does, and sample nothing"),
    ],
    discussion: """
      The schema (draft 2020-12) is made from the tables of keys that decode the file: keys, forms, ranges, defaults, and which keys each kind has. It accepts every experiment that the program reads, written without comments. What it does not know is what goes together, which reading the file does: keys that exclude or need each other, rows of one length, data files and their sizes, names and formulas of observables, chains "a..b" with a <= b, whole numbers above 2^53 written with an exponent, and letters of other scripts in names.

      With files the status is 65 if one of them is refused, and --json is a list of {file, accepted, message}.
      """,
    parameters: [files], options: StandardOptions.output)

  /// The schema itself.
  static var schema: JSONValue {
    SpecSchema.sections.jsonSchema(
      title: "An experiment of \(Program.shellName)",
      description:
        "Made by \(Program.shellName) \(Version.current) from the keys that it reads. Which values go together it says itself: "
        + "\(Program.shellName) schema FILE.")
  }

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let paths = context.arguments.all(files)
    guard !paths.isEmpty else {
      context.print(schema)
      return .done
    }
    let refusals = paths.map { path -> Failure? in
      do {
        _ = try Experiment.read(path: path)
        return nil
      } catch { return Failure(error) }
    }
    context.show(
      .array(
        zip(paths, refusals).map { path, refusal in
          [
            "file": .string(path), "accepted": .bool(refusal == nil),
            "message": refusal.map { .string($0.message) } ?? .null,
          ]
        }),
      zip(paths, refusals).map { path, refusal in refusal.map { "\($0.message)\n" } ?? "\(path): is an experiment\n" }
        .joined())
    return refusals.lazy.compactMap(\.self).first.map { CommandStatus($0.kind) } ?? .done
  }
}
