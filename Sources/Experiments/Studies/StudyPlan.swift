// Which parts a study has, and which of them are being worked on: small files beside the parts, for whoever looks on.

import JSON
import Storage

/// The parts that a study has said it will do, with what each costs beside the others.
///
/// `progress.json` names them, and is written anew whenever a study begins with more of them: its time is when work on them began.
/// A part that is being done has a file `parts/.running-NAME`, whose lock its process holds.
struct StudyPlan: Sendable {
  static let file = "progress.json"
  static let mark = ".running-"

  /// In the order in which they are done.
  private(set) var parts: [(name: String, cost: Double)] = []

  init() {}

  /// The plan that a study's folder holds; an empty one if it holds none that can be read.
  init(of path: String) {
    guard let text = try? Posix.text(of: "\(path)/\(Self.file)"),
      let json = try? JSONValue(parsing: text, path: path)
    else { return }
    parts = (json["parts"]?.array ?? []).compactMap { part in
      part["name"]?.string.map { ($0, part["cost"]?.realNumber ?? 1) }
    }
  }

  /// Adds parts that are not there yet.
  mutating func add(_ names: [String], costs: [Double]?) {
    let known = Set(parts.map(\.name))
    for (index, name) in names.enumerated() where !known.contains(name) { parts.append((name, costs?[index] ?? 1)) }
  }

  func write(to path: String) throws {
    let parts = parts.map { ["name": .string($0.name), "cost": .number($0.cost)] as JSONValue }
    try Posix.writeAtomically(
      JSONValue.object([("parts", .array(parts))]).text(.compact) + "\n", to: "\(path)/\(Self.file)")
  }

  /// The parts that are done, and those that processes are doing now.
  static func found(in path: String) -> (done: [String], running: [String]) {
    let files = (try? Posix.names(in: "\(path)/parts")) ?? []
    return (
      files.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) },
      files.filter { $0.hasPrefix(mark) && FileLock.isHeld("\(path)/parts/\($0)") }
        .map { String($0.dropFirst(mark.count)) }
    )
  }

  /// The file that says that a part is being done.
  static func mark(_ name: String, in path: String) -> String { "\(path)/parts/\(mark)\(name)" }
}

/// Says that a study or a part of it is being worked on, until this is gone or the process ends.
package final class StudyMark: Sendable {
  private let file: String
  private let lock: FileLock?

  /// Work goes on without a mark where none can be made.
  init(_ file: String) {
    self.file = file
    lock = (try? FileLock(file)) ?? nil
  }

  deinit { if lock != nil { try? Posix.remove(file) } }
}
