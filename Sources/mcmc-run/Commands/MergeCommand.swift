// mcmc-run merge: puts runs of different chains together.

import Experiments
import JSON
import Sampling
import Storage

/// The `merge` command.
enum MergeCommand: Command {
  private static let runs = Parameter(
    "run ...", "folders of runs of one experiment, with different chains", count: .oneOrMore, completes: .runs)

  static let description = CommandDescription(
    name: "merge", abstract: "put runs of one experiment with different chains together",
    examples: [
      CommandExample("mcmc-run merge chains/a chains/b --out chains/all", "chains 0..3 of a and 4..7 of b in one run"),
      CommandExample("mcmc-run merge chains/array-* --out chains/all", "the tasks of a job array"),
    ],
    discussion: """
      The result is the run that one job with all chains would have made: it has the same digest, and can be resumed. \
      Runs of another model, sampler, generator or GSL version, and runs that share a chain or a random stream, are refused.
      """,
    parameters: [runs], options: [StandardOptions.out, StandardOptions.force] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    guard let out = context.arguments[StandardOptions.out] else {
      throw UsageError("merge needs --out DIR, the folder of the merged run")
    }
    let folders = context.arguments.all(runs)
    guard folders.count > 1 else { throw UsageError("merge needs two runs at least") }
    folders.forEach(context.sayIfUnverified)
    let parts = try folders.map { try RunDirectory.open($0) }
    let chains = parts.flatMap(\.description.chains).sorted()
    let experiment = try Experiment.read(path: parts[0].file("experiment.json"), functions: .unknown)
    // A chain that is there twice is refused below, by name; it is no gap.
    let merged = try experiment.with(chains: Set(chains).sorted())
    let about =
      parts[0].description.about.filter { $0.key != "created" } + [
        .init("created", .string(Date().formatted(.iso8601))),
        .init("merged_from", .array(folders.map { .string($0) })),
      ]
    let inputs = RunInputs(experiment)
    let warmStart = try WarmStart(of: parts[0])
    let lock = try RunDirectory.merge(
      parts, experiment: merged, about: about, at: out, replacing: context.arguments[StandardOptions.force]
    ) { folder in
      try inputs.copy(into: folder)
      try warmStart?.write(into: folder)
    }
    let seconds = try parts.flatMap { try $0.sessions() }.reduce(0) { $0 + ($1["seconds"]?.realNumber ?? 0) }
    try lock.note([
      .init("ended", .string(Date().formatted(.iso8601))), .init("seconds", .number(seconds)),
      .init("complete", .bool(parts.allSatisfy(\.isComplete))),
    ])
    context.show(
      ["run": .string(out), "chains": .integers(chains)], "\(out): \(chains.count) chains of \(folders.count) runs\n")
    return .done
  }
}

extension Experiment {
  /// The text of this experiment with other chains.
  fileprivate func with(chains: [Int]) throws -> String {
    guard let first = chains.first, let last = chains.last, last - first + 1 == chains.count,
      let range = first == 0 ? ChainNumbers(count: chains.count) : ChainNumbers("\(first)..\(last)")
    else {
      throw StorageError.contract(
        "the runs' chains do not follow each other without a gap: \(chains.map(String.init).joined(separator: ", "))")
    }
    guard case .object(var members) = resolvedJSON.content else { return resolvedJSON.text() }
    for index in members.indices where members[index].key == "sampler" {
      guard case .object(var sampler) = members[index].value.content else { continue }
      for key in sampler.indices where sampler[key].key == "chains" { sampler[key].value = range.json }
      members[index].value = .object(sampler)
    }
    return JSONValue.object(members).text() + "\n"
  }
}
