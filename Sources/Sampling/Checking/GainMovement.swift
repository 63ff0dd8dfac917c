// How far drawn gains moved: whether a run has seen other gains than those it began with.

/// The flips of drawn gains in a run.
///
/// The gains of a chain whose flips are all refused look like given ones: every average agrees with itself, and with the other
/// chains too if they began alike.
public struct GainMovement: Sendable, Equatable {
  /// Fewer changes than this in all chains together are too few to tell anything from.
  public static let minimumFlips = 100.0

  /// Changes from draw to draw, [chain][context][neuron].
  private let flips: [[[Double]]]

  /// - Parameter flips: the changes of each gain from draw to draw, [chain][context][neuron].
  public init(flips: [[[Double]]]) { self.flips = flips }

  /// The counts that a run kept (`gain_flips` [context, neuron] of every chain); nil if it kept none.
  init?(_ streaming: [[StreamingStatistic]]) {
    var chains: [[[Double]]] = []
    for statistics in streaming {
      guard let table = statistics.first(where: { $0.name == "gain_flips" }), table.axes.count == 2 else { return nil }
      let neurons = table.axes[1].length
      chains.append(
        (0..<table.axes[0].length).map { Array(table.values[$0 * neurons..<($0 + 1) * neurons]) })
    }
    guard let first = chains.first, chains.allSatisfy({ $0.count == first.count }) else { return nil }
    flips = chains
  }

  /// The number of contexts.
  public var contexts: Int { flips[0].count }

  /// Changes of the gains of a context, in all chains together.
  public func flips(inContext context: Int) -> Double { flips.reduce(0) { $0 + $1[context].reduce(0, +) } }

  /// Changes per neuron: of all its gains, in all chains together.
  public var flipsPerNeuron: Double {
    let neurons = flips[0].first?.count ?? 0
    return (0..<contexts).reduce(0) { $0 + flips(inContext: $1) } / Double(max(1, neurons))
  }

  /// The largest share of the neurons whose gain never changed, of one context in one chain.
  public var largestUnmovedShare: Double {
    flips.joined().map { gains in Double(gains.count { $0 == 0 }) / Double(max(1, gains.count)) }.max() ?? 0
  }

  /// Why the gains have moved too little for a verdict; nil if they have not.
  ///
  /// In every context there must be ``minimumFlips`` changes in all and one in each chain, and they must be spread over the
  /// neurons: at least half as many neurons have changed as would if all n of a chain's flips fell on N neurons evenly,
  /// in pairs, N (1 − exp(−n / 2N)).
  public var fault: String? {
    for context in 0..<contexts {
      let total = flips(inContext: context)
      guard total >= Self.minimumFlips else {
        return "the gains of context \(context) changed \(Self.times(total)) in all, of at least "
          + "\(Int(Self.minimumFlips)) times needed"
      }
      let chains = flips.map { $0[context] }
      let still = chains.count { $0.allSatisfy { $0 == 0 } }
      if still > 0 {
        return "the gains of context \(context) never changed in \(still) of \(Self.count(chains.count, "chain"))"
      }
      let uneven = chains.filter(Self.areUneven)
      if let unmoved = uneven.map({ $0.count { $0 == 0 } }).max() {
        return "the gains of context \(context) never changed in \(unmoved) of "
          + "\(Self.count(chains[0].count, "neuron")), in \(uneven.count) of \(Self.count(chains.count, "chain"))"
      }
    }
    return nil
  }

  static func areUneven(_ gains: [Double]) -> Bool {
    let neurons = Double(gains.count)
    return 2 * Double(gains.count { $0 > 0 }) < neurons * (1 - exp(-gains.reduce(0, +) / (2 * neurons)))
  }

  static func times(_ count: Double) -> String { count == 1 ? "once" : "\(Int(count)) times" }
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// What the counts of populations say of a run that kept no flips.
struct PopulationChanges {
  /// The draws of each chain at which they differed from the draw before.
  private var changes: [Int]

  /// nil where no population was counted.
  init?<Draws: ScalarDraws>(_ draws: Draws) throws(Draws.Failure) {
    let populations = draws.populations
    guard !populations.isEmpty else { return nil }
    var changes = [Int](repeating: 0, count: draws.chains)
    var last: (chain: Int, counts: [Double])?
    try draws.forEachBlock(of: populations) { chain, block in
      for draw in block[0].indices {
        let before = draw > 0 ? nil : last?.chain == chain ? last!.counts : block.map { $0[0] }
        if block.indices.contains(where: { block[$0][draw] != (before?[$0] ?? block[$0][draw - 1]) }) {
          changes[chain] += 1
        }
      }
      last = (chain, block.map { $0[$0.count - 1] })
    }
    self.changes = changes
  }

  /// Why the populations have changed too little for a verdict; nil if they have not.
  ///
  /// They must differ from the draw before at ``GainMovement/minimumFlips`` draws in all, and at one in each chain.
  var fault: String? {
    let still = changes.count { $0 == 0 }
    if still > 0 {
      return "the populations never changed in \(still) of \(changes.count) chain\(changes.count == 1 ? "" : "s")"
    }
    let total = changes.reduce(0, +)
    guard Double(total) < GainMovement.minimumFlips else { return nil }
    return "the populations changed at \(total) draws in all, of at least \(Int(GainMovement.minimumFlips)) needed"
  }
}
