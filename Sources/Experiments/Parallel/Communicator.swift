// The processes that a launcher started, as far as this program talks between them: MPI, or one process alone.

import CMPI
import Dispatch
import Sampling
import Storage
import Synchronization

/// Messages between the processes of a job. Without a launcher there is one process.
package struct Communicator: Sendable {
  /// This process's number.
  let rank: Int
  /// How many there are.
  let count: Int
  /// MPI; nil for a process that no launcher started.
  private let mpi: MPILibrary?

  static let alone = Communicator(rank: 0, count: 1, mpi: nil)

  /// What launchers say of themselves: variables that hold the number of processes, and this one's. Slurm's are set whatever MPI it
  /// was told to speak, also for single processes that need none.
  private static let launchers = [
    (name: "mpirun", count: "OMPI_COMM_WORLD_SIZE", rank: "OMPI_COMM_WORLD_RANK", fewest: 1),
    (name: "a process manager (PMI)", count: "PMI_SIZE", rank: "PMI_RANK", fewest: 1),
    (name: "srun", count: "SLURM_STEP_NUM_TASKS", rank: "SLURM_PROCID", fewest: 2),
  ]

  /// Joins the job, once in a process.
  ///
  /// - Throws: ``LaunchError`` if a launcher started several processes of a program without the MPI library, or that MPI cannot join.
  package static func join(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Communicator
  {
    func number(_ variable: String) -> Int? { environment[variable].flatMap { Int($0) } }
    guard let found = launchers.first(where: { number($0.count) ?? 0 >= $0.fewest }), let count = number(found.count)
    else { return .alone }
    let rank = number(found.rank) ?? 0
    guard MPILibrary.isThere else {
      guard count > 1 else { return .alone }
      throw LaunchError(count: count, launcher: found.name, rank: rank)
    }
    let joined = try start(try MPILibrary.load())
    guard joined.count == count else {
      joined.leave()
      throw LaunchError(unjoined: count, launcher: found.name, rank: rank)
    }
    return joined
  }

  private static func start(_ mpi: MPILibrary) throws -> Communicator {
    guard mpi.call.start() == 0 else {
      throw LaunchError(description: "this MPI does not let several threads communicate (MPI_THREAD_MULTIPLE)")
    }
    let (rank, count) = mpi.size(of: nil)
    if count > 1, rank == 0 { try WorkServer.start(mpi) }
    return Communicator(rank: rank, count: count, mpi: mpi)
  }

  /// MPI, where several processes talk.
  private var several: MPILibrary {
    guard let mpi else { preconditionFailure("several processes need MPI") }
    return mpi
  }

  /// What every process said, by rank. Every process must call this as often as the others.
  func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    guard count > 1 else { return [bytes] }
    var sizes = [Int32](repeating: 0, count: count)
    several.call.gather_numbers(Int32(bytes.count), &sizes)
    var starts: [Int32] = []
    var total: Int32 = 0
    for size in sizes {
      starts.append(total)
      total += size
    }
    var all = [UInt8](repeating: 0, count: max(1, Int(total)))
    several.call.gather_bytes(bytes, Int32(bytes.count), &all, sizes, starts)
    return zip(starts, sizes).map { Array(all[Int($0)..<Int($0 + $1)]) }
  }

  /// Divides the processes into teams, in the order of their ranks; every process must call this.
  ///
  /// - Parameter team: which team this process is of; nil for none.
  func divide(team: Int?) -> RankTeam? {
    several.call.split(team.map(Int32.init) ?? -1, Int32(rank)).map { RankTeam($0, several) }
  }

  /// Leaves the job, after every process has said that it ends.
  func leave() {
    guard let mpi else { return }
    if rank == 0, count > 1 { WorkServer.stop(mpi) }
    mpi.call.finish()
  }

  /// The next number of a queue that all processes share: 0, 1, 2, … in the order in which they ask.
  func next(ofQueue queue: Int) -> Int {
    guard rank > 0 else { return WorkServer.next(queue) }
    return Self.asking.withLock { _ in
      let size = Int32(MemoryLayout<Int64>.size)
      var question = Int64(queue)
      var answer: Int64 = 0
      several.call.send(nil, &question, size, 0, WorkServer.question)
      _ = several.call.receive(nil, &answer, size, 0, WorkServer.answer)
      return Int(answer)
    }
  }

  /// One question at a time: an answer does not say which it belongs to.
  private static let asking = Mutex(())
}

