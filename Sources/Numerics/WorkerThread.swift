// A thread of the system's, which it may not have to give.

/// A thread to be joined, or left alone.
///
/// What it wrote is seen by who joined it, also by a thread sanitizer, which does not see into Dispatch.
package struct WorkerThread {
  /// Trees of trajectories are built recursively; secondary threads have small stacks on some systems.
  private static let stackSize = 16 << 20

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let thread: pthread_t

  /// Starts a thread; nil if the system gives none.
  package init?(_ run: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackSize)
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Darwin)
      var created: pthread_t?
      let status = pthread_create(
        &created, &attributes,
        { argument in
          Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
          return nil
        }, body.toOpaque())
      guard status == 0, let created else {
        body.release()
        return nil
      }
    #else
      var created = pthread_t()
      let status = pthread_create(
        &created, &attributes,
        { argument in
          Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
          return nil
        }, body.toOpaque())
      guard status == 0 else {
        body.release()
        return nil
      }
    #endif
    thread = created
  }

  /// Waits for its end.
  package func join() { pthread_join(thread, nil) }

  /// Lets it end by itself.
  package func detach() { pthread_detach(thread) }
}
