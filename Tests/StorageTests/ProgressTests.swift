// What the progress lines say, and that nobody waits for whoever reads them.

import Foundation
import Sampling
import Storage
import Synchronization
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
    return table
  }

  private func lines(_ table: ProgressTable, _ columns: Int, rows: Int = 24) -> [String] {
    ProgressLines(table, nil, seconds: 10).lines(.terminal, columns: columns, rows: rows)
  }

  @Test func aLineAChainOnATerminal() throws {
    let pipe = Pipe()
    let reporter = ProgressReporter(
      table(), style: .terminal, descriptor: pipe.fileHandleForWriting.fileDescriptor, interval: 1000)
    reporter.stop()
    let text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0] == "chain 4 [========      ] warm-up 30/50")
    #expect(lines[1] == "chain 5 [=======       ] 100/200  3 divergent  acceptance 0.812  step size 0.25")
    #expect(lines[2].hasPrefix("100 of 400 draws, ") && lines[2].contains(" left, "))
    #expect(lines[3] == "acceptance 0.812")
  }

  /// At every width no line is wider, and what matters most is there.
  @Test func linesFitEveryTerminal() {
    let table = table()
    table.chains[0].activity = .failed
    for columns in 20...150 {
      let lines = lines(table, columns)
      #expect(lines.allSatisfy { $0.count < columns }, "\(columns) columns: \(lines)")
      #expect(lines[0].hasPrefix("chain 4 ") && lines[1].contains("100/200"))
      #expect(lines[2].hasPrefix("100 of 400 draws"))
      if columns >= 38 { #expect(lines[0].contains("FAILED") && lines[2].contains("failed: chain 4")) }
    }
  }

  /// More chains than the screen has lines: the block must fit, or the lines above it could not be reached again.
  @Test func linesFitTheScreen() {
    let table = ProgressTable(chains: Array(0..<100), draws: 10)
    table.chains[99].activity = .failed
    for rows in 3...30 {
      let lines = lines(table, 80, rows: rows)
      #expect(lines.count < rows, "\(rows) rows: \(lines.count) lines")
      if rows > 5 { #expect(lines.contains { $0.hasPrefix("chain 99 ") && $0.contains("FAILED") }) }
    }
  }

  /// A terminal that has become narrower has broken the lines shown before: all of their rows are cleared.
  @Test func aNarrowerTerminalIsClearedWhole() throws {
    let pipe = Pipe()
    let columns = Atomic<Int>(100)
    let reporter = ProgressReporter(
      table(), style: .terminal, descriptor: pipe.fileHandleForWriting.fileDescriptor, interval: 0.05
    ) { (columns.load(ordering: .relaxed), 24) }
    var text = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    let widths = text.split(separator: "\n").prefix(4).map(\.count)
    columns.store(40, ordering: .relaxed)
    usleep(150_000)
    reporter.stop()
    text += String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
    let rows = widths.reduce(0) { $0 + ($1 + 39) / 40 }
    #expect(text.contains("\u{1B}[\(rows)A"), "\(rows) rows were to be cleared")
    #expect(rows > 4)
  }

  /// One process of several says that it speaks of its own chains.
  @Test func aShareOfTheChainsIsNamed() {
    let table = ProgressTable(chains: [0, 1], of: 8, draws: 10)
    #expect(lines(table, 80).contains { $0.contains("this process's 2 of 8 chains") })
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

  /// Two chains in different places: each mixes well, together they do not. Progress says what `diagnose` says.
  @Test func chainsAreJudgedTogether() throws {
    let histories = [DrawHistory(capacity: 1 << 20), DrawHistory(capacity: 1 << 20)]
    var draws: [[[Double]]] = [[[], []], [[], []]]
    for (chain, history) in histories.enumerated() {
      var stream = try RandomStream(StreamKey(seed: 3, chain: chain, purpose: .testing))
      history.begin(["apart", "together"])
      var rows: [Double] = []
      for _ in 0..<500 {
        let row = [stream.standardNormal() + Double(chain), stream.standardNormal()]
        rows += row
        for scalar in 0..<2 { draws[scalar][chain].append(row[scalar]) }
      }
      // In pieces, as a chain gives them.
      history.add(Array(rows.prefix(300)))
      history.add(Array(rows.dropFirst(300)))
    }
    let found = try #require(ProgressDiagnosis(histories.map(\.now)))
    let apart = try ObservableSummary(name: "apart", draws: draws[0])
    #expect(found.isComplete && found.notFinite == nil)
    #expect(found.essBulk == .init(name: "apart", value: apart.essBulk))
    #expect(found.rHat == .init(name: "apart", value: apart.rHat))
    #expect(apart.rHat > 1.1 && apart.essBulk < 20)
    let alone = try draws[0].map { try ObservableSummary(name: "apart", draws: [$0]).essBulk }
    #expect(alone.reduce(0, +) > 500, "the sum over chains would hide it")
  }

  /// Memory is bounded: every 2^k-th draw is kept, from the first, and the effective sample size is called a lower bound.
  @Test func longHistoriesAreThinned() throws {
    let history = DrawHistory(capacity: 200)
    history.begin(["a", "b"])
    for draw in 0..<10_000 { history.add([Double(draw), Double(draw % 7)]) }
    let now = history.now
    #expect(now.values.count <= 200 && now.count > 50 && now.draws == 10_000)
    #expect(now.column(0, every: 1, limit: .max) == (0..<now.count).map { Double($0 * now.stride) })
    let found = try #require(ProgressDiagnosis([now]))
    // A single chain's halves are compared.
    #expect(!found.isComplete && found.rHat?.name == "a")
  }

  /// A resumed run is judged with the draws that it had, and a run that nobody watches keeps none.
  @Test func resumedRunsAreJudgedWhole() throws {
    let scratch = try Scratch()
    let lock = try RunDirectory.create(Toy.description(), at: scratch("run"))
    for draws in [50, 100] {
      let table = ProgressTable(chains: [0, 1], draws: draws, isWatched: true)
      _ = try RunExecutor(lock, threads: 2).run(draws: draws, stop: StopFlag(), progress: table) {
        try ToySource(chain: $0)
      }
      let histories = try table.chains.map { try #require($0.history).now }
      #expect(histories.allSatisfy { $0.draws == draws && $0.stride == 1 })
      let reader = RunReader(lock.run)
      let names = try #require(try reader.schema()).scalarNames
      let found = try #require(ProgressDiagnosis(histories))
      let summaries = try zip(names, try reader.observables(names)).map { try ObservableSummary(name: $0, draws: $1) }
      #expect(found.essBulk?.value == summaries.filter { !$0.isConstant }.map(\.essBulk).min())
    }
    #expect(ProgressTable(chains: [0], draws: 1).chains[0].history == nil)
  }

  @Test func durationsReadWell() {
    #expect(ProgressLines.duration(0.2) == "1 s")
    #expect(ProgressLines.duration(61) == "1 min 1 s")
    #expect(ProgressLines.duration(7265) == "2 h 1 min")
  }
}
