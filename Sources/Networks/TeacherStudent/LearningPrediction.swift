// What theory says of students of a teacher on stimuli that they have not seen.

import Sampling

/// Errors of students by kernel regression: exactly, where networks are linear; in the limit of wide networks, where not.
///
/// Given a scale τ the students' answers are Gaussian with covariance τ𝒦, so that labels of noise T leave at a stimulus x
/// m = τk(τ𝒦 + T)^{-1}y and v = τk(x, x) − τ²k(τ𝒦 + T)^{-1}kᵀ. Linear networks have the τ of THEORY section 6a at every width; a Gaussian process
/// has τ = 1; kernel renormalisation takes the wide limit's kernel with the τ of the widths (THEORY section 10).
public struct LearningPrediction: Sendable, Equatable {
  /// Where a prediction comes from.
  public enum Law: String, Sendable, CaseIterable {
    /// Linear networks, drives in the first layer or none: at every width.
    case linear
    /// Standard scaling: as the widths grow.
    case gaussianProcess
    /// Standard scaling: as widths and stimuli grow together.
    case kernelRenormalisation

    /// Whether it holds at this width.
    public var isExact: Bool { self == .linear }
  }

  /// The labelled outputs beyond which eigenvectors would take minutes.
  static let mostRows = 800
  /// The entries of a kernel beyond which it would take seconds a teacher, where each is a quadrature in the plane.
  static let mostQuadratures = 60_000

  /// Which theory it is.
  public let law: Law
  /// The mean over held-out stimuli of ⟨(f − f*)²⟩.
  public let generalisationError: Double
  /// The mean over held-out stimuli of (⟨f⟩ − f*)².
  public let bayesError: Double
  /// The mean over labels of ⟨(y − f)²⟩.
  public let trainingError: Double
  /// ln ⟨exp(−nβL)⟩ over the prior.
  public let logEvidence: Double

  /// What was kept.
  public init(law: Law, generalisationError: Double, bayesError: Double, trainingError: Double, logEvidence: Double) {
    self.law = law
    self.generalisationError = generalisationError
    self.bayesError = bayesError
    self.trainingError = trainingError
    self.logEvidence = logEvidence
  }

  /// The laws that say something of a network.
  public static func laws(of architecture: FeedforwardArchitecture) -> [Law] {
    if architecture.hasGaussianMap { return [.linear] }
    return architecture.isPlain && architecture.readoutScaling == .standard
      ? [.gaussianProcess, .kernelRenormalisation] : []
  }

  /// The predictions of some laws, which share a kernel; none where there are too many outputs, or nothing binds.
  ///
  /// With Q labelled outputs and B held-out ones: O((Q + B) Q + Q³ + nodes · B Q), some hundred nodes.
  ///
  /// - Parameter weight: nβ.
  /// - Throws: ``GSLError``.
  public static func all(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, _ task: StudentTask, weight: Double
  ) throws -> [LearningPrediction] {
    let laws = laws(of: architecture)
    let sets = architecture.outputSets
    let (rows, unseen) = (sets * task.training.rows, sets * task.heldOut.rows)
    let isSlow = !architecture.activation.isLinear && !architecture.activation.hasGaussianPairs
    guard !laws.isEmpty, weight > 0, rows <= mostRows,
      !isSlow || architecture.depth * (rows * (rows + 1) / 2 + rows * unseen + unseen) <= mostQuadratures
    else { return [] }
    let regression = try HeldOutRegression(architecture, scales: scales, task, weight: weight)
    return try laws.map { law in
      let nodes =
        law == .gaussianProcess
        ? [(scale: 1, logWeight: 0)]
        : try ScaleQuadrature(widths: law == .linear ? architecture.scatteringWidths : architecture.widths) {
          regression.logEvidence(scale: $0)
        }.nodes(refinement: 1)
      return regression.prediction(law, nodes)
    }
  }
}

/// The covariance of a wide network's outputs, entry by entry (THEORY section 6c).
private struct WideKernel {
  private let architecture: FeedforwardArchitecture
  private let squares: [Double]
  private let drive: Double
  /// K of one output with itself before each layer, [layer].
  private let own: [[Double]]
  private let stimuli: Matrix

  /// - Parameter stimuli: [stimulus, feature]; outputs are numbered `set · P + stimulus`.
  init(_ architecture: FeedforwardArchitecture, scales: WeightScales, stimuli: Matrix) {
    self.architecture = architecture
    self.stimuli = stimuli
    drive = scales.context * scales.context
    let depth = architecture.depth
    squares = (0...depth).map { layer in
      if layer == depth { return architecture.outputMeanSquare(scales) }
      let scale = layer == 0 ? scales.input : scales.hidden
      return scale * scale
    }
    var variances: [[Double]] = []
    for layer in 0...depth {
      var next: [Double] = []
      for p in 0..<stimuli.rows {
        let before =
          layer == 0
          ? dot(stimuli.row(p), stimuli.row(p))
          : architecture.activation.kernel(
            variances[layer - 1][p], variances[layer - 1][p], variances[layer - 1][p])
        next.append(squares[layer] * before + (layer < depth && architecture.isDriven(layer) ? drive : 0))
      }
      variances.append(next)
    }
    own = variances
  }

