// What is known of recurrent networks that no task binds: the prior, exactly at every width and as it grows.

import Sampling

/// Averages over the prior of recurrent networks (THEORY section 13).
enum RecurrentPrior {
  /// How many powers of the recurrent weights are looked at.
  static let powers = 4

  /// ⟨|(J/√N)^t v|²⟩/(σ_J^{2t} |v|²) for t = 1 … 4 and independent normal entries of J: the Wick contractions of t pairs.
  static func powerMoments(neurons: Int) -> [Double] {
    let x = 1 / Double(neurons)
    return [1, 1 + 2 * x * x, 1 + x * x * (10 + 4 * x), 1 + x * x * (28 + x * (28 + 48 * x))]
  }

  /// The mean number of real eigenvalues of N × N independent normal numbers, √2 Σ_{k<N/2} (4k−1)!!/(4k)!! (Edelman, Kostlan & Shub 1994);
  /// nil for odd N.
  static func realEigenvalues(neurons: Int) -> Double? {
    guard neurons % 2 == 0 else { return nil }
    var (term, sum) = (1.0, 0.0)
    for k in 0..<neurons / 2 {
      sum += term
      let k = Double(k)
      term *= (4 * k + 1) * (4 * k + 3) / ((4 * k + 2) * (4 * k + 4))
    }
    return 2.0.squareRoot() * sum
  }

  /// The mean of h² over trials, steps and neurons as N → ∞ without leak: inputs of neurons are normal, with variances
  /// q_t = σ_J² E φ(√q_{t−1} z)² + σ_I² |u_t|² + σ_B² (Sompolinsky, Crisanti & Sommers 1988).
  ///
  /// - Throws: ``NotComputed`` for too many steps, or a recursion that runs away; ``GSLError``.
  static func activitySquare(_ density: RecurrentDensity) throws -> Double {
    let (batch, scales) = (density.batch, density.scales)
    guard batch.trials * batch.times <= mostSteps else {
      throw NotComputed("\(batch.trials) trials of \(batch.times) steps would take too many integrals")
    }
    var known: [Double: Double] = [:]
    var sum = 0.0
    for trial in 0..<batch.trials {
      var square = 0.0
      for t in 0..<batch.times {
        let first = (trial * batch.times + t) * batch.inputChannels
        let input = batch.inputs[first..<first + batch.inputChannels].reduce(0) { $0 + $1 * $1 }
        let variance =
          scales.hidden * scales.hidden * square + scales.input * scales.input * input + scales.context * scales.context
        guard variance < 1e100 else { throw NotComputed("the variance of the activities runs away") }
        square = try known[variance] ?? density.architecture.activation.meanSquare(variance: variance)
        known[variance] = square
        sum += square
      }
    }
    return sum / Double(batch.trials * batch.times)
  }

  private static let mostSteps = 20_000
}

extension Prediction {
  /// The averages of the prior.
  ///
  /// - Throws: ``GSLError``.
  static func recurrentPrior(_ density: RecurrentDensity) -> [Prediction] {
    let neurons = density.architecture.neurons
    let quantities = [
      "output_second_moment", "recurrent_second_moment", "input_second_moment", "context_second_moment",
    ]
    var list: [Prediction] = []
    for (index, (name, block)) in zip(quantities, density.weightPrior.blocks).enumerated() {
      // The last two are sums over a neuron's weights.
      let perNeuron = index < 2 ? 1 : Double(block.shape[0])
      let expected = perNeuron * block.scale * block.scale
      list.append(
        Prediction(
          name, expected: expected, status: .exact, source: "THEORY 13: the prior of \(block.name)",
          quantity: .scalar(name), deviation: expected * (2 / Double(block.count)).squareRoot()))
    }
    let scale = density.scales.hidden * density.scales.hidden
    for (power, moment) in RecurrentPrior.powerMoments(neurons: neurons).enumerated() {
      let name = "recurrent_power[\(power)]"
      list.append(
        Prediction(
          name, expected: moment * pow(scale, Double(power + 1)), status: .exact,
          source: "THEORY 13: <|J^\(power + 1) v|^2>/|v|^2 of normal numbers", quantity: .scalar(name)))
    }
    if let number = RecurrentPrior.realEigenvalues(neurons: neurons) {
      list.append(
        Prediction(
          "real_eigenvalues", expected: number, status: .exact,
          source: "THEORY 13: eigenvalues of normal numbers that are real", quantity: .scalar("real_eigenvalues")))
    }
    return list
  }

  /// The mean square activity as networks grow.
  ///
  /// - Throws: ``NotComputed``, ``GSLError``.
  static func recurrentActivity(_ density: RecurrentDensity) throws -> [Prediction] {
    guard density.architecture.leak == 1 else {
      throw NotComputed("with a leak below 1 the variance of a neuron's input has no recursion of its own")
    }
    return [
      Prediction(
        "activity_second_moment", expected: try RecurrentPrior.activitySquare(density),
        status: .asymptotic(order: "1/N"), source: "THEORY 13: q_(t+1) = sigma_J^2 E phi(sqrt(q_t) z)^2 + input",
        quantity: .scalar("activity_second_moment"))
    ]
  }
}
