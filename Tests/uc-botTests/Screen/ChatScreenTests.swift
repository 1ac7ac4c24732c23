import Limits
import Terminal
import Testing

@testable import uc_bot

@Suite struct ChatScreenTests {
  private let bob = ChatEntry.Speaker(id: "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB", name: "HYdBfeSB")

  private func screen(_ columns: Int = 80, _ rows: Int = 24, colours: Int = 256) -> ChatScreen {
    ChatScreen(
      nick: "alice", room: "universal-connectivity", size: ScreenSize(columns: columns, rows: rows),
      kind: TerminalKind(colours: colours))
  }

  private func said(_ text: String) -> ChatEntry { ChatEntry(time: "12:34:56", content: .said(bob, text: text)) }

  private func rows(_ screen: ChatScreen) -> [String] {
    var screen = screen
    let picture = screen.picture()
    return (0..<screen.size.rows).map { picture.text(row: $0) }
  }

  private func peer(_ number: Int, roundTrip: Double? = 0.0123) -> ChatRoster.Peer {
    ChatRoster.Peer(
      id: "12D3KooWpeer\(number)", name: "peer\(number)", roundTrip: roundTrip, isInRoom: number % 2 == 0, agent: "")
  }

  @Test("there are three boxes and a line") func thereAreThreeBoxesAndALine() {
    var screen = screen()
    screen.add(said("hello"))
    screen.add(ChatEntry(time: "12:34:57", content: .saidByUs(text: "hi", peers: 1)))
    screen.add(ChatEntry(time: "12:34:58", content: .system("Listening")))
    screen.roster.peers = [peer(0)]
    let rows = rows(screen)
    #expect(rows[0].hasPrefix("┌ Room: universal-connectivity ─") && rows[0].contains("┌ Peers ─"))
    #expect(rows[1].hasPrefix("│[12:34:56] HYdBfeSB: hello "))
    #expect(rows[2].hasPrefix("│[12:34:57] alice (You): hi "))
    #expect(rows[1].hasSuffix("││Connected: 1          │"))
    #expect(rows[2].hasSuffix("││• peer0        12.3 ms│"))
    #expect(rows.contains { $0.hasPrefix("┌ System ─") })
    #expect(rows.contains { $0.hasPrefix("│[12:34:58] Listening ") })
    #expect(rows[23] == "alice > Type your message...")
    #expect(rows[..<23].allSatisfy { CharacterWidth.of($0) == 80 })
  }

  @Test("nobody is there at first") func nobodyIsThereAtFirst() {
    #expect(rows(screen()).contains { $0.contains("(No peers connected)") })
  }

  @Test("every size can be drawn") func everySizeCanBeDrawn() {
    var screen = screen()
    for number in 0..<40 { screen.add(said("text \(number) 你好 " + String(repeating: "x", count: number * 7))) }
    screen.roster.peers = (0..<30).map { peer($0) }
    screen.transfer = ChatTransfer(name: "a.bin", received: 5, total: 10, bytesPerSecond: 1)
    _ = screen.handle(.text("a line that is longer than the screen is wide"))
    for columns in [1, 2, 3, 10, 29, 30, 59, 60, 80, 500] {
      for rows in [1, 2, 3, 4, 6, 7, 12, 13, 24, 200] {
        screen.resize(ScreenSize(columns: columns, rows: rows))
        for isScrolled in [false, true] {
          if isScrolled { _ = screen.handle(.named(.pageUp)) } else { _ = screen.handle(.named(.escape)) }
          let picture = screen.picture()
          #expect(picture.size == ScreenSize(columns: columns, rows: rows))
          #expect(picture.cursor?.row == rows - 1)
        }
      }
    }
  }

  @Test("small screens show the talk") func smallScreensShowTheTalk() {
    var screen = screen(40, 8)
    screen.add(said("hello"))
    #expect(rows(screen).contains { $0.hasPrefix("┌ Room: universal-connectivity (0) ") })
    #expect(!rows(screen).contains { $0.contains("System") })
    screen.resize(ScreenSize(columns: 20, rows: 3))
    #expect(rows(screen)[0].hasPrefix("[12:34:56] HYdBfeSB:"))
    #expect(rows(screen)[2] == "> Type your message.")
  }

  @Test("only so many peers are listed") func onlySoManyPeersAreListed() {
    var screen = screen()
    screen.roster.peers = (0..<40).map { peer($0) }
    let shown = rows(screen)
    #expect(shown.contains { $0.contains("Connected: 40") })
    // Who is in the room comes first.
    #expect(shown[2].contains("• peer0 ") && shown[3].contains("• peer2 "))
    let listed = shown.count { $0.contains("• peer") }
    #expect(shown.contains { $0.contains("… and \(40 - listed) more") })
  }

  @Test("keys do what they should") func keysDoWhatTheyShould() {
    var screen = screen()
    #expect(screen.handle(.control("c")) == .deliver(.interrupted))
    #expect(screen.handle(.control("q")) == .deliver(.interrupted))
    #expect(screen.handle(.control("d")) == .deliver(.ended))
    #expect(screen.handle(.control("z")) == .suspend)
    #expect(screen.handle(.control("l")) == .redraw)
    #expect(screen.handle(.named(.enter)) == nil)
    #expect(screen.handle(.text("hello")) == nil)
    #expect(rows(screen)[23] == "alice > hello")
    #expect(screen.handle(.named(.enter)) == .deliver(.line("hello")))
    #expect(rows(screen)[23] == "alice > Type your message...")
    #expect(screen.handle(.named(.left)) == .ring)
  }

