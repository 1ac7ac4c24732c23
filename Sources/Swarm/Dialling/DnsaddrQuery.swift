import DNS
import Limits
import Multiformats
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Asks name servers what one `/dnsaddr` stands for. The system's resolver does not serve: `getaddrinfo` knows nothing of
/// texts, and the calls that do cannot be told how long they may take.
///
/// Confined to its event loop. It keeps itself alive until it is over.
final class DnsaddrQuery {
  private let address: Multiaddr
  private let servers: [SocketAddress]
  private let eventLoop: any EventLoop
  private let promise: EventLoopPromise<[Multiaddr]>
  private var resolution: DnsaddrResolution
  private var lookup: TXTLookup?
  private var channel: (any Channel)?
  private var timer: Scheduled<Void>?
  private var limit: Scheduled<Void>?
  /// Tells what comes from the last question from what comes late.
  private var round = 0
  private var isOver = false
  private var lastFault = "its name has no texts for it"
  private var random = SystemRandomNumberGenerator()

  private init(
    _ address: Multiaddr, servers: [SocketAddress], eventLoop: any EventLoop, promise: EventLoopPromise<[Multiaddr]>
  ) {
    self.address = address
    self.servers = servers
    self.eventLoop = eventLoop
    self.promise = promise
    resolution = DnsaddrResolution(address)
  }

  /// The addresses that one stands for, at least one. Fails with `SwarmError.notResolved`.
  static func run(
    _ address: Multiaddr, servers: [SocketAddress], seconds: Int, eventLoop: any EventLoop
  ) -> EventLoopFuture<[Multiaddr]> {
    let promise = eventLoop.makePromise(of: [Multiaddr].self)
    let query = DnsaddrQuery(address, servers: servers, eventLoop: eventLoop, promise: promise)
    query.limit = eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) {
      query.finish("no answer within \(seconds) s")
    }
    query.nextName()
    return promise.futureResult
  }

  /// The name servers of the system. Read each time: a laptop has others in each network.
  static func systemServers(eventLoop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
    NameResolver.threads.runIfActive(eventLoop: eventLoop) {
      var text: [UInt8] = []
      if let file = fopen("/etc/resolv.conf", "r") {
        text = [UInt8](unsafeUninitializedCapacity: Limits.DNS.configurationBytes) { buffer, count in
          count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        fclose(file)
      }
      return NameServers.read(String(decoding: text, as: UTF8.self))
        .compactMap { try? SocketAddress(ipAddress: $0, port: 53) }
    }
  }

  private func nextName() {
    guard let name = resolution.next() else { return finish(nil) }
    var lookup = TXTLookup(name, servers: servers.count)
    let step = lookup.begin(using: &random)
    self.lookup = lookup
    take(step)
  }

  private func take(_ step: TXTLookup.Step) {
    hangUp()
    guard !isOver else { return }
    switch step {
    case .ask(let server, let overTCP, let bytes):
      guard servers.indices.contains(server) else { return failed("no such server", in: round) }
      ask(servers[server], overTCP: overTCP, bytes)
    case .found(let texts):
      resolution.answered(texts)
      nextName()
    case .failed(let error):
      // Other names of the same address may do better.
      lastFault = "\(error)"
      nextName()
    }
  }

  private func ask(_ server: SocketAddress, overTCP: Bool, _ bytes: [UInt8]) {
    let round = self.round
    timer = eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.DNS.trySeconds))) {
      self.failed("\(server) does not answer", in: round)
    }
    let deliver: ([UInt8]?) -> Void = { [weak self] answer in
      guard let self, round == self.round else { return }
      if let answer { self.received(answer) } else { self.failed("\(server) does not take the question", in: round) }
    }
    let handler: any ChannelHandler =
      overTCP ? DNSStreamHandler(deliver: deliver) : DNSPacketHandler(deliver: deliver)
    let bound = NIOLoopBound(handler, eventLoop: eventLoop)
    let initialize: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
      channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
    }
    // A datagram socket that is connected takes packets of this server only.
    let opened =
      overTCP
      ? ClientBootstrap(group: eventLoop).channelInitializer(initialize).connect(to: server)
      : DatagramBootstrap(group: eventLoop).channelInitializer(initialize).connect(to: server)
    opened.assumeIsolated().whenComplete { result in
      switch result {
      case .failure(let error): self.failed("\(server): \(describe(error))", in: round)
      case .success(let channel):
        guard round == self.round, !self.isOver else { return channel.close(promise: nil) }
        self.channel = channel
        var message = ByteBuffer()
        if overTCP { message.writeInteger(UInt16(clamping: bytes.count)) }
        message.writeBytes(bytes)
        channel.writeAndFlush(message, promise: nil)
      }
    }
  }

  private func received(_ bytes: [UInt8]) {
    guard let step = lookup?.received(bytes, using: &random) else { return }
    take(step)
  }

  private func failed(_ reason: String, in round: Int) {
    guard round == self.round, let step = lookup?.failed(reason, using: &random) else { return }
    take(step)
  }

  private func hangUp() {
    round += 1
    timer?.cancel()
    timer = nil
    channel?.close(promise: nil)
    channel = nil
  }

  private func finish(_ fault: String?) {
    guard !isOver else { return }
    isOver = true
    hangUp()
    limit?.cancel()
    limit = nil
    lookup = nil
    if resolution.addresses.isEmpty {
      promise.fail(SwarmError.notResolved("\(address)", fault ?? lastFault))
    } else {
      promise.succeed(resolution.addresses)
    }
  }
}

/// Hands on each packet of a name server.
private final class DNSPacketHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>

  private let deliver: ([UInt8]?) -> Void

  init(deliver: @escaping ([UInt8]?) -> Void) { self.deliver = deliver }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    deliver(Array(unwrapInboundIn(data).data.readableBytesView))
  }

  /// Nobody listens there, for example.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { deliver(nil) }
}

/// Hands on the one answer that a name server gives over a connection: its length in two bytes, and then itself.
private final class DNSStreamHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let deliver: ([UInt8]?) -> Void
  private var received = ByteBuffer()

  init(deliver: @escaping ([UInt8]?) -> Void) { self.deliver = deliver }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
      let answer = received.getBytes(at: received.readerIndex + 2, length: Int(length))
    else { return }
    received.clear()
    deliver(answer)
  }

  func channelInactive(context: ChannelHandlerContext) { deliver(nil) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
