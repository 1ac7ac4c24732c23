/// Something that was pressed on a keyboard, or pasted.
public enum Key: Hashable, Sendable {
  /// Text, as much of it as came at once. There are no control characters in it.
  case text(String)
  /// Text that was pasted; lines in it end with `\n`, and other control characters but the tab were left out.
  case paste(String)
  /// A letter with Ctrl, in lower case.
  case control(Character)
  /// A character with Alt.
  case alt(Character)
  /// A key that has a name, with whatever was held.
  case named(Name, Modifiers)

  /// A key without anything held.
  public static func named(_ name: Name) -> Key { .named(name, []) }

  /// Keys that are no characters.
  public enum Name: Hashable, Sendable {
    case enter, tab, backspace, escape, up, down, left, right, home, end, pageUp, pageDown, insert, delete
  }

  /// What was held while the key was pressed.
  public struct Modifiers: OptionSet, Hashable, Sendable {
    /// One bit for each.
    public let rawValue: UInt8
    /// - Parameter rawValue: One bit for each.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Shift.
    public static let shift = Modifiers(rawValue: 1)
    /// Alt, or Meta.
    public static let alt = Modifiers(rawValue: 2)
    /// Ctrl.
    public static let control = Modifiers(rawValue: 4)
  }
}
