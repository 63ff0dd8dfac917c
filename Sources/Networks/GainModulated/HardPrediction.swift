// What the hard ensemble predicts exactly at a given number of neurons (THEORY section 11).

import CGSL
import Sampling

/// Averages of the hard ensemble at finite N, with the density of readouts at the target, and an error estimate.
public struct HardPrediction: Sendable {
  /// Number of neurons, N.
  public let neurons: Int
  /// <mean w²>.
  public let outputSecondMoment: Double
  /// <mean |m|²>.
  public let inputSecondMoment: Double
  /// Expected fraction of neurons with each gain pattern, in ascending binary order; nil if gains are given.
  public let patternWeights: [Double]?
  /// The populations of given gains that carry the task; nil if gains are drawn.
  public let populations: [Population]?
  /// ln p_N(A): the prior density of R at A, in nats; of gains of rank r < K with respect to orthonormal coordinates of their span.
  public let logDensity: Double
  /// The estimated absolute error of ``logDensity``.
  public let logDensityError: Double
  /// Estimated largest relative error of the averages.
  public let relativeError: Double
  /// How Gibbs ensembles come near as β grows; nil where they do not as 1/β (an average that does not exist, stimuli that do not span all
  /// features), or where its quadrature misses three digits.
  public let approach: HardApproach?

  /// Neurons with the same given gains.
  public struct Population: Sendable, Equatable {
    /// g, [context].
    public let gains: [Double]
    /// Neurons of the population in one network.
    public let neurons: Int
    /// <mean w²> of these neurons.
    public let outputSecondMoment: Double
  }

  /// Exact predictions of an ensemble that exists.
  ///
  /// Closed but for one-dimensional sums where one population carries the task (one context; all gains equal), a three-dimensional integral
  /// where up to three do (two contexts with drawn gains and up to ``GibbsPrediction/maximumNeuronsTwoContexts`` neurons; given gains of so
  /// few kinds). Nil elsewhere, and for a quadrature that misses four digits by its own estimate.
  ///
  /// - Parameter stimulusCovariance: S, for the approach alone.
  /// - Throws: ``GSLError``.
  init?(_ problem: MaxEntropyProblem, neurons: Int, stimulusCovariance: Matrix) throws {
    switch try problem.gains.binaryGains(contexts: problem.task.contexts, neurons: neurons) {
    case .fixed(let gains):
      let span = try GainSpan(GivenGains(gains.transposed))
      let populations = HardPopulations(gains, span: span, problem.task.target)
      let form = ApproachForm(
        target: populations.target, stimulusCovariance: stimulusCovariance, neurons: neurons)
      switch populations.counts.count {
      case 0: self.init(idle: problem, neurons: neurons)
      case 1: self.init(onePopulation: populations, problem, neurons: neurons, form)
      case 2, 3: try self.init(integral: populations, problem, neurons: neurons, form)
      default: return nil
      }
    case .drawn(let active):
      let form = ApproachForm(
        target: problem.task.target, stimulusCovariance: stimulusCovariance, neurons: neurons)
      if problem.task.contexts == 1, neurons <= GibbsPrediction.maximumNeuronsOneContext {
        try self.init(oneContext: problem, neurons: neurons, activeProbability: active, form)
      } else if problem.task.contexts == 2, neurons <= GibbsPrediction.maximumNeuronsTwoContexts {
        let populations = HardPopulations(drawnFor: problem.task.target, activeProbability: active)
        try self.init(integral: populations, problem, neurons: neurons, form)
      } else {
        return nil
      }
    }
    guard relativeError < 1e-4 else { return nil }
  }

  private init(
    _ problem: MaxEntropyProblem, neurons: Int, squares: Double, patternWeights: [Double]?,
    populations: [Population]?, logDensity: Double, logDensityError: Double, relativeError: Double,
    approach: HardApproach?
  ) {
    self.neurons = neurons
    outputSecondMoment = problem.outputScale * problem.outputScale * squares
    // Balance: <mean |m|²>/σ_m² − <mean w²>/σ_w² = D − 1.
    inputSecondMoment = problem.inputScale * problem.inputScale * (squares + Double(problem.task.features - 1))
    self.patternWeights = patternWeights
    self.populations = populations
    self.logDensity = logDensity
    self.logDensityError = logDensityError
    self.relativeError = relativeError
    self.approach = approach
  }

  /// Gains that are all zero: R = 0 in all networks, which stay as the prior has them.
  private init(idle problem: MaxEntropyProblem, neurons: Int) {
    self.init(
      problem, neurons: neurons, squares: 1, patternWeights: nil, populations: [], logDensity: 0, logDensityError: 0,
      relativeError: 1e-15, approach: nil)
  }

