// Toy kernels with gradients, and their mistakes.

import Foundation
import Sampling

/// MALA.
struct ToyLangevin<Target: DifferentiableLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case forgetsProposalRatio, wrongNoise }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  /// ln q(to | from) up to a constant, given the gradient at `from`.
  static func logProposal(_ to: [Double], _ from: [Double], _ slope: [Double], _ stepSize: Double) -> Double {
    let residual = sum(sum(to, -1, from), -0.5 * stepSize * stepSize, slope)
    return -0.5 * squaredNorm(Array(residual[0..<slope.count])) / (stepSize * stepSize)
  }

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let slope = target.slope(x)
    let noise = defect == .wrongNoise ? stepSize * stepSize : stepSize
    let proposed = sum(sum(x, 0.5 * stepSize * stepSize, slope), noise, stream.normals(slope.count))
    var ratio = target.value(proposed) - target.value(x)
    if defect != .forgetsProposalRatio {
      ratio += Self.logProposal(x, proposed, target.slope(proposed), stepSize)
      ratio -= Self.logProposal(proposed, x, slope, stepSize)
    }
    if stream.accepts(ratio) { x = proposed }
  }
}

/// MALA for the real coordinates, which remembers the gradient, then flips of the binary ones.
struct ToyLangevinAndFlips<Target: DifferentiableLogDensity & FlippableLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case keepsGradient }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  var isReversible: Bool { false }

  /// Memory: the gradient.
  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let slope = memory.isEmpty ? target.slope(x) : memory
    memory = slope
    let proposed = sum(sum(x, 0.5 * stepSize * stepSize, slope), stepSize, stream.normals(slope.count))
    let newSlope = target.slope(proposed)
    var ratio = target.value(proposed) - target.value(x)
    ratio += ToyLangevin<Target>.logProposal(x, proposed, newSlope, stepSize)
    ratio -= ToyLangevin<Target>.logProposal(proposed, x, slope, stepSize)
    if stream.accepts(ratio) {
      x = proposed
      memory = newSlope
    }
    var nothing: [Double] = []
    ToyFlips(target: target, defect: nil).move(&x, memory: &nothing, using: &stream)
    if defect != .keepsGradient { memory = [] }
  }
}

/// Hamiltonian Monte Carlo.
struct ToyHamiltonian<Target: DifferentiableLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case dropsLastHalfKick, keepsMomentum, lengthFromPosition, momentumTooSmall }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  var isReversible: Bool { defect != .keepsMomentum }

  /// Memory: the momentum.
  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    if memory.isEmpty || defect != .keepsMomentum { memory = stream.normals(x.count) }
    if defect == .momentumTooSmall { memory = memory.map { 0.8 * $0 } }
    var steps = 1 + stream.integer(below: 6)
    if defect == .lengthFromPosition { steps = x[0] > 0 ? 1 : 4 }
    var (y, r) = (x, memory)
    for step in 1...steps {
      r = sum(r, 0.5 * stepSize, target.slope(y))
      y = sum(y, stepSize, r)
      if step < steps || defect != .dropsLastHalfKick { r = sum(r, 0.5 * stepSize, target.slope(y)) }
    }
    if stream.accepts(target.value(y) - target.value(x) + 0.5 * squaredNorm(memory) - 0.5 * squaredNorm(r)) {
      x = y
      memory = r
    }
  }
}

/// Hamiltonian Monte Carlo with a momentum and a level that persist.
struct ToyGeneralized<Target: DifferentiableLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case keepsDirectionOnRejection, levelNotCarriedOver, refreshesTooMuch }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  var isReversible: Bool { false }

  /// Memory: the momentum, then the level.
  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    if memory.isEmpty { memory = stream.normals(x.count) + [2 * stream.uniform() - 1] }
    let kept = 0.7
    let fresh = defect == .refreshesTooMuch ? 1 - 0.7 * kept : (1 - kept * kept).squareRoot()
    let momentum = sum(memory.dropLast().map { kept * $0 }, fresh, stream.normals(x.count))
    var level = memory[x.count] + 0.1
    if level > 1 { level -= 2 }
    var r = sum(momentum, 0.5 * stepSize, target.slope(x))
    let y = sum(x, stepSize, r)
    r = sum(r, 0.5 * stepSize, target.slope(y))
    let ratio = exp(
      target.value(y) - target.value(x) + 0.5 * squaredNorm(momentum) - 0.5 * squaredNorm(r))
    if abs(level) < ratio {
      x = y
      memory = r + [defect == .levelNotCarriedOver ? level : level / ratio]
    } else {
      memory = momentum.map { defect == .keepsDirectionOnRejection ? $0 : -$0 } + [level]
    }
  }
}

