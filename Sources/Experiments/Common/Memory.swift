// How much memory this process can still have, and what an experiment would need.

import Sampling
import Storage

/// The memory of this process.
package enum Memory {
  /// What can still be had, in bytes, and what sets it; nil where the system does not say.
  package static var available: (bytes: Double, limit: String)? {
    let machine = ["MemAvailable", "SwapFree"].compactMap(machine).reduce(0, +)
    let bounds: [(Double?, String)] = [
      (machine > 0 ? machine : nil, "what is free on this machine"), (addressSpaceLeft, "ulimit -v"),
      (groupLeft, "the limit of its control group"),
    ]
    return bounds.compactMap { bytes, limit in bytes.map { ($0, limit) } }.min { $0.0 < $1.0 }
  }

  /// The address space that is left below the limit of `ulimit -v`; nil without one.
  package static var addressSpaceLeft: Double? {
    guard let limit = limit(RLIMIT_AS), let statm = text("/proc/self/statm"),
      let pages = statm.split(separator: " ").first.flatMap({ Double($0) })
    else { return nil }
    return max(0, Double(limit) - pages * Double(sysconf(Int32(_SC_PAGESIZE))))
  }

  /// What the control group of the process (Slurm, containers) leaves to it; nil without a limit.
  private static var groupLeft: Double? {
    let folder = text("/proc/self/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3) ?? "/"
    func number(_ name: String) -> Double? {
      // In a container the group's own folder is the root.
      ["/sys/fs/cgroup\(folder)", "/sys/fs/cgroup"].lazy.compactMap { text("\($0)/\(name)") }.first
        .flatMap { Double($0.prefix { !$0.isWhitespace }) }
    }
    guard let most = number("memory.max"), let now = number("memory.current") else { return nil }
    return max(0, most - now)
  }

  /// An entry of /proc/meminfo, in bytes.
  private static func machine(_ name: String) -> Double? {
    let line = text("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { 1024 * $0 }
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  /// The soft limit of a resource; nil where there is none.
  package static func limit(_ resource: __rlimit_resource) -> Int? {
    var value = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &value) == 0 else { return nil }
    return Int(exactly: value.rlim_cur)
  }

  /// A number of bytes for people: "7.6 GB".
  package static func words(_ bytes: Double) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    let power = bytes >= 1000 ? min(units.count - 1, Int(log10(bytes) / 3)) : 0
    return "\(NumberText.significant(bytes / pow(1000, Double(power)), digits: 2)) \(units[power])"
  }

  /// Refuses what needs more than can be had.
  ///
  /// - Parameter slack: how many times as much is let through: half as much again of an estimate, 1 of what is known.
  /// - Throws: ``MemoryNeedError``.
  static func require(_ bytes: Double, for what: String, advice: String, slack: Double = 1.5) throws {
    guard let (most, limit) = available, bytes > slack * most else { return }
    throw MemoryNeedError(
      description:
        "\(what) would need some \(words(bytes)) of memory, and this process can have \(words(most)) (\(limit)); \(advice)"
    )
  }
}

/// Work that would not fit into the memory that there is.
package struct MemoryNeedError: ExperimentError {
  package let description: String
  package var kind: FailureKind { .input }
}
