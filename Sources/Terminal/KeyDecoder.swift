import Limits

/// Makes keys of the bytes that a terminal sends, wherever they are cut.
///
/// Sequences that it does not know are left out; none of their bytes ever becomes text. What it keeps is bounded.
public struct KeyDecoder: Sendable {
  private enum State: Hashable {
    case ground
    /// ESC has come: a key with Alt, the beginning of a sequence, or the key Esc itself.
    case escape
    /// `ESC [`, with what came behind it.
    case sequence([UInt8])
    /// `ESC O`: one more byte names the key.
    case singleShift
    /// `ESC [ [`, a function key of the Linux console: one more byte belongs to it.
    case function
    /// A string that a terminal answers with (`ESC ]`, `ESC P`, …), up to BEL or `ESC \`; whether an ESC came last.
    case string(afterEscape: Bool)
    case paste
  }

  private static let escape: UInt8 = 0x1B
  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  private var state = State.ground
  /// Bytes of text, the last character of which may not be complete.
  private var text: [UInt8] = []
  private var pasted: [UInt8] = []
  /// The last bytes of what is pasted, to know its end by.
  private var tail: [UInt8] = []

  /// Nothing has come.
  public init() {}

  /// After how many milliseconds without a byte ``giveUp()`` is to be called; nil: nothing is half there.
  public var patience: Int? {
    switch state {
    case .ground: nil
    case .escape, .sequence, .singleShift, .function: 50
    // Over a slow link a large paste stops now and then; one without an end must not take the keyboard for ever.
    case .paste, .string: 2_000
    }
  }

