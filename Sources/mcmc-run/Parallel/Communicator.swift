// The processes that a launcher started, as far as this program talks between them: MPI, or one process alone.

import Foundation
import Synchronization

#if MPI
  import CMPI
#endif

/// Messages between the processes of a job. Without MPI, or without a launcher, there is one process.
struct Communicator: Sendable {
  /// This process's number.
  let rank: Int
  /// How many there are.
  let count: Int

  /// Whether a launcher started this process, and waits to hear that it ends.
  private let isLaunched: Bool

  static let alone = Communicator(rank: 0, count: 1, isLaunched: false)

  /// What launchers say of themselves: variables that hold the number of processes, and this one's. Slurm's are set whatever MPI it
  /// was told to speak, also for single processes that need none.
  private static let launchers = [
    (name: "mpirun", count: "OMPI_COMM_WORLD_SIZE", rank: "OMPI_COMM_WORLD_RANK", fewest: 1),
    (name: "a process manager (PMI)", count: "PMI_SIZE", rank: "PMI_RANK", fewest: 1),
    (name: "srun", count: "SLURM_STEP_NUM_TASKS", rank: "SLURM_PROCID", fewest: 2),
  ]

  /// Joins the job, once in a process.
  ///
  /// - Throws: ``LaunchError`` if a launcher started several processes of a program that was built without MPI, or that MPI cannot join.
  static func join(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Communicator {
    func number(_ variable: String) -> Int? { environment[variable].flatMap { Int($0) } }
    guard let found = launchers.first(where: { number($0.count) ?? 0 >= $0.fewest }), let count = number(found.count)
    else { return .alone }
    let rank = number(found.rank) ?? 0
    #if MPI
      let joined = try start()
      guard joined.count == count else {
        joined.leave()
        throw LaunchError(unjoined: count, launcher: found.name, rank: rank)
      }
      return joined
    #else
      guard count > 1 else { return .alone }
      throw LaunchError(count: count, launcher: found.name, rank: rank)
    #endif
  }

  #if MPI
    private static func start() throws -> Communicator {
      var provided: Int32 = 0
      MPI_Init_thread(nil, nil, cmpi_thread_multiple(), &provided)
      guard provided == cmpi_thread_multiple() else {
        throw LaunchError(description: "this MPI does not let several threads communicate (MPI_THREAD_MULTIPLE)")
      }
      var (rank, count): (Int32, Int32) = (0, 0)
      MPI_Comm_rank(cmpi_comm_world(), &rank)
      MPI_Comm_size(cmpi_comm_world(), &count)
      if count > 1, rank == 0 { WorkServer.start() }
      return Communicator(rank: Int(rank), count: Int(count), isLaunched: true)
    }
  #endif

  /// What every process said, by rank. Every process must call this as often as the others.
  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    guard count > 1 else { return [bytes] }
    #if MPI
      var own = Int32(bytes.count)
      var sizes = [Int32](repeating: 0, count: count)
      MPI_Allgather(&own, 1, cmpi_int32(), &sizes, 1, cmpi_int32(), cmpi_comm_world())
      var starts: [Int32] = []
      var total: Int32 = 0
      for size in sizes {
        starts.append(total)
        total += size
      }
      var all = [UInt8](repeating: 0, count: max(1, Int(total)))
      MPI_Allgatherv(bytes, own, cmpi_byte(), &all, sizes, starts, cmpi_byte(), cmpi_comm_world())
      return zip(starts, sizes).map { Array(all[Int($0)..<Int($0 + $1)]) }
    #else
      preconditionFailure("several processes need MPI")
    #endif
  }

  /// Divides the processes into teams, in the order of their ranks; every process must call this.
  ///
  /// - Parameter team: which team this process is of; nil for none.
  func divide(team: Int?) -> RankTeam? {
    #if MPI
      let part = cmpi_split(cmpi_comm_world(), team.map(Int32.init) ?? cmpi_undefined(), Int32(rank))
      guard team != nil, let part else { return nil }
      return RankTeam(part)
    #else
      preconditionFailure("several processes need MPI")
    #endif
  }

  /// Leaves the job, after every process has said that it ends.
  func leave() {
    guard isLaunched else { return }
    #if MPI
      if rank == 0, count > 1 { WorkServer.stop() }
      MPI_Finalize()
    #endif
  }

  /// The next number of a queue that all processes share: 0, 1, 2, … in the order in which they ask.
  func next(ofQueue queue: Int) -> Int {
    #if MPI
      guard rank > 0 else { return WorkServer.next(queue) }
      return Self.asking.withLock { _ in
        var question = Int64(queue)
        var answer: Int64 = 0
        var sender: Int32 = 0
        MPI_Send(&question, 1, cmpi_int64(), 0, WorkServer.question, cmpi_comm_world())
        _ = cmpi_receive(&answer, 1, cmpi_int64(), 0, WorkServer.answer, cmpi_comm_world(), &sender)
        return Int(answer)
      }
    #else
      preconditionFailure("several processes need MPI")
    #endif
  }

  #if MPI
    /// One question at a time: an answer does not say which it belongs to.
    private static let asking = Mutex(())
  #endif
}

#if MPI
  /// Hands out work: a thread of rank 0 that answers the other ranks while rank 0 works itself.
  private enum WorkServer {
    static let question: Int32 = 1
    static let answer: Int32 = 2
    private static let counters = Mutex<[Int: Int]>([:])
    private static let ended = DispatchSemaphore(value: 0)

    static func next(_ queue: Int) -> Int {
      counters.withLock { counters in
        let number = counters[queue, default: 0]
        counters[queue] = number + 1
        return number
      }
    }

    static func start() {
      Thread.detachNewThread {
        while true {
          // MPI waits by asking again and again: a thread that slept in MPI_Recv would take a whole processor.
          while cmpi_is_waiting(question, cmpi_comm_world()) == 0 { usleep(300) }
          var queue: Int64 = 0
          var sender: Int32 = 0
          _ = cmpi_receive(&queue, 1, cmpi_int64(), cmpi_any_source(), question, cmpi_comm_world(), &sender)
          guard queue >= 0 else {
            ended.signal()
            return
          }
          var number = Int64(next(Int(queue)))
          MPI_Send(&number, 1, cmpi_int64(), sender, answer, cmpi_comm_world())
        }
      }
    }

    /// Rank 0 asks its own thread to end, and waits: nobody may communicate while MPI is left.
    static func stop() {
      var end: Int64 = -1
      MPI_Send(&end, 1, cmpi_int64(), 0, question, cmpi_comm_world())
      ended.wait()
    }
  }
#endif

/// A job that cannot be joined.
struct LaunchError: ReportableError {
  let description: String
  /// Whether another process of the job says the same.
  let isRepeated: Bool
  var exitStatus: CommandStatus { .usage }

  init(description: String) {
    self.description = description
    isRepeated = false
  }

  init(count: Int, launcher: String, rank: Int) {
    description =
      "\(launcher) started \(count) processes, but this mcmc-run was built without MPI, so that each would do the same "
      + "work; build it with make build-mpi, or start one process"
    isRepeated = rank > 0
  }

  init(unjoined count: Int, launcher: String, rank: Int) {
    description =
      "\(launcher) started \(count) processes that MPI does not bring together, so that each would do the same work; with srun "
      + "choose the --mpi that this MPI speaks (srun --mpi=list names them; Open MPI: pmix)"
    isRepeated = rank > 0
  }
}
