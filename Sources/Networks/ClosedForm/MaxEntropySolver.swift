// Solving the problem: which geometry, feasibility, Newton, and everything that is read off at the solution.

import Sampling

/// How the sum over gain patterns is organised.
enum PatternMethod: Sendable {
  /// The symmetric reduction where it applies, else enumeration.
  case automatic
  /// Always all 2^K patterns.
  case enumeration
}

extension MaxEntropyProblem {
  /// Solves the problem by damped Newton on the convex dual.
  ///
  /// O(K 2^K + K⁴D + (KD)³) a step for a general target, O(K) for a multiple of the identity; for G distinct patterns of given
  /// gains O(G K²D² + (KD)³).
  ///
  /// - Throws: ``MaxEntropyError`` if no such distribution exists (naming the bound), if there are too many contexts to
  ///   enumerate, if the target violates an identity that given gains force on every readout, or if double precision does not
  ///   suffice.
  public func solve() throws -> MaxEntropySolution { try solve(method: .automatic) }

  /// The target's atomic norm over the patterns that can occur; σ_w σ_m √D must exceed it in the moment convention.
  ///
  /// - Throws: as ``AtomicNorm/init(of:saturated:threshold:)``; for given gains ``MaxEntropyError`` if no combination of their
  ///   patterns is the target.
  public func atomicNorm() throws -> AtomicNorm { try atomicNorm(threshold: nil) }

  private func atomicNorm(threshold: Double?) throws -> AtomicNorm {
    switch gains {
    case .independent(let activeProbability):
      return try AtomicNorm(of: task, saturated: activeProbability == 1, threshold: threshold)
    case .given(let matrix):
      return try AtomicNorm(of: task, given: GivenGains(matrix), threshold: threshold)
    }
  }

  func solve(method: PatternMethod) throws -> MaxEntropySolution {
    if tightness == 0 { return try solvePrior(method: method) }
    switch gains {
    case .independent(1): return try solveSaturated()
    case .independent(let activeProbability):
      return try solveDrawn(activeProbability: activeProbability, method: method)
    case .given(let matrix): return try solveGiven(GivenGains(matrix))
    }
  }

  /// The Gibbs ensemble of tightness 0: the limit, which a tightness that rounding makes nothing of has reached.
  private func solvePrior(method: PatternMethod) throws -> MaxEntropySolution {
    let size = max(scaleProduct, task.target.squaredNorm.squareRoot()) * covariance.squaredNorm.squareRoot()
    var solution = try MaxEntropyProblem(
      task: task, gains: gains, outputScale: outputScale, inputScale: inputScale,
      ensemble: .gibbs(tightness: 1e-30 / (scaleProduct * size)), stimulusCovariance: stimulusCovariance
    ).solve(method: method)
    solution.problem = self
    solution.readout = 0 * solution.readout
    solution.relativeEntropy = 0
    solution.multipliers = 0 * solution.multipliers
    solution.scaledMultipliers = 0 * solution.scaledMultipliers
    return solution
  }

  private func solveDrawn(activeProbability: Double, method: PatternMethod) throws -> MaxEntropySolution {
    let symmetricScale = task.contexts > 1 && method == .automatic ? task.inputSelectionScale : nil
    let symmetric = symmetricScale != nil && (tightness == nil || covarianceScale != nil)
    if symmetric, task.contexts <= Self.maximumSymmetricContexts, let scale = symmetricScale {
      try requireFeasible()
      let patterns = SymmetricPatterns(
        contexts: task.contexts, scale: scale / scaleProduct,
        logPrior: try SymmetricPatterns.binomialLogPrior(contexts: task.contexts, activeProbability: activeProbability),
        covarianceScale: covarianceScale ?? 1)
      return try solveSymmetric(patterns, activeProbability: activeProbability)
    }
    try Self.requireEnumerable(task.contexts)
    try requireFeasible()
    let patterns = EnumeratedPatterns(
      target: (1 / scaleProduct) * task.target,
      patternPrior: EnumeratedPatterns.independentPrior(contexts: task.contexts, activeProbability: activeProbability),
      inverseCovariance: tightness == nil ? nil : try Cholesky(covariance).inverse)
    var newton = DualNewton(geometry: patterns, convention: convention, tightness: scaledTightness)
    let point = try newton.minimizeAlongPath()
    try requireConverged(point, newton)
    var geometry = newton.geometry
    let derivatives = geometry.derivatives(at: point.coordinates)
    let correction = try scaledTightness.map {
      try GibbsCorrection.general(&geometry, at: point.coordinates, tightness: $0)
    }
    return try assemble(
      point, scaled: geometry.multipliers(point.coordinates), gradient: geometry.multipliers(derivatives.gradient),
      logSum: geometry.logNormalizer, margin: geometry.smallestMargin, correction: correction,
      table: .enumerated(contexts: task.contexts, probability: geometry.probability, margin: geometry.margin))
  }

