// What theory says of feedforward networks: exact for linear ones and for the prior, asymptotic for wide ones.

import Sampling

extension Prediction {
  /// The posterior of linear networks without context drives, exact at every width and depth (THEORY section 6a); nothing for others.
  ///
  /// - Throws: ``MaxEntropyError`` or ``GSLError``.
  public static func deepLinear(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws -> [Prediction] {
    guard
      let exact = try DeepLinearPosterior(
        architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
    else { return [] }
    let source =
      "THEORY 6a: exact at widths \(architecture.widths.map(String.init).joined(separator: ", ")), by quadrature"
    let posterior = exact.posterior
    var list = averages(of: posterior, relativeError: exact.relativeError, status: .exact, source: source)
    for d in 0..<task.features {
      let mean = posterior.readout[0, d]
      list.append(
        Prediction(
          "variance of readout[0,\(d)]", expected: posterior.readoutCovariance[d, d],
          expectedError: exact.relativeError * posterior.readoutCovariance[d, d], status: .exact, source: source,
          quantity: .function(of: ["readout[0,\(d)]"]) { ($0[0] - mean) * ($0[0] - mean) }))
    }
    for (name, value) in [
      ("output_second_moment", exact.outputSecondMoment), ("input_second_moment", exact.inputSecondMoment),
    ] {
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

  /// Kernel ridge regression, which networks in standard scaling without context drives tend to (THEORY section 6c); nothing for
  /// others.
  ///
  /// - Throws: ``MaxEntropyError`` or ``GSLError``.
  public static func wideLimit(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws -> [Prediction] {
    guard
      let limit = try WideLimit(architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
    else { return [] }
    return averages(
      of: limit.posterior, relativeError: 0, status: .asymptotic(order: "O(1/width)"),
      source: "THEORY 6c: Gaussian process of infinite width")
  }

  /// Readout, loss and mean squares of outputs.
  private static func averages(
    of posterior: OutputPosterior, relativeError: Double, status: Status, source: String
  ) -> [Prediction] {
    let largest = posterior.readout.largestMagnitude
    var list: [Prediction] = []
    for c in 0..<posterior.readout.rows {
      for d in 0..<posterior.readout.columns {
        let spread = posterior.readoutCovariance[d, d].squareRoot()
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
