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

  /// A number; it has the same type in Lua.
  public init(_ number: LuaNumber) {
    switch number {
    case .integer(let integer):
      bytes = [Self.integerTag] + Self.varint(UInt64(bitPattern: integer << 1 ^ integer >> 63))
    case .float(let float):
      bytes = [Self.floatTag] + (0..<8).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
    }
  }

  /// A boolean.
  public init(_ truth: Bool) { bytes = [UInt8(ascii: truth ? "t" : "f")] }

  /// A string, which need not be UTF-8.
  public init(string: [UInt8]) { bytes = [Self.stringTag] + Self.varint(UInt64(string.count)) + string }

  /// A list.
  public init(list: [LuaPlain]) {
    var bytes = [Self.tableTag] + Self.varint(UInt64(list.count))
    for (index, item) in list.enumerated() {
      bytes += LuaPlain(.integer(Int64(clamping: index) &+ 1)).bytes + item.bytes
    }
    self.bytes = bytes + [Self.endTag]
  }

  /// A table with names.
  public init(record: [(name: String, value: LuaPlain)]) {
    let pairs = record.flatMap { LuaPlain(string: Array($0.name.utf8)).bytes + $0.value.bytes }
    bytes = [Self.tableTag] + Self.varint(0) + pairs + [Self.endTag]
  }

  /// What it is if it is a number; nil when it is something else.
  public var number: LuaNumber? {
    let rest = bytes.dropFirst()
    switch bytes.first {
    case Self.floatTag where rest.count == 8:
      return .float(Double(bitPattern: rest.reversed().reduce(0) { $0 << 8 | UInt64($1) }))
    case Self.integerTag where rest.count <= 10:
      guard let last = rest.last, last < 0x80, rest.dropLast().allSatisfy({ $0 >= 0x80 }) else { return nil }
      let zigzag = rest.reversed().reduce(UInt64(0)) { $0 << 7 | UInt64($1 & 0x7F) }
      return .integer(Int64(bitPattern: zigzag >> 1 ^ (0 &- (zigzag & 1))))
    default: return nil
    }
  }

  // The tags and the varints of `plain.c`.
  private static let integerTag = UInt8(ascii: "i")
  private static let floatTag = UInt8(ascii: "d")
  private static let stringTag = UInt8(ascii: "s")
  private static let tableTag = UInt8(ascii: "{")
  private static let endTag = UInt8(ascii: "}")

  private static func varint(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(truncatingIfNeeded: rest)]
  }

  /// Whether it is nil.
  public var isNull: Bool { bytes == [UInt8(ascii: "n")] }
}

/// A number of Lua, whose two types are not the same.
public enum LuaNumber: Hashable, Sendable {
  case integer(Int64)
  case float(Double)
}

/// Why a value cannot leave its state: it, or something in it, is a function, a coroutine or an object, it is too
/// large, or it contains itself.
public struct LuaPlainError: Error, Hashable, Sendable {
  /// Begins with `value` and the way to the culprit: `value.jobs[2] is a function`.
  public var message: String
  /// Whether it is the size alone, so that no part of the value is to blame.
  public var isSize: Bool { message == "value is too large" }

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
