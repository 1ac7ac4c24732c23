import CLuaShim

/// A Lua value that has left its state: nil, a boolean, a number, a string, or a table of these.
///
/// It is a copy, in bytes that any other state can read, now or after they have lain in a file. Integers and floats
/// keep their type, strings need not be UTF-8; metatables are left out, and a table that is in two places becomes two.
public struct LuaPlain: Sendable, Hashable {
  /// What it is made of. Bytes that nobody wrote so are refused when they are to become a value.
  public let bytes: [UInt8]

  /// A value from what `bytes` once was.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// Tables inside of each other at most.
  public static let depth = Int(UC_PLAIN_DEPTH)

  /// Whether it is nil.
  public var isNull: Bool { bytes == [UInt8(ascii: "n")] }
}

/// Why a value cannot leave its state: it, or something in it, is a function, a coroutine or an object, it is too
/// large, or it contains itself.
public struct LuaPlainError: Error, Hashable, Sendable {
  /// Begins with `value` and the way to the culprit: `value.jobs[2] is a function`.
  public var message: String

  /// An error with this text.
  public init(message: String) { self.message = message }
}

extension LuaCall {
  /// Copies an argument out of the state.
  /// - Parameter limit: bytes that the copy may have.
  public func plain(_ index: Int, limit: Int) throws(LuaPlainError) -> LuaPlain {
    guard index >= 1, index <= count else { return LuaPlain(bytes: [UInt8(ascii: "n")]) }
    var length = 0
    var problem = ""
    let copy = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> LuaPlain? in
      guard
        let bytes = uc_plain_encode(
          lua, Int32(clamping: index), max(0, limit), &length, buffer.baseAddress, buffer.count)
      else {
        problem = buffer.baseAddress.map { String(cString: $0) } ?? "value is too large"
        return nil
      }
      defer { uc_plain_free(bytes) }
      return LuaPlain(bytes: Array(UnsafeBufferPointer(start: bytes, count: length)))
    }
    guard let copy else { throw LuaPlainError(message: problem) }
    return copy
  }
}

extension LuaWriter {
  /// Writes a value that has left some state. Damaged bytes become an error in the script.
  public func plain(_ value: LuaPlain) {
    value.bytes.withUnsafeBytes { uc_out_plain(host, $0.baseAddress, $0.count) }
  }
}

extension LuaState {
  /// Looks at what a task that is `.done` returned, as if these were the arguments of a call. nil: it is not done.
  public func withResults<Result>(of task: LuaTask, _ body: (LuaCall) -> Result) -> Result? {
    guard let lua = uc_task_results(host, task.number) else { return nil }
    return body(LuaCall(lua: lua, host: host))
  }
}
