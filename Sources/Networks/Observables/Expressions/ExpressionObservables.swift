// Observables that an experiment asks for, evaluated on whole networks or on networks that pass by a chunk of neurons at a time.

import Sampling

/// Observables by expressions, ready to be evaluated.
///
/// Neurons go through all expressions of their layer in blocks of 256, so that a draw costs an array operation per sign in the
/// expressions: O(N) in all, no allocation.
public final class ExpressionObservables: Sendable {
  /// What is recorded, in the order in which it was asked for.
  public let variables: [ObservableVariable]
  private let layers: [LayerCode]
  private let scalars: ExpressionCode
  private let scalarCount: Int
  /// Where each scalar of the scalars' program comes from.
  private let sources: [ScalarSource]
  /// Of each recorded observable: a neuron expression, by layer and place, or a scalar expression, by place.
  private let results: [Result]
  private let quantities: NeuronQuantities

  private enum ScalarSource: Sendable {
    case recorded(Int)
    case neurons(layer: Int, place: Int)
  }

  private enum Result: Sendable {
    case neurons(layer: Int, place: Int)
    case scalar(Int)
  }

  /// Why an observable cannot be evaluated.
  public struct Refusal: Error, Sendable, CustomStringConvertible {
    /// The place of the observable in the list.
    public let index: Int
    /// Whether its name is at fault, and not its expression.
    public let isName: Bool
    public let description: String
  }

  /// Reads expressions.
  ///
  /// - Parameters:
  ///   - quantities: of the model's neurons.
  ///   - recorded: what is recorded besides, in order; nil where that is not known yet, so that only neurons' expressions, names and the
  ///     signs of the others are looked at.
  ///   - functions: besides those that all expressions have.
  /// - Throws: ``Refusal``.
  public init(
    _ list: [ObservableExpression], of quantities: NeuronQuantities, recorded: [ObservableVariable]?,
    functions: RegisteredFunctions = .none
  ) throws(Refusal) {
    self.quantities = quantities
    variables = list.map { ObservableVariable($0.name) }
    let constants = [
      "K": Double(quantities.contexts), "D": Double(quantities.features),
    ]
    try Self.requireNames(list, recorded, functions)
    // Named observables that only others use are computed too.
    let helpers = ObservableExpression.named.map(\.observable).filter { named in
      named.reduction != nil && !list.contains { $0.name == named.name }
    }
    let reduced = list.filter { $0.reduction != nil } + helpers
    let recordedNames = recorded?.flatMap(\.scalarNames) ?? []
    var scalars = ExpressionProgram(
      variables: recordedNames + reduced.map(\.name), constants: constants, functions: functions)
    // Those of scalars before all others, where somebody speaks of them.
    for named in ObservableExpression.named.map(\.observable) where named.reduction == nil {
      guard !list.contains(where: { $0.name == named.name }),
        list.contains(where: { $0.reduction == nil && $0.text.contains(named.name) })
      else { continue }
      // What is recorded may not be known yet, and then nothing of them is.
      try? scalars.add(named.text, as: named.name)
    }
    var scalarCount = scalars.outputs.count
    var results: [Result] = []
    for (index, observable) in list.enumerated() where observable.reduction == nil {
      do {
        try scalars.add(observable.text, as: observable.name)
      } catch {
        if recorded == nil, case .unknownName = error.fault { continue }
        let later = list[index...].filter { $0.reduction == nil }.map(\.name)
        throw Self.refusal(index, error, scalars, among: "recorded scalars", later: later, neurons: quantities)
      }
    }
    let used = Set(scalars.usedVariables.map { scalars.variables[$0] })
    var layers = quantities.layers.map { LayerExpressions($0, constants: constants, functions: functions) }
    var places: [String: (layer: Int, place: Int)] = [:]
    for observable in reduced {
      let index = list.firstIndex { $0.name == observable.name }
      guard index != nil || used.contains(observable.name) else { continue }
      let layer = try Self.add(observable, to: &layers, index ?? 0, quantities)
      places[observable.name] = (layer, layers[layer].reductions.count - 1)
    }
    for observable in list {
      if let place = places[observable.name] {
        results.append(.neurons(layer: place.layer, place: place.place))
      } else {
        results.append(.scalar(scalarCount))
        scalarCount += 1
      }
    }
    self.results = results
    self.layers = layers.map(\.code)
    self.scalars = scalars.code
    self.scalarCount = scalars.outputs.count
    sources =
      recordedNames.indices.map { .recorded($0) }
      + reduced.map { observable in
        // What nothing uses is never asked for.
        places[observable.name].map { .neurons(layer: $0.layer, place: $0.place) } ?? .recorded(0)
      }
  }

