// What theory says of feedforward networks exactly: of linear ones, and of the prior.

import Sampling

extension Prediction {
  /// The posterior of linear networks with drives in the first layer or none, exact at every width and depth (THEORY section 6a), those with a
  /// given readout among them;
  /// nothing for others.
  ///
  /// - Throws: `MaxEntropyError` or ``GSLError``.
  public static func deepLinear(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws -> [Prediction] {
    guard
      let exact = try DeepLinearPosterior(
        architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
    else { return [] }
    let widths = architecture.scatteringWidths
    let source =
      widths.isEmpty
      ? "ridge regression: the readout has one norm in every network"
      : "THEORY 6a: exact at widths \(widths.map(String.init).joined(separator: ", ")), by quadrature"
    let posterior = exact.posterior
    var list = averages(of: posterior, relativeError: exact.relativeError, status: .exact, source: source)
    // Contexts that share their outputs have one readout.
    for (index, variance) in posterior.readoutVariances.enumerated() {
      let (c, d) = index.quotientAndRemainder(dividingBy: task.features)
      let mean = posterior.readout[c, d]
      let name = "readout[\(c),\(d)]"
      list.append(
        Prediction(
          "variance of \(name)", expected: variance, expectedError: exact.relativeError * variance, status: .exact,
          source: source, quantity: .function(of: [name]) { ($0[0] - mean) * ($0[0] - mean) }))
    }
    let moments =
      (architecture.drawsNormalOutputs ? [("output_second_moment", exact.outputSecondMoment)] : [])
      + [("input_second_moment", exact.inputSecondMoment)]
    for (name, value) in moments {
      list.append(
        Prediction(
          name, expected: value, expectedError: exact.relativeError * value, status: .exact, source: source,
          quantity: .scalar(name)))
    }
    return list
  }

  /// The moments of the outputs under the prior, exact at every width (THEORY section 6b); nothing where no formula is known.
  ///
  /// - Throws: ``GSLError``.
  public static func prior(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix
  ) throws -> [Prediction] {
    guard let moments = try PriorOutputMoments(architecture, scales: scales, stimuli: stimuli) else { return [] }
    return [("output_square", moments.meanSquare), ("output_fourth", moments.meanFourth)].map { name, value in
      Prediction(
        name, expected: value, expectedError: 1e-9 * value, status: .exact,
        source: "THEORY 6b: moments of the prior's outputs at this width", quantity: .scalar(name))
    }
  }

  /// Readout, loss and mean squares of outputs.
  private static func averages(
    of posterior: OutputPosterior, relativeError: Double, status: Status, source: String
  ) -> [Prediction] {
    let largest = posterior.readout.largestMagnitude
    let variances = posterior.readoutVariances
    var list: [Prediction] = []
    for c in 0..<posterior.readout.rows {
      for d in 0..<posterior.readout.columns {
        let spread = variances[(c * posterior.readout.columns + d) % variances.count].squareRoot()
        let name = "readout[\(c),\(d)]"
        list.append(
          Prediction(
            name, expected: posterior.readout[c, d], expectedError: relativeError * largest, status: status,
            source: source, quantity: .scalar(name), size: max(largest, spread)))
      }
    }
    for (name, value) in [("loss", posterior.loss), ("output_square", posterior.outputSquare)] {
      list.append(
        Prediction(
          name, expected: value, expectedError: relativeError * value, status: status, source: source,
          quantity: .scalar(name)))
    }
    return list
  }
}
