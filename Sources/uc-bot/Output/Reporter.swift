import Logging
import Synchronization
import Swarm
import UniversalConnectivity

/// Prints what happens, as far as the user wants to see it, in the form that the user wants.
///
/// In a console the screen belongs to the conversation: then the lines of the peer are left out below `warning`. The
/// first ones (the id, the addresses) are kept, for the case that the console steps aside and the bot goes on without.
final class Reporter: Sendable {
  /// How lines are written.
  enum Form: Sendable {
    case text
    case json
    /// As the lessons of the workshop have them.
    case workshop(WorkshopLines)

    init(_ format: LogFormat) {
      switch format {
      case .text: self = .text
      case .json: self = .json
      }
    }
  }

  private struct State {
    var level: Logger.Level
    var writer: LineWriter
    /// Lines kept while they are hidden; nil when nothing is kept any more.
    var kept: [EventLine]?
  }

  /// Most lines that are kept.
  private static let keptLines = 64

  private let form: Form
  private let state: Mutex<State>

  /// - Parameters:
  ///   - level: What is less important is left out.
  ///   - keepsHidden: Whether the first lines that are left out are kept for `change(level:writer:)`.
  init(form: Form, level: Logger.Level, writer: LineWriter, keepsHidden: Bool) {
    self.form = form
    state = Mutex(State(level: level, writer: writer, kept: keepsHidden ? [] : nil))
  }

  /// Prints a line.
  func report(_ line: EventLine) {
    let writer = state.withLock { state -> LineWriter? in
      if line.level >= state.level { return state.writer }
      if line.isLasting, let count = state.kept?.count, count < Self.keptLines { state.kept?.append(line) }
      return nil
    }
    if let writer { write(line, to: writer) }
  }

  /// From now on prints more, elsewhere, beginning with the lines that were kept.
  func change(level: Logger.Level, writer: LineWriter) {
    let kept = state.withLock { state -> [EventLine] in
      defer { state = State(level: level, writer: writer, kept: nil) }
      return state.kept ?? []
    }
    for line in kept where line.level >= level { write(line, to: writer) }
  }

  private func write(_ line: EventLine, to writer: LineWriter) {
    switch form {
    case .text: writer.write(line.text, level: line.level)
    case .workshop(let lessons): for text in lessons.lines(for: line) { writer.write(text, level: line.level) }
    case .json: writer.write(line.json(nanoseconds: WallClock.nanoseconds()), level: line.level)
    }
  }
}

extension EventLine {
  /// Whether the line stays true after it was printed: who we are, and where we listen.
  fileprivate var isLasting: Bool {
    switch self {
    case .starting, .localPeer, .chat(.listening), .chat(.joined): true
    case .chat, .dht, .published, .notPublished: false
    }
  }
}
