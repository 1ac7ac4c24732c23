import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// SIGHUP, which has two meanings: whoever sends it to a service wants its files read again; and the system sends it
/// when the terminal that a program was started from has gone, to end it.
struct HangupSignal: Sendable {
  private let signals: UnixSignalsSequence
  /// The terminal that the program was started from, if it was.
  private let terminal: Int32?

  /// From here on the signal does not end the process by itself.
  init() async {
    terminal = [0, 1, 2].first { isatty($0) == 1 }
    signals = await UnixSignalsSequence(trapping: .sighup)
  }

  /// Loads the scripts anew at each, until the task is cancelled; ends the program when its terminal has gone.
  func reload(_ bots: BotTeam, end: EndSignal) async {
    for await _ in signals {
      if let terminal, isatty(terminal) != 1 { return end.end() }
      bots.reload()
    }
  }
}
