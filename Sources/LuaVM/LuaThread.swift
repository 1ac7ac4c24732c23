import CLuaShim

/// A thread of a state's own. Lua never runs on the cooperative pool, where a stuck script would hold a pool thread.
public enum LuaThread {
  /// Lua may nest 200 C calls, some with buffers of a few kilobytes. Only the pages touched cost memory.
  private static let stackBytes = 4 * 1_024 * 1_024

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a detached thread; false when the system gives none. Of the name, the system shows 15 characters.
  public static func start(name: String, _ run: @escaping @Sendable () -> Void) -> Bool {
    let body = Unmanaged.passRetained(Body(run)).toOpaque()
    let started = uc_start_thread(name, stackBytes, main, body)
    if !started { Unmanaged<Body>.fromOpaque(body).release() }
    return started
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> Void = { argument in
    guard let argument else { return }
    Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
  }
}
