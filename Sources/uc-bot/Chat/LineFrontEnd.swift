import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Chats in plain lines: standard input, read line by line, and standard output. Good for every terminal and for pipes.
final class LineFrontEnd: ChatFrontEnd {
  private let input: StandardInput?
  private let output: LineWriter
  /// On a terminal a bar shows how far a file has come, below the last line.
  private let isTerminal: Bool
  private let bar = Mutex<String?>(nil)

  /// - Parameter reads: Whether there is somebody at standard input.
  init(output: LineWriter, reads: Bool) {
    self.output = output
    input = reads ? StandardInput() : nil
    isTerminal = isatty(STDOUT_FILENO) == 1
  }

  func start(_ deliver: @escaping @Sendable (ChatInput) -> Void) {
    input?.start { line in
      switch line {
      case .text(let text)?: deliver(.line(text))
      case .tooLong(let bytes)?: deliver(.tooLong(bytes: bytes))
      case nil: deliver(.ended)
      }
    }
  }

  func requestLine() { input?.readLine() }

  func show(_ entry: ChatEntry) {
    let line = Self.text(entry.content)
    let bar = bar.withLock { $0 }
    // The bar goes, the line comes where it was, and the bar comes back below.
    output.write(bar.map { TransferBar.erase + line + "\n" + $0 } ?? line, ending: bar == nil ? "\n" : "")
  }

  func update(_ roster: ChatRoster) {}

  func update(_ transfer: ChatTransfer?) {
    guard isTerminal else { return }
    let new = transfer.map { TransferBar.text($0, columns: Self.columns) }
    let hadNone = bar.withLock { bar in
      defer { bar = new }
      return bar == nil
    }
    if new == nil, hadNone { return }
    output.write(TransferBar.erase + (new ?? ""), ending: "")
  }

  func stop() {
    input?.stop()
    update(nil)
    output.flush(milliseconds: 200)
  }

  /// An entry as a line. What was typed stands on the terminal already, so own words are answered only.
  static func text(_ content: ChatEntry.Content) -> String {
    switch content {
    case .said(let speaker, let text): "[\(speaker.name)]: \(text)"
    case .saidByUs(_, let peers): "✓ Message sent to \(peers) peer(s)"
    case .directFrom(let speaker, let text): "[\(speaker.name)] to you: \(text)"
    case .directTo(let speaker, _): "✓ Sent to \(speaker.name) alone"
    case .system(let text), .answer(let text): text
    case .failure(let text): "⚠ \(text)"
    }
  }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// How far a file has come, on one line.
enum TransferBar {
  /// What takes away the line that the cursor is in.
  static let erase = "\r\u{1B}[K"

  /// `talk.pdf [#####-----] 52 % of 12.3 MB, 310 MB/s`, shorter than the terminal is wide: the cursor has to stay in it.
  static func text(_ transfer: ChatTransfer, columns: Int) -> String {
    let speed = "\(ByteCount.text(UInt64(max(0, min(transfer.bytesPerSecond, 1e15)))))/s"
    guard transfer.total > 0 else {
      return String("\(transfer.name): waiting for the peer".prefix(max(0, columns - 1)))
    }
    let share = min(1, Double(transfer.received) / Double(transfer.total))
    let percent = Int(share * 100)
    let tail = "\(percent) % of \(ByteCount.text(transfer.total)), \(speed)"
    let width = min(30, columns - 1 - tail.count - 24)
    let name = transfer.name.prefix(20)
    guard width >= 5 else { return String("\(name) \(tail)".prefix(max(0, columns - 1))) }
    let filled = Int(share * Double(width))
    let drawn = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    return "\(name) [\(drawn)] \(tail)"
  }
}