  /// Given gains of one kind.
  private init(
    onePopulation populations: HardPopulations, _ problem: MaxEntropyProblem, neurons: Int, _ form: ApproachForm?
  ) {
    let law = SharedTask(
      active: populations.counts[0], of: neurons, gain: populations.gains[0][0], target: populations.target.elements,
      scale: problem.scaleProduct)
    let active = Double(populations.counts[0])
    let own = (law.squares - Double(neurons) + active) / active
    let approach = form.flatMap { form -> HardApproach? in
      let found = law.approach(form)
      return ApproachSums(
        rate: found.rate, squares: found.squares - found.rate * law.squares,
        inverse: Matrix(rows: 1, columns: 1, elements: [law.inverse])
      ).approach(form, problem, basis: populations.basis)
    }
    self.init(
      problem, neurons: neurons, squares: law.squares / Double(neurons), patternWeights: nil,
      populations: populations.moments([own], problem),
      logDensity: law.logDensity, logDensityError: 1e-12 * (1 + abs(law.logDensity)), relativeError: 1e-12,
      approach: approach)
  }

  /// One context with drawn gains: a sum over the number of active neurons.
  private init(
    oneContext problem: MaxEntropyProblem, neurons: Int, activeProbability active: Double, _ form: ApproachForm?
  ) throws {
    let counts = try GSL.checked {
      (1...neurons).map {
        gsl_sf_lnchoose(UInt32(neurons), UInt32($0)) + Double($0) * log(active) + Double(neurons - $0) * log1p(-active)
      }
    }
    let laws = (1...neurons).map {
      SharedTask(
        active: $0, of: neurons, gain: 1, target: problem.task.target.elements, scale: problem.scaleProduct)
    }
    let logs = zip(counts, laws).map { $0 + $1.logDensity }
    let largest = logs.max()!
    var (total, squares, share) = (0.0, 0.0, 0.0)
    var (rate, inverse, squaresRate, shareRate) = (0.0, 0.0, 0.0, 0.0)
    for (index, law) in laws.enumerated() {
      let weight = exp(logs[index] - largest)
      total += weight
      squares += weight * law.squares
      share += weight * Double(index + 1)
      guard let form, weight > 0 else { continue }
      let found = law.approach(form)
      inverse += weight * law.inverse
      rate += weight * found.rate
      squaresRate += weight * found.squares
      shareRate += weight * found.rate * Double(index + 1)
    }
    let active = share / total / Double(neurons)
    let approach = form.flatMap { form -> HardApproach? in
      let mean = rate / total
      let change = (shareRate / total - mean * share / total) / Double(neurons)
      return ApproachSums(
        rate: mean, squares: squaresRate / total - mean * squares / total, fractions: [-change, change],
        inverse: Matrix(rows: 1, columns: 1, elements: [inverse / total])
      ).approach(form, problem, basis: nil)
    }
    let logDensity = largest + log(total)
    self.init(
      problem, neurons: neurons, squares: squares / total / Double(neurons), patternWeights: [1 - active, active],
      populations: nil, logDensity: logDensity, logDensityError: 1e-11 * (1 + abs(logDensity)), relativeError: 1e-11,
      approach: approach)
  }

  /// Two or three populations: the integral over the squared weight of each.
  private init(
    integral populations: HardPopulations, _ problem: MaxEntropyProblem, neurons: Int, _ form: ApproachForm?
  ) throws {
    let mixture = HardMixture(populations, problem, neurons: neurons)
    let ranges = try mixture.integral.findRanges(mixture.logWeight)
    let coarse = try mixture.estimate(ranges, order: 32, form)
    let fine = try mixture.estimate(ranges, order: 44, form)
    var error = abs(coarse.squares / fine.squares - 1)
    // The same average by <mean w²>/σ_w² = 1 − rD/N + <tr AᵀC⁻¹A>/N.
    error = max(error, abs(fine.identity / fine.squares - 1))
    for (a, b) in zip(coarse.fractions, fine.fractions) { error = max(error, abs(a - b)) }
    if !fine.squares.isFinite || !fine.logDensity.isFinite { error = .infinity }
    func approach(_ estimate: HardMixture.Estimate) -> HardApproach? {
      form.flatMap { estimate.sums?.approach($0, problem, basis: populations.basis) }
    }
    var found = approach(fine)
    if let fine = found {
      let size = max(abs(fine.outputSecondMoment), 1e-3 * problem.outputScale * problem.outputScale)
      let other = approach(coarse)?.outputSecondMoment ?? .infinity
      if abs(fine.outputSecondMoment - other) > 1e-3 * size { found = nil }
    }
    self.init(
      problem, neurons: neurons, squares: fine.squares,
      patternWeights: populations.areDrawn ? fine.fractions : nil,
      populations: populations.areDrawn ? nil : populations.moments(fine.squaresPerNeuron, problem),
      logDensity: fine.logDensity,
      logDensityError: abs(coarse.logDensity - fine.logDensity) + 1e-13 * (1 + abs(fine.logDensity)),
      relativeError: max(error, 1e-13), approach: found)
  }
}

