import Multiformats
import NIOCore
import UniversalConnectivity

extension ChatService {
  /// Starts the console peer, if the user wants one.
  func startConsole(
    beside node: ChatNode, listeningOn addresses: [Multiaddr], eventLoops: any EventLoopGroup, end: EndSignal
  ) async throws -> ConsolePeer? {
    guard options.isConsole else { return nil }
    guard let loopback = addresses.first(where: Self.isLoopback) else {
      throw Failure(.unavailable, "--console: the bot does not listen on loopback")
    }
    let console = try ConsolePeer(
      address: loopback, eventLoopGroup: eventLoops, logger: streams.logger("console"),
      output: streams.standardOutput, notes: streams.standardError
    ) { outcome in
      switch outcome {
      case .ended(let failure): end.end(failure.map { Failure(.software, "--console: \($0)") })
      case .steppedAside: goOnWithoutConsole(node)
      }
    }
    try await console.start()
    return console
  }

  /// The bot becomes an ordinary one: it prints its lines, and others can reach it.
  private func goOnWithoutConsole(_ node: ChatNode) {
    streams.becomeOrdinary()
    Task {
      for address in options.listenWithoutConsole { _ = try? await node.listen(on: address) }
    }
  }

  private static func isLoopback(_ address: Multiaddr) -> Bool {
    guard let host = address.components.first, host.proto == .ip4 else { return false }
    return host.value.first == 127
  }
}