  private func solveSymmetric(_ patterns: SymmetricPatterns, activeProbability: Double) throws -> MaxEntropySolution {
    var newton = DualNewton(geometry: patterns, convention: convention, tightness: scaledTightness)
    let point = try newton.minimizeSymmetric()
    try requireConverged(point, newton)
    var geometry = newton.geometry
    let gradient = geometry.totalGradient(at: point.coordinates)
    let entries = zip(gradient, geometry.multiplicity).map { $0 / $1 }
    let correction: Double? = try scaledTightness.flatMap { tightness in
      guard geometry.loads.isEmpty else { return nil }
      if task.contexts >= 4 {
        return try GibbsCorrection.symmetric(&geometry, at: point.coordinates, tightness: tightness)
      }
      var enumerated = EnumeratedPatterns(
        target: (1 / scaleProduct) * task.target,
        patternPrior: EnumeratedPatterns.independentPrior(
          contexts: task.contexts, activeProbability: activeProbability),
        inverseCovariance: try Cholesky(covariance).inverse)
      let coordinates = geometry.multipliers(point.coordinates).elements
      _ = enumerated.logSum(at: coordinates)
      return try GibbsCorrection.general(&enumerated, at: coordinates, tightness: tightness)
    }
    return try assemble(
      point, scaled: geometry.multipliers(point.coordinates), gradient: geometry.multipliers(entries),
      logSum: geometry.logNormalizer, margin: geometry.smallestMargin, correction: correction,
      table: .symmetric(contexts: task.contexts, probability: geometry.probability, margin: geometry.margin))
  }

  /// All gains are one: only the sum v of the multipliers' rows matters, and the rows of the readout are equal.
  private func solveSaturated() throws -> MaxEntropySolution {
    let contexts = task.contexts
    let features = task.features
    if tightness == nil { try Self.requireEqualRows(task.target) }
    try requireFeasible()
    var mean = Matrix(rows: 1, columns: features)
    for c in 0..<contexts {
      for d in 0..<features { mean[0, d] += task.target[c, d] / (scaleProduct * Double(contexts)) }
    }
    let patterns = EnumeratedPatterns(
      target: mean, patternPrior: [0, 1], inverseCovariance: tightness == nil ? nil : try Cholesky(covariance).inverse)
    let effective = scaledTightness.map { Double(contexts) * $0 }
    var newton = DualNewton(geometry: patterns, convention: convention, tightness: effective)
    let point = try newton.minimizeAlongPath()
    try requireConverged(point, newton)
    var geometry = newton.geometry
    let derivatives = geometry.derivatives(at: point.coordinates)
    var scaled = Matrix(rows: contexts, columns: features)
    var gradient = scaled
    for c in 0..<contexts {
      let deviation = (0..<features).map { task.target[c, $0] / scaleProduct - mean[0, $0] }
      let pull = scaledTightness.map { tightness in (covariance * deviation).map { tightness * $0 } }
      for d in 0..<features {
        scaled[c, d] = point.coordinates[d] / Double(contexts) + (pull?[d] ?? 0)
        gradient[c, d] = derivatives.gradient[d]
      }
    }
    let correction = try effective.map {
      try Double(contexts) * GibbsCorrection.general(&geometry, at: point.coordinates, tightness: $0)
    }
    return try assemble(
      point, scaled: scaled, gradient: gradient, logSum: geometry.logNormalizer, margin: geometry.smallestMargin,
      correction: correction, rank: features, table: .saturated(contexts: contexts, margin: geometry.margin[1]))
  }

  /// Given gains: the average of the neurons' duals in an orthonormal basis of the span of their patterns.
  ///
  /// Multipliers outside the span do nothing. Those of least norm have none; the Gibbs ensemble's have the pull of the part of the
  /// target that the gains cannot reach.
  private func solveGiven(_ given: GivenGains) throws -> MaxEntropySolution {
    let span = try GainSpan(given)
    if tightness == nil { try span.require(task.target) }
    try requireFeasible()
    let target = (1 / scaleProduct) * task.target
    let patterns = GivenPatterns(
      patterns: given.patterns * span.basis, fractions: given.fractions, target: span.basis.transposed * target,
      inverseCovariance: tightness == nil ? nil : try Cholesky(covariance).inverse)
    var newton = DualNewton(geometry: patterns, convention: convention, tightness: scaledTightness)
    // Gains that are all zero leave nothing to solve for.
    let point =
      span.rank > 0
      ? try newton.minimizeAlongPath()
      : DualPoint(coordinates: [], outputPrecision: 1, inputPrecision: 1, residual: 0, iterations: 0)
    try requireConverged(point, newton)
    var geometry = newton.geometry
    let coordinates = Matrix(rows: span.rank, columns: task.features, elements: point.coordinates)
    var scaled = span.basis * coordinates
    var correction: Double?
    if let tightness = scaledTightness {
      scaled = scaled + tightness * (try applyCovariance(to: span.unreachable(target)))
      correction =
        span.rank > 0 ? try GibbsCorrection.general(&geometry, at: point.coordinates, tightness: tightness) : 0
    }
    return try assemble(
      point, scaled: scaled, gradient: geometry.average(of: given.patterns), logSum: geometry.logNormalizer,
      margin: geometry.smallestMargin, correction: correction, rank: span.rank * task.features,
      table: .given(given, margin: geometry.margin))
  }

