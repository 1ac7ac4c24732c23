import CLuaShim

/// The one part of a Lua state that other threads may touch: how long it has been running, and an end to it.
///
/// A pattern or a loop in Lua is stopped by its deadline. A C function that works on one huge value is not, and a host
/// that wants to notice it (a watchdog, an orderly stop) asks here.
public final class LuaControl: @unchecked Sendable {
  // Unchecked: the pointer is constant and both fields behind it are C atomics.
  let pointer: OpaquePointer

  /// Fails with `outOfMemory` only.
  public init() throws(LuaError) {
    guard let pointer = uc_control_create() else { throw .outOfMemory }
    self.pointer = pointer
  }

  deinit { uc_control_destroy(pointer) }

  /// Nanoseconds for which the present run of Lua code has lasted; nil when none runs.
  public var runningNanoseconds: Int64? {
    let since = uc_control_running_since(pointer)
    return since == 0 ? nil : max(0, uc_monotonic_ns() &- since)
  }

  /// From now on no run lasts longer than until `nanoseconds` from now, whatever its budget.
  public func hurry(nanoseconds: Int64) {
    let (deadline, overflow) = uc_monotonic_ns().addingReportingOverflow(max(0, nanoseconds))
    uc_control_hurry(pointer, overflow ? .max : deadline)
  }
}
