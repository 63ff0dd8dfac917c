// How the ranks of a job work in one study's folder.

import JSON
import Sampling
import Storage

extension Ranks {
  /// A study's folder: the first rank makes it, the others open it.
  ///
  /// - Throws: what `make` throws, on every rank; ``Disagreement`` if they ask different questions or do not see one folder.
  package func sharedFolder(_ asked: StudyFolder, _ make: () throws -> StudyFolder) throws -> StudyFolder {
    guard count > 1 else { return try make() }
    let path = asked.path
    let question = asked.experiment.resolvedJSON.text(.compact) + asked.options.text(.compact)
    try agree(on: "the question", "\(asked.study) \(path) \(SHA256.hexDigest(of: question))")
    let folder = isFirst ? try make() : nil
    let token = "\(path)/parts/.rank-0-\(UUID().uuidString)"
    if isFirst { try Posix.writeAtomically("", to: token) }
    let said = try round("folder", .string(token))[0].string ?? ""
    guard try Posix.exists(said) else { throw unseen(path) }
    _ = try round("seen", .null)
    if let folder {
      try Posix.remove(token)
      return folder
    }
    return try StudyFolder(opening: path)
  }
}
