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
  private var board: LadderBoard

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

// MARK: - Members of a team

extension ReplicaExchangeState {
  /// Lets go of what was restored of other members' rungs, but for the draw, where a warm start begins on every member.
  private mutating func releaseAbsent() {
    guard let own = owners.firstIndex(of: member) else { return }
    for rung in rungStates.dropLast().indices where !isHere(rung) { rungStates[rung] = rungStates[own] }
  }

  /// Exchanges the positions of two rungs, and their streams, while rungs stay where they are tuned.
  @usableFromInline
  mutating func tradePositions(_ a: Int, _ b: Int, _ team: any LadderTeam) {
    guard owners[a] != owners[b] else { return swapReplicas(a, b) }
    slopes.swapAt(a, b)
    let (first, second) = (replica(a), replica(b))
    receive(first, from: a, in: b, team)
    receive(second, from: b, in: a, team)
  }

  /// Position, kernel's memory and stream of a rung that is here; nothing of another.
  private func replica(_ rung: Int) -> [Double] {
    guard isHere(rung) else { return [] }
    var archive = rungStates[rung].position
    rungStates[rung].scratch.save(to: &archive)
    streams[rung].save(to: &archive)
    return archive
  }

  private mutating func receive(_ replica: [Double], from source: Int, in rung: Int, _ team: any LadderTeam) {
    team.move(from: owners[source], to: owners[rung]) {
      $0 = replica
    } take: { archive in
      let position = try archive.next(rungStates[rung].position.count)
      rungStates[rung].point.current.position = position
      rungStates[rung].point.current.invalidate()
      try rungStates[rung].scratch.restore(from: &archive)
      try streams[rung].restore(from: &archive)
    }
  }

  /// Tells all members of this transition's slopes, and the leader of what the kernels report.
  @usableFromInline
  mutating func shareExploration(_ team: any LadderTeam) {
    for rung in rungStates.indices { board.write(slopes[rung], transitions[rung], ofRung: rung) }
    board.exchange(team)
    for rung in rungStates.indices where !isHere(rung) {
      (slopes[rung], transitions[rung]) = board.exploration(ofRung: rung, by: owners[rung])
    }
  }

  /// Tells the leader of the evaluations at new temperatures, and gives it the draw.
  @usableFromInline
  mutating func shareEvaluation(_ team: any LadderTeam) {
    for rung in rungStates.indices {
      board.write(rungStates[rung].logDensity, Double(transitions[rung].evaluations), ofRung: rung)
    }
    board.exchange(team)
    let coldest = rungStates.count - 1
    for rung in rungStates.indices where !isHere(rung) {
      let (logDensity, evaluations) = board.evaluation(ofRung: rung, by: owners[rung])
      transitions[rung].evaluations = evaluations
      if rung == coldest { rungStates[rung].point.current.setLogDensity(logDensity) }
    }
    guard owners[coldest] != 0 else { return }
    team.move(&rungStates[coldest].point.current.position, from: owners[coldest], to: 0)
  }

  /// Brings all rungs to the leader.
  mutating func collectRungs(_ team: any LadderTeam) {
    for rung in rungStates.indices {
      team.move(from: owners[rung], to: 0) { archive in
        rungStates[rung].save(to: &archive)
        streams[rung].save(to: &archive)
      } take: { archive in
        try rungStates[rung].restore(from: &archive)
        try streams[rung].restore(from: &archive)
      }
    }
  }
}

extension LadderTeam {
  /// Moves what `save` appends to `take` on another member.
  func move(
    from sender: Int, to receiver: Int, save: (inout [Double]) -> Void, take: (inout ArraySlice<Double>) throws -> Void
  ) {
    guard sender != receiver, member == sender || member == receiver else { return }
    var archive: [Double] = []
    if member == sender { save(&archive) }
    move(&archive, from: sender, to: receiver)
    guard member == receiver else { return }
    var received = archive[...]
    do {
      try take(&received)
    } catch {
      preconditionFailure("members of a team have different ladders: \(error)")
    }
  }
}

/// What members tell each other of their rungs: memory for the numbers that cross in a transition.
struct LadderBoard: Sendable {
  /// A slope, the recorded figures, and the one that is not.
  private static let width = 2 + Transition.figures.count
  private let rungs: Int
  private var own: [Double]
  private var all: [Double]

  init(rungs: Int, members: Int) {
    self.rungs = rungs
    own = [Double](repeating: 0, count: members == 0 ? 0 : rungs * Self.width)
    all = [Double](repeating: 0, count: members * rungs * Self.width)
  }

  mutating func exchange(_ team: any LadderTeam) { team.gather(own, into: &all) }

  mutating func write(_ slope: Double, _ transition: Transition, ofRung rung: Int) {
    let start = rung * Self.width
    own[start] = slope
    own.withUnsafeMutableBufferPointer { own in
      let numbers = UnsafeMutableBufferPointer(rebasing: own[(start + 1)..<(start + Self.width)])
      var writer = TransitionWriter(numbers: numbers, isComplete: true)
      var transition = transition
      transition.visit(beside: transition, &writer)
    }
  }

  func exploration(ofRung rung: Int, by member: Int) -> (slope: Double, Transition) {
    let start = (member * rungs + rung) * Self.width
    var transition = Transition()
    all.withUnsafeBufferPointer { all in
      var reader = TransitionReader(numbers: UnsafeBufferPointer(rebasing: all[(start + 1)..<(start + Self.width)]))
      transition.visit(beside: transition, &reader)
    }
    return (all[start], transition)
  }

  mutating func write(_ logDensity: Double, _ evaluations: Double, ofRung rung: Int) {
    own[rung * Self.width] = logDensity
    own[rung * Self.width + 1] = evaluations
  }

  func evaluation(ofRung rung: Int, by member: Int) -> (logDensity: Double, evaluations: Int) {
    let start = (member * rungs + rung) * Self.width
    return (all[start], Int(all[start + 1]))
  }
}
