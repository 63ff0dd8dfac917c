// Sees to it that descriptors 0, 1 and 2 are the standard streams and nothing else.

import Sampling

/// The process's descriptors 0, 1 and 2.
enum StandardStreams {
  /// Puts /dev/null in place of standard streams that whoever started the program has closed (`2>&-`).
  ///
  /// The next file to be opened would get the free number otherwise, and progress would be written into it.
  static func openMissing() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is taken, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
