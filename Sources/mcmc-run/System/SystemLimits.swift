// What the operating system lets this process have, looked at before anything can run out of it.

import Experiments
import Sampling

/// Limits of the process that the program cannot run below.
enum SystemLimits {
  /// Open files: standard streams, the libraries' event queues, a run's lock, a segment with its library's own.
  private static let leastFiles = 32
  /// Address space that is left once the program has started: threads' stacks and the libraries' arenas.
  ///
  /// Measured: sampling on two threads ends without a word below some 350 MB, on more it takes an arena and a stack each. libnetcdf
  /// and what it brings are loaded later and take 60 MB.
  private static let leastSpace = 540 << 20

  /// Ends the process with one sentence if it may not have what any command needs.
  ///
  /// The run time's queues and threads end without a word, or wait for ever, where there is no file or no stack for them; so this
  /// comes before the first of them.
  static func require() {
    guard let fault else { return }
    let message = Array("mcmc-run: error: \(fault)\n".utf8)
    _ = message.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    exit(CommandStatus.inputOutput.code)
  }

  private static var fault: String? {
    if let files = Memory.limit(RLIMIT_NOFILE), files < leastFiles {
      return "this process may open \(files) files at once; allowed: at least \(leastFiles) (ulimit -n)"
    }
    if let space = Memory.addressSpaceLeft, space < Double(leastSpace) {
      return
        "this process may have \(Memory.words(space)) of address space beyond the program itself; allowed: at least "
        + "\(Memory.words(Double(leastSpace))) (ulimit -v)"
    }
    return nil
  }
}
