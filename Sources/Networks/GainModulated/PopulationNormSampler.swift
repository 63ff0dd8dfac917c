// Moves of the populations' norms: independent proposals for all, local ones for single populations.

import Sampling

/// A reversible rule for a ``PopulationNormLaw``: an independent proposal for all norms, updates of single ones at random,
/// another independent proposal.
///
/// The independent proposals make nearly independent draws wherever populations are large; the single updates bring a chain there
/// from any start, and do the work alone where populations are too small or too many for a Gaussian (their acceptance rate
/// is estimated beforehand, from a fixed stream).
struct PopulationNormSampler: Sendable {
  let law: PopulationNormLaw
  private let proposal: PopulationNormProposal?
  /// Updates of single populations a step.
  private let updates: Int
  /// Of gamma proposals for a single x_p², in units of σ_w²: about the posterior's mean a degree of freedom.
  private let gammaScales: [Double]
  /// Standard deviations of random steps of a single ln x_p².
  private let stepSizes: [Double]
  /// Below this acceptance rate, or above this number of populations, independent proposals are not made.
  private static var smallestAcceptanceRate: Double { 0.1 }
  private static var largestCount: Int { 64 }

  init(_ law: PopulationNormLaw) {
    self.law = law
    let found = law.count <= Self.largestCount ? PopulationNormProposal(law) : nil
    let isUseful = found.map { Self.acceptanceRate(of: $0, law) >= Self.smallestAcceptanceRate } ?? false
    proposal = isUseful ? found : nil
    updates = isUseful ? max(2, law.count / 4) : 2 * law.count
    gammaScales = (0..<law.count).map { p in
      guard let found else { return 2 }
      return max(2, 2 * found.mode[p] * found.mode[p] / law.counts[p])
    }
    // 2.4 standard deviations of the logarithm of a chi-squared number.
    stepSizes = law.counts.map { 2.4 * (2 / $0 + 2 / ($0 * $0)).squareRoot() }
  }

  /// Standard normal numbers that a step takes.
  var noiseCount: Int { (proposal == nil ? 0 : 2 * law.count) + updates }

  /// Scratch memory: the present norms, C and log likelihood, and the proposed ones.
  struct Workspace: Sendable {
    var norms: [Double]
    var proposedNorms: [Double]
    var covariance: [Double]
    var proposedCovariance: [Double]
    var readout: CollapsedReadout.Workspace
  }

  func makeWorkspace() -> Workspace {
    let square = [Double](repeating: 0, count: law.readout.contexts * law.readout.contexts)
    let zeros = [Double](repeating: 0, count: law.count)
    return Workspace(
      norms: zeros, proposedNorms: zeros, covariance: square, proposedCovariance: square,
      readout: law.readout.makeWorkspace())
  }

  /// Moves the norms in the workspace and brings C there up to date. Returns the fraction of accepted proposals.
  @inline(__always)
  func step(_ workspace: inout Workspace, noise: UnsafePointer<Double>, using stream: inout RandomStream) -> Double {
    workspace.norms.withUnsafeMutableBufferPointer { norms in
      workspace.proposedNorms.withUnsafeMutableBufferPointer { proposedNorms in
        workspace.covariance.withUnsafeMutableBufferPointer { covariance in
          workspace.proposedCovariance.withUnsafeMutableBufferPointer { proposedCovariance in
            guard law.count > 0 else {
              for k in 0..<covariance.count { covariance[k] = 0 }
              return 1
            }
            var point = Point(
              norms: norms.baseAddress!, proposedNorms: proposedNorms.baseAddress!,
              covariance: covariance.baseAddress!, proposedCovariance: proposedCovariance.baseAddress!,
              squareCount: covariance.count)
            law.covariance(point.norms, into: point.covariance)
            point.logLikelihood = law.readout.logLikelihood(point.covariance, using: &workspace.readout)
            var accepted = proposeAll(&point, noise, &workspace.readout, using: &stream)
            for number in 0..<updates {
              accepted += proposeOne(
                &point, noise[noiseCount - updates + number], &workspace.readout, using: &stream)
            }
            accepted += proposeAll(&point, noise + law.count, &workspace.readout, using: &stream)
            return accepted / Double(updates + (proposal == nil ? 0 : 2))
          }
        }
      }
    }
  }

