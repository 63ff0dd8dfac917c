// mcmc-run report: one self-contained HTML page of a run.

import Experiments
import JSON
import Sampling
import Storage

/// The `report` command.
enum ReportCommand: Command {
  private static let what = Parameter(
    "experiment.json | run | study", "an experiment file, or the folder of a run or of a study",
    completes: .runsAndFiles)
  private static let out = Option("out", .text("DIR"), "where the page goes (default: report/ in the folder)")

  private static let figures = Option(
    "figures", OptionValue.formats,
    "draw every figure for a column of a paper and for a slide too: NAME-column and NAME-slide in figures/")

  static let description = CommandDescription(
    name: "report", abstract: "write a self-contained HTML page of a run or a study",
    examples: [
      CommandExample("mcmc-run report chains/two-contexts", "write chains/two-contexts/report/index.html"),
      CommandExample(
        "mcmc-run report experiments/two-contexts.json --out page", "the run that this experiment left in chains/"),
      CommandExample(
        "mcmc-run report chains/two-contexts --figures pdf,png", "every figure for a paper and for a talk as well"),
      CommandExample("mcmc-run report chains/two-contexts-finite-size", "a study: loss and the like against 1/N"),
    ],
    discussion: """
      The page opens without a network, in light and dark, and prints. Figures are drawn by gnuplot, which must be installed; \
      each figure's data (CSV) and script stay beside the page in figures/. With --figures each is drawn as NAME-column (85 mm wide, \
      for a paper; PNG with 300 dots an inch) and NAME-slide (16 by 9; PNG 1600 by 900) too. Figures that would show nothing, as those of \
      observables that do not vary, are left out, and the page says so. A page that is there is made anew; one that this \
      program did not make is never replaced.
      """,
    parameters: [what], options: [out, figures, StandardOptions.threads] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let given = context.arguments[what] ?? ""
    let isStudy = try StudyFolder.isStudy(given)
    let path = isStudy ? given : try context.runFolder(what)
    let gnuplot = try Gnuplot(formats: context.arguments[figures] ?? [])
    let folder = context.arguments[out] ?? "\(path)/report"
    let file = PagePlace.file(in: folder)
    if context.arguments[out] != nil { try PagePlace.requireOwn(folder) }
    // A place of the user's own may be a link; one inside a folder that came from elsewhere may not.
    if context.arguments[out] == nil { try Posix.makeDirectory(folder) } else { try Posix.makeDirectories(folder) }
    let page: String
    var unfinished: String?
    if isStudy {
      let study = try Studies.open(path)
      let origin = PageOrigin("study id", digest: study.folder.id, command: context.commandLine)
      page = try StudyPage(folder: study.folder, report: try study.answer(context.execution).shown, origin: origin)
        .write(
          into: folder, gnuplot: gnuplot)
    } else {
      let run = try LoadedRun(path: path)
      let origin = try PageOrigin(of: run.directory, command: context.commandLine)
      page = try RunReportPage(run: run, origin: origin, threads: context.threads).write(into: folder, gnuplot: gnuplot)
      unfinished = run.unfinished
    }
    try Posix.writeAtomically(page, to: file)
    context.show(["report": .string(file)], "\(file)\n", unfinished: unfinished)
    return .done
  }
}

extension OptionValue where Value == [Picture.Format] {
  /// Formats of files, with commas between them.
  fileprivate static let formats: OptionValue = {
    let known = [Picture.Format.pdf, .png]
    return OptionValue(placeholder: "LIST", allowed: "pdf, png or pdf,png") { text in
      let found = text.split(separator: ",", omittingEmptySubsequences: false).map { word in
        known.first { $0.rawValue == word }
      }
      guard !found.contains(nil), Set(found).count == found.count else { return nil }
      return found.compactMap { $0 }
    }
  }()
}
