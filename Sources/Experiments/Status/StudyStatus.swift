// What a study is doing, told from its files.

import JSON
import Storage

/// What a study is doing at one moment.
package struct StudyStatus: Sendable {
  /// As the user named it.
  package let path: String
  package private(set) var state = WorkState.damaged
  package private(set) var remark = ""
  /// Who works on it; nil for nobody.
  package private(set) var holder: String?
  /// The name of its command, or of a finding.
  package private(set) var study = ""
  /// Parts that are done, and those that it has said it will do.
  package private(set) var done = 0
  package private(set) var wanted: Int?
  /// The names of the parts that are being done.
  package private(set) var running: [String] = []
  /// The runs below that are being drawn; of a study of whole runs all of them.
  package private(set) var points: [(name: String, run: RunStatus)] = []
  /// The names of the done parts that are not fit for use.
  package private(set) var failures: [String] = []
  package private(set) var lastWritten: Double?
  /// From the parts done since work began, by what they cost; nil before the first.
  package private(set) var secondsLeft: Double?

  /// Looks at a study.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: ``StorageError`` for what cannot be read; a damaged study has a state.
  package init(of path: String, now: Double) throws {
    self.path = path
    do {
      try look(now)
    } catch let error as StorageError {
      guard case .damaged = error else { throw error }
      remark = "\(error)"
    }
  }

  private mutating func look(_ now: Double) throws {
    let folder = try StudyFolder(opening: path)
    study = folder.study
    let isHeld = FileLock.isHeld("\(path)/\(StudyFolder.lock)")
    let found = StudyPlan.found(in: path)
    running = found.running.sorted()
    let names = found.done
    let plan = StudyPlan(of: path)
    let costs = Dictionary(plan.parts.map { ($0.name, $0.cost) }) { first, _ in first }
    let begun = plan.parts.isEmpty ? nil : try Posix.modificationTime(of: "\(path)/\(StudyPlan.file)")
    var fresh = 0.0
    for name in names where plan.parts.isEmpty || costs[name] != nil {
      done += 1
      guard let part = try folder.part(name) else { continue }
      let written = try Posix.modificationTime(of: part.file)
      lastWritten = max(lastWritten ?? 0, written)
      if let begun, written >= begun { fresh += costs[name] ?? 1 }
      if part.json.isUnfit { failures.append(name) }
    }
    failures.sort()
    if !plan.parts.isEmpty { wanted = plan.parts.count }
    // Studies of one run have no parts.
    let runs =
      try Posix.isDirectory("\(path)/runs") ? Posix.names(in: "\(path)/runs").filter { !$0.hasPrefix(".") } : []
    points = try runs.filter { running.contains($0) || plan.parts.isEmpty }.sorted().map { name in
      (name, try RunStatus(of: "\(path)/runs/\(name)", now: now))
    }
    if plan.parts.isEmpty, names.isEmpty, !points.isEmpty {
      done = points.count { $0.run.state == .complete }
      running = points.filter { $0.run.state == .running }.map(\.name)
      wanted = points.count
      lastWritten = points.compactMap(\.run.lastWritten).max()
    }
    if isHeld || !running.isEmpty {
      state = .running
      holder = FileLock.holder("\(path)/\(StudyFolder.lock)")
    } else if done > 0, try wanted.map({ done >= $0 }) ?? Posix.exists("\(path)/\(study).json") {
      state = .complete
    } else {
      state = done == 0 && runs.isEmpty ? .notBegun : .stopped
    }
    guard state == .running, let begun, let lastWritten else { return }
    let left = plan.parts.reduce(0) { $0 + $1.cost } - names.reduce(0) { $0 + (costs[$1] ?? 0) }
    secondsLeft = Pace.secondsLeft(left, done: fresh, in: lastWritten - begun, since: now - lastWritten)
  }
}
