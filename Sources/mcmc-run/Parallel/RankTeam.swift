// Ranks that run the rungs of one ladder together: more ranks than chains share the chains' ladders.

import Sampling

#if MPI
  import CMPI
#endif

/// The ranks of one ladder, in a communicator of their own.
final class RankTeam: LadderTeam, @unchecked Sendable {
  let member: Int
  let count: Int

  #if MPI
    private static let tag: Int32 = 3
    private let communicator: MPI_Comm

    init(_ communicator: MPI_Comm) {
      self.communicator = communicator
      var (member, count): (Int32, Int32) = (0, 0)
      MPI_Comm_rank(communicator, &member)
      MPI_Comm_size(communicator, &count)
      self.member = Int(member)
      self.count = Int(count)
    }

    func hear(_ word: Int) -> Int {
      var said = Int64(word)
      MPI_Bcast(&said, 1, cmpi_int64(), 0, communicator)
      return Int(said)
    }

    func gather(_ own: [Double], into all: inout [Double]) {
      MPI_Allgather(own, Int32(own.count), cmpi_double(), &all, Int32(own.count), cmpi_double(), communicator)
    }

    func move(_ values: inout [Double], from sender: Int, to receiver: Int) {
      if member == sender {
        MPI_Send(values, Int32(values.count), cmpi_double(), Int32(receiver), Self.tag, communicator)
      } else if member == receiver {
        let count = Int(cmpi_next_count(Int32(sender), Self.tag, cmpi_double(), communicator))
        if values.count != count { values = [Double](repeating: 0, count: count) }
        var from: Int32 = 0
        _ = cmpi_receive(&values, Int32(count), cmpi_double(), Int32(sender), Self.tag, communicator, &from)
      }
    }

    /// Ends the team; every member must call this.
    func disband() { cmpi_free(communicator) }
  #else
    private init() { preconditionFailure("several processes need MPI") }
    func hear(_ word: Int) -> Int { word }
    func gather(_ own: [Double], into all: inout [Double]) { all = own }
    func move(_ values: inout [Double], from sender: Int, to receiver: Int) {}
    func disband() {}
  #endif
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
struct TeamFailure: ReportableError {
  let description: String
  var exitStatus: CommandStatus { .internalError }
}
