import Limits
import Terminal
import UniversalConnectivity

/// How the screen looks.
extension ChatScreen {
  /// The picture of the moment.
  mutating func picture() -> Canvas {
    var canvas = Canvas(size)
    // On a small screen the title tells what the missing box would.
    let title = "Room: \(roster.room)" + (layout.peers == nil ? " (\(roster.inRoom))" : "")
    draw(layout.talk, title: title, mark: Self.mark(talk), on: &canvas)
    draw(talk.visible(), in: layout.talk.inside, on: &canvas)
    if let box = layout.peers {
      draw(box, title: "Peers", mark: nil, on: &canvas)
      draw(peerRows(box.inside), in: box.inside, on: &canvas)
    }
    if let box = layout.system {
      draw(box, title: "System", mark: Self.mark(system), on: &canvas)
      draw(system.visible(), in: box.inside, on: &canvas)
    }
    if let transfer, let row = layout.transfer {
      canvas.write(TransferBar.text(transfer, columns: size.columns), column: 0, row: row)
    }
    drawInput(on: &canvas)
    return canvas
  }

  // MARK: boxes

  private static func mark(_ log: ScrollBack) -> StyledText? {
    guard !log.isFollowing else { return nil }
    let text = log.unread > 0 ? " ↓ \(log.unread) new, Esc shows them " : " ↓ Esc goes to the end "
    return StyledText(text, Style(isBold: log.unread > 0, isReverse: true))
  }

  private func draw(_ box: ScreenLayout.Box, title: String, mark: StyledText?, on canvas: inout Canvas) {
    let (left, right) = (box.column, box.column + box.columns - 1)
    let (above, below) = (box.row, box.row + box.rows - 1)
    if box.hasFrame {
      let frame = Style(isDim: true)
      let line = String(repeating: "─", count: max(0, box.columns - 2))
      canvas.write("┌\(line)┐", frame, column: left, row: above)
      canvas.write("└\(line)┘", frame, column: left, row: below)
      for row in (above + 1)..<max(above + 1, below) {
        canvas.write("│", frame, column: left, row: row)
        canvas.write("│", frame, column: right, row: row)
      }
      canvas.write(" \(title) ", Style(isBold: true), column: left + 1, row: above, width: box.columns - 2)
    }
    if let mark {
      let width = CharacterWidth.of(mark.text)
      let column = max(left, right - width - 1)
      canvas.write(mark, column: column, row: box.hasFrame ? below : max(0, box.row), width: box.columns)
    }
  }

  private func draw(_ rows: [StyledText], in box: ScreenLayout.Box, on canvas: inout Canvas) {
    for (row, text) in rows.prefix(box.rows).enumerated() {
      // Without a frame the mark has the place of the first row.
      if !box.hasFrame, box == layout.talk, row == 0, !talk.isFollowing { continue }
      canvas.write(text, column: box.column, row: box.row + row, width: box.columns)
    }
  }

  // MARK: peers

  private func peerRows(_ box: ScreenLayout.Box) -> [StyledText] {
    var rows = [StyledText("Connected: \(roster.peers.count)")]
    if roster.peers.isEmpty { return rows + [StyledText("(No peers connected)", Style(isDim: true))] }
    // Who is in the room first.
    let peers = (roster.peers.filter(\.isInRoom) + roster.peers.filter { !$0.isInRoom }).prefix(Limits.Screen.peers)
    let room = box.rows - 1
    let shown = peers.count > room || roster.peers.count > peers.count ? max(0, room - 1) : room
    rows += peers.prefix(shown).map { peerRow($0, columns: box.columns) }
    let rest = roster.peers.count - min(shown, peers.count)
    if rest > 0 { rows.append(StyledText("… and \(rest) more", Style(isDim: true))) }
    return rows
  }

  private func peerRow(_ peer: ChatRoster.Peer, columns: Int) -> StyledText {
    let trip = peer.roundTrip.map { "\(Milliseconds.text(seconds: $0)) ms" } ?? ""
    let room = columns - 2 - (trip.isEmpty ? 0 : trip.count + 1)
    // The first eight characters, as the seed has them, are the same for nearly all peers; the last are not.
    let name = CharacterWidth.of(peer.name) + 9 <= room ? "\(peer.id.prefix(8))…\(peer.name)" : peer.name
    let style = Style(
      colour: peer.isInRoom ? kind.colour(for: peer.id) : nil, isBold: peer.isInRoom, isDim: !peer.isInRoom)
    let clipped = Self.clipped(name, columns: max(1, room))
    let gap = String(repeating: " ", count: max(1, columns - 2 - CharacterWidth.of(clipped) - trip.count))
    return StyledText([.init("• ", style), .init(clipped, style), .init(gap + trip)])
  }

  /// The end of a name tells more than its beginning does.
  private static func clipped(_ name: String, columns: Int) -> String {
    guard CharacterWidth.of(name) > columns else { return name }
    var result = ""
    var used = 1
    for character in name.reversed() {
      used += CharacterWidth.of(character)
      if used > columns { break }
      result = String(character) + result
    }
    return "…" + result
  }

  // MARK: the line

  private func drawInput(on canvas: inout Canvas) {
    let row = layout.input
    // On a narrow screen the text needs the place of the name.
    let prompt = CharacterWidth.of(roster.nick) + 3 <= size.columns / 3 ? "\(roster.nick) > " : "> "
    let used = canvas.write(prompt, Style(isBold: true), column: 0, row: row)
    guard !editor.isEmpty else {
      canvas.write("Type your message...", Style(isDim: true), column: used, row: row)
      canvas.cursor = (used, row)
      return
    }
    let view = editor.view(columns: size.columns - used) { TerminalText.sanitized(String($0)) }
    canvas.write(view.text, column: used, row: row)
    canvas.cursor = (used + view.cursor, row)
  }
}