/// The No-U-Turn sampler, by recursion.
struct ToyNoUTurn<Target: DifferentiableLogDensity>: ToyKernel {
  enum Defect: CaseIterable { case equalWeightsInSubtree, usesSubtreeThatTurned, acceptsEverySubtree }
  let target: Target
  let stepSize: Double
  let defect: Defect?

  struct Tree {
    var first: (x: [Double], r: [Double])
    var last: (x: [Double], r: [Double])
    var momentumSum: [Double]
    var candidate: [Double]
    var logWeight: Double
    var turns = false

    init(_ x: [Double], _ r: [Double], logWeight: Double) {
      first = (x, r)
      last = (x, r)
      momentumSum = r
      candidate = x
      self.logWeight = logWeight
    }
  }

  private func logSum(_ a: Double, _ b: Double) -> Double { max(a, b) + log1p(exp(-abs(a - b))) }

  /// The 2^depth states that follow (x, r).
  private func grow(
    _ x: [Double], _ r: [Double], _ step: Double, _ depth: Int, _ energy: Double, _ stream: inout RandomStream
  ) -> Tree {
    guard depth > 0 else {
      let half = sum(r, 0.5 * step, target.slope(x))
      let y = sum(x, step, half)
      let end = sum(half, 0.5 * step, target.slope(y))
      return Tree(y, end, logWeight: energy + target.value(y) - 0.5 * squaredNorm(end))
    }
    let near = grow(x, r, step, depth - 1, energy, &stream)
    guard !near.turns else { return near }
    let far = grow(near.last.x, near.last.r, step, depth - 1, energy, &stream)
    return join(near, far, choosesFar: defect == .equalWeightsInSubtree ? log(0.5) : nil, &stream)
  }

  /// Joins neighbours; the candidate is `far`'s with the given log probability, by default its share of the weight.
  private func join(_ near: Tree, _ far: Tree, choosesFar: Double?, _ stream: inout RandomStream) -> Tree {
    var tree = near
    tree.logWeight = logSum(near.logWeight, far.logWeight)
    if stream.accepts(choosesFar ?? (far.logWeight - tree.logWeight)) { tree.candidate = far.candidate }
    tree.last = far.last
    tree.momentumSum = sum(near.momentumSum, 1, far.momentumSum)
    let turned = inner(tree.momentumSum, tree.first.r) <= 0 || inner(tree.momentumSum, tree.last.r) <= 0
    tree.turns = near.turns || far.turns || turned
    return tree
  }

  func move(_ x: inout [Double], memory: inout [Double], using stream: inout RandomStream) {
    let r = stream.normals(x.count)
    let energy = 0.5 * squaredNorm(r) - target.value(x)
    var tree = Tree(x, r, logWeight: 0)
    var growsForwards = true
    for depth in 0..<6 {
      if stream.bernoulli(0.5) {
        growsForwards.toggle()
        swap(&tree.first, &tree.last)
      }
      let step = growsForwards ? stepSize : -stepSize
      let grown = grow(tree.last.x, tree.last.r, step, depth, energy, &stream)
      guard !grown.turns || defect == .usesSubtreeThatTurned else { break }
      let chosen = defect == .acceptsEverySubtree ? 0 : min(0, grown.logWeight - tree.logWeight)
      tree = join(tree, grown, choosesFar: chosen, &stream)
      guard !tree.turns else { break }
    }
    x = tree.candidate
  }
}