/// The populations that carry a task of the hard ensemble, in coordinates of the gains' span.
struct HardPopulations {
  /// Numbers of neurons with gains; none where gains are drawn.
  let counts: [Int]
  /// Their gains as they are given, [population][context].
  private let given: [[Double]]
  /// Their gains, [population][coordinate].
  let gains: [[Double]]
  /// A, [coordinate, feature].
  let target: Matrix
  /// Of the gains' span, [context, coordinate]; nil for all contexts.
  let basis: Matrix?
  /// The prior probabilities of no gain and of the populations, where gains are drawn.
  let prior: [Double]?
  var areDrawn: Bool { prior != nil }

  /// - Parameter gains: [context, neuron].
  init(_ gains: Matrix, span: GainSpan, _ target: Matrix) {
    let populations = NeuronPopulations(gains: gains)
    let contexts = gains.rows
    var counts: [Int] = []
    var given: [[Double]] = []
    var rows: [[Double]] = []
    for p in 0..<populations.count {
      let own = Array(populations.gains[p * contexts..<(p + 1) * contexts])
      guard own.contains(where: { $0 != 0 }) else { continue }
      counts.append(populations.starts[p + 1] - populations.starts[p])
      given.append(own)
      rows.append(span.coordinates(of: Matrix(rows: contexts, columns: 1, elements: own)).elements)
    }
    self.counts = counts
    self.given = given
    self.gains = rows
    self.target = span.coordinates(of: target)
    basis = span.identities.isEmpty ? nil : span.basis
    prior = nil
  }

  /// The patterns 01, 10, 11 of two contexts.
  init(drawnFor target: Matrix, activeProbability: Double) {
    counts = []
    given = []
    gains = [[0, 1], [1, 0], [1, 1]]
    self.target = target
    basis = nil
    prior = PopulationIntegral.prior(contexts: 2, activeProbability: activeProbability)
  }
}

extension HardPopulations {
  /// - Parameter squares: <mean w²>/σ_w² of each population.
  func moments(_ squares: [Double], _ problem: MaxEntropyProblem) -> [HardPrediction.Population] {
    given.indices.map {
      HardPrediction.Population(
        gains: given[$0], neurons: counts[$0],
        outputSecondMoment: problem.outputScale * problem.outputScale * squares[$0])
    }
  }
}

/// The integral behind ``HardPrediction`` where two or three populations carry the task.
private struct HardMixture {
  let integral: PopulationIntegral
  private let populations: HardPopulations
  private let neurons: Int
  /// σ_w² σ_m²/N²: C = unit · Σ_g S_g g gᵀ.
  private let unit: Double

  init(_ populations: HardPopulations, _ problem: MaxEntropyProblem, neurons: Int) {
    self.populations = populations
    self.neurons = neurons
    let scale = problem.scaleProduct / Double(neurons)
    unit = scale * scale
    let counts = populations.counts + [Int](repeating: 0, count: 3 - populations.gains.count)
    let all = populations.areDrawn ? nil : [neurons - counts.reduce(0, +)] + counts
    let needed = problem.task.target.squaredNorm.squareRoot() / problem.scaleProduct
    integral = PopulationIntegral(
      neurons: neurons, counts: all, prior: populations.prior ?? all!.map { Double($0) / Double(neurons) },
      typicalSquares: [1, 1, 1].map { $0 * Double(neurons) * (1 + needed) })
  }

  struct Estimate {
    let logDensity: Double
    /// <mean w²>/σ_w², directly, and by the identity of the weights.
    let squares, identity: Double
    let fractions: [Double]
    /// <mean w²>/σ_w² of each population, where gains are given.
    let squaresPerNeuron: [Double]
    /// What the approach of Gibbs ensembles is made of; nil without stimuli that span all features.
    let sums: ApproachSums?
  }

