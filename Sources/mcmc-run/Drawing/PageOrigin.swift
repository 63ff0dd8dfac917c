// Where a page comes from: what it shows, when and by which program and command it was made.

import Experiments
import JSON
import Sampling
import Storage

/// The facts at the head of every page.
struct PageOrigin: Sendable {
  /// Names and values, as text.
  let facts: [(name: String, value: String)]

  /// A page of a run: its id and what made it, besides what made the page.
  ///
  /// - Throws: ``StorageError``.
  init(of run: RunDirectory, command: String) throws {
    let description = run.description
    func text(_ key: String) -> String {
      guard case .string(let text)? = description.about.first(where: { $0.key == key })?.value.content else {
        return "unknown"
      }
      return text
    }
    var facts = [
      ("run id", description.identity.digest), ("run made", text("created")),
      ("by", Self.program(version: text("program_version"), commit: text("commit"), gsl: text("gsl_version"))),
    ]
    if case .string(let command)? = try run.sessions().lazy.compactMap({ $0["command"] }).first?.content {
      facts.append(("with", command))
    }
    self.facts = facts + Self.page(command)
  }

  /// A page of something else, known by a digest.
  init(_ name: String, digest: String, command: String) {
    facts = [(name, digest)] + Self.page(command)
  }

  /// What made the page itself.
  private static func page(_ command: String) -> [(String, String)] {
    [
      ("page made", date(ProcessInfo.processInfo.environment)),
      ("by", program(version: Version.current, commit: Version.commit, gsl: GSL.version)),
      ("with", command),
    ]
  }

  private static func program(version: String, commit: String, gsl: String) -> String {
    "mcmc-run \(version) (commit \(commit)), GSL \(gsl)"
  }

  /// Now; or the time that `SOURCE_DATE_EPOCH` states, so that a page can be made again with the same bytes.
  static func date(_ environment: [String: String]) -> String {
    let stated = environment["SOURCE_DATE_EPOCH"].flatMap(Double.init).map { Date(timeIntervalSince1970: $0) }
    return (stated ?? Date()).formatted(.iso8601)
  }

  /// The facts as HTML.
  var html: String {
    "<dl class=\"origin\">\n"
      + facts.map { "<dt>\(HTML.escaped($0.name))</dt><dd>\(HTML.escaped($0.value))</dd>" }.joined(separator: "\n")
      + "\n</dl>\n"
  }
}
