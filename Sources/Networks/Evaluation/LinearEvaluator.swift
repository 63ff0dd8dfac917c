// The figures of networks that respond linearly, from their readouts: what all draws share is computed once.

import Sampling

/// Judges readouts on held-out stimuli.
struct LinearEvaluator: Sendable {
  /// The figures of one network.
  enum Figure {
    case loss, rSquared, signAccuracy, contextLeakage, signAccuracyExact
  }

  /// Draws that a thread takes at a time.
  private static let share = 4096

  /// A, or the regression of wanted outputs that are not linear in the stimulus.
  private let target: Matrix
  /// What that misses of them in each context, mean squared: nothing of a linear task.
  private let residuals: [Double]
  private let covariance: Matrix
  /// (1/P) Σ_p x_p x_pᵀ.
  private let secondMoment: Matrix
  /// The stimuli, [feature, stimulus].
  private let stimuli: Matrix
  /// The contexts in which something is wanted.
  private let judged: [Int]
  /// Of these: |A_c|², A_cᵀ S A_c, and the signs of Y_c(x_p), [context, stimulus], 0 where nothing is wanted.
  private let powers: [Double]
  private let exactPowers: [Double]
  private let signs: [Double]
  /// Σ over these of A_cᵀ (second moment) A_c.
  private let targetPower: Double

  /// Whether there is a context in which something is wanted.
  var hasTarget: Bool { !judged.isEmpty }

  /// Figures of wanted outputs that are not known are NaN.
  init(task: LearningTask, stimuli: Matrix, covariance: Matrix) {
    let wanted = task.wantedOutputs(for: stimuli)
    let secondMoment = GaussianStimuli.secondMoment(of: stimuli)
    let regression = task.linearTarget == nil ? try? OutputRegression(of: wanted, on: stimuli) : nil
    let target = task.linearTarget ?? regression?.target ?? Matrix(rows: task.contexts, columns: task.features)
    self.target = target
    residuals =
      task.linearTarget == nil
      ? regression?.residuals ?? [Double](repeating: .nan, count: task.contexts)
      : [Double](repeating: 0, count: task.contexts)
    self.covariance = covariance
    self.secondMoment = secondMoment
    self.stimuli = stimuli.transposed
    let judged = task.contextsWithOutputs(for: stimuli)
    let targets = judged.map { target.row($0) }
    self.judged = judged
    powers = targets.map { dot($0, $0) }
    exactPowers = targets.map { quadratic($0, covariance, $0) }
    signs = judged.flatMap { wanted.row($0).map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 } }
    targetPower =
      task.linearTarget != nil
      ? targets.reduce(0) { $0 + quadratic($1, secondMoment, $1) }
      : judged.reduce(0) { $0 + dot(wanted.row($1), wanted.row($1)) / Double(stimuli.rows) }
  }

  /// A figure of many networks, [draw]. O(draws · K · D²), and for the sign accuracy O(draws · K · D · stimuli).
  ///
  /// - Parameter readouts: [context · features + feature][draw].
  func values(of figure: Figure, readouts: [[Double]], threads: Int) -> [Double] {
    let draws = readouts.first?.count ?? 0
    return parallelMap((draws + Self.share - 1) / Self.share, threads: threads) { part in
      var readout = Matrix(rows: target.rows, columns: target.columns)
      var error = [Double](repeating: 0, count: target.columns)
      return (part * Self.share..<min(draws, (part + 1) * Self.share)).map { draw in
        for entry in readouts.indices { readout.elements[entry] = readouts[entry][draw] }
        return readout.elements.withUnsafeBufferPointer { value(of: figure, $0, &error) }
      }
    }.flatMap { $0 }
  }

  /// - Parameters:
  ///   - readout: of one network, [context · features + feature].
  ///   - error: room for a context's.
  private func value(
    of figure: Figure, _ readout: UnsafeBufferPointer<Double>, _ error: inout [Double]
  ) -> Double {
    let features = target.columns
    func row(_ c: Int) -> UnsafeBufferPointer<Double> {
      UnsafeBufferPointer(rebasing: readout[c * features..<(c + 1) * features])
    }
    /// Mean of (y_c − y*_c)².
    func missed(_ c: Int) -> Double {
      let row = row(c)
      for d in error.indices { error[d] = row[d] - target[c, d] }
      return error.withUnsafeBufferPointer { quadratic($0, secondMoment, $0) } + residuals[c]
    }
    switch figure {
    case .loss:
      var loss = 0.0
      for c in 0..<target.rows { loss += missed(c) / 2 }
      return loss
    case .rSquared:
      var power = 0.0
      for c in judged { power += missed(c) }
      return 1 - power / targetPower
    case .signAccuracy:
      var twiceRight = 0
      signs.withUnsafeBufferPointer { signs in
        for (index, c) in judged.enumerated() {
          twiceRight += VectorKernels.twiceRightSigns(
            row(c).baseAddress!, stimuli.elements, wanted: signs.baseAddress! + index * stimuli.columns,
            features: features, count: stimuli.columns)
        }
      }
      return Double(twiceRight) / 2 / (Double(judged.count) * Double(stimuli.columns))
    case .contextLeakage:
      var (leak, power) = (0.0, 0.0)
      for (index, c) in judged.enumerated() {
        let (own, along) = (dot(row(c), row(c)), withTarget(c) { dot(row(c), $0) })
        leak += max(0, own - along * along / powers[index])
        power += own
      }
      return power > 0 ? leak / power : 0
    case .signAccuracyExact:
      var right = 0.0
      for (index, c) in judged.enumerated() {
        let norms = (quadratic(row(c), covariance, row(c)) * exactPowers[index]).squareRoot()
        let along = withTarget(c) { quadratic(row(c), covariance, $0) }
        right += 1 - acos(norms > 0 ? max(-1, min(1, along / norms)) : 0) / .pi
      }
      return right / Double(judged.count)
    }
  }

  @inline(__always)
  private func withTarget(_ c: Int, _ body: (UnsafeBufferPointer<Double>) -> Double) -> Double {
    target.elements.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[c * target.columns..<(c + 1) * target.columns]))
    }
  }
}

private func dot(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}

/// aᵀ M b.
func quadratic(_ a: [Double], _ matrix: Matrix, _ b: [Double]) -> Double {
  a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { quadratic(a, matrix, $0) } }
}

private func quadratic(
  _ a: UnsafeBufferPointer<Double>, _ matrix: Matrix, _ b: UnsafeBufferPointer<Double>
) -> Double {
  var sum = 0.0
  for i in a.indices { for j in b.indices { sum += a[i] * matrix[i, j] * b[j] } }
  return sum
}
