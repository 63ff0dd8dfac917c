// A thread that may not be had: where the system has none to give, that is an error and no wait without end.

import Foundation

/// Threads for chains.
enum WorkerThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread that nobody joins.
  ///
  /// - Parameter stackBytes: trees of trajectories are built recursively, and secondary threads have small stacks on some systems.
  /// - Throws: ``StorageError/system(action:path:code:)``, where there is no memory for a stack or no thread left.
  static func start(stackBytes: Int = 16 << 20, _ run: @escaping @Sendable () -> Void) throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackBytes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = pthread_create(&thread, &attributes, { context in call(context) }, body.toOpaque())
    #else
      var thread = pthread_t()
      let code = pthread_create(&thread, &attributes, { context in call(context!) }, body.toOpaque())
    #endif
    guard code == 0 else {
      body.release()
      throw StorageError.system(action: "start", path: "a thread for chains", code: code)
    }
  }

  private static func call(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
    return nil
  }
}
