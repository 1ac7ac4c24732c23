/// Why a Lua state could not do what its host asked for.
public enum LuaError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The state's memory limit (or the machine's memory) is used up.
  case outOfMemory
  /// The text is not Lua; the message begins with `file:line:`.
  case syntax(String)

  /// One line.
  public var description: String {
    switch self {
    case .outOfMemory: "not enough memory"
    case .syntax(let message): message
    }
  }
}
