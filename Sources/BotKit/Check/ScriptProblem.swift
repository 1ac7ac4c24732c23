/// Something that is wrong with a script, in the form that editors know: `file:line: message`.
public struct ScriptProblem: Sendable, Hashable, CustomStringConvertible {
  /// The file, as the user called it.
  public var file: String
  /// Counted from 1.
  public var line: Int
  /// What is wrong.
  public var message: String

  /// `file:line: message`
  public var description: String { "\(file):\(line): \(message)" }
}