  /// Takes bytes; returns what they are.
  public mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    var keys: [Key] = []
    for byte in bytes { take(byte, &keys) }
    flush(&keys)
    return keys
  }

  /// Nothing more has come in time: what is half there is what it seems to be.
  public mutating func giveUp() -> [Key] {
    defer { state = .ground }
    switch state {
    case .escape: return [.named(.escape)]
    case .paste: return endPaste()
    case .ground, .sequence, .singleShift, .function, .string: return []
    }
  }

  // MARK: one byte

  private mutating func take(_ byte: UInt8, _ keys: inout [Key]) {
    switch state {
    case .ground: ground(byte, &keys)
    case .escape: afterEscape(byte, &keys)
    case .sequence(let soFar): sequence(byte, soFar, &keys)
    case .singleShift:
      state = .ground
      if byte == UInt8(ascii: "M") { keys.append(.named(.enter)) }
      if let name = Self.final[byte] { keys.append(.named(name)) }
    case .function: state = .ground
    case .string(let afterEscape):
      if byte == 0x07 || (afterEscape && byte == UInt8(ascii: "\\")) {
        state = .ground
      } else {
        state = .string(afterEscape: byte == Self.escape)
      }
    case .paste: paste(byte, &keys)
    }
  }

  private mutating func ground(_ byte: UInt8, _ keys: inout [Key]) {
    if byte >= 0x20, byte != 0x7F {
      text.append(byte)
      return
    }
    flush(&keys, isComplete: true)
    if byte == Self.escape { state = .escape } else if let key = Self.control(byte) { keys.append(key) }
  }

  private mutating func afterEscape(_ byte: UInt8, _ keys: inout [Key]) {
    state = .ground
    switch byte {
    case UInt8(ascii: "["): state = .sequence([])
    case UInt8(ascii: "O"): state = .singleShift
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
      state = .string(afterEscape: false)
    case Self.escape:
      keys.append(.named(.escape))
      state = .escape
    case 0x20..<0x7F: keys.append(.alt(Character(Unicode.Scalar(byte))))
    case 0x80...: text.append(byte)
    default:
      switch Self.control(byte) {
      case .named(let name, let held)?: keys.append(.named(name, held.union(.alt)))
      case let key?: keys.append(key)
      case nil: break
      }
    }
  }

  private mutating func sequence(_ byte: UInt8, _ soFar: [UInt8], _ keys: inout [Key]) {
    switch byte {
    case 0x20..<0x40:
      // An endless one is still left out as a whole; its end alone is looked for.
      state = .sequence(soFar.count < Limits.Screen.keySequence ? soFar + [byte] : soFar)
    case 0x40..<0x7F:
      if byte == UInt8(ascii: "["), soFar.isEmpty {
        state = .function
        return
      }
      state = .ground
      end(soFar, byte, &keys)
    case Self.escape: state = .escape
    default:
      state = .ground
      ground(byte, &keys)
    }
  }

  private mutating func end(_ parameters: [UInt8], _ byte: UInt8, _ keys: inout [Key]) {
    let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    let held = numbers.count > 1 ? Self.modifiers(numbers[1]) : []
    if byte == UInt8(ascii: "~") {
      let number = numbers.first ?? 0
      if number == 200 {
        state = .paste
      } else if let name = Self.numbered[number] {
        keys.append(.named(name, held))
      }
    } else if byte == UInt8(ascii: "Z") {
      keys.append(.named(.tab, .shift))
    } else if let name = Self.final[byte] {
      keys.append(.named(name, held))
    }
  }

  // MARK: what is pasted

  private mutating func paste(_ byte: UInt8, _ keys: inout [Key]) {
    if pasted.count < Limits.Screen.paste { pasted.append(byte) }
    tail.append(byte)
    if tail.count > Self.pasteEnd.count { tail.removeFirst() }
    guard tail == Self.pasteEnd else { return }
    if pasted.suffix(tail.count).elementsEqual(tail) { pasted.removeLast(tail.count) }
    state = .ground
    keys += endPaste()
  }

  private mutating func endPaste() -> [Key] {
    defer {
      pasted = []
      tail = []
    }
    var result = String.UnicodeScalarView()
    var previous: Unicode.Scalar = " "
    for scalar in String(decoding: pasted, as: UTF8.self).unicodeScalars {
      // Terminals send line breaks as the key Enter would, some as both characters.
      if scalar == "\r" || (scalar == "\n" && previous != "\r") {
        result.append("\n")
      } else if scalar == "\t" || scalar.properties.generalCategory != .control {
        result.append(scalar)
      }
      previous = scalar
    }
    return result.isEmpty ? [] : [.paste(String(result))]
  }

  // MARK: text

  /// Hands out the text that is complete.
  private mutating func flush(_ keys: inout [Key], isComplete: Bool = false) {
    guard !text.isEmpty else { return }
    let kept = isComplete ? 0 : Self.incomplete(text)
    let scalars = String(decoding: text.dropLast(kept), as: UTF8.self).unicodeScalars
      .filter { $0.properties.generalCategory != .control }
    text = Array(text.suffix(kept))
    if !scalars.isEmpty { keys.append(.text(String(String.UnicodeScalarView(scalars)))) }
  }

  /// How many of the last bytes begin a character whose other bytes have yet to come.
  private static func incomplete(_ bytes: [UInt8]) -> Int {
    for (count, byte) in bytes.suffix(3).reversed().enumerated() {
      switch byte {
      case 0x80..<0xC0: continue
      case 0xC2..<0xE0: return count + 1 < 2 ? count + 1 : 0
      case 0xE0..<0xF0: return count + 1 < 3 ? count + 1 : 0
      case 0xF0..<0xF5: return count + 1 < 4 ? count + 1 : 0
      default: return 0
      }
    }
    return 0
  }

  // MARK: what the bytes mean

  private static func control(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x0D, 0x0A: .named(.enter)
    case 0x09: .named(.tab)
    case 0x08, 0x7F: .named(.backspace)
    case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
    case 0x1F: .control("_")
    default: nil
    }
  }

  private static func modifiers(_ number: Int) -> Key.Modifiers {
    (1...16).contains(number) ? Key.Modifiers(rawValue: UInt8(number - 1) & 7) : []
  }

  private static let final: [UInt8: Key.Name] = [
    UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left,
    UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end,
  ]

  private static let numbered: [Int: Key.Name] = [
    1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end,
  ]
}
