// Toy Metropolis kernels without gradients, and their mistakes.

import Foundation
import Sampling

/// A random walk.
struct ToyWalk<Target: LogDensity>: ToyKernel {
  enum Defect: CaseIterable { case dropsAcceptStep, drifts, repeatsUntilAccepted, wrongTemperature }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    while true {
      var proposed = sum(x, stepSize, stream.normals(target.layout.realCount))
      // A drifting proposal is not symmetric, so that it needs a Hastings correction.
      if defect == .drifts { proposed[0] += 0.3 * stepSize }
      let ratio = target.value(proposed) - target.value(x)
      let isAccepted = stream.accepts(defect == .wrongTemperature ? ratio / 1.3 : ratio) || defect == .dropsAcceptStep
      if isAccepted { x = proposed }
      if isAccepted || defect != .repeatsUntilAccepted { return }
    }
  }
}

/// Independent proposals from a Gaussian around 0.
struct ToyIndependence<Target: LogDensity>: ToyKernel {
  enum Defect: CaseIterable { case forgetsProposalRatio }
  let target: Target
  let scale: Double
  let defect: Defect?

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let proposed = stream.normals(x.count).map { scale * $0 }
    var ratio = target.value(proposed) - target.value(x)
    if defect != .forgetsProposalRatio { ratio += (squaredNorm(proposed) - squaredNorm(x)) / (2 * scale * scale) }
    if stream.accepts(ratio) { x = proposed }
  }
}

/// Preconditioned Crank–Nicolson.
struct ToyCrankNicolson<Target: GaussianPriorLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case wrongAutoregression, posteriorRatio }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let keep = defect == .wrongAutoregression ? 1 - stepSize : (1 - stepSize * stepSize).squareRoot()
    let scales = target.priorScales
    let proposed = x.indices.map { keep * x[$0] + stepSize * scales[$0] * stream.standardNormal() }
    var workspace = target.makeWorkspace()
    let ratio =
      defect == .posteriorRatio
      ? target.value(proposed) - target.value(x)
      : target.logLikelihood(at: proposed.span, using: &workspace)
        - target.logLikelihood(at: x.span, using: &workspace)
    if stream.accepts(ratio) { x = proposed }
  }
}

/// Elliptical slice sampling.
struct ToySlice<Target: GaussianPriorLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case shrinksFromAboveOnly, levelWithoutNoise, acceptsFirst }
  let target: Target
  let defect: Defect?

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let scales = target.priorScales
    let ellipse = x.indices.map { scales[$0] * stream.standardNormal() }
    var workspace = target.makeWorkspace()
    var level = target.logLikelihood(at: x.span, using: &workspace)
    if defect != .levelWithoutNoise { level -= stream.standardExponential() }
    var angle = 2 * Double.pi * stream.uniform()
    var (lower, upper) = defect == .shrinksFromAboveOnly ? (0, 2 * Double.pi) : (angle - 2 * .pi, angle)
    for trial in 0..<200 {
      let proposed = x.indices.map { cos(angle) * x[$0] + sin(angle) * ellipse[$0] }
      if target.logLikelihood(at: proposed.span, using: &workspace) > level
        || defect == .acceptsFirst && trial == 3
      {
        x = proposed
        return
      }
      if angle < 0 { lower = angle } else { upper = angle }
      angle = lower + (upper - lower) * stream.uniform()
    }
  }
}

/// A sweep of flips in random order.
struct ToyFlips<Target: FlippableLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case flipNotApplied, flipsNeighbour, changeNotUndone }
  let target: Target
  let defect: Defect?

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let binary = target.layout.binaryRange
    for _ in binary {
      let j = binary.lowerBound + stream.integer(below: binary.count)
      var flipped = x
      flipped[j] = 1 - x[j]
      let isAccepted = stream.bernoulli(0.9) && stream.accepts(target.value(flipped) - target.value(x))
      switch defect {
      case .flipNotApplied: break
      case .flipsNeighbour where isAccepted:
        let k = j + 1 < binary.upperBound ? j + 1 : binary.lowerBound
        var other = x
        other[k] = 1 - x[k]
        if target.value(other).isFinite { x = other }
      case .changeNotUndone where !isAccepted:
        if target.value(flipped).isFinite, stream.bernoulli(0.1) { x = flipped }
      default: if isAccepted { x = flipped }
      }
    }
  }
}
