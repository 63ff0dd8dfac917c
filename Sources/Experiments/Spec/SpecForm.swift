// The forms that a value in an experiment file can have, each with its words for people.

import JSON
import Networks

/// An interval of real numbers, each end open or closed.
package struct NumberRange: Sendable, Equatable {
  let lower: Double
  let upper: Double
  let includesLower: Bool

  /// Numbers whose squares, and products of squares, stay finite doubles; every scale and strength lies here.
  static let positive = NumberRange(lower: 1e-50, upper: 1e50, includesLower: true)
  /// The same, and zero.
  static let zeroOrPositive = NumberRange(lower: 0, upper: 1e50, includesLower: true)
  /// 0 < p <= 1.
  static let probabilityAboveZero = NumberRange(lower: 0, upper: 1, includesLower: false)
  /// Rates that can be aimed at.
  static let rates = NumberRange(lower: 0.01, upper: 0.99, includesLower: true)
  /// Times of trajectories in units of the metric.
  static let times = NumberRange(lower: 1e-3, upper: 1e3, includesLower: true)
  /// Entries of targets and tables.
  static let entries = NumberRange(lower: -1e50, upper: 1e50, includesLower: true)

  func contains(_ value: Double) -> Bool {
    (includesLower ? value >= lower : value > lower) && value <= upper
  }

  var words: String {
    includesLower
      ? "a number from \(JSONValue.number(lower).text()) to \(JSONValue.number(upper).text())"
      : "a number above \(JSONValue.number(lower).text()), at most \(JSONValue.number(upper).text())"
  }
}

/// The form of a value: decides what is accepted and says so in errors and in the documentation.
package indirect enum SpecForm: Sendable, Equatable {
  case integer(ClosedRange<Int>)
  case number(NumberRange)
  case choice([String])
  /// A name that can be a folder's name.
  case folderName
  /// The path of a file, relative to the spec's folder.
  case path
  /// The path of a file or of a folder of files, relative to the spec's folder.
  case pathOrFolder
  /// Rows of numbers, not empty, all of one length.
  case matrix
  /// A list of whole numbers, not empty.
  case integers(ClosedRange<Int>, maximumCount: Int)
  /// Chain numbers: a count n for chains 0 ..< n, or "a..b".
  case chains(maximum: Int)
  /// A whole number, or "all".
  case integerOrAll(ClosedRange<Int>)
  case object
  /// What weights are: one word for all, or an object of words by group.
  case weightKinds
  /// The name of an observable.
  case observableName
  /// A formula, as a text.
  case expression
  /// A list of observables: names, or objects with the keys of a section.
  case observables(named: [String], maximum: Int)
  /// Where chains start: one text, or a list of them.
  case starts
  /// So many different or equal names.
  case names(ClosedRange<Int>)
  /// A list of objects of a form.
  case objects(String, maximum: Int)
  /// A list of numbers, not empty.
  case numbers(NumberRange, maximumCount: Int)
  /// A number for all, or one each.
  case numberOrList(NumberRange)
  case orNull(SpecForm)

  /// The words that a value can be, where these are known.
  package var fixedWords: [String] {
    switch self {
    case .choice(let names): names
    case .orNull(let form): form.fixedWords.isEmpty ? [] : form.fixedWords + ["null"]
    case .integerOrAll: ["all"]
    case .weightKinds: WeightPrior.Kind.allCases.map(\.rawValue)
    case .starts: ["prior", "teacher"]
    default: []
    }
  }

  /// Whether a value, where it is not null, is the path of data.
  var isPath: Bool {
    switch self {
    case .path, .pathOrFolder: true
    case .orNull(let form): form.isPath
    default: false
    }
  }

  /// Whether a value is a list of objects.
  var isListOfObjects: Bool {
    switch self {
    case .objects, .observables: true
    default: false
    }
  }

  /// What is allowed, to follow "allowed: ".
  package var words: String {
    switch self {
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): range.words
    case .choice(let names): names.map { "\"\($0)\"" }.joined(separator: ", ")
    case .folderName:
      "1 to 100 letters, digits, \"-\", \"_\", \".\", not starting with \"-\" or \".\" (it names the run's folder)"
    case .path: "the path of a file, relative to this file's folder"
    case .pathOrFolder: "the path of a file or folder, relative to this file's folder"
    case .matrix: "rows of numbers, all of one length, such as [[1, 0], [0, 1]]"
    case .integers(let range, let count):
      "a list of 1 to \(count) whole numbers from \(range.lowerBound) to \(range.upperBound)"
    case .chains(let maximum):
      "a number of chains from 1 to \(maximum), or chain numbers \"a..b\" with 0 <= a <= b < \(maximum)"
    case .integerOrAll(let range): "a whole number from \(range.lowerBound) to \(range.upperBound), or \"all\""
    case .object: "an object { ... }"
    case .weightKinds:
      WeightPrior.Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") + ", or an object of these by "
        + WeightGroup.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    case .observableName: "1 to 60 letters, digits and \"_\", not starting with a digit"
    case .expression: "an expression, such as \"w^4\" or \"loss/output_second_moment\""
    case .observables(let named, _):
      "a list of {name, of, reduce} and of these names: \(named.map { "\"\($0)\"" }.joined(separator: ", "))"
    case .starts:
      "\"prior\", \"teacher\", the path of a file of networks or of a run, or a list of 1 to 1000 of these"
    case .names(let count):
      "a list of \(count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)") names: 1 to 30 letters, digits "
        + "and \"_\", not starting with a digit"
    case .objects(let form, let maximum): "a list of at most \(maximum) objects \(form)"
    case .numbers(let range, let count): "a list of 1 to \(count) numbers, each \(range.words)"
    case .numberOrList(let range): "\(range.words), or a list of such numbers"
    case .orNull(let form): form.words + ", or null"
    }
  }
}

