import BotKit
import Identity
import Logging
import Multiformats
import NIOCore
import NIOPosix
import ServiceLifecycle
import Swarm
import UniversalConnectivity
import Web

/// One peer, its bots, and perhaps a console, put together.
struct ChatService: Service {
  let options: RunOptions
  let streams: OutputStreams

  /// Starts everything, waits for the end, and stops everything, last started first.
  /// - Throws: ``Failure``.
  func run() async throws {
    let reporter = streams.reporter
    reporter.report(.starting)
    let identity = try LoadedIdentity(file: options.peer.identityFile)
    reporter.report(.localPeer(identity.keyPair.peerID))

    // One loop carries all the peers of the process: they are idle most of the time, and a thread costs memory.
    let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let end = EndSignal()
    let node = try makeNode(identity: identity.keyPair, eventLoops: eventLoops)
    let web = BotWeb(policy: options.netPolicy, logger: streams.logger("web"))
    defer { web.shutdown() }
    let webhooks = options.http == nil ? nil : BotWebhooks()
    let systemLog = try openSystemLog()
    let bots = try BotTeam(
      options: options, node: node, web: web, webhooks: webhooks, systemLog: systemLog, logger: streams.botLogger())
    let metrics = PeerMetrics()
    let serviceManager = options.serviceManager
    let workshop = options.isWorkshop ? Workshop(node: node, reporter: reporter) : nil
    node.dht?.onEvent { reporter.report(.dht($0)) }
    node.onEvent { event in
      reporter.report(.chat(event))
      workshop?.note(event)
      metrics.note(event)
      if case .liveness = event { serviceManager?.notify(.status(EventLine.chat(event).text)) }
      bots.post(event)
    }
    // Before the scripts run: one that says that it is there may be sent a signal at once.
    let signals = await SignalEvents()
    let hangups = await HangupSignal()
    try bots.start()
    let forwarding = Task { await signals.post(to: bots) }
    let reloading = Task { await hangups.reload(bots, end: end) }
    defer {
      forwarding.cancel()
      reloading.cancel()
    }
    let addresses = try await listen(node, systemLog)
    if options.isWorkshop {
      // The lessons have no line for it, and whoever wants to dial us must know.
      let logger = streams.logger("peer")
      for address in addresses { logger.notice("listening on \(address)") }
    }
    let server = try await serve(bots, node: node, metrics: metrics, webhooks: webhooks)
    identity.announce(to: streams.logger("identity"))
    let console = try await startConsole(
      beside: node, listeningOn: addresses, eventLoops: eventLoops, end: end)
    let watch = tellServiceManager(of: bots, node: node)

    let failure = await withGracefulShutdownHandler {
      await end.wait()
    } onGracefulShutdown: {
      end.end()
    }
    watch?.cancel()
    options.serviceManager?.notify(.stopping)
    // Bots say goodbye over the node, so it goes last. The console has nothing to wait for.
    async let consoleIsStopped: Void? = console?.stop()
    await server?.stop()
    await bots.stop()
    await consoleIsStopped
    await node.shutdown(timeout: .milliseconds(150))
    if let failure { throw failure }
  }

  /// Health, metrics and webhooks, where `--http` says.
  private func serve(
    _ bots: BotTeam, node: ChatNode, metrics: PeerMetrics, webhooks: BotWebhooks?
  ) async throws -> WebServer? {
    guard let address = options.http, let webhooks else { return nil }
    let logger = streams.logger("http")
    let endpoint = OperationsEndpoint(bots: bots, node: node, metrics: metrics, webhooks: webhooks)
    do {
      let server = try await WebServer.start(host: address.host, port: address.port, eventLoop: node.eventLoop) {
        endpoint.answer($0, $1)
      }
      let text = HTTPAddress(host: address.host, port: server.port).text
      logger.notice("health, metrics and webhooks at http://\(text)")
      if !address.isLoopback {
        logger.warning("whoever reaches \(text) can read the metrics and call the webhooks: nothing is encrypted")
      }
      return server
    } catch {
      throw Failure(.unavailable, "--http \(address.text): cannot listen there: \(error)")
    }
  }

  private func openSystemLog() throws(Failure) -> SystemLog? {
    guard let path = options.peer.systemLog else { return nil }
    do {
      return try SystemLog(path: path)
    } catch {
      throw Failure(.cannotCreate, "--system-log: \(error)")
    }
  }

  private func listen(_ node: ChatNode, _ systemLog: SystemLog?) async throws -> [Multiaddr] {
    let nick = options.peer.nick ?? node.localPeer.short
    for entry in [SystemLog.Entry.started, .nickname(nick)] { systemLog?.append(entry) }
    do {
      let addresses = try await node.start()
      let address = addresses.first?.description ?? "unknown/\(node.localPeer)"
      for entry in [SystemLog.Entry.multiaddr(address), .joined(nickname: nick)] { systemLog?.append(entry) }
      return addresses
    } catch let error as SwarmError {
      systemLog?.append(.notJoined(reason: "\(error)"))
      throw Failure(.unavailable, "\(error)")
    }
  }

  /// Says that the start is over, and from then on that the program lives: twice in the time that is asked for. The
  /// event loop says so itself, so that its silence says the opposite.
  private func tellServiceManager(of bots: BotTeam, node: ChatNode) -> RepeatedTask? {
    guard let manager = options.serviceManager else { return nil }
    let count = options.scripts.count
    manager.notify(.ready(status: count == 1 ? "1 bot" : "\(count) bots"))
    guard let microseconds = manager.watchdogMicroseconds else { return nil }
    let pause = TimeAmount.microseconds(max(microseconds / 2, 1_000))
    let budget = options.handlerMilliseconds
    let logger = streams.logger("watchdog")
    let deafAfter = options.peer.staying.deafAfter.map { Double($0.nanoseconds) / 1e9 }
    return node.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in
      let silent = node.deafSeconds
      if WatchdogRule.isAlive(
        runningSeconds: bots.runningSeconds, budgetMilliseconds: budget, silentSeconds: silent, deafSeconds: deafAfter)
      {
        manager.notify(.watchdog)
      } else {
        let why = silent.map { "nobody has heard us for \(Int($0)) s" } ?? "a script is stuck in a function of C"
        logger.error("\(why): the service manager is no longer told that all is well")
      }
    }
  }

  private func makeNode(identity: KeyPair, eventLoops: any EventLoopGroup) throws -> ChatNode {
    var configuration = options.peer.configuration(identity: identity)
    if options.isWorkshop { configuration.joinWorkshop() }
    return try ChatNode(configuration: configuration, eventLoopGroup: eventLoops, logger: streams.logger("peer"))
  }
}
