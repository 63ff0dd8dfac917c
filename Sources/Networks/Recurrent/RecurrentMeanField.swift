// Activities of recurrent networks of the prior as networks grow: inputs of neurons are Gaussian processes.

import Sampling

/// Mean squares of the activities of wide networks of the prior, with any leak (THEORY section 13).
///
/// As N → ∞ the inputs x_t = J h_{t−1}/√N + B e_c + I u_t of a neuron are normal, with covariances
/// X_st = σ_J² C_{s−1,t−1} + σ_I² u_s·u_t + σ_B² (Sompolinsky, Crisanti & Sommers 1988). Those of activities, C_st = E h_s h_t, follow from
/// h_t = (1 − a) h_{t−1} + a φ(x_t): with D_st = E h_s φ(x_t) = (1 − a) D_{s−1,t} + a E φ(x_s) φ(x_t), C_st = (1 − a) C_{s,t−1} + a D_st.
struct RecurrentMeanField {
  /// The mean of h² over trials and steps, and over trials in the last step.
  let square, finalSquare: Double

  /// Evaluations of φ, at most: some seconds.
  private static let mostEvaluations = 3e8

  /// O(T) integrals for each different trial without leak, O(T²) with it.
  ///
  /// - Throws: ``NotComputed`` for too many integrals, a part of low rank, or variances that run away; ``GSLError``.
  init(_ density: RecurrentDensity) throws {
    let (batch, architecture) = (density.batch, density.architecture)
    guard architecture.lowRank == nil else {
      throw NotComputed("a given part of low rank drives neurons together, and how far depends on chance at the start")
    }
    let width = batch.times * batch.inputChannels
    let trials = (0..<batch.trials).map { Array(batch.inputs[$0 * width..<($0 + 1) * width]) }
    let different = Double(Set(trials).count)
    let times = Double(batch.times)
    let budget = Budget(
      integrals: architecture.leak < 1 ? different * times * (times + 1) / 2 : different * times,
      hasTwoTimes: architecture.leak < 1, activation: architecture.activation, most: Self.mostEvaluations)
    try budget.allow(variance: 1)
    var known: [[Double]: [Double]] = [:]
    var (sum, last) = (0.0, 0.0)
    for inputs in trials {
      let squares =
        try known[inputs]
        ?? (architecture.leak < 1
          ? Self.leakySquares(density, inputs, budget) : Self.squares(density, inputs, budget))
      known[inputs] = squares
      sum += squares.reduce(0, +)
      last += squares[squares.count - 1]
    }
    square = sum / (Double(batch.trials) * times)
    finalSquare = last / Double(batch.trials)
  }

  /// E h_t² without leak, where q_t alone is enough: q_t = σ_J² E φ(√q_{t−1} z)² + σ_I² |u_t|² + σ_B².
  private static func squares(_ density: RecurrentDensity, _ inputs: [Double], _ budget: Budget) throws -> [Double] {
    var result: [Double] = []
    for t in 0..<density.batch.times {
      let variance =
        density.scales.hidden * density.scales.hidden * (result.last ?? 0) + drive(density, inputs, t, t)
      try budget.allow(variance: variance)
      result.append(try density.architecture.activation.meanSquare(variance: variance))
    }
    return result
  }

  /// E h_t² with a leak, from all covariances.
  private static func leakySquares(
    _ density: RecurrentDensity, _ inputs: [Double], _ budget: Budget
  ) throws -> [Double] {
    let times = density.batch.times
    let (a, rest) = (density.architecture.leak, 1 - density.architecture.leak)
    let scale = density.scales.hidden * density.scales.hidden
    var own = [Double](repeating: 0, count: times)
    // C with a row and a column of zeros for h_0.
    var covariance = Matrix(rows: times + 1, columns: times + 1)
    for t in 0..<times {
      own[t] = scale * covariance[t, t] + drive(density, inputs, t, t)
      try budget.allow(variance: own[t])
      var cross = 0.0
      for s in 0...t {
        let joint = scale * covariance[s, t] + drive(density, inputs, s, t)
        cross = rest * cross + a * density.architecture.activation.kernel(own[s], joint, own[t])
        let value = rest * covariance[s + 1, t] + a * cross
        covariance[s + 1, t + 1] = value
        covariance[t + 1, s + 1] = value
      }
    }
    return (1...times).map { covariance[$0, $0] }
  }

  /// σ_I² u_s·u_t + σ_B².
  private static func drive(_ density: RecurrentDensity, _ inputs: [Double], _ s: Int, _ t: Int) -> Double {
    let channels = density.batch.inputChannels
    let shared = (0..<channels).reduce(0) { $0 + inputs[s * channels + $1] * inputs[t * channels + $1] }
    return density.scales.input * density.scales.input * shared + density.scales.context * density.scales.context
  }

  /// How many evaluations of φ integrals may take.
  private struct Budget {
    let integrals: Double
    let hasTwoTimes: Bool
    let activation: Activation
    let most: Double

    /// - Throws: ``NotComputed`` for variances at which integrals take too long, or that run away.
    func allow(variance: Double) throws {
      guard variance < 1e100 else { throw NotComputed("the variance of the activities runs away") }
      let evaluations = hasTwoTimes ? activation.kernelEvaluations(variance: variance) : 1e3
      guard integrals * evaluations <= most else {
        throw NotComputed(
          "\(Int(min(1e15, integrals))) integrals of \(Int(min(1e15, evaluations))) evaluations each take too long"
        )
      }
    }
  }
}
