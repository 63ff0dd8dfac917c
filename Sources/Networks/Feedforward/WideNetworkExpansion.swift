// What is known of wide feedforward networks, observable by observable, in powers of 1/width.

import Sampling

/// Observables of a Gibbs ensemble of feedforward networks as their width grows.
public struct WideNetworkExpansion: Sendable {
  /// What wide networks tend to.
  public enum Limit: String, Sendable {
    /// Mean-field scaling: neurons that are drawn independently.
    case independentNeurons
    /// Standard scaling: a Gaussian process.
    case gaussianProcess
  }

  /// An observable.
  public struct Row: Sendable {
    /// Its name in files.
    public let name: String
    /// Its average in powers of 1/width.
    public let expansion: LargeNExpansion
    /// Whether it cannot be negative.
    var isMeanSquare: Bool { !name.hasPrefix("readout") }
    /// The numerical error of the limit; 0 for closed forms.
    public let leadingError: Double
    /// The same of the coefficient of 1/N; nil if it is not known.
    public let correctionError: Double?

    /// The value for N neurons and its numerical error.
    public func value(neurons: Int) -> QuadratureValue {
      let correction = (correctionError ?? 0) / Double(neurons)
      return QuadratureValue(
        value: expansion.value(neurons: neurons),
        error: (leadingError * leadingError + correction * correction).squareRoot())
    }
  }

  /// What they tend to.
  public let limit: Limit
  /// `loss`, the second moments of output and input weights, `output_square` and every `readout[c,d]`.
  public let rows: [Row]
  /// ln Z = N · this + ``logEvidenceConstant`` + ``logEvidenceCorrection``/N; 0 in standard scaling.
  public let logEvidencePerNeuron: QuadratureValue
  /// In nats.
  public let logEvidenceConstant: QuadratureValue
  /// nil if it is not known.
  public let logEvidenceCorrection: QuadratureValue?
  /// How many of the neurons that averages are taken of count; nil where there are none.
  public let effectiveNeurons: Double?
  /// Why the first correction of the loss is missing; nil where it is there, and beyond one hidden layer, where it is not known.
  public let withoutCorrection: String?

  /// ln Z for N neurons and its numerical error; what is left out is O(1/N) in mean-field scaling, else one power above the last known.
  public func logEvidence(neurons: Int) -> QuadratureValue {
    let width = Double(neurons)
    let terms = [
      (logEvidencePerNeuron, width), (logEvidenceConstant, 1),
      (logEvidenceCorrection ?? QuadratureValue(value: 0, error: 0), 1 / width),
    ]
    return QuadratureValue(
      value: terms.reduce(0) { $0 + $1.0.value * $1.1 },
      error: terms.reduce(0) { $0 + pow($1.0.error * $1.1, 2) }.squareRoot())
  }

  /// Why so few neurons are out of the expansion's range: an average of squares would not be positive, or ln Z, of an average below 1, would be.
  /// Nil where nothing speaks against it.
  public func contradiction(neurons: Int) -> String? {
    for row in rows where row.isMeanSquare {
      let found = row.value(neurons: neurons)
      if found.value <= 0 { return "\(row.name) would be \(String(format: "%.3g", found.value))" }
    }
    let evidence = logEvidence(neurons: neurons)
    return evidence.value > 4 * evidence.error ? "ln Z would be \(String(format: "%.3g", evidence.value))" : nil
  }
}

extension WideNetworkExpansion {
  /// The expansion of an ensemble at β > 0; nil for deep networks in mean-field scaling. Beyond one hidden layer the limit alone.
  ///
  /// - Throws: ``MaxEntropyError``, ``NotComputed``, ``GSLError`` or ``RandomStreamError``.
  init?(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, task: LearningTask, stimuli: Matrix,
    tightness: Double
  ) throws {
    if architecture.readoutScaling == .meanField {
      guard
        let limit = try MeanFieldLimit(
          architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
      else { return nil }
      self = limit.expansion
      return
    }
    guard
      let limit = try WideLimit(architecture, scales: scales, task: task, stimuli: stimuli, tightness: tightness)
    else { return nil }
    var correction: GaussianProcessCorrection?
    var reason: String?
    do {
      correction = try GaussianProcessCorrection(
        limit, architecture, scales: scales, stimuli: stimuli, tightness: tightness)
    } catch let missing as NotComputed { reason = missing.description }
    self.init(limit, correction, reason, architecture, scales: scales, tightness: tightness)
  }

  /// A Gaussian process, with its first correction where that is known.
  private init(
    _ limit: WideLimit, _ correction: GaussianProcessCorrection?, _ withoutCorrection: String?,
    _ architecture: FeedforwardArchitecture, scales: WeightScales, tightness: Double
  ) {
    let posterior = limit.posterior
    let output = scales.output * scales.output
    var rows = [
      Row(
        name: "loss",
        expansion: LargeNExpansion(leading: posterior.loss, firstCorrection: correction?.loss.value), leadingError: 0,
        correctionError: correction?.loss.error),
      // The identity of the output weights (THEORY 5), whose force is of order 1/n.
      Row(
        name: "output_second_moment",
        expansion: LargeNExpansion(leading: output, firstCorrection: -output * tightness * posterior.errorAlongOutput),
        leadingError: 0, correctionError: 0),
      Row(
        name: "input_second_moment",
        expansion: LargeNExpansion(
          leading: scales.input * scales.input * Double(architecture.features), firstCorrection: nil), leadingError: 0,
        correctionError: nil),
      Row(
        name: "output_square", expansion: LargeNExpansion(leading: posterior.outputSquare, firstCorrection: nil),
        leadingError: 0, correctionError: nil),
    ]
    for c in 0..<posterior.readout.rows {
      for d in 0..<posterior.readout.columns {
        rows.append(
          Row(
            name: "readout[\(c),\(d)]",
            expansion: LargeNExpansion(leading: posterior.readout[c, d], firstCorrection: nil), leadingError: 0,
            correctionError: nil))
      }
    }
    self.init(
      limit: .gaussianProcess, rows: rows, logEvidencePerNeuron: QuadratureValue(value: 0, error: 0),
      logEvidenceConstant: QuadratureValue(value: posterior.logEvidence, error: 0),
      logEvidenceCorrection: correction?.logEvidence, effectiveNeurons: nil, withoutCorrection: withoutCorrection)
  }
}

extension Prediction {
  /// What holds of wide networks up to a power of 1/N; where the corrections contradict themselves, the limits alone.
  static func wide(_ expansion: WideNetworkExpansion, neurons: Int) -> [Prediction] {
    let isOutOfRange = expansion.contradiction(neurons: neurons) != nil
    return expansion.rows.map { row in
      let corrected = row.value(neurons: neurons)
      let isLimit = row.expansion.order == 0 || isOutOfRange
      let known = isLimit ? QuadratureValue(value: row.expansion.leading, error: row.leadingError) : corrected
      let source =
        switch expansion.limit {
        case .independentNeurons: "THEORY 5: independent neurons, N -> infinity"
        case .gaussianProcess: "THEORY 6c: Gaussian process of infinite width"
        }
      return Prediction(
        row.name, expected: known.value, expectedError: known.error,
        status: .asymptotic(order: isLimit ? "O(1/width)" : "O(1/width^2)"),
        source: source + (isLimit ? "" : ", with its first correction"), quantity: .scalar(row.name))
    }
  }
}
