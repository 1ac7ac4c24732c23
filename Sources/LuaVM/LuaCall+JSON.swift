import CLuaShim

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension LuaCall {
  /// An argument as JSON text of at most `limit` bytes, members in the order of their names.
  public func json(_ index: Int, limit: Int) throws(LuaJSONError) -> [UInt8] {
    var text = uc_json_text()
    guard uc_json_write(lua, Int32(clamping: index), max(0, limit), &text) else {
      let path = withUnsafeBytes(of: &text.path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      let what = text.error.map { String(cString: $0) } ?? ""
      switch what {
      case "too long": throw .tooLong
      case "not enough memory": throw .outOfMemory
      default: throw .notWritable(what, path: path)
      }
    }
    defer { free(text.bytes) }
    return Array(UnsafeRawBufferPointer(start: text.bytes, count: text.length))
  }
}

/// Why a value is not written as JSON.
public enum LuaJSONError: Error, Equatable, Sendable {
  /// There is a value in it that JSON has no form for: what (`a function`), and where (`.items[2]`; empty: it itself).
  case notWritable(String, path: String)
  case tooLong
  case outOfMemory
}
