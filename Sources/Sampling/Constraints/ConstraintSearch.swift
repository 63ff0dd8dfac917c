// The iteration of the maximum-entropy solver: fits to draws at hand, trust-region steps to fresh ones, and when to stop.

/// One solution of a maximum-entropy problem on its way.
struct ConstraintSearch<Family: ConstraintFamily, Kernel: TunableKernel> where Kernel.Target == Family.Density {
  typealias Draws = TiltedDraws<Family>

  let settings: ConstraintSolver
  let family: Family
  let targets: [Double]
  var sampler: TiltedSampler<Family, Kernel>

  /// 1/τ.
  private var inverseTightness: Double { settings.tightness.map { 1 / $0 } ?? 0 }

  /// Draws and their own averages.
  private struct Round {
    let draws: Draws
    let moments: Draws.Moments
    let errors: [Double]
  }

  /// - Parameter start: the multipliers of the first round.
  mutating func run(
    from start: [Double], _ progress: (ConstraintProgress) -> Void
  ) throws -> ConstraintSolution {
    let base = round(try sampler.draw(at: start, draws: settings.draws), at: start)
    if let index = base.moments.mean.indices.first(where: {
      !base.moments.mean[$0].isFinite || !base.moments.covariance[$0, $0].isFinite
    }) {
      throw ConstraintError.invalidInput(
        "\(family.constraintNames[index]) has no finite average and variance over the first draws")
    }
    let deviations = start.indices.map { max(base.moments.covariance[$0, $0].squareRoot(), 1e-300) }
    let sizes = start.indices.map { max(abs(base.moments.mean[$0]), deviations[$0]) }
    let geometry = try ConstraintGeometry(covariance: base.moments.covariance, sizes: sizes)
    if settings.tightness == nil,
      let contradiction = geometry.contradiction(
        targets: targets, means: base.moments.mean, sizes: sizes, names: family.constraintNames)
    {
      throw contradiction
    }

    var current = base
    var drawsWanted = settings.draws
    var region = TrustRegion()
    var stall = StallWatch()
    var failedFits = 0
    while true {
      let residual = residual(current)
      progress(
        ConstraintProgress(
          stage: sampler.stages - 1, draws: current.draws.count, multipliers: current.draws.multipliers,
          largestResidual: zip(residual, deviations).reduce(0) { max($0, abs($1.0) / $1.1) }))
      guard let fit = current.draws.fit(targets: targets, inverseTightness: inverseTightness, geometry: geometry) else {
        current = try step(from: current, geometry, &region, &stall, deviations)
        continue
      }
      let errors = meanErrors(current.draws, at: fit.multipliers, fit.moments)
      let shortage = shortage(errors, fit.moments)
      if shortage > 1 { drawsWanted = try drawsNeeded(for: shortage, now: drawsWanted, current) }
      let expected = shortage * Double(current.draws.drawsPerChain) / Double(drawsWanted)
      let starts = sampler.starts
      let fresh = try attempt(at: fit.multipliers, drawsWanted, current).map { round($0, at: fit.multipliers) }
      guard let fresh, fresh.moments.isFinite,
        self.shortage(fresh.errors, fit.moments) < Self.largestSurprise * max(1, expected)
      else {
        // The fit led to where no density exists, or chains run away: smaller steps may tell.
        failedFits += 1
        guard failedFits < Self.mostFailedFits else { throw runningAway(beyond: current) }
        sampler.starts = starts
        region.shrink(after: distance(from: current, to: fit.multipliers))
        current = try step(from: current, geometry, &region, &stall, deviations)
        continue
      }
      let isNear = fit.moments.effectiveDraws >= Self.wantedShare * Double(current.draws.count)
      if shortage <= 1, isNear, meets(fresh, fitErrors: errors) {
        return try solution(fit, from: current, fresh, first: base, geometry: geometry)
      }
      current = fresh
    }
  }

  /// A fit that ends the search leaves this share of the draws effective: it is hardly reweighted.
  private static var wantedShare: Double { 0.8 }
  /// Fresh draws whose squared errors are larger than wanted by this factor do not end the search either.
  private static var largestShortage: Double { 2 }
  /// Fresh draws whose squared errors are larger than the fit promised by this factor have run away from it.
  private static var largestSurprise: Double { 25 }
  /// So many fits that lead astray end the search.
  private static var mostFailedFits: Int { 4 }

  // MARK: Steps