  /// Cov(y_a, y_b), O(D + L).
  func entry(_ a: Int, _ b: Int) -> Double {
    let (p, q) = (a % stimuli.rows, b % stimuli.rows)
    if a == b { return own[architecture.depth][p] }
    let sharesContext = a / stimuli.rows == b / stimuli.rows
    var cross = 0.0
    for layer in 0...architecture.depth {
      let before =
        layer == 0
        ? dot(stimuli.row(p), stimuli.row(q))
        : architecture.activation.kernel(own[layer - 1][p], cross, own[layer - 1][q])
      let isDriven = layer < architecture.depth && architecture.isDriven(layer)
      cross = squares[layer] * before + (isDriven && sharesContext ? drive : 0)
    }
    return cross
  }
}

/// Kernel regression on labels, asked for answers elsewhere.
private struct HeldOutRegression {
  /// K.
  let contexts: Int
  /// How many contexts share an output.
  let sharing: Int
  let training, unseen: Int
  /// λ_j.
  let variances: [Double]
  /// Uᵀt, t the mean labels of the contexts that share an output.
  let targets: [Double]
  /// 1/T.
  let precision: Double
  /// Σ (y − t)² over labels.
  let scatter: Double
  /// k U, [held-out output, component].
  let crossed: Matrix
  /// k(x, x) of the held-out outputs.
  let own: [Double]
  /// f*, [context, held-out stimulus].
  let answers: Matrix

  init(
    _ architecture: FeedforwardArchitecture, scales: WeightScales, _ task: StudentTask, weight: Double
  ) throws {
    let sets = architecture.outputSets
    let (p, b, labels) = (task.training.rows, task.heldOut.rows, task.labels)
    let divisor = architecture.readoutScaling == .meanField ? Double(architecture.lastWidth) : 1
    let kernel = WideKernel(
      architecture, scales: scales, stimuli: Matrix(task.training.rowArrays + task.heldOut.rowArrays))
    func place(_ set: Int, _ stimulus: Int) -> Int { set * (p + b) + stimulus }
    let seen = (0..<sets).flatMap { set in (0..<p).map { place(set, $0) } }
    let others = (0..<sets).flatMap { set in (0..<b).map { place(set, p + $0) } }
    var among = Matrix(rows: seen.count, columns: seen.count)
    for i in seen.indices {
      for j in 0...i {
        among[i, j] = kernel.entry(seen[i], seen[j]) / divisor
        among[j, i] = among[i, j]
      }
    }
    let eigen = try SymmetricEigen(among)
    contexts = labels.rows
    sharing = labels.rows / sets
    (training, unseen) = (p, b)
    variances = eigen.values.map { max(0, $0) }
    var mean = [Double](repeating: 0, count: sets * p)
    for c in 0..<contexts {
      for s in 0..<p { mean[(sharing == 1 ? c * p : 0) + s] += labels[c, s] / Double(sharing) }
    }
    var scatter = 0.0
    for c in 0..<contexts {
      for s in 0..<p {
        let rest = labels[c, s] - mean[(sharing == 1 ? c * p : 0) + s]
        scatter += rest * rest
      }
    }
    self.scatter = scatter
    targets = eigen.vectors.transposed * mean
    precision = weight / Double(p) * Double(sharing)
    crossed = Matrix(others.map { row in seen.map { kernel.entry(row, $0) / divisor } }) * eigen.vectors
    own = others.map { kernel.entry($0, $0) / divisor }
    answers = task.heldOutAnswers
  }

  /// ln of the Gibbs weight's mean given τ, but for what no student can take away.
  func logEvidence(scale: Double) -> Double {
    var sum = 0.0
    for j in variances.indices {
      let gain = precision * variances[j] * scale
      sum += log1p(gain) + precision * targets[j] * targets[j] / (1 + gain)
    }
    return -0.5 * sum
  }

  func prediction(
    _ law: LearningPrediction.Law, _ nodes: [(scale: Double, logWeight: Double)]
  ) -> LearningPrediction {
    let logs = nodes.map { $0.logWeight + logEvidence(scale: $0.scale) }
    let largest = logs.max()!
    let total = logs.reduce(0) { $0 + exp($1 - largest) }
    let outputs = own.count
    var mean = [Double](repeating: 0, count: outputs)
    var square = mean
    var residual = 0.0
    for (node, log) in zip(nodes, logs) {
      let share = exp(log - largest) / total
      guard share > 1e-20 else { continue }
      let tau = node.scale
      // 1/(τλ + T) by component.
      let inverse = variances.map { precision / (1 + precision * tau * $0) }
      for t in 0..<outputs {
        var (m, v) = (0.0, tau * own[t])
        for j in inverse.indices {
          let reach = tau * crossed[t, j] * inverse[j]
          m += reach * targets[j]
          v -= reach * tau * crossed[t, j]
        }
        mean[t] += share * m
        square[t] += share * (m * m + max(0, v))
      }
      for j in inverse.indices {
        let rest = targets[j] * inverse[j] / precision
        residual += share * (rest * rest + tau * variances[j] * inverse[j] / precision)
      }
    }
    var (gibbs, bayes) = (0.0, 0.0)
    for c in 0..<contexts {
      for t in 0..<unseen {
        let place = sharing == 1 ? c * unseen + t : t
        let wanted = answers[c, t]
        gibbs += square[place] - 2 * mean[place] * wanted + wanted * wanted
        bayes += (mean[place] - wanted) * (mean[place] - wanted)
      }
    }
    let count = Double(contexts * unseen)
    return LearningPrediction(
      law: law, generalisationError: gibbs / count, bayesError: bayes / count,
      trainingError: (Double(sharing) * residual + scatter) / Double(contexts * training),
      logEvidence: largest + log(total) - precision / Double(sharing) * scatter / 2)
  }
}
