// The exact predictions for networks of independent neurons, at every number of neurons.

import Sampling

extension Prediction {
  /// What the product ensemble of `neurons` neurons must show (THEORY section 4): readout, N·loss, second moments,
  /// population weights and covariances, each with the standard deviation that theory gives a single draw.
  ///
  /// - Throws: ``GSLError`` if a binomial coefficient overflows.
  public static func product(_ law: NeuronLaw, neurons: Int) throws -> [Prediction] {
    let solution = law.solution
    // A Gibbs problem's solution is a law of independent neurons too, but not one of networks.
    guard let theory = ProductPrediction(solution) else { return [] }
    let count = Double(neurons)
    let size = ProductPrediction.readoutSize(solution)
    var list: [Prediction] = []
    for c in 0..<law.contexts {
      for d in 0..<law.features {
        let name = "readout[\(c),\(d)]"
        list.append(
          Prediction(
            name, expected: solution.readout[c, d], status: .exact, source: "THEORY 4: E[R] = A",
            quantity: .scalar(name),
            deviation: (max(0, theory.readoutVarianceTimesN[c, d]) / count).squareRoot(), size: size[c, d]))
      }
    }
    list.append(
      Prediction(
        "N*loss", expected: theory.lossTimesN, status: .exact, source: "THEORY 4: N E[L] by Wick's theorem",
        quantity: .function(of: ["loss"]) { $0[0] * count },
        deviation: LossFluctuation(solution, theory).deviationTimesN(neurons: neurons)))
    list.append(
      Prediction(
        "output_second_moment", expected: solution.outputSecondMoment, status: .exact, source: "THEORY 2: <w^2>",
        quantity: .scalar("output_second_moment"),
        deviation: theory.outputSecondMoment.deviation(neurons: neurons)))
    list.append(
      Prediction(
        "input_second_moment", expected: solution.inputSecondMoment, status: .exact, source: "THEORY 2: <|m|^2>",
        quantity: .scalar("input_second_moment"), deviation: theory.inputSecondMoment.deviation(neurons: neurons)))
    guard !solution.problem.gains.areAllOne else { return list }
    for population in solution.populations where solution.problem.gains.areDrawn {
      guard case .activeContexts(let active) = population.members else { continue }
      list.append(
        .share(
          "active_fraction[\(active)]", expected: population.weight, neurons: neurons, source: "THEORY 2: P(g)",
          quantity: .scalar("active_fraction[\(active)]")))
    }
    if law.contexts <= GainPattern.maximumRecordedContexts {
      list += try populations(law, neurons: neurons)
    }
    return list
  }

  /// P(g) where gains are drawn, and P(g) ⟨x_a x_b | g⟩, x = (w, m_1 … m_D), of every pattern that can occur.
  private static func populations(_ law: NeuronLaw, neurons: Int) throws -> [Prediction] {
    let labels = ["w"] + (0..<law.features).map { "m\($0)" }
    let areDrawn = law.solution.problem.gains.areDrawn
    var list: [Prediction] = []
    for index in 0..<1 << law.contexts {
      let pattern = GainPattern(index: index, contexts: law.contexts)
      let kinds = areDrawn ? [try law.moments(of: pattern)] : law.kinds(of: pattern)
      let bits = pattern.bits.map(String.init).joined()
      let weight = kinds.reduce(0) { $0 + $1.weight }
      guard weight > 0 else { continue }
      if areDrawn {
        list.append(
          .share(
            "population_fraction[\(index)]", expected: weight, neurons: neurons, source: "THEORY 2: P(\(bits))",
            quantity: .scalar("population_fraction[\(index)]")))
      }
      var column = index * (law.features + 1) * (law.features + 2) / 2
      for a in labels.indices {
        for b in a..<labels.count {
          let product = PopulationProduct(kinds, a, b, areFixed: !areDrawn)
          list.append(
            Prediction(
              "population_moment[\(bits),\(labels[a])*\(labels[b])]", expected: product.mean, status: .exact,
              source: "THEORY 2: P(g) times the population's covariance",
              quantity: .streaming("population_moment", column: column),
              deviation: product.deviationTimesRootN / Double(neurons).squareRoot(), size: product.size))
          column += 1
        }
      }
    }
    return list
  }
}
