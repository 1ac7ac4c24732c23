import CLuaShim
import Limits

/// Records values for Lua: results of a function, arguments of a handler, what a waiting function returns.
///
/// Nothing reaches the Lua stack yet, so nothing can raise; C pushes the values when no Swift frame is left.
public struct LuaWriter {
  let host: OpaquePointer

  /// Writes `nil`.
  public func null() { uc_out_nil(host) }
  /// Writes a boolean.
  public func boolean(_ value: Bool) { uc_out_boolean(host, value) }
  /// Writes an integer.
  public func integer(_ value: Int64) { uc_out_integer(host, value) }
  /// Writes a float.
  public func number(_ value: Double) { uc_out_number(host, value) }

  /// Writes a string.
  public func string(_ value: String) {
    var value = value
    value.withUTF8 { uc_out_string(host, $0.baseAddress, $0.count) }
  }

  /// Writes a string that need not be UTF-8.
  public func bytes(_ value: [UInt8]) {
    value.withUnsafeBytes { uc_out_string(host, $0.baseAddress, $0.count) }
  }

  /// Writes a string that need not be UTF-8; the bytes are copied at once.
  public func bytes(_ value: UnsafeRawBufferPointer) { uc_out_string(host, value.baseAddress, value.count) }

  /// What JSON text says, as Lua values; or nil, `"syntax"` and what is wrong where.
  public func json(_ text: UnsafeRawBufferPointer) { uc_out_json(host, text.baseAddress, text.count) }

  /// The value that stands for JSON's null.
  public func jsonNull() { uc_out_json_constant(host, false) }

  /// The value that is written as an empty list in JSON.
  public func jsonEmptyList() { uc_out_json_constant(host, true) }

  /// Argument `index` of the running function, as it is.
  public func argument(_ index: Int) { uc_out_argument(host, Int32(clamping: index)) }

  /// Values that were kept, at most `limit`. With a limit of 1 it is exactly one, nil when there was none.
  public func kept(_ reference: LuaReference, limit: Int = Limits.Lua.keptValues) {
    uc_out_kept(host, reference.anchor, Int32(clamping: limit))
  }

  /// A function of the host's that gets `value` as its first argument, before those that it is called with.
  public func function(_ function: LuaFunction, bound value: Int64) { uc_out_function(host, function.index, value) }

  /// Makes the waiting function that gets these values raise an error instead; drops what was written before.
  public func raise(_ message: String) {
    var message = message
    message.withUTF8 { uc_out_raise(host, $0.baseAddress, $0.count) }
  }

  /// A table; `fill` gives it its fields.
  public func table(_ fill: (LuaTableWriter) -> Void) {
    uc_out_table(host, 0, 4)
    fill(LuaTableWriter(writer: self))
  }

  /// An object of a class. `fill` writes exactly `slots` values: nil, booleans, numbers or strings.
  public func object(_ classID: Int32, slots: Int, _ fill: (LuaWriter) -> Void) {
    uc_out_record(host, classID, Int32(clamping: slots))
    fill(self)
  }

  /// The same object for the same text of slot 0, for as long as the script holds it.
  public func shared(_ classID: Int32, slots: Int, _ fill: (LuaWriter) -> Void) {
    uc_out_interned(host, classID, Int32(clamping: slots))
    fill(self)
  }
}

/// Fills a table.
public struct LuaTableWriter {
  let writer: LuaWriter

  /// Writes one value with `value` and names it.
  public func field(_ name: String, _ value: (LuaWriter) -> Void) {
    value(writer)
    var name = name
    name.withUTF8 { uc_out_field(writer.host, $0.baseAddress, $0.count) }
  }

  /// Writes one value with `value` behind the last item.
  public func item(_ value: (LuaWriter) -> Void) {
    value(writer)
    uc_out_item(writer.host)
  }
}
