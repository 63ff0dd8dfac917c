// The density without output weights: against matrices of every architecture, and its gradient.

import Sampling
import TestSupport
import Testing

@testable import Networks

@Suite struct HiddenDensityTests {
  /// A network with a loss on 2 or on 7 stimuli, so that there are fewer or more outputs than neurons.
  private static func network(_ architecture: FeedforwardArchitecture, stimuli: Int) throws -> FeedforwardCase {
    try FeedforwardCase(architecture, isLinear: false, stimuli: stimuli)
  }

  private static func hidden(_ network: FeedforwardCase) -> [Double] {
    Array(network.position.dropFirst(network.architecture.lastWidth))
  }

  /// Activities of the last layer, a column each neuron, all contexts one after the other: outputs of networks in which one neuron is read out.
  private static func activities(_ network: FeedforwardCase) -> Matrix {
    let density = network.density
    let n = network.architecture.lastWidth
    var columns: [[Double]] = []
    for i in 0..<n {
      var position = network.position
      for j in 0..<n { position[j] = i == j ? 1 / network.architecture.readoutFactor : 0 }
      columns.append(density.outputs(at: position.span, stimuli: density.stimuli).elements)
    }
    return Matrix(columns).transposed
  }

  @Test(arguments: FeedforwardCase.architectures, [2, 7])
  func valueIsTheGaussianIntegral(architecture: FeedforwardArchitecture, stimuli: Int) throws {
    let network = try Self.network(architecture, stimuli: stimuli)
    let density = try #require(HiddenDensity(network.density))
    var workspace = density.makeWorkspace()
    let value = density.logDensity(at: Self.hidden(network).span, using: &workspace)

    guard case .loss(let tightness, let wanted) = network.density.potential else { preconditionFailure() }
    let precision = tightness * architecture.taskFactor / Double(stimuli)
    let factor = architecture.readoutFactor * network.density.scales.output
    let h = Self.activities(network)
    var covariance = (precision * factor * factor) * (h * h.transposed)
    for s in 0..<covariance.rows { covariance[s, s] += 1 }
    let cholesky = try Cholesky(covariance)
    let solved = cholesky.solve(wanted.elements)
    let overlap = zip(wanted.elements, solved).reduce(0) { $0 + $1.0 * $1.1 }
    var prior = 0.0
    for (x, scale) in zip(Self.hidden(network), density.priorScales) { prior -= (x / scale) * (x / scale) / 2 }
    let expected = prior - cholesky.logDeterminant / 2 - precision * overlap / 2
    #expect(abs(value - expected) < 1e-10 * max(10, abs(expected)), "\(value), \(expected)")
  }

  @Test(arguments: FeedforwardCase.architectures, [2, 7])
  func gradientMatchesCentralDifferences(architecture: FeedforwardArchitecture, stimuli: Int) throws {
    let network = try Self.network(architecture, stimuli: stimuli)
    let report = GradientTest(tolerance: 1e-6).run(
      try #require(HiddenDensity(network.density)), at: [Self.hidden(network)])
    #expect(report.passed, "\(report.blocks)")
  }

  @Test func multipliersLeaveNothingGaussian() throws {
    #expect(HiddenDensity(try FeedforwardCase(FeedforwardCase.architectures[0], isLinear: true).density) == nil)
  }
}
