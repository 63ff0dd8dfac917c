// Stepping-stone: ln Z(1) − ln Z(0) as a sum over pairs of neighbouring rungs, each by Bennett's acceptance ratio.

/// The sum over neighbouring rungs of ln Z(t_{k+1})/Z(t_k), each from the draws of both (Bennett 1976; Xie et al. 2011).
///
/// With h = t_{k+1} − t_k and σ the logistic function, c solves ⟨σ(hℓ − c)⟩_k = ⟨σ(c − hℓ)⟩_{k+1}: of all estimates from
/// independent draws of two rungs the one with the least variance, and without the one-sided ones' bias.
struct SteppingStone {
  let estimate: EvidenceEstimate
  /// ⟨σ(hℓ − c)⟩_k of every pair.
  let overlaps: [Double]
  /// The estimate's linearisation, a number a draw: `[chain, draw]`.
  let series: [[Double]]

  init(_ draws: LadderDraws) {
    let pairs = draws.spacings.enumerated().map { k, h in
      Pair(hot: draws.slopes[k].joined().map { h * $0 }, cold: draws.slopes[k + 1].joined().map { h * $0 })
    }
    overlaps = pairs.map(\.overlap)
    let spacings = draws.spacings
    series = draws.series { rung, slope in
      var sum = 0.0
      if rung < pairs.count { sum += logistic(spacings[rung] * slope - pairs[rung].value) / pairs[rung].curvature }
      if rung > 0 {
        sum -= logistic(pairs[rung - 1].value - spacings[rung - 1] * slope) / pairs[rung - 1].curvature
      }
      return sum
    }
    var problem = LadderDraws.problem(of: series)
    if let pair = overlaps.firstIndex(where: { !($0 > 0.02) }) {
      problem =
        "rungs \(pair) and \(pair + 1) (inverse temperatures \(shortNumber(draws.inverseTemperatures[pair])) and "
        + "\(shortNumber(draws.inverseTemperatures[pair + 1]))) hardly overlap; more rungs are needed"
    }
    estimate = EvidenceEstimate(
      value: pairs.reduce(0) { $0 + $1.value }, standardError: Diagnostics.mcseMean(series), problem: problem)
  }

  /// Bennett's estimate for one pair of rungs, from hℓ at the draws of each.
  struct Pair {
    /// c = ln Z_cold/Z_hot.
    let value: Double
    /// ⟨σ(hℓ − c)⟩ over the hot draws.
    let overlap: Double
    /// −d/dc of the difference of the two means.
    let curvature: Double

    /// The difference decreases in c, so that bisection between bounds finds its zero to rounding.
    init(hot: [Double], cold: [Double]) {
      let finite = (hot + cold).filter(\.isFinite)
      // Without density somewhere, e^c may be as small as the share of hot draws that have one.
      var lower = (finite.min() ?? 0) - log(Double(hot.count))
      var upper = finite.max() ?? 0
      func difference(_ c: Double) -> Double {
        Diagnostics.mean(hot.map { logistic($0 - c) }) - Diagnostics.mean(cold.map { logistic(c - $0) })
      }
      for _ in 0..<200 where upper - lower > 1e-14 * max(1, abs(lower), abs(upper)) {
        let middle = 0.5 * (lower + upper)
        if difference(middle) > 0 { lower = middle } else { upper = middle }
      }
      let c = 0.5 * (lower + upper)
      value = finite.isEmpty ? .nan : c
      overlap = Diagnostics.mean(hot.map { logistic($0 - c) })
      func spread(_ draws: [Double]) -> Double {
        Diagnostics.mean(draws.map { logistic($0 - c) * logistic(c - $0) })
      }
      curvature = spread(hot) + spread(cold)
    }
  }
}

/// 1/(1 + e^{−x}), without overflow.
func logistic(_ x: Double) -> Double {
  x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}
