// Draws of the product ensemble: networks of independent neurons, drawn exactly, a chunk of neurons at a time.

import Sampling

/// Draws whole networks neuron by neuron from a solved maximum-entropy law (THEORY section 4).
///
/// Given gains are the same in every draw, and not part of it. Draws are independent and need no warm-up. Memory is that of one chunk of neurons, whatever N; a draw costs O(N K D).
public struct ProductSource: ~Copyable, DrawSource {
  /// Neurons a chunk.
  public static let chunk = 4096

  public let schema: DrawSchema
  public let chain: Int
  public let warmupDraws = 0
  public private(set) var draws = 0

  private let law: NeuronLaw
  private let neurons: Int
  private let gainLogOdds: Double
  /// Whether a recorded network holds its gains, which it need not if they are given.
  private let recordsGains: Bool
  private let observables: ObservableList<DrawnNetworkView>
  private var stream: RandomStream
  private var view: DrawnNetworkView
  private var populations: BatchSums
  private let expressions: ExpressionObservables?
  private var expressionValues: ExpressionObservables.Workspace?
  private var fullChunk: NeuronChunk
  private var lastChunk: NeuronChunk
  private var values: [Double]

  /// A source of networks of `neurons` neurons, of which the model's own observables are recorded.
  ///
  /// - Precondition: if the law's gains are given, they are for that many neurons.
  /// - Parameter stimulusCovariance: S, [feature, feature], for the loss.
  public init(
    _ law: NeuronLaw, neurons: Int, stimulusCovariance: Matrix, chain: Int, stream: consuming RandomStream
  ) {
    self.init(law, neurons: neurons, stimulusCovariance: stimulusCovariance, chain: chain, stream: stream) { _ in nil }
  }

  /// A source of networks of `neurons` neurons.
  ///
  /// - Precondition: if the law's gains are given, they are for that many neurons.
  /// - Parameters:
  ///   - stimulusCovariance: S, [feature, feature], for the loss.
  ///   - expressed: observables that are recorded behind the others, given what these are.
  /// - Throws: whatever `expressed` throws.
  public init(
    _ law: NeuronLaw, neurons: Int, stimulusCovariance: Matrix, chain: Int, stream: consuming RandomStream,
    observables expressed: (_ recorded: [ObservableVariable]) throws -> ExpressionObservables?
  ) rethrows {
    self.law = law
    self.neurons = neurons
    self.chain = chain
    self.stream = stream
    let problem = law.solution.problem
    switch problem.gains {
    case .independent(let activeProbability):
      let odds = activeProbability / (1 - activeProbability)
      gainLogOdds = odds.isFinite ? log(odds) : 0
      recordsGains = true
    case .given(let matrix):
      precondition(matrix.rows == neurons, "gains are given for another number of neurons")
      gainLogOdds = 0
      recordsGains = false
    }
    let task = QuadraticLoss(target: problem.task.target, stimulusCovariance: stimulusCovariance)
    observables = ObservableList(
      Observable.ofNeuronSums(
        contexts: law.contexts, features: law.features, gainsAreDrawn: problem.gains.areDrawn)
    ) { DrawnNetworkView(task) }
    view = observables.makeWorkspace()
    populations = BatchSums(view.sums)
    fullChunk = law.makeChunk(neurons: min(neurons, Self.chunk))
    lastChunk = law.makeChunk(neurons: neurons % Self.chunk)
    var layout = ParameterLayout()
    layout.append("output_weight", shape: [neurons])
    layout.append("input_weights", shape: [law.features, neurons])
    if recordsGains { layout.append("gain", shape: [law.contexts, neurons], kind: .binary) }
    expressions = try expressed(observables.variables)
    expressionValues = expressions?.makeWorkspace()
    schema = DrawSchema(
      observables: observables.variables + (expressions?.variables ?? []), statistics: [], network: layout)
    values = [Double](repeating: 0, count: schema.observableCount)
  }