  @Test("what is pasted is one message without the last line break")
  func whatIsPastedIsOneMessageWithoutTheLastLineBreak() {
    var screen = screen()
    _ = screen.handle(.paste("one\ntwo\u{202E}\n"))
    #expect(rows(screen)[23] == "alice > one␊two\\u{202e}␊")
    #expect(screen.handle(.named(.enter)) == .deliver(.line("one\ntwo\u{202E}")))
    _ = screen.handle(.paste("\n\n"))
    #expect(screen.handle(.named(.enter)) == nil)
  }

  @Test("what is too long is said to be") func whatIsTooLongIsSaidToBe() {
    var screen = screen()
    let text = String(repeating: "x", count: Limits.Chat.publish + 1)
    _ = screen.handle(.paste(text))
    #expect(screen.handle(.named(.enter)) == .deliver(.tooLong(bytes: text.utf8.count)))
    #expect(screen.handle(.paste(String(repeating: "x", count: Limits.Screen.line + 1))) == .ring)
  }

  @Test("tab completes commands and peers") func tabCompletesCommandsAndPeers() {
    var screen = screen()
    screen.roster.peers = [ChatRoster.Peer(id: bob.id, name: "bob", roundTrip: nil, isInRoom: true, agent: "")]
    for key in [Key.text("/mul"), .named(.tab)] { #expect(screen.handle(key) == nil) }
    #expect(screen.editor.text == "/multiaddr ")
    _ = screen.handle(.control("u"))
    _ = screen.handle(.text("/dm hyd"))
    #expect(screen.handle(.named(.tab)) == nil)
    #expect(screen.editor.text == "/dm HYdBfeSB ")
    #expect(screen.handle(.named(.tab)) == .ring)
    _ = screen.handle(.control("u"))
    _ = screen.handle(.text("/f"))
    #expect(screen.handle(.named(.tab)) == nil)
    #expect(screen.editor.text == "/file")
  }

  @Test("who reads further up is told of what is new") func whoReadsFurtherUpIsToldOfWhatIsNew() {
    var screen = screen()
    for number in 0..<100 { screen.add(said("number \(number)")) }
    _ = screen.handle(.named(.pageUp))
    #expect(rows(screen).contains { $0.contains("Esc goes to the end") })
    screen.add(said("news"))
    #expect(rows(screen).contains { $0.contains("↓ 1 new, Esc shows them") })
    #expect(!rows(screen).contains { $0.contains("news") })
    _ = screen.handle(.named(.escape))
    #expect(rows(screen).contains { $0.contains("news") })
    // What one says oneself is seen.
    _ = screen.handle(.named(.home, .control))
    screen.add(ChatEntry(time: "12:34:56", content: .saidByUs(text: "mine", peers: 1)))
    #expect(rows(screen).contains { $0.contains("(You): mine") })
  }

  @Test("what is kept is bounded") func whatIsKeptIsBounded() {
    var screen = screen()
    for number in 0..<(Limits.Screen.talk + 50) { screen.add(said("\(number)")) }
    for number in 0..<(Limits.Screen.system + 50) { screen.add(ChatEntry(time: "", content: .system("\(number)"))) }
    #expect(screen.talk.count == Limits.Screen.talk)
    #expect(screen.system.count == Limits.Screen.system)
    screen.noteLost(7)
    #expect(rows(screen).contains { $0.contains("7 entries left out") })
  }

  @Test("what changed is written, and nothing else: a slow line is enough") func littleIsWritten() {
    var screen = screen()
    var painter = ScreenPainter()
    for number in 0..<100 { screen.add(said("number \(number) of a talk that has filled the screen")) }
    screen.roster.peers = (0..<5).map { peer($0) }
    let first = painter.paint(screen.picture()).utf8.count
    #expect(painter.paint(screen.picture()).isEmpty)
    screen.roster.peers[2].roundTrip = 0.0456
    #expect(painter.paint(screen.picture()).utf8.count < 40)
    _ = screen.handle(.text("x"))
    _ = painter.paint(screen.picture())
    _ = screen.handle(.text("y"))
    #expect(painter.paint(screen.picture()) == "y")
    // Each row of the talk moves up, of which most of the text is the same.
    screen.add(said("number 100 of a talk that has filled the screen"))
    let next = painter.paint(screen.picture()).utf8.count
    #expect(next < 600 && first < 6_000, "\(next) and \(first) bytes")
  }

  @Test("a transfer has a row") func aTransferHasARow() {
    var screen = screen()
    screen.transfer = ChatTransfer(name: "talk.pdf", received: 500, total: 1_000, bytesPerSecond: 100)
    #expect(rows(screen)[22].hasPrefix("talk.pdf [###") && rows(screen)[22].contains("50 %"))
    screen.transfer = nil
    #expect(rows(screen)[22].hasPrefix("└"))
  }

  @Test("there are no colours where none are wanted") func thereAreNoColoursWhereNoneAreWanted() {
    let entry = said("x")
    let text = EntryText(kind: TerminalKind(colours: 0), nick: "alice").text(entry)
    #expect(text.runs.allSatisfy { $0.style.colour == nil })
    let coloured = EntryText(kind: TerminalKind(colours: 16), nick: "alice").text(entry)
    #expect(coloured.runs.contains { $0.style.colour != nil })
  }

  @Test("a screen needs a person at it") func aScreenNeedsAPersonAtIt() throws {
    #expect(throws: (any Error).self) { try ChatCommand.parse(["--ui", "--headless"]) }
    let command = try ChatCommand.parse(["--ui"])
    let options = try command.options(environment: [:], isTerminal: true)
    #expect(options.hasScreen)
  }
}
