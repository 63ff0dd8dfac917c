// The exact predictions for networks of independent neurons, at every number of neurons.

import Foundation
import Sampling

extension Prediction {
  /// What the product ensemble of `neurons` neurons must show (THEORY section 4): readout, N·loss, second moments,
  /// population weights and covariances.
  ///
  /// - Throws: ``GSLError`` if a binomial coefficient overflows.
  public static func product(_ law: NeuronLaw, neurons: Int) throws -> [Prediction] {
    let solution = law.solution
    let count = Double(neurons)
    let readoutSpread =
      (solution.outputSecondMoment * solution.inputSecondMoment / Double(law.features) / count).squareRoot()
    let readoutSize = max(solution.readout.largestMagnitude, readoutSpread)
    var list: [Prediction] = []
    for c in 0..<law.contexts {
      for d in 0..<law.features {
        let name = "readout[\(c),\(d)]"
        list.append(
          Prediction(
            name, expected: solution.readout[c, d], status: .exact, source: "THEORY 4: E[R] = A",
            quantity: .scalar(name), size: readoutSize))
      }
    }
    if let loss = solution.productLossTimesN {
      list.append(
        Prediction(
          "N*loss", expected: loss, status: .exact, source: "THEORY 4: N E[L] by Wick's theorem",
          quantity: .function(of: ["loss"]) { $0[0] * count }))
    }
    list.append(
      Prediction(
        "output_second_moment", expected: solution.outputSecondMoment, status: .exact, source: "THEORY 2: <w^2>",
        quantity: .scalar("output_second_moment")))
    list.append(
      Prediction(
        "input_second_moment", expected: solution.inputSecondMoment, status: .exact, source: "THEORY 2: <|m|^2>",
        quantity: .scalar("input_second_moment")))
    guard !solution.problem.gains.areAllOne else { return list }
    for population in solution.populations where solution.problem.gains.areDrawn {
      guard case .activeContexts(let active) = population.members else { continue }
      list.append(
        Prediction(
          "active_fraction[\(active)]", expected: population.weight, status: .exact, source: "THEORY 2: P(g)",
          quantity: .scalar("active_fraction[\(active)]"), eventsPerDraw: count * population.weight))
    }
    if law.contexts <= NeuronSums.maximumContextsForPopulations {
      list += try populations(law, neurons: count)
    }
    return list
  }

  /// P(g) where gains are drawn, and P(g) ⟨x_a x_b | g⟩, x = (w, m_1 … m_D), of every pattern that can occur.
  private static func populations(_ law: NeuronLaw, neurons: Double) throws -> [Prediction] {
    let labels = ["w"] + (0..<law.features).map { "m\($0)" }
    var list: [Prediction] = []
    for index in 0..<1 << law.contexts {
      let pattern = GainPattern(index: index, contexts: law.contexts)
      let moments = try law.moments(of: pattern)
      let bits = pattern.bits.map(String.init).joined()
      let events = neurons * moments.weight
      guard moments.weight > 0 else { continue }
      if law.solution.problem.gains.areDrawn {
        list.append(
          Prediction(
            "population_fraction[\(index)]", expected: moments.weight, status: .exact,
            source: "THEORY 2: P(\(bits))", quantity: .scalar("population_fraction[\(index)]"), eventsPerDraw: events))
      }
      var column = index * (law.features + 1) * (law.features + 2) / 2
      for a in labels.indices {
        for b in a..<labels.count {
          list.append(
            Prediction(
              "population_moment[\(bits),\(labels[a])*\(labels[b])]",
              expected: moments.weight * moments.secondMoment(a, b), status: .exact,
              source: "THEORY 2: P(g) times the population's covariance",
              quantity: .streaming("population_moment", column: column), eventsPerDraw: events,
              size: moments.weight * (moments.secondMoment(a, a) * moments.secondMoment(b, b)).squareRoot()))
          column += 1
        }
      }
    }
    return list
  }
}

extension PopulationMoments {
  /// ⟨x_a x_b⟩ of x = (w, m_1 … m_D), a ≤ b.
  fileprivate func secondMoment(_ a: Int, _ b: Int) -> Double {
    if a == 0 { return b == 0 ? outputVariance : covariance[b - 1] }
    return inputCovariance[a - 1, b - 1]
  }
}
