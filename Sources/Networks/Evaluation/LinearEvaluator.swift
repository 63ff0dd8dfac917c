// The figures of networks that respond linearly, from their readouts: what all draws share is computed once.

import Sampling

/// Judges readouts on held-out stimuli.
struct LinearEvaluator: Sendable {
  /// The figures of one network.
  enum Figure: Int, CaseIterable {
    case loss, meanSquaredError, rSquared, signAccuracy, contextLeakage, signAccuracyExact
  }

  /// What is wanted in a context.
  private struct Context {
    let number: Int
    let target: [Double]
    /// |A_c|².
    let power: Double
    /// A_cᵀ S A_c.
    let exactPower: Double
    /// The sign of Y_c(x_p), 0 where nothing is wanted.
    let signs: [Double]
  }

  /// Draws that a thread takes at a time.
  private static let share = 4096

  private let target: Matrix
  private let covariance: Matrix
  /// (1/P) Σ_p x_p x_pᵀ.
  private let secondMoment: Matrix
  /// The stimuli, [feature, stimulus].
  private let stimuli: Matrix
  /// The contexts in which something is wanted.
  private let judged: [Context]
  /// Σ over those of A_cᵀ (second moment) A_c.
  private let targetPower: Double

  /// Whether there is a context in which something is wanted.
  var hasTarget: Bool { !judged.isEmpty }

  /// - Precondition: a linear task.
  init(task: LearningTask, stimuli: Matrix, covariance: Matrix) {
    let wanted = task.wantedOutputs(for: stimuli)
    let secondMoment = GaussianStimuli.secondMoment(of: stimuli)
    target = task.target
    self.covariance = covariance
    self.secondMoment = secondMoment
    self.stimuli = stimuli.transposed
    judged = task.contextsWithOutputs(for: stimuli).map { c in
      let target = task.target.row(c)
      return Context(
        number: c, target: target, power: dot(target, target), exactPower: quadratic(target, covariance, target),
        signs: wanted.row(c).map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
    }
    targetPower = judged.reduce(0) { $0 + quadratic($1.target, secondMoment, $1.target) }
  }

  /// The figures of many networks, [figure][chain][draw]. O(draws · K · D · stimuli).
  ///
  /// - Parameter readouts: [context · features + feature][chain][draw].
  func figures(of readouts: [[[Double]]], threads: Int) -> [[[Double]]] {
    let count = Figure.allCases.count
    return (readouts.first ?? []).indices.reduce(into: [[[Double]]](repeating: [], count: count)) { figures, chain in
      let columns = readouts.map { $0[chain] }
      let draws = columns[0].count
      let parts = parallelMap((draws + Self.share - 1) / Self.share, threads: threads) { part in
        self.figures(of: columns, part * Self.share..<min(draws, (part + 1) * Self.share))
      }
      for figure in 0..<count { figures[figure].append(parts.flatMap { $0[figure] }) }
    }
  }

  private func figures(of columns: [[Double]], _ draws: Range<Int>) -> [[Double]] {
    var figures = Figure.allCases.map { _ in [Double](repeating: 0, count: draws.count) }
    var readout = Matrix(rows: target.rows, columns: target.columns)
    var error = [Double](repeating: 0, count: target.columns)
    for (place, draw) in draws.enumerated() {
      for entry in columns.indices { readout.elements[entry] = columns[entry][draw] }
      judge(readout, place, into: &figures, &error)
    }
    return figures
  }

  private func judge(_ readout: Matrix, _ place: Int, into figures: inout [[Double]], _ error: inout [Double]) {
    let features = target.columns
    var (loss, errorPower, exactlyRight, leak, power) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var twiceRight = 0
    var next = judged.makeIterator()
    var wanted = next.next()
    readout.elements.withUnsafeBufferPointer { rows in
      for c in 0..<target.rows {
        let row = UnsafeBufferPointer(rebasing: rows[c * features..<(c + 1) * features])
        for d in 0..<features { error[d] = row[d] - target[c, d] }
        let missed = error.withUnsafeBufferPointer { quadratic($0, secondMoment, $0) }
        loss += missed / 2
        guard let context = wanted, context.number == c else { continue }
        wanted = next.next()
        errorPower += missed
        context.target.withUnsafeBufferPointer { target in
          let norms = (quadratic(row, covariance, row) * context.exactPower).squareRoot()
          let cosine = norms > 0 ? max(-1, min(1, quadratic(row, covariance, target) / norms)) : 0
          exactlyRight += 1 - acos(cosine) / .pi
          let (own, along) = (dot(row, row), dot(row, target))
          leak += max(0, own - along * along / context.power)
          power += own
        }
        twiceRight += VectorKernels.twiceRightSigns(
          row.baseAddress!, stimuli.elements, wanted: context.signs, features: features, count: stimuli.columns)
      }
    }
    func set(_ figure: Figure, _ value: Double) { figures[figure.rawValue][place] = value }
    set(.loss, loss)
    set(.meanSquaredError, 2 * loss / Double(target.rows))
    set(.rSquared, 1 - errorPower / targetPower)
    set(.signAccuracy, Double(twiceRight) / 2 / (Double(judged.count) * Double(stimuli.columns)))
    set(.contextLeakage, power > 0 ? leak / power : 0)
    set(.signAccuracyExact, exactlyRight / Double(judged.count))
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
