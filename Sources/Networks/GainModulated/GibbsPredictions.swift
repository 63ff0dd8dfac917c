// The predictions for networks whose neurons interact: exact at small K, asymptotic as N grows.

import Sampling

extension Prediction {
  /// What quadrature predicts exactly at this number of neurons (THEORY section 5: K = 1 mixture, small K·D integral).
  ///
  /// - Parameter readoutSpread: the prior's standard deviation of a readout entry.
  public static func exactGibbs(_ prediction: GibbsPrediction, readoutSpread: Double) -> [Prediction] {
    let targetScale = prediction.readout.largestMagnitude
    return averages(
      readout: prediction.readout, loss: prediction.loss, outputSecondMoment: prediction.outputSecondMoment,
      inputSecondMoment: prediction.inputSecondMoment, patternWeights: prediction.patternWeights,
      neurons: prediction.neurons, readoutError: prediction.relativeError * targetScale,
      readoutSize: max(targetScale, readoutSpread), readoutCovariance: prediction.readoutCovariance,
      relativeError: prediction.relativeError, status: { _ in .exact },
      source: "THEORY 5: exact at N = \(prediction.neurons), by quadrature")
  }

  /// What holds as N → ∞, and for the loss to first order in 1/N (THEORY section 5).
  ///
  /// - Precondition: a solution of a Gibbs problem.
  public static func asymptoticGibbs(_ solution: MaxEntropySolution, neurons: Int) -> [Prediction] {
    guard let leading = solution.gibbsLossLeading, let correction = solution.gibbsLossFirstCorrection else {
      preconditionFailure("not a solution of a Gibbs problem")
    }
    return averages(
      readout: solution.readout, loss: leading + correction / Double(neurons),
      outputSecondMoment: solution.outputSecondMoment, inputSecondMoment: solution.inputSecondMoment,
      patternWeights: recordedWeights(solution), neurons: neurons, readoutError: 0, readoutSize: 0, relativeError: 0,
      status: { .asymptotic(order: $0 == "loss" ? "O(1/N^2)" : "O(1/N)") }, source: "THEORY 5: N -> infinity")
  }

  /// What holds of the hard ensemble as N → ∞ (THEORY section 11).
  static func asymptoticHard(_ solution: MaxEntropySolution, neurons: Int) throws -> [Prediction] {
    let found = try HardAsymptotics(solution)
    return averages(
      outputSecondMoment: found.outputSecondMoment.value(neurons: neurons),
      inputSecondMoment: found.inputSecondMoment.value(neurons: neurons),
      patternWeights: found.patternWeights?.map { $0.value(neurons: neurons) }, neurons: neurons,
      contexts: solution.problem.task.contexts, relativeError: 0,
      status: .asymptotic(order: found.outputSecondMoment.order == 1 ? "O(1/N^2)" : "O(1/N)"),
      source:
        "THEORY 5, 11: a neuron's law in the hard ensemble, \(found.outputSecondMoment.order == 1 ? "to 1/N" : "N -> infinity")"
    )
  }

  /// P(g) of drawn gains in few contexts, as they are recorded.
  private static func recordedWeights(_ solution: MaxEntropySolution) -> [Double]? {
    solution.problem.gains.areDrawn && solution.problem.task.contexts <= GainPattern.maximumRecordedContexts
      ? solution.populations.map(\.weight) : nil
  }

  /// Averages of the hard ensemble, whose readout and loss never vary.
  static func averages(
    outputSecondMoment: Double, inputSecondMoment: Double, patternWeights: [Double]?, neurons: Int, contexts: Int,
    relativeError: Double, status: Status, source: String
  ) -> [Prediction] {
    averages(
      readout: Matrix(rows: contexts, columns: 0), loss: nil, outputSecondMoment: outputSecondMoment,
      inputSecondMoment: inputSecondMoment, patternWeights: patternWeights, neurons: neurons, readoutError: 0,
      readoutSize: 0, relativeError: relativeError, status: { _ in status }, source: source)
  }

  private static func averages(
    readout: Matrix, loss: Double?, outputSecondMoment: Double, inputSecondMoment: Double, patternWeights: [Double]?,
    neurons: Int, readoutError: Double, readoutSize: Double, readoutCovariance: Matrix? = nil, relativeError: Double,
    status: (String) -> Status, source: String
  ) -> [Prediction] {
    func prediction(
      _ name: String, _ expected: Double, error: Double, deviation: Double? = nil, events: Double? = nil,
      size: Double? = nil
    ) -> Prediction {
      Prediction(
        name, expected: expected, expectedError: error, status: status(name), source: source, quantity: .scalar(name),
        deviation: deviation, eventsPerDraw: events, size: size)
    }
    // Only active neurons contribute to a readout: where they are rare, so are the draws that make its mean.
    let active: [Double?] = (0..<readout.rows).map { context in
      guard let weights = patternWeights else { return nil }
      var sum = 0.0
      for index in weights.indices where GainPattern(index: index, contexts: readout.rows).isActive(in: context) {
        sum += weights[index]
      }
      return Double(neurons) * sum
    }
    let rarest = active.compactMap { $0 }.min()
    var list: [Prediction] = []
    for c in 0..<readout.rows {
      for d in 0..<readout.columns {
        let index = c * readout.columns + d
        list.append(
          prediction(
            "readout[\(c),\(d)]", readout[c, d], error: readoutError,
            deviation: readoutCovariance.map { max(0, $0[index, index]).squareRoot() }, events: active[c],
            size: readoutSize))
      }
    }
    for (name, value) in [
      ("loss", loss), ("output_second_moment", outputSecondMoment), ("input_second_moment", inputSecondMoment),
    ] {
      guard let value else { continue }
      list.append(prediction(name, value, error: relativeError * value, events: rarest))
    }
    for (pattern, weight) in (patternWeights ?? []).enumerated() where weight > 0 && weight < 1 {
      // The rarer of the pattern and its absence.
      let events = Double(neurons) * min(weight, 1 - weight)
      list.append(
        prediction("population_fraction[\(pattern)]", weight, error: relativeError * weight, events: events))
    }
    return list
  }
}
