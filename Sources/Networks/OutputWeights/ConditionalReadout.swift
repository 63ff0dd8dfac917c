// What a network's outputs are on average given all but its output weights, compared with what they are, at some of the draws.

import Sampling

/// Streaming averages of outputs, mean w² and the loss given all but the output weights, and of the same numbers as drawn.
///
/// Since output weights given all else are Gaussian, ⟨f⟩ = ⟨⟨f | all else⟩⟩ is an exact identity for each of them (THEORY section 5), at any
/// stimulus, depth and width: a sampler that freezes or mis-scales output weights violates it. The conditional means are also the sharper
/// estimates (Rao & Blackwell). A network's conditional means cost a factorisation, so that they are taken at every so many
/// draws: a number that follows from sizes alone.
public struct ConditionalReadout: PositionAccumulator {
  /// What the conditional means may cost, of what sampling costs.
  static let share = 0.15
  /// What looking at a network and making a draw of it cost besides, in multiplications: all there is of small networks.
  private static let ownWork = 20e3
  private static let drawWork = 40e3
  /// The largest matrix to be factorised, and the most features to be held.
  static let mostSize = 1024
  static let mostFeatures = 1 << 23
  private static let mostBatches = 256
  /// Marks the beginning of its state in an archive, where other accumulators have no negative number.
  private static let mark = -1.0

  private var watch: any ReadoutWatch
  private let interval: Int
  private let probes: ReadoutProbes
  private var batches: BatchMeans
  /// Sums of the squares of the differences.
  private var squares: [Double]
  private var positions = 0

  /// Nil where a network is too large for the matrices of its output weights to be held or factorised.
  init?(_ model: some GaussianReadout, evaluationsPerDraw: Double) {
    guard Self.isAffordable(neurons: model.neurons, rows: model.rows) else { return nil }
    probes = model.probes
    let work = model.work
    interval = (1...Int.max).wholeNumber(
      roundingUp: (Self.ownWork + work.conditioning)
        / (Self.share * (Self.drawWork + evaluationsPerDraw * work.evaluation)))
    watch = Watch(model)
    let count = probes.count + 2
    batches = BatchMeans(width: 2 * count, most: Self.mostBatches)
    squares = [Double](repeating: 0, count: count)
  }

  /// Nil without held-out stimuli, for an ensemble that is not bound by a loss, and for too large networks.
  init?<Model: GaussianReadout>(_ heldOut: HeldOutReadout?, _ model: (Matrix) -> Model?) {
    guard let heldOut, let model = model(heldOut.stimuli) else { return nil }
    self.init(model, evaluationsPerDraw: heldOut.evaluationsPerDraw)
  }

  /// - Parameter rows: 0 for quadratic errors.
  static func isAffordable(neurons: Int, rows: Int) -> Bool {
    ReadoutPosterior.size(neurons: neurons, rows: rows) <= mostSize && max(1, rows) <= mostFeatures / neurons
  }

  public mutating func add(_ position: Span<Double>) {
    positions += 1
    guard positions % interval == 0, watch.look(at: position) else { return }
    let count = squares.count
    for k in 0..<count {
      let difference = watch.values[k] - watch.values[count + k]
      squares[k] += difference * difference
    }
    batches.add(watch.values)
  }

  /// `conditional_batch_draws` [batch]; of every quantity the conditional means [batch, its axes], `<name>_drawn`, the same as drawn, and
  /// `<name>_square`, the mean square of their difference.
  public var statistics: [StreamingStatistic] {
    guard batches.draws > 0 else { return [] }
    let axis = ObservableVariable.Axis("batch", batches.sizes.count)
    var list = [StreamingStatistic("conditional_batch_draws", axes: [axis], values: batches.sizes)]
    var first = 0
    for variable in probes.variables {
      let range = first..<first + variable.count
      let drawn = range.lowerBound + squares.count..<range.upperBound + squares.count
      let axes = [axis] + variable.axes
      list += [
        StreamingStatistic(variable.name, axes: axes, values: batches.means(range)),
        StreamingStatistic("\(variable.name)_drawn", axes: axes, values: batches.means(drawn)),
        StreamingStatistic(
          "\(variable.name)_square", axes: variable.axes, values: range.map { squares[$0] / Double(batches.draws) }),
      ]
      first = range.upperBound
    }
    return list
  }

