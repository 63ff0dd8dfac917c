// A thread that may not be had: where the system has none to give, that is an error and no wait without end.

import Foundation

/// Threads for chains.
enum WorkerThread {
  /// Starts a thread that nobody joins.
  ///
  /// - Parameter stackBytes: trees of trajectories are built recursively, and secondary threads have small stacks on some systems.
  /// - Throws: ``StorageError/system(action:path:code:)``, where there is no memory for a stack or no thread left.
  static func start(stackBytes: Int = 16 << 20, _ run: @escaping @Sendable () -> Void) throws {
    let context = Unmanaged.passRetained(ThreadBody(run)).toOpaque()
    let code = startThread(stackBytes, context)
    guard code == 0 else {
      Unmanaged<ThreadBody>.fromOpaque(context).release()
      throw StorageError.system(action: "start", path: "a thread for chains", code: code)
    }
  }
}

/// What a thread does.
private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// The code of pthread_create.
private func startThread(_ stackBytes: Int, _ context: UnsafeMutableRawPointer) -> Int32 {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, stackBytes)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  #if canImport(Darwin)
    var thread: pthread_t?
    let code = pthread_create(&thread, &attributes, { runBody($0) }, context)
  #else
    var thread = pthread_t()
    let code = pthread_create(&thread, &attributes, { runBody($0!) }, context)
  #endif
  pthread_attr_destroy(&attributes)
  return code
}

private func runBody(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