/// The library that speaks MPI, which `make build-mpi` puts beside the program.
package struct MPILibrary: @unchecked Sendable {
  let call: cmpi_functions

  private static let path = Posix.program.map { "\(Posix.parent(of: $0))/libmcmc-run-mpi.so" }

  /// Whether there is one.
  static var isThere: Bool { path.map { FileManager.default.fileExists(atPath: $0) } ?? false }

  /// Loads it.
  ///
  /// - Throws: ``LaunchError`` with the system's reason.
  static func load() throws -> MPILibrary {
    var reason: UnsafePointer<CChar>?
    guard let path, let functions = cmpi_load(path, &reason) else {
      throw LaunchError(
        description: "the library that speaks MPI cannot be used: \(reason.map { String(cString: $0) } ?? "")")
    }
    return MPILibrary(call: functions.pointee)
  }

  /// This process's number within a part of the job, and how many processes that has.
  func size(of part: cmpi_part?) -> (rank: Int, count: Int) {
    var (rank, count): (Int32, Int32) = (0, 0)
    call.size(part, &rank, &count)
    return (Int(rank), Int(count))
  }
}

/// Hands out work: a thread of rank 0 that answers the other ranks while rank 0 works itself.
private enum WorkServer {
  static let question: Int32 = 1
  static let answer: Int32 = 2
  private static let size = Int32(MemoryLayout<Int64>.size)
  private static let counters = Mutex<[Int: Int]>([:])
  private static let ended = DispatchSemaphore(value: 0)

  static func next(_ queue: Int) -> Int {
    counters.withLock { counters in
      let number = counters[queue, default: 0]
      counters[queue] = number + 1
      return number
    }
  }

  static func start(_ mpi: MPILibrary) throws {
    let thread = WorkerThread {
      while true {
        // MPI waits by asking again and again: a thread that slept in MPI_Recv would take a whole processor.
        while mpi.call.is_waiting(question) == 0 { usleep(300) }
        var queue: Int64 = 0
        let sender = mpi.call.receive(nil, &queue, size, -1, question)
        guard queue >= 0 else {
          ended.signal()
          return
        }
        var number = Int64(next(Int(queue)))
        mpi.call.send(nil, &number, size, sender, answer)
      }
    }
    guard let thread else { throw LaunchError(description: "the system has no thread for handing out work") }
    thread.detach()
  }

  /// Rank 0 asks its own thread to end, and waits: nobody may communicate while MPI is left.
  static func stop(_ mpi: MPILibrary) {
    var end: Int64 = -1
    mpi.call.send(nil, &end, size, 0, question)
    ended.wait()
  }
}

/// A job that cannot be joined.
package struct LaunchError: ExperimentError {
  package let description: String
  /// Whether another process of the job says the same.
  package let isRepeated: Bool
  package var kind: FailureKind { .usage }

  init(description: String) {
    self.description = description
    isRepeated = false
  }

  init(count: Int, launcher: String, rank: Int) {
    description =
      "\(launcher) started \(count) processes, but this mcmc-run was built without MPI, so that each would do the same "
      + "work; take the one of make build-mpi, or start one process"
    isRepeated = rank > 0
  }

  init(unjoined count: Int, launcher: String, rank: Int) {
    description =
      "\(launcher) started \(count) processes that MPI does not bring together, so that each would do the same work; with srun "
      + "choose the --mpi that this MPI speaks (srun --mpi=list names them; Open MPI: pmix)"
    isRepeated = rank > 0
  }
}
