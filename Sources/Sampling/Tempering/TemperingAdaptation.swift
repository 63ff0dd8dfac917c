// Warm-up of replica exchange: every rung's own warm-up, and a ladder that equalises rejection rates.

/// Warms up the rungs of ``ReplicaExchange``, each by an adaptation of its own, and improves the ladder between rounds.
///
/// A round is a number of transitions over which rejection rates are averaged; at its end the ladder is equalised
/// (``TemperatureLadder/equalized(rejectionRates:)``). After the last round the ladder stays, and at the end of warm-up the
/// swap statistics start anew.
public struct TemperingAdaptation<RungWarmup: Adaptation>: Adaptation
where RungWarmup.Kernel: PointKernel, RungWarmup.Kernel.Target: TemperableLogDensity {
  /// The ladder that is tuned.
  public typealias Kernel = ReplicaExchange<RungWarmup.Kernel>

  /// The lengths of the rounds, in transitions.
  public let rounds: [Int]
  private var rungs: [RungWarmup]

  /// - Parameters:
  ///   - rung: the warm-up of each rung.
  ///   - rungs: their number.
  ///   - rounds: lengths of the ladder's rounds; nil for doubling ones that end half-way, so that step sizes can follow.
  /// - Precondition: rounds of positive length that are no longer than the rungs' warm-up.
  public init(_ rung: RungWarmup, rungs: Int, rounds: [Int]? = nil) {
    let rounds = rounds ?? Self.doublingRounds(within: rung.transitions / 2)
    precondition(rounds.allSatisfy { $0 > 0 } && rounds.reduce(0, +) <= rung.transitions)
    self.rounds = rounds
    self.rungs = [RungWarmup](repeating: rung, count: rungs)
  }

  /// Rounds of 10, 20, 40, … transitions, the last stretched to `transitions`; none if there are fewer than ten.
  static func doublingRounds(within transitions: Int) -> [Int] {
    var rounds: [Int] = []
    var left = transitions
    var length = 10
    while left >= length {
      let round = left < 3 * length ? left : length
      rounds.append(round)
      left -= round
      length *= 2
    }
    return rounds
  }

  public var transitions: Int { rungs.first?.transitions ?? 0 }

  public mutating func begin(_ kernel: inout Kernel, state: inout Kernel.State, using stream: inout RandomStream) {
    precondition(rungs.count == kernel.rungs.count, "as many adaptations as rungs")
    state.isTuned = false
    for index in rungs.indices where state.isHere(index) {
      Self.begin(
        &rungs[index], &kernel.rungs[index], &state.rungStates[index], &state.streams[index])
    }
  }

  private static func begin(
    _ warmup: inout RungWarmup, _ kernel: inout RungWarmup.Kernel, _ state: inout RungWarmup.Kernel.State,
    _ stream: inout StoredStream
  ) {
    stream.use { warmup.begin(&kernel, state: &state, using: &$0) }
  }

  public mutating func update(
    _ kernel: inout Kernel, state: inout Kernel.State, after transition: Transition, number: Int,
    using stream: inout RandomStream
  ) {
    for index in rungs.indices where state.isHere(index) {
      Self.update(
        &rungs[index], &kernel.rungs[index], &state.rungStates[index], &state.streams[index],
        after: state.transitions[index], number: number)
    }
    var end = 0
    for round in rounds {
      end += round
      if number == end - 1 { improveLadder(&kernel, &state) }
    }
    if number == transitions - 1 {
      state.swaps.reset()
      kernel.shareTuning()
      state.isTuned = true
    }
  }

  private static func update(
    _ warmup: inout RungWarmup, _ kernel: inout RungWarmup.Kernel, _ state: inout RungWarmup.Kernel.State,
    _ stream: inout StoredStream, after transition: Transition, number: Int
  ) {
    stream.use { warmup.update(&kernel, state: &state, after: transition, number: number, using: &$0) }
  }

  private func improveLadder(_ kernel: inout Kernel, _ state: inout Kernel.State) {
    kernel.heat(to: kernel.ladder.equalized(rejectionRates: state.swaps.rejectionRates))
    state.swaps.reset()
    for index in kernel.rungs.indices where state.isHere(index) {
      state.rungStates[index].point.current.invalidate()
      _ = kernel.rungs[index].evaluateStart(&state.rungStates[index].point)
    }
  }

  public mutating func collect(_ kernel: Kernel) {
    guard let team = kernel.team else { return }
    for index in rungs.indices {
      team.move(from: kernel.home(ofRung: index), to: 0) {
        rungs[index].save(to: &$0)
      } take: {
        try rungs[index].restore(from: &$0)
      }
    }
  }

  public func save(to archive: inout [Double]) {
    for rung in rungs { rung.save(to: &archive) }
  }

  public mutating func restore(from archive: inout ArraySlice<Double>) throws {
    for index in rungs.indices { try rungs[index].restore(from: &archive) }
  }
}
