// All sections of an experiment file in one list: what decoding, errors and documentation agree on.

import JSON

/// The tables of keys of every section, in the order of the file.
package enum SpecSchema {
  package static let sections: [SpecSection] = [
    Experiment.schema, TaskSection.schema, NetworkSection.schema, GainsSection.schema, WeightsSection.schema,
    EnsembleSection.schema, StimuliSection.schema, SamplerSection.schema, RecordSection.schema,
    EvaluationSection.schema,
  ]

  /// The message for a key that a section does not have.
  static func unknownKey(_ name: String, in section: SpecSection, kind: String?) -> String {
    let known = section.keys(kind: kind).map(\.name)
    let of = kind.map { " of kind \"\($0)\"" } ?? ""
    var hint = Spelling.suggestion(for: name, among: known)
    if hint.isEmpty { hint = home(of: name, besides: section, kind: kind) }
    return "unknown key \(JSONWriter.excerpt(name))\(hint); allowed\(of): \(known.joined(separator: ", "))"
  }

  /// Where a key belongs that stands in the wrong place.
  private static func home(of name: String, besides section: SpecSection, kind: String?) -> String {
    let kinds = section.kinds.filter { entry in entry.keys.contains { $0.name == name } }.map { "\"\($0.name)\"" }
    if !kinds.isEmpty { return " (it belongs to kind \(kinds.joined(separator: " or ")))" }
    let homes = sections.filter { other in
      other.path != section.path && !other.path.isEmpty && name != "kind" && other.allKeys.contains { $0.name == name }
    }
    return homes.isEmpty ? "" : " (it belongs in \(homes.map { "\"\($0.path)\"" }.joined(separator: " or ")))"
  }
}
