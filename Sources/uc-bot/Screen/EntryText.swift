import Terminal
import UniversalConnectivity

/// How an entry of a chat is written on a screen.
struct EntryText {
  let kind: TerminalKind
  let nick: String

  /// `[HH:MM:SS] name: text`, each person in a colour of their own.
  func text(_ entry: ChatEntry) -> StyledText {
    let time = StyledText.Run("[\(entry.time)] ", Style(isDim: true))
    switch entry.content {
    case .said(let speaker, let text):
      return StyledText([time, name(speaker), .init(": \(text)")])
    case .saidByUs(let text, _):
      return StyledText([time, .init("\(nick) (You)", Style(isBold: true)), .init(": \(text)")])
    case .directFrom(let speaker, let text):
      return StyledText([time, name(speaker), .init(" to you alone", Style(isReverse: true)), .init(": \(text)")])
    case .directTo(let speaker, let text):
      let run = StyledText.Run(" to ", Style(isBold: true))
      return StyledText([
        time, .init("\(nick) (You)", Style(isBold: true)), run, name(speaker), .init(" alone", Style(isReverse: true)),
        .init(": \(text)"),
      ])
    case .system(let text): return StyledText([time, .init(text)])
    case .answer(let text): return StyledText(text)
    case .failure(let text):
      return StyledText([time, .init("⚠ \(text)", Style(colour: kind.colours > 0 ? 1 : nil, isBold: true))])
    }
  }

  private func name(_ speaker: ChatEntry.Speaker) -> StyledText.Run {
    .init(speaker.name, Style(colour: kind.colour(for: speaker.id), isBold: true))
  }
}