  /// - Parameter rank: number of independent readout constraints, nil for all of them.
  private func assemble(
    _ point: DualPoint, scaled: Matrix, gradient: Matrix, logSum: Double, margin: Double, correction: Double?,
    rank: Int? = nil, table: PatternTable
  ) throws -> MaxEntropySolution {
    let outputPrecision = point.outputPrecision / (outputScale * outputScale)
    let inputPrecision = point.inputPrecision / (inputScale * inputScale)
    let root = (point.outputPrecision * point.inputPrecision).squareRoot() / scaleProduct
    let multipliers = root * scaled
    let readout = (1 / root) * gradient
    let features = Double(task.features)
    let averages = try table.averages(scaled, target: task.target, covariance: covariance, gains: gains)
    let linear = dot(scaled.elements, gradient.elements)
    let squared = task.target.squaredNorm
    let image = try applyCovariance(to: readout)
    let mean = averages.readoutMeanSquare.map { $0 / (root * root) } ?? dot(image.elements, readout.elements)
    let product = 0.5 * (averages.readoutSpread / (root * root) - mean)
    let leading = try tightness.map { tightness in
      // Divided one by one: the square of a small tightness is nothing.
      let ratio = (1 / tightness) * multipliers
      return 0.5 * dot(try applyCovariance(to: ratio, inverted: true).elements, ratio.elements)
    }
    let entropy =
      logSum - linear + 0.5 * (features + 1) * log(2 * .pi) - 0.5 * log(outputPrecision)
      - 0.5 * features * log(inputPrecision) + 0.5 * averages.inverseMargin
      + 0.5 * (features - 1 + averages.inverseMargin)
    let outputSecondMoment = averages.inverseMargin / outputPrecision
    let inputSecondMoment = (features - 1 + averages.inverseMargin) / inputPrecision
    var errors = (readout - task.target).elements
    if let tightness {
      let pull = (1 / tightness) * (try applyCovariance(to: multipliers, inverted: true))
      errors = (readout + pull - task.target).elements
    }
    if convention == .moment {
      errors += [
        outputSecondMoment - outputScale * outputScale, inputSecondMoment - features * inputScale * inputScale,
      ]
    }
    return MaxEntropySolution(
      problem: self, multipliers: multipliers, outputPrecision: outputPrecision, inputPrecision: inputPrecision,
      readout: readout, residual: errors.reduce(0) { max($0, abs($1)) }, iterations: point.iterations,
      outputSecondMoment: outputSecondMoment, inputSecondMoment: inputSecondMoment, patternKL: averages.patternKL,
      relativeEntropy: convention == .prior ? linear - logSum : nil,
      entropy: convention == .moment ? entropy : nil, meanStructure: averages.structure,
      readoutShare: squared > 0 ? averages.share.map { $0 / (root * squared) } : nil,
      productLossTimesN: ensemble == .product ? product : nil, gibbsLossLeading: leading,
      gibbsLossFirstCorrection: correction.map { $0 * scaleProduct * scaleProduct },
      constraintRank: rank ?? task.contexts * task.features, smallestMargin: margin,
      scaledMultipliers: scaled, table: table)
  }

  /// σ_w σ_m.
  var scaleProduct: Double { outputScale * inputScale }

  /// β σ_w² σ_m².
  private var scaledTightness: Double? { tightness.map { $0 * scaleProduct * scaleProduct } }

  private func requireFeasible() throws {
    guard convention == .moment, !task.isZero else { return }
    let root = Double(task.features).squareRoot()
    let budget = scaleProduct * root
    let bound = try atomicNorm(threshold: budget)
    guard budget > bound.upper else {
      let full = try atomicNorm()
      throw MaxEntropyError.infeasibleScale(scale: scaleProduct, smallest: full.upper / root)
    }
  }

  private func requireConverged<Geometry: DualGeometry>(_ point: DualPoint, _ newton: DualNewton<Geometry>) throws {
    guard point.residual <= newton.tolerance else {
      throw MaxEntropyError.notConverged(
        residual: point.residual * scaleProduct, iterations: point.iterations,
        smallestMargin: newton.geometry.smallestMargin)
    }
  }

  static func requireEnumerable(_ contexts: Int) throws {
    guard contexts <= maximumEnumeratedContexts else {
      throw MaxEntropyError.tooManyContexts(contexts: contexts, maximum: maximumEnumeratedContexts)
    }
  }

  static func requireEqualRows(_ target: Matrix) throws {
    let largest = target.elements.reduce(0) { max($0, abs($1)) }
    for c in 1..<max(1, target.rows) {
      for d in 0..<target.columns where abs(target[c, d] - target[0, d]) > 1e-12 * largest {
        throw MaxEntropyError.unequalRows(first: 0, second: c)
      }
    }
  }
}
