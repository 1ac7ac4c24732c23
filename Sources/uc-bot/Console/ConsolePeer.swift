import Identity
import Logging
import Multiformats
import NIOCore
import UniversalConnectivity

/// The second peer of `--console`: a whole chat peer in the same process that talks to the bots over loopback TCP,
/// through every layer, as any other peer would.
///
/// It drives a ``ConsoleSession``; all of it happens on the peer's event loop, which is what `@unchecked Sendable`
/// stands for here.
final class ConsolePeer: @unchecked Sendable {
  /// How the console ends.
  enum Outcome: Hashable, Sendable {
    /// The process is to end, in good order or with a failure.
    case ended(failure: String?)
    /// There was no input; the bots go on alone.
    case steppedAside
  }

  private let node: ChatNode
  private let input = StandardInput()
  private let output: LineWriter
  private let notes: LineWriter
  private let onOutcome: @Sendable (Outcome) -> Void
  private let began = NIODeadline.now()
  private var session: ConsoleSession
  private var timer: Scheduled<Void>?

  /// - Parameters:
  ///   - address: Where the bots' peer listens on loopback, with `/p2p/<id>`.
  ///   - output: For the conversation.
  ///   - notes: For words about the console itself.
  ///   - onOutcome: Called once, when the console is over.
  init(
    address: Multiaddr, eventLoopGroup: any EventLoopGroup, logger: Logger, output: LineWriter, notes: LineWriter,
    onOutcome: @escaping @Sendable (Outcome) -> Void
  ) throws {
    var configuration = ChatNodeConfiguration(identity: .generate())
    configuration.connect = [address]
    configuration.agent = Version.agent + "/console"
    node = try ChatNode(configuration: configuration, eventLoopGroup: eventLoopGroup, logger: logger)
    session = ConsoleSession(isInteractive: StandardInput.isTerminal)
    self.output = output
    self.notes = notes
    self.onOutcome = onOutcome
  }

  /// Connects to the bots and begins to read standard input.
  func start() async throws {
    node.onEvent { [weak self] event in
      switch event {
      case .ready: self?.handle(.ready)
      case .message(let message):
        self?.handle(
          .heard(short: message.from.short, text: message.text, truncated: message.truncated))
      default: break
      }
    }
    input.start { [weak self] line in
      guard let self else { return }
      node.eventLoop.execute { self.handle(line.map { .line($0) } ?? .endOfInput) }
    }
    node.eventLoop.execute { self.perform(self.session.start()) }
    try await node.start()
  }

  /// Ends the peer; what is typed from now on is not read.
  func stop() async {
    input.stop()
    await node.shutdown()
  }

  private func handle(_ event: ConsoleSession.Event) {
    perform(session.handle(event, at: elapsed))
  }

  private func perform(_ actions: [ConsoleSession.Action]) {
    for action in actions {
      switch action {
      case .read: input.readLine()
      case .publish(let text): publish(text)
      case .print(let line): output.write(line)
      case .note(let line): notes.write(line)
      case .stepAside:
        Task { await stop() }
        onOutcome(.steppedAside)
      case .end(let failure): onOutcome(.ended(failure: failure))
      }
    }
    timer?.cancel()
    timer = session.deadline.map { deadline in
      node.eventLoop.scheduleTask(deadline: began + .nanoseconds(Int64(deadline * 1e9))) { [weak self] in
        self?.handle(.tick)
      }
    }
  }

  private func publish(_ text: String) {
    node.publish(ByteBuffer(string: text)).whenComplete { [weak self] result in
      switch result {
      case .success: self?.handle(.published(failure: nil))
      case .failure(let error): self?.handle(.published(failure: "\(error)"))
      }
    }
  }

  /// Seconds since the console began.
  private var elapsed: Double {
    Double((NIODeadline.now() - began).nanoseconds) / 1e9
  }
}
