import Terminal
import Testing

@Suite struct TerminalKindTests {
  @Test("terminals that cannot place text are refused") func terminalsThatCannotPlaceTextAreRefused() {
    for name in ["", "dumb", "unknown"] { #expect(TerminalKind(environment: ["TERM": name]) == nil) }
    #expect(TerminalKind(environment: [:]) == nil)
  }

  @Test(
    "the colours of terminals",
    arguments: [
      ("xterm", 16), ("screen", 16), ("linux", 16), ("xterm-256color", 256), ("tmux-256color", 256), ("vt100", 0),
      ("xterm-direct", 256),
    ])
  func colours(_ name: String, _ count: Int) {
    #expect(TerminalKind(environment: ["TERM": name])?.colours == count)
    #expect(TerminalKind(environment: ["TERM": name, "NO_COLOR": "1"])?.colours == 0)
    #expect(TerminalKind(environment: ["TERM": name, "NO_COLOR": ""])?.colours == count)
  }

  @Test("a name always has the same colour") func aNameAlwaysHasTheSameColour() {
    let many = TerminalKind(colours: 256)
    #expect(
      many.colour(for: "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB")
        == many.colour(for: "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB"))
    let colours = Set((0..<200).compactMap { many.colour(for: "peer \($0)") })
    #expect(colours.count > 30)
    #expect((0..<200).allSatisfy { (TerminalKind(colours: 16).colour(for: "peer \($0)") ?? 99) < 16 })
    #expect(TerminalKind(colours: 0).colour(for: "x") == nil)
  }
}
