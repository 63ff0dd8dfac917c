// How well replicas travel along the temperature ladder.

/// Swap rates of neighbouring rungs and the travels of replicas between the ends of the ladder.
public struct SwapStatistics: Sendable, Equatable {
  /// Transitions counted.
  public private(set) var transitions = 0
  /// Replicas that came from the hottest rung to the coldest.
  public private(set) var restarts = 0
  /// Replicas that came from the hottest rung to the coldest and back.
  public private(set) var roundTrips = 0
  private var acceptanceSums: [Double]
  /// The replica on each rung.
  private var replicas: [Int]
  /// What each replica saw last: 0 nothing, 1 the hottest rung, 2 the hottest and then the coldest.
  private var travels: [Int]

  init(rungs: Int) {
    acceptanceSums = [Double](repeating: 0, count: rungs - 1)
    replicas = Array(0..<rungs)
    travels = [Int](repeating: 0, count: rungs)
  }

  /// Mean probability of accepting a swap of rungs (k, k + 1), over all transitions counted; NaN before the first.
  public var acceptanceRates: [Double] { acceptanceSums.map { $0 / Double(transitions) } }

  /// Mean probability of rejecting it.
  public var rejectionRates: [Double] { acceptanceRates.map { 1 - $0 } }

  /// Λ = Σ_k r_k, the communication barrier between reference and target (Syed et al. 2022).
  public var communicationBarrier: Double { rejectionRates.reduce(0, +) }

  /// 1/(2 + 2 Σ_k r_k/(1 − r_k)), the rate of restarts a transition that these rejection rates allow if rungs forget fast
  /// (Syed et al. 2022, corollary 2).
  public var expectedRestartRate: Double { 1 / (2 + 2 * rejectionRates.reduce(0) { $0 + $1 / (1 - $1) }) }

  /// The replica, numbered by the rung where it started, that is on each rung.
  public var replicaOfRung: [Int] { replicas }

  @usableFromInline
  mutating func count(acceptance: Double, ofPair pair: Int) { acceptanceSums[pair] += acceptance }

  @usableFromInline
  mutating func swapped(pair: Int) { replicas.swapAt(pair, pair + 1) }

  @usableFromInline
  mutating func finishTransition() {
    transitions += 1
    let hottest = replicas[0]
    if travels[hottest] == 2 { roundTrips += 1 }
    travels[hottest] = 1
    let coldest = replicas[replicas.count - 1]
    if travels[coldest] == 1 {
      restarts += 1
      travels[coldest] = 2
    }
  }

  /// Starts counting anew; replicas keep their places.
  mutating func reset() {
    transitions = 0
    restarts = 0
    roundTrips = 0
    for pair in acceptanceSums.indices { acceptanceSums[pair] = 0 }
    for replica in travels.indices { travels[replica] = 0 }
  }

  func save(to archive: inout [Double]) {
    archive += [Double(transitions), Double(restarts), Double(roundTrips)] + acceptanceSums
    archive += replicas.map(Double.init) + travels.map(Double.init)
  }

  mutating func restore(from archive: inout ArraySlice<Double>) throws {
    transitions = try archive.nextCount(below: 1 << 53)
    restarts = try archive.nextCount(below: 1 << 53)
    roundTrips = try archive.nextCount(below: 1 << 53)
    acceptanceSums = try archive.next(acceptanceSums.count)
    let rungs = replicas.count
    replicas = try (0..<rungs).map { _ in try archive.nextCount(below: rungs) }
    travels = try (0..<rungs).map { _ in try archive.nextCount(below: 3) }
  }
}
