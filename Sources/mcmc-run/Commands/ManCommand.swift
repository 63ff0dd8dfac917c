// mcmc-run man: the manual pages, from the descriptions that help is made from.

import Experiments
import JSON
import Storage

/// The `man` command.
enum ManCommand: Command {
  private static let topic = Parameter(
    "command", "the command whose page is printed, or experiment (default: the program's page)", count: .oneOrNone,
    completes: .commands)
  private static let out = Option(
    "out", .text("DIR"), "write all pages below this folder, as man1/*.1 and man5/*.5, in place of printing one")

  static let description = CommandDescription(
    name: "man", abstract: "print a manual page, or write all of them",
    examples: [
      CommandExample("mcmc-run man sample > mcmc-run-sample.1", "one page; man ./mcmc-run-sample.1 shows it"),
      CommandExample("mcmc-run man --out ~/.local/share/man", "all of them, where man looks for the user's own"),
    ],
    discussion: """
      The pages say what help says. make install and the Debian package bring them along: man mcmc-run, man mcmc-run-sample, man mcmc-run-experiment.
      """,
    parameters: [topic], options: [out] + StandardOptions.output)

  static func run(_ context: CommandContext) async throws -> CommandStatus {
    let pages = ManualPage.all(of: .mcmcRun)
    if let folder = context.arguments[out] {
      guard context.arguments[topic] == nil else {
        throw UsageError("--out: all pages are written; allowed: no command beside it")
      }
      for page in pages {
        try Posix.makeDirectories("\(folder)/man\(page.section)")
        try Posix.writeAtomically(page.text, to: "\(folder)/man\(page.section)/\(page.name).\(page.section)")
      }
      context.show(
        ["path": .string(folder), "pages": .array(pages.map { .string("\($0.name).\($0.section)") })],
        "\(folder): \(pages.count) pages\n")
      return .done
    }
    let name = context.arguments[topic].map { "\(Program.shellName)-\($0)" } ?? Program.shellName
    guard let page = pages.first(where: { $0.name == name }) else {
      let topics = pages.dropFirst().map { String($0.name.dropFirst(Program.shellName.count + 1)) }
      let word = context.arguments[topic] ?? ""
      throw UsageError(
        "there is no page of \(JSONWriter.excerpt(word))\(Spelling.suggestion(for: word, among: topics)); allowed: "
          + topics.joined(separator: ", "))
    }
    context.show(
      ["name": .string(page.name), "section": .integer(page.section), "text": .string(page.text)], page.text)
    return .done
  }
}
