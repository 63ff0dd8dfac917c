// What theory says of observables as N grows, to hold a finite-size fit to.

import Sampling

/// The expansions in 1/N that theory knows, by the observables' names in files.
public struct FiniteSizeTheory: Sendable {
  /// Observables and their expansions.
  public let expansions: [String: LargeNExpansion]
  /// Whether there are no further powers of 1/N: so for the product ensemble (THEORY section 4), not for Gibbs.
  public let isExact: Bool

  /// A theory, by the observables' names.
  init(expansions: [String: LargeNExpansion], isExact: Bool) {
    self.expansions = expansions
    self.isExact = isExact
  }

  /// The theory of a solution: loss, readout, second moments, shares of patterns (K ≤ 6) and of active contexts.
  ///
  /// Gibbs: first corrections are known of the loss and the second moments (``GibbsAsymptotics``), hard: of these moments and the
  /// shares (``HardAsymptotics``); of all else the limit.
  ///
  /// - Throws: ``GSLError``.
  public init(_ solution: MaxEntropySolution) throws {
    var list: [String: LargeNExpansion] = [:]
    func add(readout: Matrix, correction: Double?) {
      for c in 0..<readout.rows {
        for d in 0..<readout.columns {
          list["readout[\(c),\(d)]"] = LargeNExpansion(leading: readout[c, d], firstCorrection: correction)
        }
      }
    }
    if solution.problem.tightness == 0 {
      // The prior: independent neurons, at every N.
      isExact = true
      add(readout: solution.readout, correction: 0)
      list["loss"] = solution.gibbsLossLeading.map {
        LargeNExpansion(leading: $0, firstCorrection: solution.gibbsLossFirstCorrection)
      }
      list["output_second_moment"] = LargeNExpansion(leading: solution.outputSecondMoment, firstCorrection: 0)
      list["input_second_moment"] = LargeNExpansion(leading: solution.inputSecondMoment, firstCorrection: 0)
    } else if let product = ProductPrediction(solution) {
      isExact = true
      add(readout: product.readout, correction: 0)
      list["loss"] = LargeNExpansion(leading: 0, firstCorrection: product.lossTimesN)
      list["output_second_moment"] = LargeNExpansion(leading: solution.outputSecondMoment, firstCorrection: 0)
      list["input_second_moment"] = LargeNExpansion(leading: solution.inputSecondMoment, firstCorrection: 0)
    } else if solution.problem.ensemble == .hard {
      // Loss and readout never vary.
      let hard = try HardAsymptotics(solution)
      isExact = false
      list["output_second_moment"] = hard.outputSecondMoment
      list["input_second_moment"] = hard.inputSecondMoment
      let contexts = solution.problem.task.contexts
      for (index, share) in (hard.patternWeights ?? []).enumerated() {
        list["population_fraction[\(index)]"] = share
        let name = "active_fraction[\(GainPattern(index: index, contexts: contexts).bits.reduce(0, +))]"
        list[name] = LargeNExpansion(
          leading: share.leading + (list[name]?.leading ?? 0),
          firstCorrection: share.firstCorrection.map { $0 + (list[name]?.firstCorrection ?? 0) })
      }
    } else {
      isExact = false
      if let gibbs = try GibbsAsymptotics(solution) {
        add(readout: gibbs.readout, correction: nil)
        list["loss"] = gibbs.loss
        list["output_second_moment"] = gibbs.outputSecondMoment
        list["input_second_moment"] = gibbs.inputSecondMoment
      } else {
        add(readout: solution.readout, correction: nil)
        if let leading = solution.gibbsLossLeading {
          list["loss"] = LargeNExpansion(leading: leading, firstCorrection: solution.gibbsLossFirstCorrection)
        }
        list["output_second_moment"] = LargeNExpansion(leading: solution.outputSecondMoment, firstCorrection: nil)
        list["input_second_moment"] = LargeNExpansion(leading: solution.inputSecondMoment, firstCorrection: nil)
      }
    }
    // Independent neurons have these shares at every N.
    let correction: Double? = isExact ? 0 : nil
    for (active, share) in solution.activeContextWeights.enumerated() where list["active_fraction[\(active)]"] == nil {
      list["active_fraction[\(active)]"] = LargeNExpansion(leading: share, firstCorrection: correction)
    }
    let contexts = solution.problem.task.contexts
    if solution.problem.gains.areDrawn, contexts <= GainPattern.maximumRecordedContexts {
      for pattern in 0..<1 << contexts where list["population_fraction[\(pattern)]"] == nil {
        list["population_fraction[\(pattern)]"] = LargeNExpansion(
          leading: solution.share(ofPattern: pattern), firstCorrection: correction)
      }
    }
    expansions = list
  }
}

extension MaxEntropySolution {
  /// The probability of one gain pattern by its place in ascending binary order; where contexts are not told apart, an equal part of all
  /// patterns with as many active contexts. Gains are drawn.
  fileprivate func share(ofPattern pattern: Int) -> Double {
    if case .enumerated(_, let probability, _) = table { return probability[pattern] }
    let (contexts, active) = (problem.task.contexts, pattern.nonzeroBitCount)
    let patterns = (0..<1 << contexts).count { $0.nonzeroBitCount == active }
    return activeContextWeights[active] / Double(patterns)
  }

  /// The probability of k active contexts, k = 0 ... K. O(2^K), symmetric O(K), given gains O(N K).
  public var activeContextWeights: [Double] {
    switch table {
    case .enumerated(let contexts, let probability, _):
      var weights = [Double](repeating: 0, count: contexts + 1)
      for g in probability.indices { weights[g.nonzeroBitCount] += probability[g] }
      return weights
    case .symmetric(_, let probability, _): return probability
    case .saturated(let contexts, _):
      return (0...contexts).map { $0 == contexts ? 1 : 0 }
    case .given(let gains, _):
      var weights = [Double](repeating: 0, count: gains.contexts + 1)
      for p in gains.fractions.indices { weights[gains.patterns.row(p).count { $0 != 0 }] += gains.fractions[p] }
      return weights
    }
  }
}