  /// Moves within the trust region, or shrinks it until a move is good.
  private mutating func step(
    from current: Round, _ geometry: ConstraintGeometry, _ region: inout TrustRegion, _ stall: inout StallWatch,
    _ deviations: [Double]
  ) throws -> Round {
    let multipliers = current.draws.multipliers
    guard current.moments.isFinite,
      let step = DualStep(
        current.moments, at: multipliers, targets: targets, inverseTightness: inverseTightness, geometry: geometry)
    else { throw diverging(current, deviations) }
    if stall.gaveUp(
      decrement: step.decrement,
      residual: zip(residual(current), deviations).reduce(0) { max($0, abs($1.0) / $1.1) },
      regionGrew: region.grew)
    {
      throw diverging(current, deviations)
    }
    let starts = sampler.starts
    for _ in 0..<TrustRegion.attempts {
      var length = min(1, region.radius / step.decrement)
      func trial() -> [Double] { zip(multipliers, step.step).map { $0 + length * $1 } }
      while let reason = family.refusal(of: trial()) {
        length /= 2
        if length * step.decrement < 1e-6 {
          throw ConstraintError.notNormalizable(reason: reason, multipliers: multipliers)
        }
      }
      let there = trial()
      sampler.starts = starts
      if let draws = try attempt(at: there, settings.draws, current) {
        let next = round(draws, at: there)
        let slopes = (
          before: step.decrement * step.decrement, after: step.slope(at: there, next.moments, targets, inverseTightness)
        )
        let noise = zip(step.step, current.errors).reduce(0) { $0 + abs($1.0) * $1.1 }
        if next.moments.isFinite, slopes.after >= -slopes.before - 3 * noise {
          region.learn(
            step: length * step.decrement, predicted: length * slopes.before, actual: slopes.before - slopes.after)
          return next
        }
      }
      region.shrink(after: length * step.decrement)
    }
    throw runningAway(beyond: current)
  }

  /// Draws, or nil where chains cannot start.
  ///
  /// - Throws: ``ConstraintError`` when no rounds are left.
  private mutating func attempt(at multipliers: [Double], _ draws: Int, _ current: Round) throws -> Draws? {
    guard sampler.stages < settings.maximumStages else {
      throw notConverged(current, "\(sampler.stages) rounds of draws were not enough")
    }
    do {
      return try sampler.draw(at: multipliers, draws: draws)
    } catch is StartError {
      return nil
    }
  }

  /// √(δᵀ C δ) of the way from a round's multipliers to others.
  private func distance(from round: Round, to multipliers: [Double]) -> Double {
    let way = zip(multipliers, round.draws.multipliers).map { $0 - $1 }
    return zip(way, round.moments.covariance * way).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
  }

  // MARK: Judging

  private func round(_ draws: Draws, at multipliers: [Double]) -> Round {
    let moments = draws.moments(at: multipliers)
    return Round(draws: draws, moments: moments, errors: meanErrors(draws, at: multipliers, moments))
  }

  private func residual(_ round: Round) -> [Double] {
    DualStep.residual(round.moments.mean, round.draws.multipliers, targets, inverseTightness)
  }

  /// The standard errors of reweighted averages.
  private func meanErrors(_ draws: Draws, at multipliers: [Double], _ moments: Draws.Moments) -> [Double] {
    zip(draws.conditionalMeans(at: multipliers), moments.mean).map { values, mean in
      Diagnostics.mcseMean(
        zip(values, moments.weights).map { chain in zip(chain.0, chain.1).map { $1 * ($0 - mean) } })
    }
  }

  /// How many times as many draws the wanted precision needs.
  private func shortage(_ errors: [Double], _ moments: Draws.Moments) -> Double {
    targets.indices.reduce(0) { worst, k in
      let scale = max(abs(targets[k]), moments.covariance[k, k].squareRoot())
      let ratio = scale > 0 ? errors[k] / (settings.precision * scale) : 0
      return max(worst, ratio.isNaN ? .infinity : ratio * ratio)
    }
  }

  /// The draws of the next round's chains, with a margin; no more than four times as many as now on the word of reweighted
  /// draws, whose errors can be far larger than those of fresh ones.
  ///
  /// - Throws: ``ConstraintError`` if draws that are not reweighted ask for more than are allowed.
  private func drawsNeeded(for shortage: Double, now draws: Int, _ current: Round) throws -> Int {
    let (made, margin, most) = (Double(current.draws.drawsPerChain), 1.2, Double(settings.maximumDraws))
    let own = margin * self.shortage(current.errors, current.moments) * made
    guard own <= most else {
      throw notConverged(
        current,
        "a relative precision of \(shortNumber(settings.precision)) needs some \(shortNumber(own)) draws a chain, and "
          + "\(settings.maximumDraws) are allowed")
    }
    let enough = min(most, margin * shortage * made, max(4 * made, own))
    return (draws...max(draws, settings.maximumDraws)).wholeNumber(roundingUp: enough)
  }

