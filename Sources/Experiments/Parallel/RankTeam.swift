// Ranks that run the rungs of one ladder together: more ranks than chains share the chains' ladders.

import CMPI
import Sampling

/// The ranks of one ladder, in a communicator of their own.
package final class RankTeam: LadderTeam, @unchecked Sendable {
  package let member: Int
  package let count: Int
  private static let tag: Int32 = 3
  private let part: cmpi_part
  private let mpi: MPILibrary

  init(_ part: cmpi_part, _ mpi: MPILibrary) {
    self.part = part
    self.mpi = mpi
    (member, count) = mpi.size(of: part)
  }

  package func hear(_ word: Int) -> Int { Int(mpi.call.hear(part, Int64(word))) }

  package func gather(_ own: [Double], into all: inout [Double]) {
    mpi.call.gather_doubles(part, own, Int32(own.count), &all)
  }

  package func move(_ values: inout [Double], from sender: Int, to receiver: Int) {
    let width = Int32(MemoryLayout<Double>.size)
    if member == sender {
      mpi.call.send(part, values, Int32(values.count) * width, Int32(receiver), Self.tag)
    } else if member == receiver {
      let bytes = mpi.call.next_size(part, Int32(sender), Self.tag)
      if values.count != Int(bytes / width) { values = [Double](repeating: 0, count: Int(bytes / width)) }
      _ = mpi.call.receive(part, &values, bytes, Int32(sender), Self.tag)
    }
  }

  /// Ends the team; every member must call this.
  func disband() { mpi.call.free(part) }
}

extension Ranks {
  /// With more ranks than chains: the team that runs the ladder of chain (rank mod chains), which its lowest rank leads.
  ///
  /// nil for a rank that has its ladder for itself, or that is left over: a team has no more members than rungs.
  ///
  /// - Throws: ``PeerEnded``.
  func ladderTeam(chains: Int, rungs: Int) throws -> RankTeam? {
    guard count > chains else { return nil }
    _ = try round("ladders", .null)
    let team = communicator.divide(team: rank / chains < rungs ? rank % chains : nil)
    guard let team, team.count > 1 else {
      team?.disband()
      return nil
    }
    return team
  }
}

/// A member of a team could not begin; it says itself why.
package struct TeamFailure: ExperimentError {
  package let description: String
  package var kind: FailureKind { .fault }
}
