import Identity
import Limits
import Logging
import Multiformats
import NIOCore

/// The chat room as an application for people uses it: handlers for what is said, lines about what goes on, a nickname.
///
/// ```swift
/// let room = try await ChatRoom.join(node, nickname: "alice")
/// await room.addMessageHandler { print("[\($0.payload?.nick ?? $0.from.short)]: \($0.text)") }
/// async let talk: Void = room.run()
/// try await room.publish("hello")
/// ```
///
/// What is said waits in a bounded buffer until `run` hands it to the handlers; when they are slow, the oldest is
/// dropped and counted. A handler that fails keeps nothing from the others. Own messages are not heard.
public actor ChatRoom {
  /// Gets each message, in the order in which they came.
  public typealias MessageHandler = @Sendable (ChatMessage) async throws -> Void
  /// Gets each line about the room, fit for a terminal.
  public typealias SystemMessageHandler = @Sendable (String) async throws -> Void

  /// The peer that is in the room.
  public nonisolated let node: ChatNode
  /// What the person is called.
  public nonisolated let nickname: String
  /// Where the node listens, each with its id, to be handed to others.
  public private(set) var addresses: [Multiaddr] = []
  /// The first of them; `unknown/<id>` for a node that listens nowhere.
  public private(set) var multiaddr: String
  /// Whether `run` is at work.
  public private(set) var isRunning = false
  /// How many times a handler failed.
  public private(set) var handlerErrors = 0

  private let inbox = RoomInbox()
  private let log: SystemLog?
  private let logger: Logger
  private var messageHandlers: [MessageHandler] = []
  private var systemMessageHandlers: [SystemMessageHandler] = []

  private init(_ node: ChatNode, nickname: String, log: SystemLog?, logger: Logger) {
    self.node = node
    self.nickname = nickname
    self.log = log
    self.logger = logger
    multiaddr = "unknown/\(node.localPeer)"
  }

  /// Starts a node that has not been started, and with it joins its room.
  ///
  /// - Parameter systemLog: A file to which the room's own lines are appended, with the time before each; the handlers
  ///   get those about the peers as well.
  /// - Throws: What `ChatNode.start` throws, and ``FileTransferError`` when the file cannot be opened.
  public static func join(
    _ node: ChatNode, nickname: String, systemLog: String? = nil, logger: Logger = Logger(label: "room")
  ) async throws -> ChatRoom {
    let log = try systemLog.map { try SystemLog(path: $0) }
    let room = ChatRoom(node, nickname: nickname, log: log, logger: logger)
    try await room.enter()
    return room
  }

  private func enter() async throws {
    node.onEvent { [inbox] event in inbox.take(event) }
    tell(.started)
    tell(.nickname(nickname))
    do {
      addresses = try await node.start()
      if let address = addresses.first { multiaddr = address.description }
    } catch {
      tell(.notJoined(reason: "\(error)"))
      throw error
    }
    tell(.multiaddr(multiaddr))
    tell(.commands)
    tell(.joined(nickname: nickname))
  }

  // MARK: talk

  /// Says something to everybody in the room.
  /// - Returns: How many peers it was sent to at once.
  /// - Throws: ``ChatPublishError``; a line tells of it as well.
  @discardableResult
  public func publish(_ text: String) async throws -> Int {
    do {
      return try await node.publish(ByteBuffer(string: text)).get().peers
    } catch {
      tell(.notPublished(reason: "\(error)"))
      throw error
    }
  }

  /// Adds somebody who hears what is said, from the next message on.
  public func addMessageHandler(_ handler: @escaping MessageHandler) { messageHandlers.append(handler) }

  /// Adds somebody who hears what goes on, from the next line on.
  public func addSystemMessageHandler(_ handler: @escaping SystemMessageHandler) {
    systemMessageHandlers.append(handler)
  }

  // MARK: who is there

  /// Who is connected, in the room or not.
  public var connectedPeers: Set<PeerID> { get async { Set(await node.connectedPeers) } }

  /// How many are connected.
  public var peerCount: Int { get async { await connectedPeers.count } }

  /// Messages that the handlers were too slow for.
  public nonisolated var droppedMessages: Int { inbox.droppedMessages }

  /// Lines that the handlers were too slow for.
  public nonisolated var droppedSystemMessages: Int { inbox.droppedLines }

  // MARK: life

  /// Hands messages and lines to the handlers, each kind in its order and neither waiting for the other, until `stop`
  /// or until the task is cancelled. A room runs once.
  public func run() async {
    guard !isRunning else { return }
    isRunning = true
    let inbox = inbox
    await withTaskGroup { group in
      group.addTask { for await message in inbox.messages { await self.deliver(message) } }
      group.addTask { for await line in inbox.lines { await self.deliver(line) } }
    }
    isRunning = false
  }

  /// Ends `run` when it has handed out what has come before. The node goes on.
  public func stop() { inbox.finish() }

  private func deliver(_ message: ChatMessage) async {
    for handler in messageHandlers { await isolate { try await handler(message) } }
  }

  private func deliver(_ line: String) async {
    for handler in systemMessageHandlers { await isolate { try await handler(line) } }
  }

  private func isolate(_ body: () async throws -> Void) async {
    do {
      try await body()
    } catch {
      handlerErrors += 1
      logger.warning("a handler of the room failed", metadata: ["error": "\(TerminalText.sanitized("\(error)"))"])
    }
  }

  private func tell(_ entry: SystemLog.Entry) {
    log?.append(entry)
    inbox.put(TerminalText.sanitized(entry.description))
  }
}
