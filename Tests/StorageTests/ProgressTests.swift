// What the progress lines say, and that nobody waits for whoever reads them.

import Foundation
import Sampling
import Storage
import Testing

@Suite struct ProgressTests {
  private func table() -> ProgressTable {
    let table = ProgressTable(chains: [4, 5], draws: 200)
    for chain in table.chains {
      chain.warmupDraws = 50
      chain.activity = .running
    }
    table.chains[0].draws = 30
    table.chains[1].draws = 150
    table.chains[1].acceptanceRate = 0.8125
    table.chains[1].stepSize = 0.25
    table.chains[1].divergences = 3
    table.chains[1].effectiveSampleSize = 61.7
    return table
  }

  @Test func aLineAChainOnATerminal() throws {
    let pipe = Pipe()
    let reporter = ProgressReporter(
      table(), style: .terminal, descriptor: pipe.fileHandleForWriting.fileDescriptor, interval: 1000)
    reporter.stop()
    let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0] == "chain 4 [==============          ] warm-up 30/50")
    #expect(
      lines[1]
        == "chain 5 [============            ] 100/200  acceptance 0.812  step size 0.25  3 divergent  ESS ~61")
    #expect(lines[2].hasPrefix("100 of 400 draws, 1 of 2 chains warming up, acceptance 0.812, 3 divergent, "))
    #expect(lines[2].hasSuffix(" left"))
  }

  @Test func onePlainLineOtherwise() throws {
    let pipe = Pipe()
    let reporter = ProgressReporter(
      table(), style: .plain, descriptor: pipe.fileHandleForWriting.fileDescriptor, interval: 1000)
    reporter.stop()
    let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    #expect(text.split(separator: "\n").count == 1 && !text.contains("\u{1B}"))
  }

  /// A pipe that nobody empties blocks its writer for ever; the chains and the end of the program do not notice.
  @Test func aReaderThatDoesNotReadHoldsUpNothing() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    let junk = [UInt8](repeating: 0, count: 4096)
    while write(descriptor, junk, junk.count) > 0 {}
    _ = fcntl(descriptor, F_SETFL, 0)
    let table = ProgressTable(chains: [0, 1], draws: 100)
    let reporter = ProgressReporter(table, style: .plain, descriptor: descriptor, interval: 0.001)
    let outcomes = try RunExecutor(lock, threads: 2).run(draws: 100, stop: StopFlag(), progress: table) {
      try ToySource(chain: $0)
    }
    #expect(outcomes.map(\.draws) == [100, 100])
    reporter.stop()
    #expect(table.chains.allSatisfy { $0.activity == .complete && $0.draws == 120 })
    // Lets the thread go, so that it does not outlive the pipe.
    _ = pipe.fileHandleForReading.availableData
  }

  @Test func aReaderThatHasGoneIsNoReasonToDie() async {
    await #expect(processExitsWith: .success) {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      signal(SIGPIPE, SIG_DFL)
      let reporter = ProgressReporter(
        ProgressTable(chains: [0], draws: 1), style: .plain,
        descriptor: pipe.fileHandleForWriting.fileDescriptor, interval: 0.001)
      try await Task.sleep(for: .milliseconds(100))
      reporter.stop()
    }
  }

  /// AR(1) of n draws has ESS n (1 − ρ)/(1 + ρ); 32 to 63 batch means know it to about 25 % (one standard deviation of a
  /// χ² with that many degrees of freedom), so a factor of two is four of them.
  @Test(arguments: [0.0, 0.5, 0.9, -0.5])
  func theRunningEffectiveSampleSizeIsAboutRight(correlation: Double) throws {
    var stream = try RandomStream(StreamKey(seed: 3, chain: 0, purpose: .testing))
    var estimate = RunningEffectiveSampleSize()
    var x = 0.0
    let n = 100_000
    for _ in 0..<n {
      x = correlation * x + (1 - correlation * correlation).squareRoot() * stream.standardNormal()
      estimate.add(x)
    }
    let truth = Double(n) * (1 - correlation) / (1 + correlation)
    let found = try #require(estimate.estimate)
    #expect(found > truth / 2 && found < truth * 2)
    var constant = RunningEffectiveSampleSize()
    for _ in 0..<1000 { constant.add(1) }
    #expect(constant.estimate == nil)
  }

  @Test func durationsReadWell() {
    #expect(ProgressReporter.duration(0.2) == "1 s")
    #expect(ProgressReporter.duration(61) == "1 min 1 s")
    #expect(ProgressReporter.duration(7265) == "2 h 1 min")
  }
}