  /// Whether fresh draws, no less precise than wanted, meet the targets within their own errors and those of the draws that
  /// were fitted.
  private func meets(_ fresh: Round, fitErrors: [Double]) -> Bool {
    guard shortage(fresh.errors, fresh.moments) <= Self.largestShortage else { return false }
    return zip(residual(fresh), zip(fresh.errors, fitErrors)).enumerated().allSatisfy { k, values in
      let (residual, errors) = values
      let rounding = 1e-9 * max(abs(targets[k]), abs(fresh.moments.mean[k]))
      let error = (errors.0 * errors.0 + errors.1 * errors.1).squareRoot()
      return abs(residual) <= settings.residualLimit * error + rounding
    }
  }

  /// The constraint furthest from its target.
  private func worst(_ round: Round, _ deviations: [Double]?) -> Int {
    let residual = residual(round)
    return residual.indices.max { a, b in
      let scale = deviations ?? round.errors
      return abs(residual[a]) / scale[a] < abs(residual[b]) / scale[b]
    } ?? 0
  }

  private func diverging(_ round: Round, _ deviations: [Double]) -> ConstraintError {
    let k = worst(round, deviations)
    return .diverging(
      constraint: family.constraintNames[k], wanted: targets[k], reached: round.moments.mean[k],
      standardError: round.errors[k], multipliers: round.draws.multipliers)
  }

  private func runningAway(beyond round: Round) -> ConstraintError {
    notConverged(
      round,
      "beyond the multipliers (\(round.draws.multipliers.map(shortNumber).joined(separator: ", "))) chains run away, as they do where a "
        + "distribution ceases to exist and near to it")
  }

  private func notConverged(_ round: Round, _ reason: String) -> ConstraintError {
    let k = worst(round, nil)
    return .notConverged(
      constraint: family.constraintNames[k], wanted: targets[k], reached: round.moments.mean[k],
      standardError: round.errors[k], reason: reason)
  }

  // MARK: The end

  private mutating func solution(
    _ fit: (multipliers: [Double], moments: Draws.Moments), from fitted: Round, _ fresh: Round, first: Round,
    geometry: ConstraintGeometry
  ) throws -> ConstraintSolution {
    let errors = try fitted.draws.multiplierErrors(
      fit.multipliers, fit.moments, inverseTightness: inverseTightness, geometry: geometry)
    let means = fresh.draws.conditionalMeans(at: fit.multipliers)
    var entropy: EvidenceEstimate?
    if settings.wantsRelativeEntropy {
      let isBase = first.draws.multipliers.allSatisfy { $0 == 0 }
      let base =
        isBase
        ? first.draws : try sampler.draw(at: [Double](repeating: 0, count: targets.count), draws: settings.draws)
      var path = RelativeEntropyPath(base: base, solution: fresh.draws)
      try path.refine { try sampler.draw(at: $0, draws: settings.draws) }
      entropy = path.relativeEntropy(targets: targets, inverseTightness: inverseTightness, multiplierErrors: errors)
    }
    return ConstraintSolution(
      names: family.constraintNames, targets: targets, multipliers: fit.multipliers, multiplierErrors: errors,
      moments: fresh.moments.mean, momentErrors: fresh.errors, hessian: fresh.moments.covariance,
      rank: geometry.rank, relativeEntropy: entropy,
      effectiveDraws: means.reduce(Double(fresh.draws.count)) { min($0, Diagnostics.essMean($1)) },
      largestRHat: means.reduce(1) { max($0, Diagnostics.rHat($1)) }, stages: sampler.stages)
  }
}

/// How far a Newton step may lead, in standard deviations of the density, and how that changes with experience.
private struct TrustRegion {
  /// Shrinkages in a row before a density beyond is taken not to exist.
  static let attempts = 10
  var radius = 1.0
  /// Whether the last step was so well predicted that the next may be twice as long.
  private(set) var grew = false

  /// Compares how much the dual's slope fell with how much a constant Hessian predicts.
  mutating func learn(step: Double, predicted: Double, actual: Double) {
    let ratio = actual / predicted
    grew = (0.7...1.5).contains(ratio)
    if grew { radius = max(radius, 2 * step) } else if !(0...3).contains(ratio) { radius = step / 2 }
  }

  mutating func shrink(after step: Double) {
    grew = false
    radius = step / 4
  }
}

/// Notices that step after step brings no progress.
private struct StallWatch {
  /// Steps without progress before giving up.
  static let patience = 8
  private var decrement = Double.infinity
  private var residual = Double.infinity
  private var idle = 0

  /// Progress is a tenth less of the Newton decrement or of the residual, or steps that go as predicted.
  ///
  /// Where targets cannot be reached, the covariance falls with every step while the residual stays, so that the
  /// decrement grows and each step does less than predicted.
  mutating func gaveUp(decrement: Double, residual: Double, regionGrew: Bool) -> Bool {
    let progress = regionGrew || decrement < 0.9 * self.decrement || residual < 0.9 * self.residual
    if decrement < 0.9 * self.decrement { self.decrement = decrement }
    if residual < 0.9 * self.residual { self.residual = residual }
    idle = progress ? 0 : idle + 1
    return idle >= Self.patience
  }
}
