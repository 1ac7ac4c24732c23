import UnixSignals

/// The signals by which a program is asked to end.
enum EndOfProcess {
  /// Waits for SIGINT or SIGTERM.
  static func wait() async {
    for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
  }
}
