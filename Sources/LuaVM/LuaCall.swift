import CLuaShim

/// The type of a Lua value, as scripts know it.
public enum LuaType: Int32, Sendable {
  case none = -1
  case null = 0
  case boolean = 1
  case number = 3
  case string = 4
  case table = 5
  case function = 6
  case object = 7
  case thread = 8

  /// The name for messages.
  public var name: String {
    switch self {
    case .none: "nothing"
    case .null: "nil"
    case .boolean: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .table: "a table"
    case .function: "a function"
    case .object: "an object"
    case .thread: "a coroutine"
    }
  }
}

/// What a Swift body tells the trampoline to do when its frame is gone.
public enum LuaOutcome: Sendable {
  /// Return the values that it wrote.
  case values
  /// Raise an error with this text; the script's file and line are put before it.
  case raise(String)
  /// Suspend the task until the host runs it again with results. Only when `LuaCall.canWait`.
  case wait
  /// Call an argument, a function, with the values that were written, and then `then` in place of this function: its
  /// arguments are these, followed by the one result. The argument cannot wait; errors in it go to the caller.
  case call(argument: Int, then: LuaFunction)
}

/// A function of the host that scripts do not see.
public struct LuaFunction: Sendable {
  let index: Int32
}

/// One call of a Swift function by a script: its arguments, and where its results go.
///
/// Valid only while the function runs. Nothing here raises or allocates Lua memory.
public struct LuaCall {
  let lua: OpaquePointer
  let host: OpaquePointer

  /// How many arguments there are.
  public var count: Int { Int(uc_arg_count(lua)) }

  /// Where results go.
  public var results: LuaWriter { LuaWriter(host: host) }

  /// Whether the function may wait: not in a sort comparator, a gsub callback, a closing variable.
  public var canWait: Bool { uc_can_yield(lua) }

  /// The type of an argument.
  public func type(_ index: Int) -> LuaType { LuaType(rawValue: uc_arg_type(lua, Int32(clamping: index))) ?? .none }

  /// The truth of the value, as `if` sees it.
  public func boolean(_ index: Int) -> Bool { uc_arg_boolean(lua, Int32(clamping: index)) }

  /// nil when it is not a number (text that looks like one is none).
  public func number(_ index: Int) -> Double? {
    var value = 0.0
    return uc_arg_number(lua, Int32(clamping: index), &value) ? value : nil
  }

  /// nil when it is not a number with an integer value.
  public func integer(_ index: Int) -> Int64? {
    var value: Int64 = 0
    return uc_arg_integer(lua, Int32(clamping: index), &value) ? value : nil
  }

  /// The bytes of a string, which live as long as the call. nil when it is not a string.
  public func bytes(_ index: Int) -> UnsafeRawBufferPointer? {
    var length = 0
    guard let start = uc_arg_string(lua, Int32(clamping: index), &length) else { return nil }
    return UnsafeRawBufferPointer(start: start, count: length)
  }

  /// A string, repaired where it is not UTF-8. nil when it is not a string.
  public func string(_ index: Int) -> String? {
    bytes(index).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The class number of an object. nil when it is none.
  public func classID(_ index: Int) -> Int32? {
    let id = uc_arg_class(lua, Int32(clamping: index))
    return id < 0 ? nil : id
  }

  /// The bytes of the text in a slot of an object, which live as long as the call.
  public func slotBytes(_ index: Int, slot: Int) -> UnsafeRawBufferPointer? {
    var length = 0
    guard let start = uc_arg_slot_string(lua, Int32(clamping: index), Int32(clamping: slot), &length) else {
      return nil
    }
    return UnsafeRawBufferPointer(start: start, count: length)
  }

  /// The text in a slot of an object.
  public func slotString(_ index: Int, slot: Int) -> String? {
    slotBytes(index, slot: slot).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The integer in a slot of an object.
  public func slotInteger(_ index: Int, slot: Int) -> Int64? {
    var value: Int64 = 0
    return uc_arg_slot_integer(lua, Int32(clamping: index), Int32(clamping: slot), &value) ? value : nil
  }

  /// Whether there is `true` in a slot of an object.
  public func slotBoolean(_ index: Int, slot: Int) -> Bool {
    uc_arg_slot_boolean(lua, Int32(clamping: index), Int32(clamping: slot))
  }

  /// Calls `body` for each field of a table with the indices under which key and value can be read; `false` ends it.
  public func forEachField(_ index: Int, _ body: (_ key: Int, _ value: Int) -> Bool) {
    var started = false
    while uc_fields_next(lua, Int32(clamping: index), &started) {
      let top = count
      guard body(top - 1, top) else { break }
    }
    uc_fields_end(lua, started)
  }

  /// Keeps an argument (a function, mostly) alive until it is released. nil: no memory.
  public func keep(_ index: Int) -> LuaReference? {
    var anchor: Int32 = 0
    return uc_anchor_argument(lua, Int32(clamping: index), &anchor) ? LuaReference(anchor: anchor) : nil
  }

  /// Keeps the arguments from `first` on, for `LuaWriter.kept`. nil: no memory.
  public func keepArguments(from first: Int) -> LuaReference? {
    var anchor: Int32 = 0
    return uc_keep_arguments(lua, Int32(clamping: first), &anchor) ? LuaReference(anchor: anchor) : nil
  }

  /// `file:line` of the script's line that made the call; nil when not known.
  public var caller: String? {
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String in
      let length = uc_caller(lua, buffer.baseAddress, buffer.count)
      return String(decoding: UnsafeRawBufferPointer(buffer).prefix(max(0, length - 2)), as: UTF8.self)
    }
    return text.isEmpty ? nil : text
  }
}

/// A Lua value that the host keeps alive.
public struct LuaReference: Sendable {
  let anchor: Int32
}
