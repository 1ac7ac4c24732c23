import Terminal
import Testing

@Suite struct CharacterWidthTests {
  @Test(
    "how many columns a character takes",
    arguments: [
      ("a", 1), (" ", 1), ("é", 1), ("e\u{301}", 1), ("ß", 1), ("你", 2), ("ｱ", 1), ("Ａ", 2), ("한", 2),
      ("\u{1112}\u{1161}\u{11AB}", 2),
      ("👍", 2), ("👍🏽", 2), ("👨‍👩‍👧‍👦", 2), ("🇩🇪", 2), ("❤", 1), ("❤️", 2), ("☺", 1), ("1️⃣", 2), ("│", 1), ("…", 1),
      ("\u{301}", 0), ("\u{200B}", 0), ("\u{7}", 0), ("क", 1), ("ñ", 1), ("𠀀", 2), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
    ])
  func characters(_ text: String, _ width: Int) {
    #expect(CharacterWidth.of(text) == width)
  }

  @Test("frame and plain text are certain") func frameAndPlainTextAreCertain() {
    for character in "az│─┌é你한•↓✓".filter({ $0 != "✓" }) {
      #expect(CharacterWidth.isCertain(character), "\(character)")
    }
    for character in ["👨‍👩‍👧‍👦", "❤️", "🇩🇪", "👍🏽", "e\u{301}"] as [Character] { #expect(!CharacterWidth.isCertain(character)) }
  }
}
