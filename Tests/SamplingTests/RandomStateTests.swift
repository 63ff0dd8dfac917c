// A saved random state is taken only if the generator can be in it, whoever wrote it.

import Testing

@testable import Sampling

@Suite struct RandomStateTests {
  /// Every state that a generator leaves is possible, at its start and after a few tables' worth of numbers.
  @Test(arguments: RandomStream.generatorNames)
  func whatAGeneratorLeavesIsTakenBack(name: String) throws {
    for chain in 0..<3 {
      var stream = try RandomStream(StreamKey(seed: 5, chain: chain, purpose: .testing), generator: name)
      for _ in 0..<500 {
        #expect(GeneratorState.isPossible(stream.snapshot))
        for _ in 0..<7 { _ = stream.uniform() }
      }
      var restored = try RandomStream(restoring: stream.snapshot)
      for _ in 0..<100 { #expect(restored.uniform() == stream.uniform()) }
    }
  }

  /// Anything else is refused, or is a state like any other: numbers come, and the process lives.
  @Test(arguments: RandomStream.generatorNames)
  func forgedStatesAreRefusedOrHarmless(name: String) throws {
    let good = try RandomStream(StreamKey(seed: 6, chain: 0, purpose: .testing), generator: name).snapshot
    var forger = try RandomStream(StreamKey(seed: 7, chain: 0, purpose: .testing))
    for trial in 0..<60 {
      var state = good.state
      switch trial {
      case 0: state = state.map { _ in 0 }
      case 1: state = state.map { _ in 0xff }
      case 2..<20: state = state.map { _ in UInt8(forger.integer(below: 256)) }
      default:
        // Places in tables are four bytes long and lie at either end.
        let start = trial % 2 == 0 ? 0 : max(0, state.count - 32)
        for _ in 0..<4 {
          state[start + forger.integer(below: min(32, state.count))] = UInt8(forger.integer(below: 256))
        }
      }
      let forged = RandomStreamSnapshot(generator: name, gslVersion: good.gslVersion, state: state)
      guard var stream = try? RandomStream(restoring: forged) else { continue }
      var isInRange = true
      for _ in 0..<2000 { isInRange = isInRange && (0...1).contains(stream.uniform()) }
      #expect(isInRange || trial > 0)
    }
  }

  @Test func aStateOfZerosIsRefused() throws {
    let good = try RandomStream(StreamKey(seed: 6, chain: 0, purpose: .testing)).snapshot
    let zeros = RandomStreamSnapshot(
      generator: good.generator, gslVersion: good.gslVersion, state: good.state.map { _ in 0 })
    #expect(throws: RandomStreamError.impossibleState("mt19937")) { _ = try RandomStream(restoring: zeros) }
    var beyond = good.state
    beyond[4992] = 0xff
    beyond[4993] = 0xff
    let outside = RandomStreamSnapshot(generator: good.generator, gslVersion: good.gslVersion, state: beyond)
    #expect(throws: RandomStreamError.impossibleState("mt19937")) { _ = try RandomStream(restoring: outside) }
  }
}
