// mcmc-run findings: the paper's findings, one spec each, on one page.

import Experiments
import JSON
import Sampling
import Storage

/// The `findings` command.
enum FindingsCommand: Command {
  private static let folder = Parameter(
    "folder", "the folder of the findings' specs, such as experiments/findings", completes: .folders)
  private static let out = Option("out", .text("DIR"), "where everything goes (default: chains/findings)")
  private static let only = Option(
    "only", .choice(PaperFinding.all.map(\.name)), "examine one finding; the page shows it alone")

  static let description = CommandDescription(
    name: "findings", abstract: "reproduce the paper's findings, and write one page that says which are reproduced",
    examples: [
      CommandExample("mcmc-run findings experiments/findings", "all of them, in minutes: chains/findings/index.html"),
      CommandExample("mcmc-run findings experiments/findings --only contexts", "one of them"),
    ],
    discussion: """
      Each finding has a spec of its name in the folder. Its runs and parts are kept: the same command goes on after an interrupt (status 75). \
      A claim that is not reproduced is a result, not an error: the status is 0; it is 1 if a run behind a claim fails its diagnosis. Needs gnuplot.
      """,
    parameters: [folder], options: [out, only, StudyOptions.force, StandardOptions.threads] + StandardOptions.tables)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let specs = context.arguments[folder] ?? ""
    let place = context.arguments[out] ?? "chains/findings"
    let gnuplot = try Gnuplot()
    let wanted = PaperFinding.all.filter { context.arguments[only] == nil || context.arguments[only] == $0.name }
    // All specs are read before the first is worked on.
    let experiments = try wanted.map { try Experiment.read(path: "\(specs)/\($0.name).json") }
    if context.arguments[StudyOptions.force] {
      for finding in wanted { try StudyFolder.remove("\(place)/\(finding.name)") }
    }
    let results = try context.resumable(fromTheStart: true) { execution in
      try zip(wanted, experiments).map { finding, experiment in
        context.say("\(finding.title) (\(finding.name))")
        return (finding, try finding.examine(experiment, "\(place)/\(finding.name)", execution))
      }
    }
    let page = FindingsPage(results: results)
    var digest = SHA256()
    for experiment in experiments { digest.update(experiment.resolvedJSON.text()) }
    let origin = PageOrigin("id of all specs", digest: digest.hexDigest, command: context.commandLine)
    try Posix.makeDirectories(place)
    let file = "\(place)/index.html"
    try Posix.writeAtomically(try page.write(into: place, origin: origin, gnuplot: gnuplot), to: file)
    try Posix.writeAtomically(page.json.text() + "\n", to: "\(place)/findings.json")
    context.show(
      page.json,
      page.text(context.terminal.style) + page.judgement.text(context.terminal.style) + TextDocument(prose: file))
    return page.judgement.status
  }
}
