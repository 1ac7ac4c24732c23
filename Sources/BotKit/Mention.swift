/// `@name` in a text.
enum Mention {
  /// Whether one of the names is mentioned, in upper or lower case, with no letter or digit behind it.
  static func found(in text: String, of names: [String]) -> Bool {
    let text = Array(text.lowercased().utf8)
    let names = names.map { Array($0.lowercased().utf8) }.filter { !$0.isEmpty }
    for (index, byte) in text.enumerated() where byte == UInt8(ascii: "@") {
      let rest = text[(index + 1)...]
      if names.contains(where: { rest.starts(with: $0) && !isWord(rest.dropFirst($0.count).first) }) { return true }
    }
    return false
  }

  /// Letters beyond ASCII have bytes from 0x80 on.
  private static func isWord(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return (48...57).contains(byte) || (97...122).contains(byte) || byte == 95 || byte >= 0x80
  }
}

extension BotCore {
  /// What others call the bot.
  var names: [String] { [localPeer.short] + (configuration.nick.map { [$0] } ?? []) }
}