  public func save(to archive: inout [Double]) {
    archive += [Self.mark, Double(positions)]
    batches.save(to: &archive)
    archive += squares
  }

  /// Of an archive without them, written by a program that took none, the averages begin anew.
  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    guard archive.first == Self.mark else { return }
    _ = try archive.next()
    positions = try archive.nextCount(below: 1 << 53)
    try batches.restore(from: &archive)
    squares = try archive.next(squares.count)
  }
}

/// A model with the memory of one chain, whatever the model.
private protocol ReadoutWatch: Sendable {
  /// The conditional means of a network's probes, mean w² and loss, then the same as they are.
  var values: [Double] { get }
  /// Computes them; false if they are not to be had.
  mutating func look(at position: Span<Double>) -> Bool
}

private struct Watch<Model: GaussianReadout>: ReadoutWatch {
  let model: Model
  var posterior: ReadoutPosterior
  var workspace: Model.Workspace
  var values: [Double]

  init(_ model: Model) {
    self.model = model
    posterior = model.makePosterior()
    workspace = model.makeWorkspace()
    values = [Double](repeating: 0, count: 2 * (model.probes.count + 2))
  }

  mutating func look(at position: Span<Double>) -> Bool {
    guard let error = model.condition(&posterior, at: position, using: &workspace) else { return false }
    Self.write(model, posterior, error, at: position, &workspace, to: &values)
    return values.allSatisfy(\.isFinite)
  }

  /// Static, with every part apart: exclusivity checking would not let them be reached through one `self`.
  private static func write(
    _ model: Model, _ posterior: ReadoutPosterior, _ error: Double, at position: Span<Double>,
    _ workspace: inout Model.Workspace, to values: UnsafeMutablePointer<Double>
  ) {
    let (n, count) = (posterior.neurons, model.probes.count)
    let (means, drawn) = (values, values + count + 2)
    model.writeProbes(of: posterior.mean, at: position, into: means, using: &workspace)
    means[count] = posterior.expectedSquare / Double(n)
    means[count + 1] = model.lossUnit * posterior.expectedError + model.lossOffset
    position.withUnsafeBufferPointer { x in
      model.writeProbes(of: x.baseAddress!, at: position, into: drawn, using: &workspace)
      drawn[count] = VectorKernels.sumOfSquares(x.baseAddress!, count: n) / Double(n)
    }
    drawn[count + 1] = model.lossUnit * error + model.lossOffset
  }
}

extension Prediction {
  /// That outputs at held-out stimuli, readout, mean w² and loss are on average what they are given all but the output weights.
  ///
  /// - Parameters:
  ///   - probes: the outputs.
  ///   - neurons: the number of output weights.
  ///   - rows: of the outputs that the task binds; 0 for a quadratic error.
  ///   - eventsPerDraw: where only some neurons contribute to the loss, how many do.
  /// - Throws: ``NotComputed`` for networks that are too large.
  static func conditionalReadouts(
    _ probes: ReadoutProbes, neurons: Int, rows: Int, eventsPerDraw: Double? = nil
  ) throws -> [Prediction] {
    guard ConditionalReadout.isAffordable(neurons: neurons, rows: rows) else {
      throw NotComputed("\(neurons) output weights for \(rows) outputs are too many to be integrated out")
    }
    return probes.variables.flatMap { variable in
      let quantity = ReadoutProbes.quantities[variable.name]!
      return variable.scalarNames.enumerated().map { column, name in
        Prediction(
          name, expected: 0, status: .exact,
          source: "THEORY 5: <\(quantity)> given all but the output weights, less \(quantity) as drawn",
          quantity: .difference(of: variable.name, from: "\(variable.name)_drawn", column: column),
          eventsPerDraw: quantity == "loss" ? eventsPerDraw : nil)
      }
    }
  }
}