/// Whether a key may be left out, and what holds then.
package enum SpecPresence: Sendable, Equatable {
  case required
  /// Left out, the key has this value, which is written out into the resolved spec.
  case defaultsTo(JSONValue)
  /// Left out, the value follows from the rest of the spec, in these words.
  case derived(String)
}

/// One key of an experiment file.
package struct SpecKey: Sendable, Equatable {
  package let name: String
  package let form: SpecForm
  package let presence: SpecPresence
  /// One phrase saying what the value means.
  package let meaning: String
  /// What an experiment file to begin with says here; nil: something that has the form.
  package var example: JSONValue?
  /// The file that the example names.
  package var exampleTable: ExampleTable?

  init(_ name: String, _ form: SpecForm, _ presence: SpecPresence, _ meaning: String) {
    self.name = name
    self.form = form
    self.presence = presence
    self.meaning = meaning
  }

  /// A key that must be given.
  init(_ name: String, _ form: SpecForm, _ meaning: String) { self.init(name, form, .required, meaning) }
}

/// An object of an experiment file: its keys, which may depend on its `kind`.
package struct SpecSection: Sendable, Equatable {
  /// Where it stands, `network.gains` say; empty for the whole file.
  package let path: String
  /// The keys that every kind has, `kind` among them where there are kinds.
  package let common: [SpecKey]
  /// The further keys of each kind, in the order in which kinds are documented.
  package let kinds: [(name: String, keys: [SpecKey])]

  /// A section with the same keys always, or (with `kinds`) the parts of one with kinds.
  init(path: String, common: [SpecKey], kinds: [(name: String, keys: [SpecKey])] = []) {
    self.path = path
    self.common = common
    self.kinds = kinds
  }

  /// A section whose keys depend on its kind.
  init(
    path: String, kindMeaning: String, presence: SpecPresence = .required, common: [SpecKey] = [],
    kinds: [(name: String, keys: [SpecKey])]
  ) {
    let kind = SpecKey("kind", .choice(kinds.map(\.name)), presence, kindMeaning)
    self.init(path: path, common: [kind] + common, kinds: kinds)
  }

  /// All keys for a kind (nil where there are no kinds).
  package func keys(kind: String?) -> [SpecKey] {
    common + (kinds.first { $0.name == kind }?.keys ?? [])
  }

  /// Every key under any kind.
  package var allKeys: [SpecKey] { common + kinds.flatMap(\.keys) }

  package static func == (left: SpecSection, right: SpecSection) -> Bool {
    left.path == right.path && left.common == right.common
      && left.kinds.elementsEqual(right.kinds) { $0.name == $1.name && $0.keys == $1.keys }
  }
}
