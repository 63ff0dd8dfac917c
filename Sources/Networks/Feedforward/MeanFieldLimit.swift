// Wide mean-field networks with one hidden layer of any activation: their limit, with its first correction (THEORY section 5).

import Sampling

/// What the Gibbs ensemble of mean-field networks with one hidden layer tends to as the width grows.
///
/// Neurons become independent, each with weight exp(½ σ_w² (Λ·φ)²): averages over single neurons, by shifted Sobol sequences. The law of
/// the drawn neurons is fitted to the tilted one in pilot rounds, so that few of them are wasted. Errors are standard errors over
/// independent parts of the draws.
struct MeanFieldLimit: Sendable {
  /// Over all drawn neurons.
  let whole: MeanFieldSaddle
  /// Over parts of them.
  private let parts: [MeanFieldSaddle]
  private let inputs: NeuronInputs
  private let targets: SharedTargets
  private let scales: WeightScales
  private let tightness: Double
  private let features: Int
  private let contexts: Int
  private let projection: (stimuli: Matrix, sets: Int)

  /// Outputs, K P or P, beyond which the averages would take minutes.
  static let mostRows = 200
  /// Fewer effective neurons tell nothing.
  static let leastEffectiveNeurons = 500.0
  private static let partCount = 4
  private static let pilots = 3

  /// The limit at β > 0; nil unless the network has one hidden layer in mean-field scaling. Some seconds at most.
  ///
  /// - Throws: ``NotComputed`` where there are too many outputs, too few effective neurons or no such law; ``GSLError``,
  ///   ``RandomStreamError``.
  init?(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws {
    guard architecture.depth == 1, architecture.readoutScaling == .meanField, tightness > 0 else { return nil }
    let rows = architecture.outputSets * stimuli.rows
    guard rows <= Self.mostRows else {
      throw NotComputed("averages over single neurons for \(rows) outputs take too long (at most \(Self.mostRows))")
    }
    guard !architecture.activation.isSuperlinear else {
      throw NotComputed(
        "independent \(architecture.activation) neurons have no such law: under any multipliers a neuron's output weight times its "
          + "activity outgrows the Gaussian that holds them")
    }
    let inputs = try NeuronInputs(architecture, scales: scales, stimuli: stimuli)
    let targets = SharedTargets(task, stimuli: stimuli, sets: architecture.outputSets)
    // M Q² products a step of Newton's method; powers of two.
    var each = 1 << 15
    while each > 1 << 10, Self.partCount * each * rows * rows > 1 << 29 { each /= 2 }
    var proposal = NeuronProposal(inputs)
    var start: [Double]?
    func saddle(each: Int, seed: UInt64) throws -> (MeanFieldSaddle, EvenNeurons) {
      let draws = try EvenNeurons(inputs, proposal, parts: Self.partCount, each: each, seed: seed)
      return (
        try MeanFieldSaddle(
          draws, 0..<draws.count, targets: targets.mean, sharpness: tightness * targets.weight, tightness: tightness,
          start: start), draws
      )
    }
    for round in 0..<Self.pilots {
      let (pilot, draws) = try saddle(each: max(each / 8, min(each, 2 * rows, 256)), seed: UInt64(round))
      start = pilot.multipliers
      if pilot.effectiveNeurons > 0.5 * Double(draws.count) { break }
      proposal = try NeuronProposal(inputs, secondMoments: pilot.secondMoments)
    }
    let (whole, draws) = try saddle(each: each, seed: UInt64(Self.pilots))
    let pull = inputs.largestPull(whole.multipliers, from: draws)
    guard pull < 1 else {
      throw NotComputed(
        "independent neurons have no such law: the pull of the multipliers on \(architecture.activation) neurons grows as "
          + "\(String(format: "%.4g", pull)) times the Gaussian that holds them")
    }
    guard whole.effectiveNeurons >= Self.leastEffectiveNeurons else {
      throw NotComputed(
        "of \(draws.count) drawn neurons \(String(format: "%.0f", whole.effectiveNeurons)) are effective: too few for averages"
      )
    }
    self.whole = whole
    parts = try (0..<Self.partCount).map {
      try MeanFieldSaddle(
        draws, $0 * each..<($0 + 1) * each, targets: targets.mean, sharpness: tightness * targets.weight,
        tightness: tightness, start: whole.multipliers)
    }
    self.inputs = inputs
    self.targets = targets
    self.scales = scales
    self.tightness = tightness
    features = architecture.features
    contexts = architecture.contexts
    projection = (stimuli, architecture.outputSets)
  }

  /// The standard error over drawn neurons of anything that a saddle tells.
  func error(of quantity: (MeanFieldSaddle) -> Double) -> Double { QuadratureValue(parts: parts.map(quantity)).error }

  private func evidence(_ quantity: (MeanFieldSaddle) -> Double) -> QuadratureValue {
    QuadratureValue(value: quantity(whole), error: error(of: quantity))
  }

  private func expansion(
    _ name: String, _ quantity: (MeanFieldSaddle) -> (leading: Double, firstCorrection: Double?)
  ) -> WideNetworkExpansion.Row {
    let (leading, correction) = quantity(whole)
    return WideNetworkExpansion.Row(
      name: name, expansion: LargeNExpansion(leading: leading, firstCorrection: correction),
      leadingError: error { quantity($0).leading },
      correctionError: correction.map { _ in error { quantity($0).firstCorrection ?? 0 } })
  }

  /// Everything that is told of observables, by their names in files.
  var expansion: WideNetworkExpansion {
    let (outputs, input) = (scales.output * scales.output, scales.input * scales.input)
    var rows = [
      expansion("loss") { ($0.loss.leading + targets.scatter, $0.loss.firstCorrection) },
      expansion("output_second_moment") {
        (outputs * $0.outputSecondMoment.leading, $0.outputSecondMoment.firstCorrection.map { outputs * $0 })
      },
      expansion("input_second_moment") { saddle in
        let moved = (0..<inputs.inputCoordinates).reduce(0) { $0 + saddle.secondMoments[$1, $1] }
        return (input * (moved + Double(inputs.idleFeatures)), nil)
      },
      expansion("output_square") { (dot($0.outputs, $0.outputs) / Double($0.outputs.count), nil) },
    ]
    for c in 0..<contexts {
      for d in 0..<features {
        rows.append(
          expansion("readout[\(c),\(d)]") { saddle in
            let count = projection.stimuli.rows
            let first = projection.sets == 1 ? 0 : c * count
            let sum = (0..<count).reduce(0) { $0 + saddle.outputs[first + $1] * projection.stimuli[$1, d] }
            return (sum / Double(count), nil)
          })
      }
    }
    return WideNetworkExpansion(
      limit: .independentNeurons, rows: rows,
      logEvidencePerNeuron: evidence { $0.logEvidencePerNeuron - tightness * targets.scatter },
      logEvidenceConstant: evidence { $0.logEvidenceConstant }, logEvidenceCorrection: nil,
      effectiveNeurons: whole.effectiveNeurons, withoutCorrection: nil)
  }
}
