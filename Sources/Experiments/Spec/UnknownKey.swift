// What is said of a key that no section of an experiment file has at its place.

import JSON

extension [SpecSection] {
  /// The message for a key that a section does not have.
  func unknownKey(_ name: String, in section: SpecSection, kind: String?) -> String {
    let known = section.keys(kind: kind).map(\.name)
    let of = kind.map { " of kind \"\($0)\"" } ?? ""
    var hint = Spelling.suggestion(for: name, among: known)
    if hint.isEmpty { hint = home(of: name, besides: section, kind: kind) }
    return "unknown key \(JSONWriter.excerpt(name))\(hint); allowed\(of): \(known.joined(separator: ", "))"
  }

  /// The section at a path: a teacher's network and weights are described as the student's are.
  package func section(at path: String) -> SpecSection? {
    let isTeachers = ["task.network", "task.weights"].contains { path == $0 || path.hasPrefix($0 + ".") }
    let path = isTeachers ? String(path.dropFirst("task.".count)) : path
    return first { $0.path == path }
  }

  /// Where a key belongs that stands in the wrong place.
  private func home(of name: String, besides section: SpecSection, kind: String?) -> String {
    let kinds = section.kinds.filter { entry in entry.keys.contains { $0.name == name } }.map { "\"\($0.name)\"" }
    if !kinds.isEmpty { return " (it belongs to kind \(kinds.joined(separator: " or ")))" }
    let homes = filter { other in
      other.path != section.path && !other.path.isEmpty && name != "kind" && other.allKeys.contains { $0.name == name }
    }
    return homes.isEmpty ? "" : " (it belongs in \(homes.map { "\"\($0.path)\"" }.joined(separator: " or ")))"
  }
}
