// Gradient flow of infinitely wide gain-modulated linear networks against what THEORY section 7 says of it.

import Foundation
import Sampling
import Testing

@testable import Networks

@Suite struct TrainingFlowTests {
  /// THEORY section 7's correlations between flow and maximum entropy at the flow's own second moments, to 0.001.
  @Test(arguments: [
    (10.0, [1.000, 1.000, 1.000, 0.999]), (1.0, [0.989, 0.959, 0.917, 0.920]), (0.1, [0.968, 0.913, 0.792, 0.727]),
  ])
  func correlationsOfTheory(variance: Double, expected: [Double]) throws {
    for (contexts, wanted) in zip([2, 3, 4, 6], expected) {
      let scale = variance.squareRoot()
      let flow = try GradientFlow(
        task: .inputSelection(contexts: contexts), outputScale: scale, inputScale: scale)
      let result = try flow.run(untilLoss: 1e-12)
      let solution = try result.matchedMaximumEntropy()
      let correlation = try result.correlation(with: solution)
      #expect(abs(correlation - wanted) < 0.001, "K = \(contexts), variance \(variance): \(correlation)")
      #expect(result.loss <= 1e-12)
      #expect(abs(solution.outputSecondMoment / result.outputSecondMoment - 1) < 1e-6)
    }
  }
}
