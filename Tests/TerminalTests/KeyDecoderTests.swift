import Limits
import Terminal
import Testing

@Suite struct KeyDecoderTests {
  private func keys(_ text: String) -> [Key] {
    var decoder = KeyDecoder()
    return decoder.feed(text.utf8)
  }

  @Test("text stays together") func textStaysTogether() {
    #expect(keys("hello 你好 👩‍👩‍👧") == [.text("hello 你好 👩‍👩‍👧")])
  }

  @Test("keys have names") func keysHaveNames() {
    #expect(keys("\r\n\t\u{7F}\u{08}") == [.enter, .enter, .tab, .backspace, .backspace].map { .named($0) })
    #expect(keys("\u{1B}[A\u{1B}OB\u{1B}[C\u{1B}[D") == [.up, .down, .right, .left].map { .named($0) })
    #expect(keys("\u{1B}[H\u{1B}OF\u{1B}[1~\u{1B}[8~") == [.home, .end, .home, .end].map { .named($0) })
    #expect(keys("\u{1B}[5~\u{1B}[6~\u{1B}[3~") == [.pageUp, .pageDown, .delete].map { .named($0) })
    #expect(
      keys("\u{1B}[1;5C\u{1B}[1;2A\u{1B}[5;3~\u{1B}[Z")
        == [.named(.right, .control), .named(.up, .shift), .named(.pageUp, .alt), .named(.tab, .shift)])
    #expect(
      keys("\u{01}\u{11}\u{1B}b\u{1B}\u{7F}") == [.control("a"), .control("q"), .alt("b"), .named(.backspace, .alt)])
  }

  @Test("the same keys come wherever the bytes are cut") func theSameKeysComeWhereverTheBytesAreCut() {
    let bytes = Array("a你\u{1B}[1;5C👍\u{1B}OHz\u{1B}[200~p\r\nq\u{1B}[201~é\r".utf8)
    var whole = KeyDecoder()
    let expected = joined(whole.feed(bytes))
    for first in 0...bytes.count {
      for second in first...bytes.count {
        var decoder = KeyDecoder()
        let parts = [bytes[..<first], bytes[first..<second], bytes[second...]]
        #expect(joined(parts.flatMap { decoder.feed($0) }) == expected)
      }
    }
    var single = KeyDecoder()
    #expect(joined(bytes.flatMap { single.feed([$0]) }) == expected)
  }

  @Test("a lone escape is the key when nothing follows") func aLoneEscapeIsTheKeyWhenNothingFollows() {
    var decoder = KeyDecoder()
    #expect(decoder.patience == nil)
    #expect(decoder.feed([0x1B]).isEmpty)
    #expect(decoder.patience != nil)
    #expect(decoder.giveUp() == [.named(.escape)])
    #expect(decoder.feed("x".utf8) == [.text("x")])
  }

  @Test("unknown sequences leave nothing behind") func unknownSequencesLeaveNothingBehind() {
    #expect(keys("\u{1B}[99~a\u{1B}[?1;2c\u{1B}[<0;1;1Mb") == [.text("a"), .text("b")])
    #expect(keys("\u{1B}]11;rgb:0/0/0\u{07}a\u{1B}P1$r\u{1B}\\b\u{1B}[[Ac") == [.text("a"), .text("b"), .text("c")])
  }

  @Test("what is pasted is one text") func whatIsPastedIsOneText() {
    #expect(
      keys("\u{1B}[200~one\r\ntwo\rthree\n\tfour\u{1B}[31m\u{1B}[201~x") == [
        .paste("one\ntwo\nthree\n\tfour[31m"), .text("x"),
      ])
    #expect(keys("\u{1B}[200~\u{1B}[201~").isEmpty)
    // Ctrl-C in it is no key.
    #expect(keys("\u{1B}[200~a\u{03}b\u{1B}[201~") == [.paste("ab")])
  }

  @Test("a paste without an end ends") func aPasteWithoutAnEndEnds() {
    var decoder = KeyDecoder()
    #expect(decoder.feed("\u{1B}[200~abc".utf8).isEmpty)
    #expect(decoder.giveUp() == [.paste("abc")])
    #expect(decoder.feed("d".utf8) == [.text("d")])
  }

  @Test("what is kept is bounded") func whatIsKeptIsBounded() {
    var decoder = KeyDecoder()
    _ = decoder.feed("\u{1B}[200~".utf8)
    _ = decoder.feed(repeatElement(UInt8(ascii: "x"), count: Limits.Screen.paste + 1_000))
    let keys = decoder.feed("\u{1B}[201~y".utf8)
    #expect(keys == [.paste(String(repeating: "x", count: Limits.Screen.paste)), .text("y")])
    var other = KeyDecoder()
    #expect(other.feed("\u{1B}[".utf8 + Array(repeating: UInt8(ascii: "1"), count: 10_000)).isEmpty)
    #expect(other.feed("~z".utf8) == [.text("z")])
  }

  @Test("broken text is shown as such") func brokenTextIsShownAsSuch() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0xFF, 0x61, 0xC3, 0x28]) == [.text("\u{FFFD}a\u{FFFD}(")])
    // A C1 control is no text.
    #expect(decoder.feed([0xC2, 0x9B, 0x62]) == [.text("b")])
  }

  /// Text that was cut is the same text.
  private func joined(_ keys: [Key]) -> [Key] {
    keys.reduce(into: []) { result, key in
      if case .text(let new) = key, case .text(let old)? = result.last {
        result[result.count - 1] = .text(old + new)
      } else {
        result.append(key)
      }
    }
  }
}
