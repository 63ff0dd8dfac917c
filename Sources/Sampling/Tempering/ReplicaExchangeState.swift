// The state of replica exchange: every rung's state and stream, and how the replicas travelled.

/// The state of ``ReplicaExchange``; its position is the coldest rung's.
public struct ReplicaExchangeState<Target: LogDensity, Scratch: KernelScratch>: ChainState {
  @usableFromInline var rungStates: [KernelState<Target, Scratch>]
  @usableFromInline var streams: [StoredStream]
  @usableFromInline var swapStream: StoredStream
  @usableFromInline var slopes: [Double]
  @usableFromInline var swapsOddPairs = false
  /// Each rung's report of the last transition, and that transition's swap probabilities: carry nothing over.
  @usableFromInline var transitions: [Transition]
  @usableFromInline var swapProbabilities: [Double]
  @usableFromInline var swaps: SwapStatistics
  /// Whether all members have the tuning of all rungs.
  @usableFromInline var isTuned = true
  /// The member that has each rung, and had it at first; what stands here of another's rung is not looked at.
  @usableFromInline var owners: [Int]
  private let homes: [Int]
  @usableFromInline let member: Int
  var board: LadderBoard

  init(
    rungs: [KernelState<Target, Scratch>], streams: [StoredStream], swapStream: StoredStream, homes: [Int],
    team: (any LadderTeam)?
  ) {
    self.homes = homes
    owners = homes
    member = team?.member ?? 0
    board = LadderBoard(rungs: rungs.count, members: team?.count ?? 0)
    rungStates = rungs
    self.streams = streams
    self.swapStream = swapStream
    slopes = [Double](repeating: .nan, count: rungs.count)
    transitions = [Transition](repeating: Transition(), count: rungs.count)
    swapProbabilities = [Double](repeating: .nan, count: rungs.count - 1)
    swaps = SwapStatistics(rungs: rungs.count)
  }

  /// The rungs, from the hottest to the coldest.
  public var rungs: [KernelState<Target, Scratch>] { rungStates }

  /// Swap rates and travels of the replicas since the end of warm-up.
  public var statistics: SwapStatistics { swaps }

  /// `swap_acceptance_rate` [pair] and `round_trips`, since warm-up.
  public var streamingStatistics: [StreamingStatistic] {
    [
      StreamingStatistic(
        "swap_acceptance_rate", axes: [.init("swap_pair", swaps.acceptanceRates.count)], values: swaps.acceptanceRates),
      StreamingStatistic("round_trips", axes: [], values: [Double(swaps.roundTrips)]),
    ]
  }

  /// ℓ at the position of each rung, from the hottest to the coldest: what thermodynamic integration averages.
  public var temperatureSlopes: [Double] { slopes }

  public var position: [Double] { rungStates[rungStates.count - 1].position }
  public var logDensity: Double { rungStates[rungStates.count - 1].logDensity }

  /// Draws one number from the swaps' stream and decides on a swap.
  @inlinable
  mutating func acceptsSwap(ofPair pair: Int) -> Bool {
    let probability = swapProbabilities[pair]
    return swapStream.use { MetropolisRule.accepts(probability, using: &$0) }
  }

  /// Whether this member has a rung.
  @inlinable
  func isHere(_ rung: Int) -> Bool { owners[rung] == member }

  /// Exchanges the replicas of two rungs; what is known of the density at a point holds for one temperature only.
  @inlinable
  mutating func swapReplicas(_ a: Int, _ b: Int) {
    rungStates.swapAt(a, b)
    streams.swapAt(a, b)
    owners.swapAt(a, b)
    slopes.swapAt(a, b)
    rungStates[a].point.current.invalidate()
    rungStates[b].point.current.invalidate()
  }

  public func save(to archive: inout [Double]) {
    for rung in rungStates { rung.save(to: &archive) }
    for stream in streams { stream.save(to: &archive) }
    swapStream.save(to: &archive)
    archive += slopes
    archive += [swapsOddPairs ? 1 : 0, isTuned ? 1 : 0]
    swaps.save(to: &archive)
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    for index in rungStates.indices { try rungStates[index].restore(from: &archive) }
    for index in streams.indices { try streams[index].restore(from: &archive) }
    try swapStream.restore(from: &archive)
    slopes = try archive.next(slopes.count)
    swapsOddPairs = try archive.next() == 1
    isTuned = try archive.next() == 1
    try swaps.restore(from: &archive)
    owners = homes
    releaseAbsent()
  }
}
