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

  /// The standard deviations of the same, by the Wick contractions of 2 t pairs: ⟨|(J/√N)^t v|⁴⟩/(σ_J^{4t} |v|⁴) = Σ_k c_k N^{−k}, where a
  /// contraction with j free indices adds 1 to c_{2t−j}. At N = 1 the sum is (4t − 1)!!.
  static func powerDeviations(neurons: Int) -> [Double] {
    let x = 1 / Double(neurons)
    return zip(Self.fourthMoments, powerMoments(neurons: neurons)).map { coefficients, mean in
      let fourth = coefficients.reversed().reduce(0) { $0 * x + $1 }
      return (fourth - mean * mean).squareRoot()
    }
  }

  /// c_0, c_1 … for t = 1 … 4.
  static let fourthMoments: [[Double]] = [
    [1, 2], [1, 4, 12, 32, 56], [1, 6, 48, 300, 1488, 4104, 4448],
    [1, 8, 120, 1228, 11452, 75424, 320_568, 783_920, 834_304],
  ]

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
    let powers = zip(RecurrentPrior.powerMoments(neurons: neurons), RecurrentPrior.powerDeviations(neurons: neurons))
    for (power, (moment, deviation)) in powers.enumerated() {
      let name = "recurrent_power[\(power)]"
      let unit = pow(scale, Double(power + 1))
      // Of others double precision has no squares, and so no errors.
      guard (unit * unit).isNormal else { continue }
      list.append(
        Prediction(
          name, expected: moment * unit, status: .exact,
          source: "THEORY 13: <|J^\(power + 1) v|^2>/|v|^2 of normal numbers", quantity: .scalar(name),
          deviation: deviation * unit))
    }
    // What is added makes other eigenvalues.
    if density.architecture.lowRank == nil, let number = RecurrentPrior.realEigenvalues(neurons: neurons) {
      list.append(
        Prediction(
          "real_eigenvalues", expected: number, status: .exact,
          source: "THEORY 13: eigenvalues of normal numbers that are real", quantity: .scalar("real_eigenvalues")))
    }
    return list
  }

  /// The mean square activities as networks grow.
  ///
  /// - Throws: ``NotComputed``, ``GSLError``.
  static func recurrentActivity(_ density: RecurrentDensity) throws -> [Prediction] {
    let field = try RecurrentMeanField(density)
    let source =
      density.architecture.leak < 1
      ? "THEORY 13: normal inputs, their covariances in time from step to step"
      : "THEORY 13: q_(t+1) = sigma_J^2 E phi(sqrt(q_t) z)^2 + input"
    return [
      ("activity_second_moment", field.square), ("final_activity_second_moment", field.finalSquare),
    ].map { name, expected in
      Prediction(
        name, expected: expected, status: .asymptotic(order: "1/N"), source: source, quantity: .scalar(name))
    }
  }

  /// The variance of the inputs of neurons long after the last drive; none where something else than the recurrent weights drives then.
  ///
  /// - Throws: ``NotComputed`` for scales too large; ``GSLError``.
  static func chaoticVariance(_ density: RecurrentDensity) throws -> [Prediction] {
    let (batch, scales) = (density.batch, density.scales)
    guard density.architecture.lowRank == nil,
      let expected = try ChaoticActivity.variance(of: density.architecture.activation, scale: scales.hidden)
    else { return [] }
    let channels = batch.inputChannels
    let lastDrive = batch.inputs.indices.filter { batch.inputs[$0] != 0 }.map { $0 / channels % batch.times }.max()
    guard let lastDrive else { return [] }
    // Transients last some time constants; a step is a share a of one.
    let rest = Double(batch.times - 1 - lastDrive) * density.architecture.leak
    guard rest >= leastRest, scales.context * scales.context <= 1e-3 * expected else { return [] }
    let square = scales.hidden * scales.hidden
    // Steps are no continuous time where the leak is large, and near the transition chaos takes long to come.
    let reached = square * (try RecurrentMeanField(density).finalSquare)
    guard abs(reached / expected - 1) <= farthestReached else {
      throw NotComputed(
        "wide networks come to \(reached) in these trials and steps, not to the \(expected) of continuous time; a smaller leak or longer trials "
          + "bring them there")
    }
    return [
      Prediction(
        "chaotic_variance", expected: expected, status: .asymptotic(order: "1/N, leak, and e^-time"),
        source: "THEORY 13: chaos in continuous time, sigma_J^2 E h^2 after the last input",
        quantity: .function(of: ["final_activity_second_moment"]) { square * $0[0] })
    ]
  }

  /// How many time constants after the last input activities count as stationary.
  private static let leastRest = 10.0
  /// How far, relatively, the recursion of wide networks may be from the value of continuous time at the end of a trial.
  private static let farthestReached = 0.02

  /// Where a part of low rank puts eigenvalues outside the circle of the others, radius q = σ_J.
  ///
  /// - Throws: ``NotComputed`` where it puts none there.
  static func outliers(_ density: RecurrentDensity) throws -> [Prediction] {
    guard let part = density.architecture.lowRank else { return [] }
    let radius = density.scales.hidden
    let neurons = Double(density.architecture.neurons)
    var list: [Prediction] = []
    for (index, value) in part.eigenvalues.enumerated() where hypot(value.real, value.imaginary) > radius {
      let name = "outlier[\(index)]"
      let variance = part.outlierVariance(scale: radius)
      list.append(
        Prediction(
          name, expected: value.real, status: .asymptotic(order: "1/N"),
          source: "THEORY 13: an eigenvalue of the given part, outside the circle of radius sigma_J",
          quantity: .scalar(name), deviation: variance.map { ($0 / neurons).squareRoot() }))
      if let variance {
        list.append(
          Prediction(
            "outlier_variance_times_n", expected: variance, status: .asymptotic(order: "1/N"),
            source: "THEORY 13: (|n|^2/N)(|m|^2/N) q^2/(lambda^2 - q^2), q = sigma_J",
            quantity: .function(of: [name]) { neurons * ($0[0] - value.real) * ($0[0] - value.real) },
            deviation: 2.0.squareRoot() * variance))
      }
    }
    guard !list.isEmpty else {
      throw NotComputed(
        "the given part has no eigenvalue outside the circle of radius \(radius), that of the drawn part")
    }
    return list
  }
}
