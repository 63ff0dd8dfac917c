// How far the parts of a study are: workers say what they do, a reporter reads it.

import Sampling
import Synchronization

/// The parts of a study: which are done, which are being done, and how long the rest will take.
package final class PartsProgress: Sendable {
  /// A part that is being done.
  struct Running: Sendable {
    let name: String
    /// The last sentence that was said of it.
    var words = ""
    /// Its chains, while there are any.
    var table: ProgressTable?
    let started = ContinuousClock.now
    /// When its chains began.
    var shown = ContinuousClock.now
  }

  private struct State {
    var running: [Running] = []
    /// Parts that are there, those of earlier sessions included.
    var done: Set<String>
    var unfit = 0
    /// The cost of those that this session has done, and when the last was.
    var made = 0.0
    var lastDone: Double?
  }

  private let costs: [String: Double]
  /// What the parts are called in words.
  private let noun: String
  private let state: Mutex<State>
  private let started = ContinuousClock.now
  /// The parts on disk, and those that other processes are doing; nil where there are no others.
  private let others: (@Sendable () -> (done: [String], running: [String]))?

  /// - Parameters:
  ///   - costs: of all parts, beside each other.
  ///   - done: those that are there already.
  ///   - noun: what they are called, several of them.
  package init(
    _ costs: [String: Double], done: Set<String>, noun: String = "parts",
    others: (@Sendable () -> (done: [String], running: [String]))? = nil
  ) {
    self.costs = costs
    self.noun = noun
    self.others = others
    state = Mutex(State(done: done))
  }

  // MARK: - Workers

  package func begin(_ name: String) { state.withLock { $0.running.append(Running(name: name)) } }

  package func say(_ words: String, of name: String) { change(name) { $0.words = words } }

  /// Shows the chains of a part while they run; what it returns ends the show.
  package func show(_ table: ProgressTable, of name: String) -> @Sendable () -> Void {
    change(name) {
      $0.table = table
      $0.shown = .now
    }
    return { [self] in
      change(name) {
        $0.table = nil
        $0.words = ""
      }
    }
  }

  private func change(_ name: String, _ body: (inout Running) -> Void) {
    state.withLock { state in
      if let index = state.running.firstIndex(where: { $0.name == name }) { body(&state.running[index]) }
    }
  }

  /// A part is done, or was left.
  package func end(_ name: String, isDone: Bool, isFit: Bool = true) {
    state.withLock { state in
      state.running.removeAll { $0.name == name }
      if isDone { take([name], &state) }
      if !isFit { state.unfit += 1 }
    }
  }

  private func take(_ names: [String], _ state: inout State) {
    for name in names where costs[name] != nil && state.done.insert(name).inserted {
      state.made += costs[name]!
      state.lastDone = seconds
    }
  }

  private var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

  // MARK: - Words

  /// Those that are being done here.
  var running: [Running] { state.withLock { $0.running } }

  /// How the study gets on, in one line: `3 of 5 parts done, 2 being done, 1 not fit for use, 12 min 3 s left`.
  package var summary: String {
    let found = others?()
    return state.withLock { state in
      if let found { take(found.done, &state) }
      let busy = Set(state.running.map(\.name)).union(found?.running ?? []).subtracting(state.done).count
      var words = ["\(state.done.count) of \(costs.count) \(noun) done"]
      if busy > 0 { words.append("\(busy) being done") }
      if state.unfit > 0 { words.append("\(state.unfit) not fit for use") }
      let left = costs.reduce(0) { $0 + (state.done.contains($1.key) ? 0 : $1.value) }
      if let last = state.lastDone,
        let time = Pace.secondsLeft(left, done: state.made, in: last, since: seconds - last)
      {
        words.append("\(ProgressLines.duration(time)) left")
      }
      return words.joined(separator: ", ")
    }
  }
}

/// The lines of ``PartsProgress``: one for each part that is being done, and one for the study.
package struct PartsProgressSource: ProgressSource {
  private let parts: PartsProgress
  private var watches: [String: ProgressWatch] = [:]

  package init(_ parts: PartsProgress) { self.parts = parts }

  package mutating func lines(
    _ style: ProgressReporter.Style, columns: Int, rows: Int, seconds: Double, isLast: Bool
  ) -> [String] {
    let running = parts.running
    watches = watches.filter { entry in running.contains { $0.name == entry.key && $0.table != nil } }
    let summary = String(parts.summary.prefix(max(0, columns - 1)))
    let room = max(0, rows - 3)
    let more = running.count > room ? ["... and \(running.count - room) more"] : []
    return running.prefix(room).map { line($0, columns: columns, isLast: isLast) } + more + [summary]
  }

  private mutating func line(_ part: PartsProgress.Running, columns: Int, isLast: Bool) -> String {
    let name = part.name + "  "
    var words = part.words.isEmpty ? ProgressLines.duration((.now - part.started) / .seconds(1)) : part.words
    if let table = part.table {
      watches[part.name, default: ProgressWatch()].look(at: table, isLast: false)
      let seconds = (.now - part.shown) / .seconds(1)
      words =
        ProgressLines(table, watches[part.name]?.diagnosis, seconds: seconds)
        .lines(.plain, columns: max(8, columns - name.count), rows: 2)[0]
    }
    return String((name + words).prefix(max(0, columns - 1)))
  }
}