  func estimate(_ ranges: [ClosedRange<Double>], order: Int, _ form: ApproachForm?) throws -> Estimate {
    let nodes = try integral.nodes(ranges, order: order, logWeight)
    var (total, squares, distance) = (0.0, 0.0, 0.0)
    var expected = [0.0, 0.0, 0.0]
    var own = [0.0, 0.0, 0.0]
    let rank = populations.target.rows
    var sums = ApproachSums(inverse: Matrix(rows: rank, columns: rank))
    var moved = [0.0, 0.0, 0.0]
    nodes.forEachNode { weight, s, place in
      total += weight
      squares += weight * (s.0 + s.1 + s.2)
      own[0] += weight * s.0
      own[1] += weight * s.1
      own[2] += weight * s.2
      distance += weight * gaussian(s)!.distance
      if integral.counts == nil { for p in 0..<3 { expected[p] += weight * nodes.counts[p][place] } }
      guard let form else { return }
      let inverse = inverse(s)
      let rate = weight * form.rate(inverse)
      sums.rate += rate
      sums.squares += rate * (s.0 + s.1 + s.2)
      for k in inverse.indices { sums.inverse.elements[k] += weight * inverse[k] }
      if integral.counts == nil { for p in 0..<3 { moved[p] += rate * nodes.counts[p][place] } }
    }
    let fractions = integral.fractions(expected, weight: total)
    let n = Double(neurons)
    let missing = Double(populations.target.elements.count) / n
    if form != nil {
      sums.rate /= total
      sums.inverse = (1 / total) * sums.inverse
      sums.squares = (sums.squares - sums.rate * squares) / total
      if integral.counts == nil {
        let changes = (0..<3).map { (moved[$0] - sums.rate * expected[$0]) / total / n }
        // The neurons outside the three populations stay as in the prior.
        sums.squares += n * changes[0]
        sums.fractions = [changes[0], changes[1], -changes.reduce(0, +), changes[2]]
      }
    }
    return Estimate(
      logDensity: nodes.logs.max()! + log(total), squares: squares / total / n + fractions[0],
      identity: 1 - missing + distance / total / n, fractions: fractions,
      squaresPerNeuron: populations.counts.indices.map { own[$0] / total / Double(populations.counts[$0]) },
      sums: form == nil ? nil : sums)
  }

  /// C⁻¹, [coordinate, coordinate], of a C that is not singular.
  private func inverse(_ s: (Double, Double, Double)) -> [Double] {
    let squares = [s.0, s.1, s.2]
    let rank = populations.target.rows
    var c = Matrix(rows: rank, columns: rank)
    for (gains, square) in zip(populations.gains, squares) {
      for a in 0..<rank { for b in 0..<rank { c[a, b] += unit * square * gains[a] * gains[b] } }
    }
    return (try? Cholesky(c).inverse.elements) ?? [Double](repeating: .nan, count: rank * rank)
  }

  /// ln N(A; 0, C) over all features.
  func logWeight(_ first: Double, _ second: Double, _ both: Double) -> Double {
    guard let (logDeterminant, distance) = gaussian((first, second, both)) else { return -.infinity }
    let features = Double(populations.target.columns)
    let size = Double(populations.target.elements.count)
    return -0.5 * (size * log(2 * Double.pi) + features * logDeterminant + distance)
  }

  /// ln det C and tr AᵀC⁻¹A; nil where C is singular.
  private func gaussian(_ s: (Double, Double, Double)) -> (logDeterminant: Double, distance: Double)? {
    let squares = [s.0, s.1, s.2]
    let target = populations.target
    let rank = target.rows
    var c = [Double](repeating: 0, count: rank * rank)
    for (gains, square) in zip(populations.gains, squares) {
      for a in 0..<rank { for b in 0..<rank { c[a * rank + b] += unit * square * gains[a] * gains[b] } }
    }
    // C = L Lᵀ in place.
    var logDeterminant = 0.0
    for a in 0..<rank {
      let whole = c[a * rank + a]
      for b in 0...a {
        var value = c[a * rank + b]
        for e in 0..<b { value -= c[a * rank + e] * c[b * rank + e] }
        if b < a {
          c[a * rank + b] = value / c[b * rank + b]
        } else {
          guard value > 1e-14 * whole else { return nil }
          logDeterminant += log(value)
          c[a * rank + a] = value.squareRoot()
        }
      }
    }
    var distance = 0.0
    for d in 0..<target.columns {
      var solved = [Double](repeating: 0, count: rank)
      for a in 0..<rank {
        var value = target[a, d]
        for e in 0..<a { value -= c[a * rank + e] * solved[e] }
        solved[a] = value / c[a * rank + a]
        distance += solved[a] * solved[a]
      }
    }
    return (logDeterminant, distance)
  }
}
