// What expressions may call the numbers of a neuron, and where they stand in a network's position.

import Sampling

/// The quantities of a neuron that expressions may use: `w`, `m0` …, `norm(m)`, `b0` …, `g0` …, as far as a model has them.
///
/// Of networks with several hidden layers the first has m, b and g, and the last w.
public struct NeuronQuantities: Sendable, Equatable {
  /// The dimension of the stimulus, D.
  public let features: Int
  /// The number of contexts, K.
  public let contexts: Int
  /// Whether neurons have context drives b.
  public let hasDrives: Bool
  /// Whether neurons have gains g: given, drawn, or the slopes φ'(b) of the drives.
  public let hasGains: Bool
  /// Whether m and w belong to different layers.
  public let isDeep: Bool
  /// The names of a neuron's loadings, in the place of w and m; nil for networks with w and m.
  public let loadings: [String]?
  /// Names of rows of a position, each a number for every neuron, where there are no others; nil elsewhere.
  private let rows: [Row]?

  private struct Row: Sendable, Equatable {
    let name: String
    let number: Int
  }

  /// The quantities of recurrent neurons: `w` (with several output channels `w0` …), `i0` … and `b0` …
  ///
  /// Every block of a recurrent network's position has rows of all neurons, so that a row's number tells where it is.
  public init(recurrent neurons: Int, inputs: Int, outputs: Int, contexts: Int) {
    let names: [(letter: String, count: Int, first: Int)] = [
      ("w", outputs, 0), ("i", inputs, outputs + neurons), ("b", contexts, outputs + neurons + inputs),
    ]
    let rows = names.flatMap { name in
      (0..<name.count).map { k in
        Row(name: name.letter == "w" && outputs == 1 ? "w" : "\(name.letter)\(k)", number: name.first + k)
      }
    }
    self.init(
      features: inputs, contexts: contexts, hasDrives: false, hasGains: false, isDeep: false, loadings: nil, rows: rows)
  }

  /// The quantities of neurons with loadings of these names, and gains.
  public init(loadings: [String], contexts: Int) {
    self.init(
      features: loadings.count - 1, contexts: contexts, hasDrives: false, hasGains: true, isDeep: false,
      loadings: loadings)
  }

  /// The quantities of a model's neurons.
  public init(features: Int, contexts: Int, hasDrives: Bool, hasGains: Bool, isDeep: Bool) {
    self.init(
      features: features, contexts: contexts, hasDrives: hasDrives, hasGains: hasGains, isDeep: isDeep, loadings: nil)
  }

  private init(
    features: Int, contexts: Int, hasDrives: Bool, hasGains: Bool, isDeep: Bool, loadings: [String]?,
    rows: [Row]? = nil
  ) {
    self.loadings = loadings
    self.rows = rows
    self.features = features
    self.contexts = contexts
    self.hasDrives = hasDrives
    self.hasGains = hasGains
    self.isDeep = isDeep
  }

  /// One quantity.
  enum Quantity: Sendable, Equatable {
    case output
    case input(Int)
    case inputNorm
    case drive(Int)
    case gain(Int)
  }

  /// A set of neurons whose quantities belong together, and their names.
  struct Layer: Sendable {
    /// Whether it is the layer that is read out.
    let isLast: Bool
    let variables: [(name: String, quantity: Quantity)]
  }

  /// The layers: one, or of deep networks the first and the last.
  var layers: [Layer] {
    if let rows { return [Layer(isLast: true, variables: rows.map { ($0.name, .input($0.number)) })] }
    if let loadings {
      let own = loadings.enumerated().map { ($1, $0 == 0 ? Quantity.output : .input($0 - 1)) }
      return [Layer(isLast: true, variables: own + (0..<contexts).map { ("g\($0)", .gain($0)) })]
    }
    let first: [(String, Quantity)] =
      (0..<features).map { ("m\($0)", .input($0)) } + [("norm(m)", .inputNorm)]
      + (hasDrives ? (0..<contexts).map { ("b\($0)", .drive($0)) } : [])
      + (hasGains ? (0..<contexts).map { ("g\($0)", .gain($0)) } : [])
    guard isDeep else { return [Layer(isLast: true, variables: [("w", .output)] + first)] }
    return [Layer(isLast: false, variables: first), Layer(isLast: true, variables: [("w", .output)])]
  }

  /// The first and the last name of each letter.
  private func recurrentWords(_ rows: [Row]) -> String {
    ["w", "i", "b"].map { letter in
      let own = rows.filter { $0.name.hasPrefix(letter) }
      return own.count <= 2 ? own.map(\.name).joined(separator: ", ") : "\(own[0].name) ... \(own[own.count - 1].name)"
    }.joined(separator: ", ")
  }

  /// The names for people: `w, m0 ... m9, norm(m), g0, g1`.
  public var words: String {
    func range(_ letter: String, _ count: Int) -> String {
      count <= 3 ? (0..<count).map { "\(letter)\($0)" }.joined(separator: ", ") : "\(letter)0 ... \(letter)\(count - 1)"
    }
    if let rows { return rows.count <= 9 ? rows.map(\.name).joined(separator: ", ") : recurrentWords(rows) }
    if let loadings { return (loadings + [range("g", contexts)]).joined(separator: ", ") }
    return
      (["w", range("m", features), "norm(m)"] + (hasDrives ? [range("b", contexts)] : [])
      + (hasGains ? [range("g", contexts)] : [])).joined(separator: ", ")
  }
}

/// Where the numbers of several neurons are: of each quantity the first neuron's first number.
struct NeuronArrays {
  /// w, [neuron].
  var output: UnsafePointer<Double>?
  /// m, [feature, neuron].
  var inputs: UnsafePointer<Double>?
  /// b, [context, neuron].
  var drives: UnsafePointer<Double>?
  /// g, [context, neuron]; nil for slopes of the drives.
  var gains: UnsafePointer<Double>?
  /// Between a neuron's numbers of two features or contexts.
  let stride: Int
  let count: Int
}
