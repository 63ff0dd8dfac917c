// Replica exchange (parallel tempering) over any kernel, with non-reversible swaps.

/// Replica exchange: copies of one kernel on a ladder of inverse temperatures, and swaps between neighbouring rungs.
///
/// A transition applies each rung's kernel once, then proposes to swap the positions of rungs (k, k + 1) for all even k, in the
/// next transition for all odd k, and so on (deterministic even-odd swaps: non-reversible, so that replicas travel
/// straight instead of diffusing; Syed, Bouchard-Côté, Deligiannidis & Doucet 2022). A swap is accepted with probability
/// min(1, e^{(t_k − t_{k+1})(ℓ_{k+1} − ℓ_k)}), ℓ_k the temperature slope (``TemperableLogDensity``) at rung k's position.
///
/// Every replica draws from a stream of its own, which travels with it, and swaps draw from another; all are named by (seed, chain)
/// and kept in the state, so that the draws do not depend on who runs which rung; the chain's stream is not used. The draw is
/// that of the last rung, t = 1. One evaluation a rung for ℓ besides those of the rungs' kernels.
///
/// With a ``LadderTeam`` every member explores some rungs only, and all decide on the swaps alike, from the same ℓ_k and the same
/// stream. While warm-up tunes, a rung stays with its member, who has its tuning, and a swap between members moves two
/// positions; after it all have all tunings, positions stay, and a swap changes who has which rung: only numbers of fixed count cross,
/// 26 a rung, member and transition, and the draw's position where the leader does not have it.
public struct ReplicaExchange<Rung: PointKernel>: MarkovKernel where Rung.Target: TemperableLogDensity {
  /// The states of all rungs.
  public typealias State = ReplicaExchangeState<Rung.Target, Rung.Scratch>

  /// The kernels, from the hottest to the coldest; each with its own tuning.
  public internal(set) var rungs: [Rung]
  /// Their inverse temperatures.
  public private(set) var ladder: TemperatureLadder
  /// The master seed of the rungs' streams.
  public let seed: UInt64
  /// The chain, which names the rungs' streams besides the seed.
  public let chain: Int
  /// GSL's name of the rungs' generators.
  public let generator: String
  /// Those who run the ladder together; nil for one process alone.
  public let team: (any LadderTeam)?

  /// A kernel for each rung of `ladder`, made from one by replacing its target by the tempered one.
  public init(
    _ kernel: Rung, ladder: TemperatureLadder, seed: UInt64, chain: Int,
    generator: String = RandomStream.defaultGenerator, team: (any LadderTeam)? = nil
  ) {
    precondition(team.map { $0.count <= ladder.inverseTemperatures.count } ?? true, "more members than rungs")
    self.team = team
    rungs = [Rung](repeating: kernel, count: ladder.inverseTemperatures.count)
    self.ladder = ladder
    self.seed = seed
    self.chain = chain
    self.generator = generator
    heat(to: ladder)
  }

  public var isBiased: Bool { rungs.contains { $0.isBiased } }

  /// Replaces the ladder by another with as many rungs.
  mutating func heat(to ladder: TemperatureLadder) {
    precondition(ladder.inverseTemperatures.count == rungs.count, "another number of rungs")
    self.ladder = ladder
    for (index, inverseTemperature) in ladder.inverseTemperatures.enumerated() {
      rungs[index].target = rungs[index].target.tempered(to: inverseTemperature)
    }
  }

  /// Every rung starts at `position`.
  ///
  /// - Throws: ``StartError``; ``RandomStreamError`` for an unknown generator.
  public func initialState(at position: [Double]) throws -> State {
    let homes = rungs.indices.map(home)
    let member = team?.member ?? 0
    // All rungs are tried, so that all members refuse the same starts; what other members run takes no memory here.
    let own = try rungs[homes.firstIndex(of: member)!].initialState(at: position)
    let states = try rungs.indices.map { index in
      let state = try rungs[index].initialState(at: position)
      return homes[index] == member ? state : own
    }
    return State(
      rungs: states, streams: try rungs.indices.map { try stream(.rung($0)) }, swapStream: try stream(.swaps),
      homes: homes, team: team)
  }

  /// The member with whom a rung starts, and stays in warm-up.
  func home(ofRung rung: Int) -> Int { team?.home(ofRung: rung, of: rungs.count) ?? 0 }

