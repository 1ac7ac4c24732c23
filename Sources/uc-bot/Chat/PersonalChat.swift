import Identity
import Logging
import NIOPosix
import Swarm
import UniversalConnectivity
import UnixSignals

/// One peer, its room, and the place where a person chats, put together.
struct PersonalChat {
  let options: ChatOptions
  let frontEnd: any ChatFrontEnd
  let logger: Logger

  /// Chats until the person leaves, or a signal ends it.
  /// - Throws: ``Failure``.
  func run() async throws {
    let identity = try LoadedIdentity(file: options.peer.identityFile)
    let configuration = options.configuration(identity: identity.keyPair)
    let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let node = try ChatNode(configuration: configuration, eventLoopGroup: eventLoops, logger: logger)
    let end = EndSignal()
    let driver = ChatDriver(
      session: ChatSession(options.setup(peer: node.localPeer, configuration: configuration)), node: node,
      frontEnd: frontEnd, options: options, end: end)

    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let watching = Task { for await _ in signals { driver.post(.input(.interrupted)) } }
    defer { watching.cancel() }
    do {
      try await frontEnd.start { driver.post(.input($0)) }
      driver.start()
      identity.announce(to: logger)
      let room = try await join(node, driver)
      let talking = Task { await room.run() }
      let failure = await end.wait()
      await room.stop()
      await node.shutdown(timeout: .milliseconds(150))
      await talking.value
      await frontEnd.stop()
      if let failure { throw failure }
    } catch {
      await frontEnd.stop()
      throw error
    }
  }

  /// Enters the room; from here on what is said in it reaches the driver.
  private func join(_ node: ChatNode, _ driver: ChatDriver) async throws -> ChatRoom {
    node.onEvent { event in
      // What is said comes by way of the room.
      if case .message = event { return }
      driver.take(.node(event))
    }
    let room: ChatRoom
    do {
      room = try await open(node, nickname: driver.nick)
    } catch let error as SwarmError {
      throw Failure(.unavailable, "\(error)")
    }
    await room.addMessageHandler { driver.post(.node(.message($0))) }
    driver.joined(room, at: await room.addresses)
    return room
  }

  private func open(_ node: ChatNode, nickname: String) async throws -> ChatRoom {
    do {
      return try await ChatRoom.join(node, nickname: nickname, systemLog: systemLogPath, logger: logger)
    } catch let error as FileTransferError {
      guard options.systemLog == .usual else { throw Failure(.cannotCreate, "--system-log: \(error)") }
      logger.warning("the system messages are not kept: \(error)")
      return try await ChatRoom.join(node, nickname: nickname, logger: logger)
    }
  }

  private var systemLogPath: String? {
    switch options.systemLog {
    case .off: nil
    case .usual: ChatOptions.usualSystemLog
    case .at(let path): path
    }
  }
}
