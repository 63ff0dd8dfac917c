// The relative entropy of a solution to its base, from rounds of draws on the straight line between them.

/// Draws at s Λ for increasing s in 0 ... 1, and ln Z(Λ) − ln Z(0) from neighbours by Bennett's acceptance ratio.
struct RelativeEntropyPath<Family: ConstraintFamily> {
  /// Neighbours that overlap less get a round between them.
  static var wantedOverlap: Double { 0.1 }
  /// Neighbours that overlap less, after all rounds, make the estimate unreliable.
  static var leastOverlap: Double { 0.02 }
  /// Rounds between base and solution.
  static var mostRounds: Int { 40 }

  private var nodes: [(share: Double, draws: TiltedDraws<Family>)]
  private var pairs: [SteppingStone.Pair] = []

  init(base: TiltedDraws<Family>, solution: TiltedDraws<Family>) {
    nodes = [(0, base), (1, solution)]
  }

  /// Draws between neighbours that hardly overlap.
  mutating func refine(_ draw: ([Double]) throws -> TiltedDraws<Family>) rethrows {
    let multipliers = nodes[nodes.count - 1].draws.multipliers
    // From the solution, where the chains are, towards the base.
    var index = nodes.count - 2
    pairs = [pair(0)]
    while index >= 0 {
      if pairs[index].overlap >= Self.wantedOverlap || nodes.count - 2 >= Self.mostRounds {
        index -= 1
        continue
      }
      let share = 0.5 * (nodes[index].share + nodes[index + 1].share)
      nodes.insert((share, try draw(multipliers.map { share * $0 })), at: index + 1)
      pairs[index] = pair(index)
      pairs.insert(pair(index + 1), at: index + 1)
      index += 1
    }
  }

  private func pair(_ index: Int) -> SteppingStone.Pair {
    let (hot, cold) = (nodes[index].draws, nodes[index + 1].draws)
    return SteppingStone.Pair(
      hot: Array(hot.logWeights(to: cold.multipliers).joined()),
      cold: cold.logWeights(to: hot.multipliers).joined().map { -$0 })
  }

  /// KL = Λ·⟨f⟩ − (ln Z(Λ) − ln Z(0)) with ⟨f⟩ = t − Λ/τ, to which errors of hard constraints' multipliers contribute only
  /// in second order.
  func relativeEntropy(targets: [Double], inverseTightness: Double, multiplierErrors: [Double]) -> EvidenceEstimate {
    let multipliers = nodes[nodes.count - 1].draws.multipliers
    let logPartition = pairs.reduce(0) { $0 + $1.value }
    var variance = 0.0
    var problem: String?
    for (index, node) in nodes.enumerated() {
      let up = index < pairs.count ? node.draws.logWeights(to: nodes[index + 1].draws.multipliers) : nil
      let down = index > 0 ? node.draws.logWeights(to: nodes[index - 1].draws.multipliers) : nil
      let series = node.draws.statistics.indices.map { chain in
        (0..<node.draws.drawsPerChain).map { draw in
          var sum = 0.0
          if let up { sum += logistic(up[chain][draw] - pairs[index].value) / pairs[index].curvature }
          if let down {
            let below = pairs[index - 1]
            sum -= logistic(below.value + down[chain][draw]) / below.curvature
          }
          return sum
        }
      }
      let error = Diagnostics.mcseMean(series)
      variance += error * error
      problem = problem ?? LadderDraws.problem(of: series)
    }
    if pairs.contains(where: { !($0.overlap >= Self.leastOverlap) }) {
      problem = "base and solution are so far apart that \(nodes.count - 2) rounds between them do not connect them"
    }
    var entropy = -logPartition
    var soft = 0.0
    for k in multipliers.indices {
      entropy += multipliers[k] * (targets[k] - inverseTightness * multipliers[k])
      soft += inverseTightness * abs(multipliers[k]) * multiplierErrors[k]
    }
    return EvidenceEstimate(
      value: entropy, standardError: (variance + soft * soft).squareRoot(), problem: problem)
  }
}