  public mutating func next(into sink: inout some DrawSink) throws {
    view.sums.reset()
    expressions?.begin(&expressionValues!)
    let isRecorded = sink.wantsNetwork(ofDraw: draws)
    var first = 0
    while first < neurons {
      let isFull = neurons - first >= fullChunk.neurons
      let part = first..<min(neurons, first + fullChunk.neurons)
      if isFull {
        fullChunk.firstNeuron = first
        Self.fill(&fullChunk, from: law, using: &stream, addingTo: &view.sums)
        if let expressions { Self.add(fullChunk, to: expressions, &expressionValues!) }
        if isRecorded { try Self.record(fullChunk, withGains: recordsGains, as: part, ofDraw: draws, into: &sink) }
      } else {
        lastChunk.firstNeuron = first
        Self.fill(&lastChunk, from: law, using: &stream, addingTo: &view.sums)
        if let expressions { Self.add(lastChunk, to: expressions, &expressionValues!) }
        if isRecorded { try Self.record(lastChunk, withGains: recordsGains, as: part, ofDraw: draws, into: &sink) }
      }
      first = part.upperBound
    }
    populations.add(view.sums, neurons: neurons)
    view.finish(logDensity: logDensity)
    Self.write(observables, &view, expressions, &expressionValues, to: &values)
    try sink.record(draw: draws, observables: values.span, statistics: [Double]().span)
    draws += 1
  }

  /// −½ α_w Σ w² − ½ α_m Σ |m|² + N Λ·R + ln(π/(1−π)) Σ g (without the last for given gains), of the network whose sums are at hand.
  private var logDensity: Double {
    let solution = law.solution
    let sums = view.sums
    var value = -solution.outputPrecision / 2 * sums.outputSquares - solution.inputPrecision / 2 * sums.inputSquares
    for (multiplier, readout) in zip(solution.multipliers.elements, sums.readout) { value += multiplier * readout }
    return value + gainLogOdds * sums.activeGains
  }

  // Static, with every array apart: exclusivity checking would not let them be reached through one `self`.

  private static func fill(
    _ chunk: inout NeuronChunk, from law: NeuronLaw, using stream: inout RandomStream, addingTo sums: inout NeuronSums
  ) {
    law.draw(into: &chunk, using: &stream)
    chunk.outputWeight.withUnsafeBufferPointer { w in
      chunk.inputWeights.withUnsafeBufferPointer { m in
        chunk.gain.withUnsafeBufferPointer { g in
          sums.add(w.baseAddress!, m.baseAddress!, g.baseAddress!, count: chunk.neurons)
        }
      }
    }
  }

  private static func record(
    _ chunk: NeuronChunk, withGains recordsGains: Bool, as part: Range<Int>, ofDraw draw: Int,
    into sink: inout some DrawSink
  ) throws {
    let values = chunk.outputWeight + chunk.inputWeights + (recordsGains ? chunk.gain : [])
    try sink.recordNetwork(draw: draw, part: part, values: values.span)
  }

  private static func add(
    _ chunk: NeuronChunk, to expressions: ExpressionObservables, _ workspace: inout ExpressionObservables.Workspace
  ) {
    chunk.outputWeight.withUnsafeBufferPointer { w in
      chunk.inputWeights.withUnsafeBufferPointer { m in
        chunk.gain.withUnsafeBufferPointer { g in
          let arrays = NeuronArrays(
            output: w.baseAddress, inputs: m.baseAddress, gains: g.baseAddress, stride: chunk.neurons,
            count: chunk.neurons)
          expressions.add(arrays, slopes: nil, to: &workspace)
        }
      }
    }
  }

  private static func write(
    _ observables: ObservableList<DrawnNetworkView>, _ view: inout DrawnNetworkView,
    _ expressions: ExpressionObservables?, _ workspace: inout ExpressionObservables.Workspace?,
    to values: inout [Double]
  ) {
    var out = values.mutableSpan
    observables.write([Double]().span, &view, to: &out)
    if let expressions {
      expressions.finish(
        &workspace!, into: &out, from: out.count - expressions.variables.count)
    }
  }

  public var snapshot: ChainSnapshot {
    var archive = [Double(draws)]
    populations.save(to: &archive)
    return ChainSnapshot(archive: archive, stream: stream.snapshot)
  }

  public mutating func restore(_ snapshot: ChainSnapshot) throws {
    var archive = snapshot.archive[...]
    draws = Int(try archive.next())
    try populations.restore(from: &archive)
    guard archive.isEmpty else { throw ArchiveError("the saved state has \(archive.count) numbers too many") }
    stream = try RandomStream(restoring: snapshot.stream)
  }

  public var streamingStatistics: [StreamingStatistic] { populations.statistics }
}
