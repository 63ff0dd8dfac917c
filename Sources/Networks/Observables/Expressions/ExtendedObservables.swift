// A model's observables, and behind them those that an experiment asks for by expressions.

import Sampling

/// A model's observables with more behind them.
///
/// Where nothing more is asked for, it costs a comparison per draw.
public struct ExtendedObservables<Base: Observables>: Observables {
  private let base: Base
  private let expressions: ExpressionObservables?
  private let place: NeuronPlace?
  private let baseCount: Int
  public let variables: [ObservableVariable]

  /// - Parameters:
  ///   - expressions: made for what `base` records; nil for none.
  ///   - place: where a position has its neurons.
  public init(_ base: Base, _ expressions: ExpressionObservables?, at place: NeuronPlace) {
    self.base = base
    self.expressions = expressions
    self.place = place
    variables = base.variables + (expressions?.variables ?? [])
    baseCount = base.variables.reduce(0) { $0 + $1.count }
  }

  /// Scratch memory of one chain.
  public struct Workspace: Sendable {
    @usableFromInline var base: Base.Workspace
    var expressions: ExpressionObservables.Workspace?
  }

  public func makeWorkspace() -> Workspace {
    Workspace(base: base.makeWorkspace(), expressions: expressions?.makeWorkspace())
  }

  public func evaluate(
    at position: Span<Double>, logDensity: Double, into values: inout MutableSpan<Double>,
    using workspace: inout Workspace
  ) {
    base.evaluate(at: position, logDensity: logDensity, into: &values, using: &workspace.base)
    guard let expressions, let place else { return }
    expressions.begin(&workspace.expressions!)
    position.withUnsafeBufferPointer { place.add($0.baseAddress!, expressions, &workspace.expressions!) }
    expressions.finish(&workspace.expressions!, into: &values, from: baseCount)
  }
}

/// Where a position has the quantities of its neurons.
public struct NeuronPlace: Sendable {
  private let output: Int?
  private let inputs: Int
  private let drives: Int?
  private let gains: Int?
  private let givenGains: [Double]?
  private let givenOutputs: [Double]?
  private let slopes: Activation?
  private let outputNeurons: Int
  private let inputNeurons: Int

  /// - Parameters:
  ///   - layout: with the blocks `output_weight`, where output weights are not given, and `input_weights`, and perhaps `context_drive` and
  ///     `gain`.
  ///   - givenGains: [neuron, context], where gains are given.
  ///   - slopes: the activation whose slopes at the drives are the gains, where that is so.
  public init(
    _ layout: ParameterLayout, givenGains: Matrix?, givenOutputs: [Double]? = nil, slopes: Activation?
  ) {
    let output = layout["output_weight"]
    if let inputs = layout["input_weights"], let outputNeurons = output?.count ?? givenOutputs?.count {
      self.output = output?.offset
      self.inputs = inputs.offset
      self.outputNeurons = outputNeurons
      inputNeurons = inputs.shape.last!
    } else if let first = layout.blocks.first, first.name == "output_weights" {
      // Rows of all neurons from the start of the position on.
      self.output = first.offset
      inputs = first.offset
      outputNeurons = first.shape.last!
      inputNeurons = outputNeurons
    } else if let first = layout.blocks.first, first.name.hasPrefix("loading_") {
      // Loadings follow each other, a block each.
      self.output = first.offset
      inputs = first.offset + first.count
      outputNeurons = first.count
      inputNeurons = first.count
    } else {
      preconditionFailure("every network has output and input weights, or loadings")
    }
    self.givenOutputs = givenOutputs
    drives = layout["context_drive"]?.offset
    gains = layout["gain"]?.offset
    self.givenGains = givenGains?.transposed.elements
    self.slopes = slopes
  }

  /// Takes in all neurons of a position.
  func add(
    _ position: UnsafePointer<Double>, _ expressions: ExpressionObservables,
    _ workspace: inout ExpressionObservables.Workspace
  ) {
    guard let output else {
      return givenOutputs!.withUnsafeBufferPointer {
        add(position, outputs: $0.baseAddress!, expressions, &workspace)
      }
    }
    add(position, outputs: position + output, expressions, &workspace)
  }

  private func add(
    _ position: UnsafePointer<Double>, outputs: UnsafePointer<Double>, _ expressions: ExpressionObservables,
    _ workspace: inout ExpressionObservables.Workspace
  ) {
    func add(_ given: UnsafePointer<Double>?) {
      let first = NeuronArrays(
        output: outputs, inputs: position + inputs, drives: drives.map { position + $0 },
        gains: given ?? gains.map { position + $0 }, stride: inputNeurons, count: inputNeurons)
      guard expressions.isDeep else { return expressions.add(first, slopes: slopes, to: &workspace) }
      expressions.add(first, slopes: slopes, ofLast: false, to: &workspace)
      let last = NeuronArrays(output: outputs, stride: outputNeurons, count: outputNeurons)
      expressions.add(last, slopes: nil, ofLast: true, to: &workspace)
    }
    guard let givenGains else { return add(nil) }
    givenGains.withUnsafeBufferPointer { add($0.baseAddress!) }
  }
}
