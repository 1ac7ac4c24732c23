import BotKit
import UnixSignals

/// Signals that mean nothing to the program and whatever a user likes to its bots.
struct SignalEvents: Sendable {
  private let signals: UnixSignalsSequence

  /// From here on SIGUSR1 and SIGUSR2 do not end the process.
  init() async {
    signals = await UnixSignalsSequence(trapping: .sigusr1, .sigusr2)
  }

  /// Gives each to the bots, as the event `signal`, until the task is cancelled.
  func post(to bots: BotTeam) async {
    for await signal in signals {
      bots.post(.signal(name: signal == .sigusr1 ? "USR1" : "USR2"))
    }
  }
}
