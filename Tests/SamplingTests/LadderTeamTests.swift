// Replica exchange whose rungs are run by several members: the same bits as one member's, and what crosses between them.

import Foundation
import TestSupport
import Testing

@testable import Sampling

/// Where the threads of a team meet.
private final class Hub: @unchecked Sendable {
  let count: Int
  private let condition = NSCondition()
  private var said: [[Double]]
  private var heard: [[Double]] = []
  private var waiting = 0
  private var round = 0
  private var letters: [[Int]: [[Double]]] = [:]
  /// The lengths of what was moved.
  private(set) var moves: [Int] = []

  init(_ count: Int) {
    self.count = count
    said = [[Double]](repeating: [], count: count)
  }

  func meet(_ member: Int, _ numbers: [Double]) -> [[Double]] {
    condition.withLock {
      said[member] = numbers
      waiting += 1
      let own = round
      if waiting == count {
        (heard, waiting) = (said, 0)
        round += 1
        condition.broadcast()
      }
      while round == own { condition.wait() }
      return heard
    }
  }

  func send(_ numbers: [Double], from sender: Int, to receiver: Int) {
    condition.withLock {
      moves.append(numbers.count)
      letters[[sender, receiver], default: []].append(numbers)
      condition.broadcast()
    }
  }

  func receive(from sender: Int, to receiver: Int) -> [Double] {
    condition.withLock {
      while letters[[sender, receiver], default: []].isEmpty { condition.wait() }
      return letters[[sender, receiver]]!.removeFirst()
    }
  }
}

/// A member that is a thread. A careless one throws away draws that it is given.
private final class ThreadTeam: LadderTeam, @unchecked Sendable {
  let member: Int
  private let hub: Hub
  private let isCareless: Bool

  init(_ member: Int, _ hub: Hub, isCareless: Bool = false) {
    self.member = member
    self.hub = hub
    self.isCareless = isCareless
  }

  var count: Int { hub.count }

  func hear(_ word: Int) -> Int { Int(hub.meet(member, [Double(word)])[0][0]) }

  func gather(_ own: [Double], into all: inout [Double]) {
    all = Array(hub.meet(member, own).joined())
  }

  func move(_ values: inout [Double], from sender: Int, to receiver: Int) {
    if member == sender { hub.send(values, from: sender, to: receiver) }
    guard member == receiver else { return }
    let received = hub.receive(from: sender, to: receiver)
    if !isCareless || received.count != values.count { values = received }
  }
}

@Suite struct LadderTeamTests {
  private typealias Path = Tempered<SpinTarget, ProductReference>
  /// A kernel with a memory of its own, which must go where the replica goes.
  private typealias Rung = Cycle<GeneralizedHamiltonianMonteCarlo<Path>, BinaryFlips<Path>>
  private typealias Ladder = Chain<ReplicaExchange<Rung>, TemperingAdaptation<WindowedAdaptation<Rung>>>

  private static let warmup = 150
  private static let transitions = 400

  /// What a chain did from one transition to another, its state at both ends, and the lengths of what was moved.
  private struct Piece {
    var traces: [Trace] = []
    var end = ChainSnapshot(archive: [], stream: RandomStreamSnapshot(generator: "", gslVersion: "", state: []))
    var statistics: SwapStatistics?
    var moves: [Int] = []
  }

  private static func chain(_ team: (any LadderTeam)?, _ snapshot: ChainSnapshot?) throws -> Ladder {
    let spins = SpinTarget.example(spins: 3, pull: 0.8)
    let path = Tempered(spins, reference: ProductReference(layout: spins.layout, scales: [1, 1, 1]))
    let rung = Cycle(
      GeneralizedHamiltonianMonteCarlo(path, tuning: Tuning(stepSize: 0.3), steps: 3), BinaryFlips(path))
    var chain = try Ladder(
      number: 2, kernel: ReplicaExchange(rung, ladder: .even(rungs: 5), seed: 4, chain: 2, team: team),
      warmup: TemperingAdaptation(WindowedAdaptation(.windows(transitions: warmup)), rungs: 5),
      start: [0.1, -0.2, 0.3, 0, 1, 0], stream: .test(120))
    if let snapshot {
      var archive = snapshot.archive[...]
      try chain.restore(from: &archive, stream: snapshot.stream)
      try #require(archive.isEmpty)
    }
    return chain
  }

