// Runs and studies in folders, and what each is doing.

import JSON
import Storage

/// What a run or a study is doing.
package enum WorkStatus: Sendable {
  case run(RunStatus)
  case study(StudyStatus)

  /// Folders of folders are looked into so deep: `chains/findings/contexts`.
  private static let depth = 3

  /// What all runs and studies are doing that a path names, itself or what is in the folder, and what cannot be told.
  ///
  /// - Parameter now: seconds since 1970.
  package static func all(at path: String, now: Double) -> (found: [WorkStatus], failures: [Failure]) {
    var found: [WorkStatus] = []
    var failures: [Failure] = []
    do {
      guard try Posix.isDirectory(path) else {
        throw NothingToWatch(path, try Posix.exists(path) ? "it is no folder" : "there is no such folder")
      }
      look(in: path, depth, now, &found, &failures)
      if found.isEmpty, failures.isEmpty { throw NothingToWatch(path, "there is no run and no study in it") }
    } catch {
      failures.append(Failure(error))
    }
    return (found, failures)
  }

  private static func look(
    in path: String, _ depth: Int, _ now: Double, _ found: inout [WorkStatus], _ failures: inout [Failure]
  ) {
    do {
      if try StudyFolder.isStudy(path) {
        found.append(.study(try StudyStatus(of: path, now: now)))
      } else if try Posix.exists("\(path)/run.json") {
        found.append(.run(try RunStatus(of: path, now: now)))
      } else if depth > 0 {
        let base = path.hasSuffix("/") ? String(path.dropLast()) : path
        for name in try Posix.names(in: path).sorted() {
          // Runs that are being made or taken away have such names.
          let isOther = name.hasPrefix(".") || name.contains(".new-") || name.contains(".old-")
          guard !isOther, try Posix.kind(of: "\(base)/\(name)", following: false) == .directory else { continue }
          look(in: "\(base)/\(name)", depth - 1, now, &found, &failures)
        }
      }
    } catch {
      failures.append(Failure(error))
    }
  }

  package var path: String {
    switch self {
    case .run(let run): run.path
    case .study(let study): study.path
    }
  }

  package var state: WorkState {
    switch self {
    case .run(let run): run.state
    case .study(let study): study.state
    }
  }

  /// The machine-readable form.
  ///
  /// - Parameter diagnosis: of the draws so far, where it was asked for.
  package func json(now: Double, diagnosis: RunDiagnosis?) -> JSONValue {
    func time(_ seconds: Double?) -> JSONValue {
      seconds.map { .string(Date(timeIntervalSince1970: $0).formatted(.iso8601)) } ?? .null
    }
    func whole(_ number: Int?) -> JSONValue { number.map { .integer($0) } ?? .null }
    func common(_ kind: String, _ remark: String, _ holder: String?) -> [(String, JSONValue)] {
      [
        ("path", .string(path)), ("kind", .string(kind)), ("state", .string(state.rawValue)),
        ("remark", remark.isEmpty ? .null : .string(remark)), ("holder", holder.map { .string($0) } ?? .null),
      ]
    }
    switch self {
    case .run(let run):
      return .object(
        common("run", run.remark, run.holder) + [
          ("draws", whole(run.draws)), ("of", whole(run.wanted)), ("chains", whole(run.chains)),
          ("warmupDraws", whole(run.warmupDraws)), ("lastWritten", time(run.lastWritten)),
          ("drawsPerSecond", .number(run.pace)), ("secondsLeft", .number(run.secondsLeft)),
        ]
          + (diagnosis.map {
            [("worstRHat", .number($0.largestRHat)), ("smallestESS", .number($0.smallestESS))]
          } ?? []))
    case .study(let study):
      return .object(
        common("study", study.remark, study.holder) + [
          ("study", .string(study.study)), ("draws", .null), ("of", .null), ("chains", .null),
          ("partsDone", .integer(study.done)), ("parts", whole(study.wanted)),
          ("running", .array(study.running.map { .string($0) })),
          ("failures", .array(study.failures.map { .string($0) })), ("lastWritten", time(study.lastWritten)),
          ("secondsLeft", .number(study.secondsLeft)),
          (
            "runs",
            .array(
              study.points.map { WorkStatus.run($0.run).json(now: now, diagnosis: nil) })
          ),
        ])
    }
  }
}

/// A folder that holds no run and no study.
package struct NothingToWatch: ExperimentError {
  package let description: String
  package var kind: FailureKind { .input }

  init(_ path: String, _ reason: String) {
    description = "\(path): \(reason); allowed: the folder of a run or of a study, or a folder of such folders"
  }
}
