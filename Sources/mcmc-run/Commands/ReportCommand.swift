// mcmc-run report: one self-contained HTML page of a run.

import Foundation
import JSON
import Storage

/// The `report` command.
enum ReportCommand: Command {
  private static let out = Option("out", .text("DIR"), "where the page goes (default: the run's folder, report/)")

  static let description = CommandDescription(
    name: "report", abstract: "write a self-contained HTML page with what a run asked, found and looks like",
    examples: [
      CommandExample("mcmc-run report chains/two-contexts", "write chains/two-contexts/report/index.html"),
      CommandExample(
        "mcmc-run report experiments/two-contexts.json --out page", "the run that this experiment left in chains/"),
    ],
    discussion: """
      The page opens without a network, in light and dark, and prints. Figures are drawn by gnuplot, which must be installed; \
      each figure's data (CSV) and script stay beside the page in figures/.
      """,
    parameters: [Parameters.experimentOrRun], options: [out] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let path = try context.runFolder(Parameters.experimentOrRun)
    let gnuplot = try Gnuplot()
    let run = try LoadedRun(path: path)
    let folder = context.arguments[out] ?? "\(path)/report"
    let page = try RunReportPage(run: run).write(into: folder, gnuplot: gnuplot)
    let file = "\(folder)/index.html"
    try Posix.writeAtomically(page, to: file)
    context.show(["report": .string(file)], "\(file)\n")
    return .done
  }
}