  /// Where the norms are, and memory for where they might go.
  private struct Point {
    let norms: UnsafeMutablePointer<Double>
    let proposedNorms: UnsafeMutablePointer<Double>
    let covariance: UnsafeMutablePointer<Double>
    let proposedCovariance: UnsafeMutablePointer<Double>
    let squareCount: Int
    var logLikelihood = 0.0
  }

  /// Returns 1 if the independent proposal was accepted, else 0.
  @inline(__always)
  private func proposeAll(
    _ point: inout Point, _ noise: UnsafePointer<Double>, _ workspace: inout CollapsedReadout.Workspace,
    using stream: inout RandomStream
  ) -> Double {
    guard let proposal else { return 0 }
    let count = law.count
    proposal.draw(noise, into: point.proposedNorms)
    var forth = 0.0
    for p in 0..<count { forth -= noise[p] * noise[p] / 2 }
    let threshold = log(stream.uniformPositive())
    let priorRatio = law.logPrior(point.proposedNorms) - law.logPrior(point.norms)
    // Not greater: a norm of 0 at the start makes a ratio that is infinite, or NaN, and must not stay.
    guard priorRatio != -.infinity else { return 0 }
    law.covariance(point.proposedNorms, into: point.proposedCovariance)
    let logLikelihood = law.readout.logLikelihood(point.proposedCovariance, using: &workspace)
    let ratio = priorRatio + logLikelihood - point.logLikelihood + proposal.logDensity(point.norms) - forth
    guard threshold < ratio else { return 0 }
    point.norms.update(from: point.proposedNorms, count: count)
    point.covariance.update(from: point.proposedCovariance, count: point.squareCount)
    point.logLikelihood = logLikelihood
    return 1
  }

  /// Proposes another x_p² for a population drawn at random: a gamma number, or a random step of its logarithm. Returns 1 if it
  /// was accepted, else 0.
  @inline(__always)
  private func proposeOne(
    _ point: inout Point, _ noise: Double, _ workspace: inout CollapsedReadout.Workspace,
    using stream: inout RandomStream
  ) -> Double {
    let p = stream.integer(below: law.count)
    let square = point.norms[p] * point.norms[p]
    let proposed: Double
    // ln p of ln x_p² without the likelihood, over the proposal where that is not symmetric: the terms (n/2) ln x² cancel for
    // gamma proposals.
    var ratio: Double
    if stream.bernoulli(0.5) {
      proposed = gammaScales[p] * stream.gamma(shape: law.counts[p] / 2)
      ratio = (1 / gammaScales[p] - 0.5) * (proposed - square)
    } else {
      let change = stepSizes[p] * noise
      proposed = square * exp(change)
      ratio = law.counts[p] / 2 * change - (proposed - square) / 2
    }
    let threshold = log(stream.uniformPositive())
    point.proposedCovariance.update(from: point.covariance, count: point.squareCount)
    law.add(law.scale * (proposed - square), population: p, to: point.proposedCovariance)
    let logLikelihood = law.readout.logLikelihood(point.proposedCovariance, using: &workspace)
    ratio += logLikelihood - point.logLikelihood
    guard threshold < ratio else { return 0 }
    point.norms[p] = proposed.squareRoot()
    point.covariance.update(from: point.proposedCovariance, count: point.squareCount)
    point.logLikelihood = logLikelihood
    return 1
  }

  /// The mean acceptance rate of independent proposals one after another, from draws of a fixed stream.
  private static func acceptanceRate(of proposal: PopulationNormProposal, _ law: PopulationNormLaw) -> Double {
    guard var stream = try? RandomStream(StreamKey(seed: 0, chain: 0, purpose: .solver)) else { return 0 }
    var norms = proposal.mode
    var noise = norms
    var covariance = [Double](repeating: 0, count: law.readout.contexts * law.readout.contexts)
    var workspace = law.readout.makeWorkspace()
    let logWeights = (0..<128).map { _ in
      var span = noise.mutableSpan
      stream.fillStandardNormal(&span)
      proposal.draw(noise, into: &norms)
      law.covariance(norms, into: &covariance)
      let logDensity = law.logPrior(norms) + law.readout.logLikelihood(covariance, using: &workspace)
      return logDensity + noise.reduce(0) { $0 + $1 * $1 / 2 }
    }
    let rates = zip(logWeights, logWeights.dropFirst()).map { before, after in
      after == -.infinity ? 0 : min(1, exp(after - before))
    }
    return rates.reduce(0, +) / Double(rates.count)
  }
}
