// How far signs moved: whether a run has seen other ones than those it began with.

/// The flips of weights of two values in a run, block by block.
///
/// Weights of a chain whose flips are all refused look like given ones, as gains do: see ``GainMovement``, whose limits these are.
public struct SignMovement: Sendable, Equatable {
  /// Changes from draw to draw, [block][chain][weight].
  private let flips: [(block: String, chains: [[Double]])]

  /// - Parameter flips: the changes of each weight from draw to draw, [block][chain][weight].
  public init(flips: [(block: String, chains: [[Double]])]) { self.flips = flips }

  /// The counts that a run kept (`<block>_flips` of every chain, those of gains aside); nil if it kept none.
  init?(_ streaming: [[StreamingStatistic]]) {
    let suffix = "_flips"
    let names = streaming.first?.map(\.name).filter { $0.hasSuffix(suffix) && $0 != "gain" + suffix } ?? []
    guard !names.isEmpty else { return nil }
    var flips: [(block: String, chains: [[Double]])] = []
    for name in names {
      let chains = streaming.compactMap { $0.first { $0.name == name }?.values }
      guard chains.count == streaming.count else { return nil }
      flips.append((String(name.dropLast(suffix.count)), chains))
    }
    self.flips = flips
  }

  /// Changes of a block's weights, in all chains together; nil for a block that does not flip.
  public func flips(of block: String) -> Double? {
    flips.first { $0.block == block }.map { $0.chains.reduce(0) { $0 + $1.reduce(0, +) } }
  }

  /// Why the signs have moved too little for a verdict; nil if they have not.
  public var fault: String? {
    for (block, chains) in flips {
      let total = chains.reduce(0) { $0 + $1.reduce(0, +) }
      guard total >= GainMovement.minimumFlips else {
        return "the signs of \(block) changed \(GainMovement.times(total)) in all, of at least "
          + "\(Int(GainMovement.minimumFlips)) times needed"
      }
      let still = chains.count { $0.allSatisfy { $0 == 0 } }
      if still > 0 {
        return "the signs of \(block) never changed in \(still) of \(GainMovement.count(chains.count, "chain"))"
      }
      let uneven = chains.filter(GainMovement.areUneven)
      if let unmoved = uneven.map({ $0.count { $0 == 0 } }).max() {
        return "\(unmoved) of \(GainMovement.count(chains[0].count, "sign")) of \(block) never changed, in "
          + "\(uneven.count) of \(GainMovement.count(chains.count, "chain"))"
      }
    }
    return nil
  }

  public static func == (left: SignMovement, right: SignMovement) -> Bool {
    left.flips.elementsEqual(right.flips) { $0.block == $1.block && $0.chains == $1.chains }
  }
}
