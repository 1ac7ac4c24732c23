/// The smallest parts of Lua's text.
struct LuaToken: Equatable {
  enum Kind: Equatable {
    case name
    case keyword
    /// A string; the text is its value.
    case string
    case number
    /// An operator or a bracket.
    case symbol
    case end
  }

  var kind: Kind
  var text: String
  var line: Int

  static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not",
    "or", "repeat", "return", "then", "true", "until", "while",
  ]
}

/// Takes Lua's text apart. The compiler has seen the text before: what it would refuse is passed over here.
struct LuaLexer {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(_ text: String) {
    bytes = Array(text.utf8)
    // As in `lua`, a first line that begins with '#' is none of the program.
    if bytes.first == UInt8(ascii: "#") { skipLine() }
  }

  /// All tokens, with one of kind `end` behind them.
  static func tokens(of text: String) -> [LuaToken] {
    var lexer = LuaLexer(text)
    var tokens: [LuaToken] = []
    while true {
      let token = lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func byte(_ ahead: Int = 0) -> UInt8? {
    let index = position + ahead
    return index < bytes.count ? bytes[index] : nil
  }

  private mutating func next() -> LuaToken {
    skipSpacesAndComments()
    let start = position
    let line = line
    guard let first = byte() else { return LuaToken(kind: .end, text: "", line: line) }
    switch first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      position += 1
      return LuaToken(kind: .string, text: string(until: first), line: line)
    case UInt8(ascii: "["):
      if let level = longBracket() { return LuaToken(kind: .string, text: longString(level), line: line) }
    case _ where Self.isDigit(first), UInt8(ascii: ".") where byte(1).map(Self.isDigit) == true:
      skipNumber()
      return LuaToken(kind: .number, text: text(from: start), line: line)
    case _ where Self.isLetter(first):
      while let byte = byte(), Self.isLetter(byte) || Self.isDigit(byte) { position += 1 }
      let text = text(from: start)
      return LuaToken(kind: LuaToken.keywords.contains(text) ? .keyword : .name, text: text, line: line)
    default: break
    }
    for symbol in Self.symbols where bytes[position...].starts(with: symbol.utf8) {
      position += symbol.utf8.count
      return LuaToken(kind: .symbol, text: symbol, line: line)
    }
    position += 1
    return LuaToken(kind: .symbol, text: text(from: start), line: line)
  }

  /// Those of several characters, the longest first.
  private static let symbols = ["...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"]

  private func text(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

  // MARK: What has no meaning

  private mutating func skipSpacesAndComments() {
    while let byte = byte() {
      switch byte {
      case UInt8(ascii: "\n"):
        line += 1
        position += 1
      case 0x09, 0x0B...0x0D, 0x20: position += 1
      case UInt8(ascii: "-") where self.byte(1) == UInt8(ascii: "-"):
        position += 2
        if let level = longBracket() { _ = longString(level) } else { skipLine() }
      default: return
      }
    }
  }

  /// The line end stays, to be counted.
  private mutating func skipLine() {
    while let byte = byte(), byte != UInt8(ascii: "\n") { position += 1 }
  }

  private mutating func skipNumber() {
    var last: UInt8 = 0
    while let byte = byte() {
      let isExponent = [UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "p"), UInt8(ascii: "P")].contains(last)
      let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      guard Self.isDigit(byte) || Self.isLetter(byte) || byte == UInt8(ascii: ".") || isSign && isExponent else {
        return
      }
      last = byte
      position += 1
    }
  }

  // MARK: Strings

  /// How many `=` are in the long bracket that begins here; nil: none begins.
  private func longBracket() -> Int? {
    guard byte() == UInt8(ascii: "[") else { return nil }
    var level = 0
    while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
    return byte(1 + level) == UInt8(ascii: "[") ? level : nil
  }

  private mutating func longString(_ level: Int) -> String {
    position += level + 2
    let close = [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    var value: [UInt8] = []
    while let byte = byte() {
      if byte == UInt8(ascii: "]"), bytes[position...].starts(with: close) {
        position += close.count
        break
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      value.append(byte)
      position += 1
    }
    // A line end that comes first is none of the string.
    if value.first == UInt8(ascii: "\r") { value.removeFirst() }
    if value.first == UInt8(ascii: "\n") { value.removeFirst() }
    return String(decoding: value, as: UTF8.self)
  }

  private mutating func string(until quote: UInt8) -> String {
    var value: [UInt8] = []
    while let byte = byte(), byte != quote, byte != UInt8(ascii: "\n") {
      position += 1
      if byte == UInt8(ascii: "\\") { escape(into: &value) } else { value.append(byte) }
    }
    if byte() == quote { position += 1 }
    return String(decoding: value, as: UTF8.self)
  }

  /// What stands behind a backslash.
  private mutating func escape(into value: inout [UInt8]) {
    guard let byte = byte() else { return }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "\n"):
      line += 1
      value.append(0x0A)
    case UInt8(ascii: "z"):
      while let next = self.byte(), next == 0x20 || (0x09...0x0D).contains(next) {
        if next == UInt8(ascii: "\n") { line += 1 }
        position += 1
      }
    case UInt8(ascii: "x"):
      let digits = String(decoding: bytes[position..<min(position + 2, bytes.count)], as: UTF8.self)
      position = min(position + 2, bytes.count)
      if let code = UInt8(digits, radix: 16) { value.append(code) }
    case UInt8(ascii: "u"):
      let start = position
      while let next = self.byte(), next != UInt8(ascii: "}"), next != UInt8(ascii: "\n") { position += 1 }
      let digits = text(from: start).dropFirst()
      if let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) {
        value += Array(String(Character(scalar)).utf8)
      }
      if self.byte() == UInt8(ascii: "}") { position += 1 }
    case _ where Self.isDigit(byte):
      let start = position - 1
      while position - start < 3, let next = self.byte(), Self.isDigit(next) { position += 1 }
      if let code = UInt8(text(from: start)) { value.append(code) }
    default: value.append(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
  }
}
