// "observables": what is recorded with every draw besides the model's own, by name or by expression.

import JSON
import Networks
import Sampling

/// Observables that an experiment asks for.
package struct ObservablesSection: Sendable, Equatable {
  /// Those that the spec lists.
  let list: [ObservableExpression]
  /// Those that the task records besides, before the others.
  private let implied: [ObservableExpression]
  /// What its expressions may call besides the functions that all have.
  private let functions: RegisteredFunctions
  /// Where each observable stands in the spec, for what can only be refused once it is known what the model records.
  private let places: [SpecError]

  private static let key = "observables"
  /// The most observables.
  private static let most = 100
  private static let named = ObservableExpression.named.map(\.observable)

  package static var form: SpecForm { .observables(named: named.map(\.name), maximum: most) }

  static let schema = SpecSection(
    path: "observables",
    common: [
      SpecKey("name", .observableName, "the name that it is recorded by"),
      SpecKey(
        "of", .expression,
        "with \"reduce\" an expression of a neuron's w, m0 ..., norm(m), b0 ..., g0 ... (as far as the model has them); "
          + "without, of scalars that are recorded, such as loss or readout[0,1]"),
      SpecKey(
        "reduce", .orNull(.choice(ObservableExpression.Reduction.allCases.map(\.rawValue))), .defaultsTo(.null),
        "what makes one number of all neurons"),
    ])

  /// - Parameter implied: what the task records without being asked.
  init(
    from reader: SpecReader, neurons: NeuronQuantities, implied: [ObservableExpression] = [],
    functions: RegisteredFunctions
  ) throws(SpecError) {
    self.functions = functions
    self.implied = implied
    let elements = try reader.list(Self.key, atMost: Self.most)
    var list: [ObservableExpression] = []
    for (index, element) in elements.enumerated() {
      list.append(try Self.observable(element, reader.path + Self.key + index, reader))
    }
    self.list = list
    places = elements.indices.map { index in
      let path = reader.path + Self.key + index
      return reader.source.error(at: list[index].isNamed ? path : path + "of", "")
    }
    _ = try expressions(of: neurons, recorded: nil)
  }

  private static func observable(
    _ value: JSONValue, _ path: JSONPath, _ reader: SpecReader
  ) throws(SpecError) -> ObservableExpression {
    if case .string(let name) = value.content {
      guard let known = named.first(where: { $0.name == name }) else {
        let hint = Spelling.suggestion(for: name, among: named.map(\.name))
        throw reader.source.error(
          at: path,
          "found \(value.summary)\(hint); allowed: \(named.map { "\"\($0.name)\"" }.joined(separator: ", ")), "
            + "or {\"name\": ..., \"of\": ..., \"reduce\": ...}")
      }
      return known
    }
    let entry = try SpecReader(reader.source, path, value, as: schema)
    let name = try entry.observableName("name")
    guard !isReserved(name) else {
      throw entry.error(at: "name", "\"\(name)\" has a meaning of its own; allowed: another name")
    }
    return ObservableExpression(
      name, of: try entry.expression("of"),
      reduction: try entry.choiceOrNull("reduce").flatMap { ObservableExpression.Reduction(rawValue: $0) })
  }

  /// Whether files or expressions give a name another meaning.
  private static func isReserved(_ name: String) -> Bool {
    let blocks = [
      "output_weight", "input_weights", "hidden_weights", "recurrent_weights", "context_weights", "context_drive",
      "gain",
    ]
    return ["chain", "draw", "lp", "pi", "K", "D"].contains(name) || named.contains { $0.name == name }
      || Transition.figures.contains { $0.name == name } || blocks.contains { name.hasPrefix($0) }
  }

  /// The members of the resolved experiment; none where nothing is asked for, as before there were observables in it.
  var members: [(String, JSONValue)] {
    guard !list.isEmpty else { return [] }
    let elements = list.map { observable -> JSONValue in
      guard !observable.isNamed else { return .string(observable.name) }
      return [
        "name": .string(observable.name), "of": .string(observable.text),
        "reduce": observable.reduction.map { .string($0.rawValue) } ?? .null,
      ]
    }
    return [(Self.key, .array(elements))]
  }

  /// The expressions, ready to be evaluated; nil where there are none.
  ///
  /// - Parameter recorded: what the model records; nil where that is not known yet.
  /// - Throws: ``SpecError`` at the observable at fault.
  func expressions(
    of neurons: NeuronQuantities, recorded: [ObservableVariable]?
  ) throws(SpecError) -> ExpressionObservables? {
    let all = implied + list
    guard !all.isEmpty else { return nil }
    do {
      return try ExpressionObservables(all, of: neurons, recorded: recorded, functions: functions)
    } catch {
      precondition(error.index >= implied.count, "what a task records can be computed: \(error)")
      let place = places[error.index - implied.count]
      let observable = list[error.index - implied.count]
      throw SpecError(
        file: place.file, place: place.place,
        keyPath: error.isName ? place.keyPath.replacing(/\.of$/, with: ".name") : place.keyPath,
        message: observable.isNamed ? "it is \"\(observable.text)\": \(error.description)" : error.description)
    }
  }

  package static func == (left: ObservablesSection, right: ObservablesSection) -> Bool { left.list == right.list }
}

extension ObservableExpression {
  /// Whether it is one of those with a name of their own.
  fileprivate var isNamed: Bool { Self.named.contains { $0.observable == self } }
}

extension Experiment {
  /// The names of the observables that the spec asks for.
  package var observableNames: [String] { observables.list.map(\.name) }

  /// What is recorded behind the model's own observables; nil where nothing is asked for.
  ///
  /// - Throws: ``SpecError`` for what uses other scalars than `recorded`.
  func expressionObservables(behind recorded: [ObservableVariable]) throws(SpecError) -> ExpressionObservables? {
    try observables.expressions(of: network.model.neuronQuantities(task), recorded: recorded)
  }

  /// A model's observables with those that are asked for behind them.
  ///
  /// - Throws: ``SpecError``.
  func extended<Base: Observables>(
    _ base: Base, at layout: ParameterLayout
  ) throws(SpecError) -> ExtendedObservables<Base> {
    ExtendedObservables(
      base, try expressionObservables(behind: base.variables),
      at: NeuronPlace(
        layout, givenGains: givenGains, givenOutputs: network.model.givenOutputWeights, slopes: hiddenActivation))
  }
}
