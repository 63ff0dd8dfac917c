// The functions of a recurrent network that are recorded with every draw.

import Sampling

/// `lp`; `loss`; `output_second_moment`, mean w²; `recurrent_second_moment`, mean J²; `input_second_moment` and `context_second_moment`, means
/// over neurons of |I_i|² and |B_i|²; `spectral_radius` of the connectivity, and how many of its eigenvalues are real, `real_eigenvalues`; where a
/// part of low rank is given, `outlier` [rank], the real part of the eigenvalue that is nearest to that of the part, each eigenvalue once; `activity_second_moment`, the
/// mean of h² over trials, steps and neurons; `weight_identity` [block]; at tightness 0 `final_activity_second_moment`, that of the last step, and
/// `recurrent_power` [power], |(J/√N)^t v|²/|v|² for t = 1 … 4 with v = (1, …, 1).
///
/// Costs one evaluation with gradient, and the O(N³) of the eigenvalues.
public typealias RecurrentObservables = ObservableList<RecurrentView>

extension ObservableList where View == RecurrentView {
  public init(density: RecurrentDensity) {
    var list: [Observable<RecurrentView>] = [
      .logDensity, Observable("loss") { $1.loss }, .outputSecondMoment,
      Observable("recurrent_second_moment") { $1.meanSquare(ofBlock: 1, $0) }, .inputSecondMoment,
      .contextSecondMoment, .recurrentSpectrum(density.architecture.lowRank),
      Observable("activity_second_moment") { $1.activitySquare }, .weightIdentities(density.weightIdentities),
    ]
    if density.tightness == 0 {
      list += [Observable("final_activity_second_moment") { $1.finalActivitySquare }, .recurrentPowers]
    }
    self.init(list) { RecurrentView(density) }
  }
}

/// What observables see of a recurrent network.
public struct RecurrentView: WeightView, GradientView {
  public var logDensity = 0.0
  public private(set) var gradient: [Double]
  /// L on the task's trials.
  private(set) var loss = 0.0
  /// The mean of h² over trials, steps and neurons.
  private(set) var activitySquare = 0.0
  /// The same of the last step.
  private(set) var finalActivitySquare = 0.0
  let density: RecurrentDensity
  fileprivate let spectrum: RecurrentSpectrum
  fileprivate var vectors: (now: [Double], next: [Double])
  private var workspace: RecurrentDensity.Workspace

  init(_ density: RecurrentDensity) {
    self.density = density
    workspace = density.makeWorkspace()
    gradient = [Double](repeating: 0, count: density.layout.realCount)
    let neurons = density.architecture.neurons
    spectrum = RecurrentSpectrum(neurons: neurons, adding: density.architecture.lowRank?.weights ?? [])
    let zeros = [Double](repeating: 0, count: neurons)
    vectors = (zeros, zeros.map { $0 })
  }

  /// All output weights, those of several channels apart.
  public var outputNeurons: Int { density.layout.blocks[0].count }
  public var inputNeurons: Int { density.architecture.neurons }

  public func outputSquares(_ position: Span<Double>) -> Double { squares(ofBlock: 0, position) }
  public func inputSquares(_ position: Span<Double>) -> Double { squares(ofBlock: 2, position) }

  /// Σ θ² over a block.
  fileprivate func squares(ofBlock number: Int, _ position: Span<Double>) -> Double {
    let block = density.layout.blocks[number]
    return position.withUnsafeBufferPointer { sumOfSquares($0.baseAddress! + block.offset, block.count) }
  }

  /// Mean θ² over a block.
  fileprivate func meanSquare(ofBlock number: Int, _ position: Span<Double>) -> Double {
    squares(ofBlock: number, position) / Double(density.layout.blocks[number].count)
  }

  public mutating func look(at position: Span<Double>) {
    density.evaluate(at: position, gradient: &gradient, using: &workspace)
    Self.read(density, &workspace.memory, &loss, &activitySquare, &finalActivitySquare)
  }

  /// Static, with every part apart: exclusivity checking would not let them be reached through one `self`.
  private static func read(
    _ density: RecurrentDensity, _ memory: inout [Double], _ loss: inout Double, _ activitySquare: inout Double,
    _ finalActivitySquare: inout Double
  ) {
    let pass = density.pass
    let count = pass.rows * density.architecture.neurons
    let last = pass.trials * density.architecture.neurons
    memory.withUnsafeMutableBufferPointer {
      loss = density.wanted.unit * density.squaredError($0.baseAddress!, scale: 0)
      let activities = pass.activities(in: $0.baseAddress!)
      activitySquare = sumOfSquares(activities, count) / Double(count)
      finalActivitySquare = sumOfSquares(activities + (count - last), last) / Double(last)
    }
  }
}

extension Observable where View == RecurrentView {
  /// `context_second_moment`: mean over neurons of |B_i|².
  fileprivate static var contextSecondMoment: Observable {
    Observable("context_second_moment") { $1.squares(ofBlock: 3, $0) / Double($1.inputNeurons) }
  }

  /// `spectral_radius` and `real_eigenvalues` of the connectivity, and `outlier` [rank] where a part of low rank is given.
  fileprivate static func recurrentSpectrum(_ given: LowRankConnectivity?) -> Observable {
    let points = given?.eigenvalues ?? []
    var variables = [ObservableVariable("spectral_radius"), ObservableVariable("real_eigenvalues")]
    if !points.isEmpty { variables.append(ObservableVariable("outlier", axes: [.init("rank", points.count)])) }
    return Observable(variables) { position, view, values, first in
      let architecture = view.density.architecture
      let found = position.withUnsafeBufferPointer { position in
        values.withUnsafeMutableBufferPointer {
          view.spectrum.radius(
            position.baseAddress! + architecture.recurrentOffset, scale: 1 / Double(architecture.neurons).squareRoot(),
            points: points, nearest: $0.baseAddress! + first + 2)
        }
      }
      values[first] = found.radius
      values[first + 1] = found.real
    }
  }

  /// `recurrent_power` [power]: how |(J/√N)^t v|² grows, v = (1, …, 1).
  fileprivate static var recurrentPowers: Observable {
    Observable([ObservableVariable("recurrent_power", axes: [.init("power", RecurrentPrior.powers)])]) {
      position, view, values, first in
      let architecture = view.density.architecture
      let count = architecture.neurons
      let scale = 1 / Double(count).squareRoot()
      position.withUnsafeBufferPointer { position in
        let weights = position.baseAddress! + architecture.recurrentOffset
        for i in 0..<count { view.vectors.now[i] = 1 }
        for power in 0..<RecurrentPrior.powers {
          VectorKernels.product(
            view.vectors.now, weights, into: &view.vectors.next, rows: 1, inner: count, columns: count, scale: scale)
          swap(&view.vectors.now, &view.vectors.next)
          values[first + power] = sumOfSquares(view.vectors.now, count) / Double(count)
        }
      }
    }
  }
}
