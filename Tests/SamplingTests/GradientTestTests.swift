// The test of gradients where differences are hard: beside a large density, and beside a kink.

import Sampling
import Testing

/// A density that is the sum of a large part and a small one, a block each, and of a kink.
private struct UnequalParts: DifferentiableLogDensity {
  let layout: ParameterLayout
  /// What the gradient of the small part is multiplied by: 1 is right.
  var factor = 1.0
  var kink = 0.0

  init() {
    var layout = ParameterLayout()
    layout.append("large", shape: [1])
    layout.append("small", shape: [1])
    self.layout = layout
  }

  func logDensity(at x: Span<Double>, using workspace: inout Void) -> Double {
    -1e7 * x[0] * x[0] - 0.5 * x[1] * x[1] - kink * abs(x[1] - 1.0001)
  }

  func logDensity(at x: Span<Double>, gradient: inout MutableSpan<Double>, using workspace: inout Void) -> Double {
    gradient[0] = -2e7 * x[0]
    gradient[1] = factor * (-x[1] + (x[1] < 1.0001 ? kink : -kink))
    return logDensity(at: x, using: &workspace)
  }
}

@Suite struct GradientTestTests {
  /// Differences of a density of 10⁷ have lost nine digits: 1e-5 of a slope of 1 at a step of 10⁻⁴.
  @Test func largeDensitiesHideNoGradient() {
    var target = UnequalParts()
    let report = GradientTest().run(target, at: [[1, 1]])
    #expect(report.passed, "\(report)")
    target.factor = 1 + 1e-5
    #expect(!GradientTest().run(target, at: [[1, 1]]).passed)
  }

  @Test func kinksNearbyHideNoGradient() {
    var target = UnequalParts()
    target.kink = 2
    let report = GradientTest(tolerance: 1e-4).run(target, at: [[1e-3, 1]])
    #expect(report.passed, "\(report)")
    target.factor = 1.001
    #expect(!GradientTest(tolerance: 1e-4).run(target, at: [[1e-3, 1]]).passed)
  }
}
