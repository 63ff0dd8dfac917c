// What makes two runs parts of one: named facts that must agree.

/// One fact on which the draws of a run depend.
package struct RunFact: Sendable, Equatable {
  /// What it is about, as an error message calls it: `model`, `generator`.
  package let name: String
  /// Its value, of one or several lines.
  package let value: String
  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The facts on which the draws of a run depend, apart from which chains are in it.
///
/// Two runs of one identity and disjoint chains can be merged; a run is continued only by a program that states the
/// identity it was made with; a segment of another identity is foreign.
package struct RunIdentity: Sendable, Equatable {
  /// The facts in order.
  package let facts: [RunFact]

  package init(_ facts: [RunFact]) { self.facts = facts }

  /// The SHA-256 of all facts in order, in 64 hexadecimal digits: the run id in every segment.
  package var digest: String {
    var hash = SHA256()
    for fact in facts {
      hash.update(fact.name)
      hash.update(fact.value)
    }
    return hash.hexDigest
  }

  /// What differs between this identity and another, a sentence for each fact.
  package func differences(from other: RunIdentity, mine: String, theirs: String) -> [String] {
    let names = facts.map(\.name) + other.facts.map(\.name).filter { name in !facts.contains { $0.name == name } }
    return names.compactMap { name in
      let ours = facts.first { $0.name == name }?.value
      let others = other.facts.first { $0.name == name }?.value
      guard ours != others else { return nil }
      guard let ours, let others else { return "only \(ours == nil ? theirs : mine) states its \(name)" }
      return "\(name): " + Self.difference(between: ours, others, mine: mine, theirs: theirs)
    }
  }

  /// The first line in which an experiment's text differs from the one that the run was made with, its chains apart; nil
  /// if only they differ, or nothing is known of it.
  func firstChange(inExperiment text: String) -> String? {
    func lines(_ text: String) -> [Substring] {
      text.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }.filter { !$0.hasPrefix("\"chains\"") }
    }
    guard let original = facts.first(where: { $0.name == "experiment" })?.value else { return nil }
    let (mine, theirs) = (lines(text), lines(original))
    let place = zip(mine, theirs).prefix { $0 == $1 }.count
    guard place < max(mine.count, theirs.count) else { return nil }
    func line(_ lines: [Substring]) -> String { place < lines.count ? String(lines[place]) : "nothing" }
    return "it has \(line(mine)) where the run was made with \(line(theirs))"
  }

  /// The first line in which two texts differ.
  private static func difference(between a: String, _ b: String, mine: String, theirs: String) -> String {
    let first = a.split(separator: "\n", omittingEmptySubsequences: false)
    let second = b.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(first, second).prefix { $0 == $1 }.count
    func text(_ lines: [Substring]) -> String {
      line < lines.count ? "\"\(lines[line].trimmingPrefix { $0 == " " })\"" : "nothing"
    }
    let place = max(first.count, second.count) > 1 ? "in line \(line + 1), " : ""
    return "\(place)\(mine) has \(text(first)), \(theirs) \(text(second))"
  }
}