  /// A chain that `members` run together; 0 for a chain without a team.
  private static func run(
    members: Int, from snapshot: ChainSnapshot? = nil, transitions: Int, isCareless: Bool = false
  ) throws -> Piece {
    let hub = Hub(max(members, 1))
    let followers = DispatchGroup()
    for member in 1..<max(members, 1) {
      followers.enter()
      Thread.detachNewThread {
        let team = ThreadTeam(member, hub)
        var chain = try! Self.chain(team, snapshot)
        follow: while true {
          switch team.nextCommand() {
          case .begin: _ = team.firstUnready(true)
          case .step: _ = chain.advance()
          case .collect: chain.collect()
          case .end: break follow
          }
        }
        followers.leave()
      }
    }
    let team = members == 0 ? nil : ThreadTeam(0, hub, isCareless: isCareless)
    var chain = try chain(team, snapshot)
    var piece = Piece()
    for _ in 0..<transitions {
      var trace = Trace()
      let transition = chain.advance()
      trace.add(chain.state, transition)
      piece.traces.append(trace)
    }
    piece.moves = hub.moves
    piece.statistics = chain.state.statistics
    chain.collect()
    chain.save(to: &piece.end.archive)
    piece.end.stream = chain.streamSnapshot
    team?.lead(.end)
    followers.wait()
    return piece
  }

  @Test("the chain and its saved state are the same bits whoever runs the rungs", arguments: [1, 2, 3, 5])
  func sameBits(members: Int) throws {
    let alone = try Self.run(members: 0, transitions: Self.transitions)
    let together = try Self.run(members: members, transitions: Self.transitions)
    #expect(together.traces == alone.traces)
    #expect(together.end.archive.map(\.bitPattern) == alone.end.archive.map(\.bitPattern))
    #expect(together.end.stream == alone.end.stream)
    // It was no ladder that stands still.
    #expect(try #require(alone.statistics).roundTrips > 5)
  }

  @Test("a chain that was saved in warm-up or after it goes on with another number of members", arguments: [40, 260])
  func otherMembers(cut: Int) throws {
    let whole = try Self.run(members: 0, transitions: Self.transitions)
    for (before, after) in [(3, 2), (2, 0), (0, 5), (5, 3)] {
      let first = try Self.run(members: before, transitions: cut)
      let second = try Self.run(members: after, from: first.end, transitions: Self.transitions - cut)
      #expect(first.traces + second.traces == whole.traces, "\(before) members, then \(after)")
      #expect(second.end.archive.map(\.bitPattern) == whole.end.archive.map(\.bitPattern))
    }
  }

  @Test("after warm-up swaps move nothing: what is moved is the draw, where the leader does not have it")
  func whatCrosses() throws {
    let tuned = try Self.run(members: 0, transitions: Self.warmup)
    let after = try Self.run(members: 5, from: tuned.end, transitions: 250)
    #expect(Set(after.moves) == [6])
    #expect(after.moves.count <= 250)
    // In warm-up positions cross with their streams, and at its end the tunings.
    let warmup = try Self.run(members: 5, transitions: Self.warmup)
    #expect(warmup.moves.contains { $0 > 6 })
  }

  @Test("a leader that does not take the draws it is given is found out")
  func mutant() throws {
    let tuned = try Self.run(members: 0, transitions: Self.warmup)
    let alone = try Self.run(members: 0, from: tuned.end, transitions: 250)
    let careless = try Self.run(members: 5, from: tuned.end, transitions: 250, isCareless: true)
    #expect(careless.traces != alone.traces)
  }
}