  private func stream(_ purpose: StreamPurpose) throws -> StoredStream {
    StoredStream(try RandomStream(StreamKey(seed: seed, chain: chain, purpose: purpose), generator: generator))
  }

  @inlinable
  public func step(_ state: inout State, using stream: inout RandomStream) -> Transition {
    team?.lead(.step)
    for index in rungs.indices where state.isHere(index) { explore(index, &state) }
    if let team { state.shareExploration(team) }
    let moved = exchange(&state)
    for index in rungs.indices where state.isHere(index) {
      state.transitions[index].evaluations += rungs[index].evaluateStart(&state.rungStates[index].point)
    }
    if let team { state.shareEvaluation(team) }
    var transition = state.transitions[rungs.count - 1]
    for index in 0..<(rungs.count - 1) {
      transition.evaluations += state.transitions[index].evaluations
      transition.nonFinite += state.transitions[index].nonFinite
    }
    transition.moved = transition.moved || moved
    return transition
  }

  /// Applies one rung's kernel once, from its own stream.
  @inlinable
  func explore(_ index: Int, _ state: inout State) {
    let rung = rungs[index]
    var transition = Self.explore(rung, &state.rungStates[index], &state.streams[index])
    state.slopes[index] = rung.target.slope(of: &state.rungStates[index].point)
    transition.evaluations += 1
    state.transitions[index] = transition
  }

  @inlinable
  static func explore(_ rung: Rung, _ state: inout Rung.State, _ stream: inout StoredStream) -> Transition {
    stream.use { rung.step(&state.point, scratch: &state.scratch, using: &$0) }
  }

  /// Proposes this transition's swaps. True if the coldest rung's position was swapped.
  @inlinable
  func exchange(_ state: inout State) -> Bool {
    let pairs = rungs.count - 1
    for pair in 0..<pairs {
      let difference = ladder.inverseTemperatures[pair] - ladder.inverseTemperatures[pair + 1]
      let probability = MetropolisRule.probability(difference * (state.slopes[pair + 1] - state.slopes[pair]))
      state.swaps.count(acceptance: probability, ofPair: pair)
      state.swapProbabilities[pair] = probability
    }
    var moved = false
    for pair in stride(from: state.swapsOddPairs ? 1 : 0, to: pairs, by: 2)
    where state.acceptsSwap(ofPair: pair) {
      if let team, !state.isTuned {
        state.tradePositions(pair, pair + 1, team)
      } else {
        state.swapReplicas(pair, pair + 1)
      }
      state.swaps.swapped(pair: pair)
      if pair == pairs - 1 { moved = true }
    }
    state.swapsOddPairs.toggle()
    state.swaps.finishTransition()
    return moved
  }

  /// Gives every member the tuning of all rungs.
  mutating func shareTuning() {
    guard let team else { return }
    for receiver in 0..<team.count { moveTuning(to: receiver, team) }
  }

  public mutating func collect(_ state: inout State) {
    guard let team else { return }
    team.lead(.collect)
    if !state.isTuned { moveTuning(to: 0, team) }
    state.collectRungs(team)
  }

  private mutating func moveTuning(to receiver: Int, _ team: any LadderTeam) {
    for index in rungs.indices {
      team.move(from: home(ofRung: index), to: receiver) {
        rungs[index].saveTuning(to: &$0)
      } take: {
        try rungs[index].restoreTuning(from: &$0)
      }
    }
  }

  public func saveTuning(to archive: inout [Double]) {
    archive += ladder.inverseTemperatures
    for rung in rungs { rung.saveTuning(to: &archive) }
  }

  public mutating func restoreTuning(from archive: inout ArraySlice<Double>) throws {
    do {
      heat(to: try TemperatureLadder(try archive.next(rungs.count)))
    } catch let error as TuningError {
      throw ArchiveError("the saved temperature ladder is damaged: \(error)")
    }
    for index in rungs.indices { try rungs[index].restoreTuning(from: &archive) }
  }
}

extension TemperableLogDensity {
  /// ℓ at the current point, with the point taken apart for exclusivity checking.
  @inlinable
  func slope(of point: inout PointState<Self>) -> Double {
    point.current.slope(of: self, using: &point.workspace)
  }
}

extension EvaluatedPoint {
  @inlinable @inline(__always)
  func slope<Target: TemperableLogDensity>(of target: Target, using workspace: inout Target.Workspace) -> Double {
    target.temperatureSlope(at: position.span, using: &workspace)
  }
}
