// The JSON Schema of an experiment file, made from the tables of keys that decode it.

import JSON
import Networks

extension [SpecSection] {
  /// The JSON Schema (draft 2020-12) of the file whose sections these are, for editors and other programs.
  ///
  /// It says which keys there are, of which form, and which must be given. It accepts every experiment that is read; what it cannot say is
  /// which values go together (docs/commands.md, `schema`).
  package func jsonSchema(title: String, description: String) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("$schema", "https://json-schema.org/draft/2020-12/schema"), ("title", .string(title)),
      ("description", .string(description)),
    ]
    for section in self where section.path.isEmpty { members += schema(of: section) }
    let others = filter { !$0.path.isEmpty }.map { ($0.path, JSONValue.object(schema(of: $0))) }
    return .object(members + [("$defs", .object(others))])
  }

  /// An object with the keys of a section.
  private func schema(of section: SpecSection) -> [(String, JSONValue)] {
    guard let kindKey = section.common.first(where: { $0.name == "kind" }), !section.kinds.isEmpty else {
      return [("type", "object")] + keys(section.common, of: section)
    }
    var usual: JSONValue?
    if case .defaultsTo(let value) = kindKey.presence { usual = value }
    let cases = section.kinds.map { kind -> JSONValue in
      // A section without its kind has the usual one.
      let isUsual = usual == .string(kind.name)
      let test: [(String, JSONValue)] = [("properties", ["kind": ["const": .string(kind.name)]])]
      return [
        "if": .object(test + (isUsual ? [] : [("required", ["kind"])])),
        "then": .object(keys(section.keys(kind: kind.name), of: section)),
      ]
    }
    let required: [(String, JSONValue)] = kindKey.presence == .required ? [("required", ["kind"])] : []
    return [
      ("type", "object"), ("properties", ["kind": .object(property(kindKey, of: section))]),
    ] + required + [("allOf", .array(cases))]
  }

  /// These keys, and no others.
  private func keys(_ keys: [SpecKey], of section: SpecSection) -> [(String, JSONValue)] {
    let required = keys.filter { $0.presence == .required }.map { JSONValue.string($0.name) }
    return [("properties", .object(keys.map { ($0.name, .object(property($0, of: section))) }))]
      + (required.isEmpty ? [] : [("required", .array(required))]) + [("additionalProperties", false)]
  }

  private func property(_ key: SpecKey, of section: SpecSection) -> [(String, JSONValue)] {
    let path = section.path.isEmpty ? key.name : "\(section.path).\(key.name)"
    var members: [(String, JSONValue)] = [("description", .string("\(key.meaning) (\(key.form.words))"))]
    if case .defaultsTo(let value) = key.presence { members.append(("default", value)) }
    return members + key.form.jsonSchema(entries: self.section(at: path).map { "#/$defs/\($0.path)" })
  }
}

extension SpecForm {
  /// A name in expressions.
  private static let namePattern: JSONValue = "^[A-Za-z_][A-Za-z_0-9]*$"
  /// No character U+0000.
  private static let pathSchema: JSONValue = ["type": "string", "minLength": 1, "pattern": "^[^\\u0000]*$"]

  /// The keywords that a value of this form obeys.
  ///
  /// - Parameter entries: a reference to the section that an object, or the objects of a list, have.
  fileprivate func jsonSchema(entries: String?) -> [(String, JSONValue)] {
    let object: JSONValue = entries.map { ["$ref": .string($0)] } ?? ["type": "object"]
    switch self {
    case .integer(let range): return Self.whole(range)
    case .number(let range): return range.jsonSchema
    case .choice(let names): return Self.words(names)
    case .folderName:
      // Of letters of all scripts regular expressions know nothing that all their dialects share: only ASCII is looked at.
      return [
        ("type", "string"), ("minLength", 1), ("maxLength", 100),
        ("pattern", "^[^\\u0000-\\u002f:-@\\[-^`{-\\u007f][^\\u0000-,/:-@\\[-^`{-\\u007f]*$"),
      ]
    case .path, .pathOrFolder: return [("type", "string"), ("minLength", 1), ("pattern", "^[^\\u0000]*$")]
    case .matrix:
      let row: JSONValue = ["type": "array", "minItems": 1, "items": .object(NumberRange.entries.jsonSchema)]
      return [("type", "array"), ("minItems", 1), ("items", row)]
    case .integers(let range, let most):
      return [
        ("type", "array"), ("minItems", 1), ("maxItems", .integer(most)), ("items", .object(Self.whole(range))),
      ]
    case .numbers(let range, let most):
      return [("type", "array"), ("minItems", 1), ("maxItems", .integer(most)), ("items", .object(range.jsonSchema))]
    case .chains(let most):
      return Self.oneOf([
        .object(Self.whole(1...most)), ["type": "string", "pattern": "^[0-9]+\\.\\.[0-9]+$"],
      ])
    case .integerOrAll(let range): return Self.oneOf([.object(Self.whole(range)), ["const": "all"]])
    case .object: return [("type", "object")] + (entries.map { [("$ref", .string($0))] } ?? [])
    case .weightKinds:
      let kinds = JSONValue.object(Self.words(WeightPrior.Kind.allCases.map(\.rawValue)))
      return Self.oneOf([
        kinds,
        [
          "type": "object", "properties": .object(WeightGroup.allCases.map { ($0.rawValue, kinds) }),
          "additionalProperties": false,
        ],
      ])
    case .observableName: return [("type", "string"), ("maxLength", 60), ("pattern", Self.namePattern)]
    case .expression: return [("type", "string")]
    case .observables(let named, let most):
      return [
        ("type", "array"), ("maxItems", .integer(most)),
        ("items", .object(Self.oneOf([.object(Self.words(named)), object]))),
      ]
    case .starts:
      return Self.oneOf([
        Self.pathSchema,
        ["type": "array", "minItems": 1, "maxItems": 1000, "items": Self.pathSchema],
      ])
    case .names(let count):
      return [
        ("type", "array"), ("minItems", .integer(count.lowerBound)), ("maxItems", .integer(count.upperBound)),
        ("items", ["type": "string", "maxLength": 30, "pattern": Self.namePattern]),
      ]
    case .objects(_, let most): return [("type", "array"), ("maxItems", .integer(most)), ("items", object)]
    case .numberOrList(let range):
      let number = JSONValue.object(range.jsonSchema)
      return Self.oneOf([number, ["type": "array", "minItems": 1, "items": number]])
    case .orNull(let form):
      return Self.oneOf([.object(form.jsonSchema(entries: entries)), ["type": "null"]])
    }
  }

  private static func whole(_ range: ClosedRange<Int>) -> [(String, JSONValue)] {
    [("type", "integer"), ("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))]
  }

  private static func words(_ names: [String]) -> [(String, JSONValue)] {
    [("enum", .array(names.map { .string($0) }))]
  }

  private static func oneOf(_ forms: [JSONValue]) -> [(String, JSONValue)] { [("anyOf", .array(forms))] }
}

extension NumberRange {
  fileprivate var jsonSchema: [(String, JSONValue)] {
    [
      ("type", "number"), (includesLower ? "minimum" : "exclusiveMinimum", .number(lower)), ("maximum", .number(upper)),
    ]
  }
}
