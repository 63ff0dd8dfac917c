// How the work on a study's parts is told while it goes on: marks for who looks at the folder, lines for who waits.

import JSON
import Storage

/// Looks after the parts that this process does.
final class StudyWatch: Sendable {
  private let folder: StudyFolder
  private let execution: Execution
  /// nil within a part, whose own parts are told with it.
  private let progress: PartsProgress?
  private let endShow: (@Sendable () -> Void)?
  private let done = DoneCount()

  /// - Parameter missing: the parts of `names` that are to be done.
  init(_ folder: StudyFolder, _ names: [String], missing: [String], costs: [Double]?, _ execution: Execution) {
    self.folder = folder
    self.execution = execution
    guard !execution.isWithinPart, !missing.isEmpty else {
      (progress, endShow) = (nil, nil)
      return
    }
    let path = folder.path
    let others = { @Sendable () -> (done: [String], running: [String]) in StudyPlan.found(in: path) }
    let costs = Dictionary(zip(names, costs ?? names.map { _ in 1 })) { first, _ in first }
    let progress = PartsProgress(
      costs, done: Set(names).subtracting(missing), others: execution.ranks.count > 1 ? others : nil)
    self.progress = progress
    endShow = execution.ranks.isFirst ? execution.showParts?(progress) : nil
  }

  func end() { endShow?() }

  /// Does a part.
  ///
  /// - Parameter work: given how the part is to be carried out; returns what was kept, or nil if it was stopped.
  func part(_ name: String, _ work: (Execution) throws -> JSONValue?) throws {
    var own = execution
    own.ranks = .alone
    own.isWithinPart = true
    guard let progress else {
      _ = try work(own)
      return
    }
    // Chains are lines of the study's table, or not told.
    own.show = nil
    if endShow != nil {
      own.show = { progress.show($0, of: name) }
      own.say = { progress.say($0, of: name) }
    }
    let mark = StudyMark(StudyPlan.mark(name, in: folder.path))
    defer { withExtendedLifetime(mark) {} }
    progress.begin(name)
    let kept: JSONValue?
    do { kept = try work(own) } catch {
      progress.end(name, isDone: false)
      throw error
    }
    let isFit = kept?.isUnfit != true
    progress.end(name, isDone: kept != nil, isFit: isFit)
    guard endShow == nil, kept != nil, done.addAnother() != nil || !isFit else { return }
    execution.say("\(name) is done\(isFit ? "" : ", and not fit for use"): \(progress.summary)")
  }
}