  /// Makes sure that names differ from each other, from what is recorded besides and from what expressions use.
  private static func requireNames(
    _ list: [ObservableExpression], _ recorded: [ObservableVariable]?, _ functions: RegisteredFunctions
  ) throws(Refusal) {
    let recordedNames = (recorded ?? []).map(\.name)
    for (index, observable) in list.enumerated() {
      let clash: String? =
        recordedNames.contains(observable.name)
        ? "is recorded in any case"
        : list[..<index].contains { $0.name == observable.name } ? "is there twice" : nil
      if let clash {
        throw Refusal(index: index, isName: true, description: "\(observable.name) \(clash); allowed: another name")
      }
    }
  }

  /// Puts an expression to the layer that has all its quantities; returns which.
  private static func add(
    _ observable: ObservableExpression, to layers: inout [LayerExpressions], _ index: Int,
    _ quantities: NeuronQuantities
  ) throws(Refusal) -> Int {
    var first: ExpressionError?
    for place in layers.indices {
      do {
        try layers[place].add(observable)
        return place
      } catch {
        // The layer that goes further knows better what is wrong.
        if first.map({ error.column > $0.column }) ?? true { first = error }
      }
    }
    throw refusal(index, first!, layers[0].program, among: nil, later: [], neurons: quantities)
  }

  private static func refusal(
    _ index: Int, _ error: ExpressionError, _ program: ExpressionProgram, among what: String?, later: [String],
    neurons: NeuronQuantities
  ) -> Refusal {
    var words = error.words
    switch error.fault {
    case .syntax: break
    case .unknownFunction:
      words += "; allowed: \(program.functions.joined(separator: ", "))"
    case .unknownName(let name):
      if let what {
        let isNeurons = neurons.layers.contains { $0.variables.contains { $0.name == name } }
        words +=
          isNeurons
          ? ", which every neuron has one of; say how to reduce it: \"reduce\": \"mean\" (or sum, max, min)"
          : later.contains(name)
            ? ", which stands further down; allowed: observables above this one"
            : "; allowed: \(what), such as \(program.names.prefix(6).joined(separator: ", "))"
      } else if neurons.isDeep, neurons.layers.contains(where: { $0.variables.contains { $0.name == name } }) {
        words = "w belongs to the last hidden layer, all else to the first; allowed: quantities of one of them"
      } else {
        words += "; allowed: a neuron's \(neurons.words), and K, D, pi"
      }
    }
    return Refusal(index: index, isName: false, description: "column \(error.column): \(words)")
  }

  var isDeep: Bool { quantities.isDeep }

  // MARK: - Evaluation

  /// Scratch memory of one chain.
  public struct Workspace: Sendable {
    fileprivate var layers: [LayerCode.Workspace]
    fileprivate var scalars: ExpressionCode.Workspace
    /// The values of the scalars' expressions.
    fileprivate var values: [Double]
  }

  /// Scratch memory for one chain.
  public func makeWorkspace() -> Workspace {
    Workspace(
      layers: layers.map { $0.makeWorkspace() }, scalars: scalars.makeWorkspace(),
      values: [Double](repeating: 0, count: scalarCount))
  }

  /// Begins a network.
  func begin(_ workspace: inout Workspace) {
    for k in 0..<layers.count { layers[k].begin(&workspace.layers[k]) }
  }

  /// Takes in neurons that have all quantities.
  func add(_ arrays: NeuronArrays, slopes: Activation?, to workspace: inout Workspace) {
    for k in 0..<layers.count where layers[k].isUsed { layers[k].add(arrays, slopes: slopes, to: &workspace.layers[k]) }
  }

  /// Takes in the neurons of the last layer, or of the first.
  func add(_ arrays: NeuronArrays, slopes: Activation?, ofLast: Bool, to workspace: inout Workspace) {
    for k in 0..<layers.count where layers[k].isUsed && layers[k].isLast == ofLast {
      layers[k].add(arrays, slopes: slopes, to: &workspace.layers[k])
    }
  }

  /// Writes the observables behind those that are recorded besides.
  func finish(_ workspace: inout Workspace, into values: inout MutableSpan<Double>, from first: Int) {
    values.withUnsafeMutableBufferPointer { values in
      let reduced = workspace.layers
      Self.evaluate(scalars, &workspace.scalars, into: &workspace.values) { index in
        switch sources[index] {
        case .recorded(let place): values[place]
        case .neurons(let layer, let place): layers[layer].value(place, reduced[layer])
        }
      }
      for index in 0..<results.count {
        switch results[index] {
        case .neurons(let layer, let place): values[first + index] = layers[layer].value(place, reduced[layer])
        case .scalar(let place): values[first + index] = workspace.values[place]
        }
      }
    }
  }

  /// Static, with every part apart: exclusivity checking would not let them be reached through one workspace.
  private static func evaluate(
    _ code: ExpressionCode, _ workspace: inout ExpressionCode.Workspace, into values: inout [Double],
    _ value: (Int) -> Double
  ) {
    values.withUnsafeMutableBufferPointer { values in
      code.evaluate(count: 1, using: &workspace) { index, register in
        register.pointee = value(index)
      } use: { expression, register in
        values[expression] = register.pointee
      }
    }
  }
}
