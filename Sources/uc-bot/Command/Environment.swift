import Foundation
import Terminal

/// The environment of the process.
enum Environment {
  /// The variables that the program reads, as far as they are set.
  static var variables: [String: String] {
    let names = Set(
      PeerSettings.variables + ServiceManager.variables + StoreFolder.variables + TerminalKind.variables
        + [Journal.variable])
    return ProcessInfo.processInfo.environment.filter { names.contains($0.key) || $0.key.hasPrefix("UC_BOT_") }
  }
}
