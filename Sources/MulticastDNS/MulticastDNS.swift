import Identity
import Limits
import Logging
import Multiformats
import NIOCore

/// Gives an ``MDNSCore`` the links of this machine, sockets on them, a clock and randomness.
///
/// Confined to the event loop that it was made for.
public final class MulticastDNS {
  private struct Port {
    let number: Int
    /// Whether it is still the same link.
    let networks: [IPNetwork]
    var channel: (any Channel)?
  }

  private var core: MDNSCore
  private let eventLoop: any EventLoop
  private let logger: Logger
  private let report: (MDNSCore.Event) -> Void
  private var ports: [NetworkLinks.Link: Port] = [:]
  private var lastNumber = 0
  private var nextScan: Scheduled<Void>?
  private var timer: Scheduled<Void>?
  private var random = SystemRandomNumberGenerator()
  private var isStopped = false

  /// - Parameter report: Told on the event loop who is there.
  public init(core: MDNSCore, eventLoop: any EventLoop, logger: Logger, report: @escaping (MDNSCore.Event) -> Void) {
    self.core = core
    self.eventLoop = eventLoop
    self.logger = logger
    self.report = report
  }

  /// What was not looked at.
  public var counters: MDNSCore.Counters { core.counters }

  /// Begins to ask and to answer, on every link that there is or will be.
  public func start() {
    if nextScan == nil { scan() }
  }

  /// Where the local peer can be dialled now, each address with `/p2p`.
  public func setAddresses(_ addresses: [Multiaddr]) {
    core.setAddresses(addresses, now: .now(), using: &random)
    schedule()
  }

  /// Says goodbye and closes everything.
  public func stop() {
    guard !isStopped else { return }
    isStopped = true
    nextScan?.cancel()
    timer?.cancel()
    send(core.farewell())
    for port in ports.values { port.channel?.close(promise: nil) }
    ports = [:]
  }

  // MARK: links

  /// Looks at the links of this machine, and opens and closes sockets. To be called when something has changed there;
  /// it happens by itself every few seconds, too.
  public func scan() {
    guard !isStopped else { return }
    nextScan?.cancel()
    nextScan = eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(Limits.MDNS.scanSeconds))) {
      [weak self] in self?.scan()
    }
    let found = NetworkLinks.scan()
    for (link, port) in ports where found[link].map(NetworkLinks.networks) != port.networks {
      logger.debug("mDNS: link is gone", metadata: ["link": "\(link.name)"])
      core.linkDown(port.number)
      port.channel?.close(promise: nil)
      ports[link] = nil
    }
    for (link, devices) in found where ports[link] == nil && ports.count < Limits.MDNS.links {
      guard let device = devices.first else { continue }
      lastNumber += 1
      ports[link] = Port(number: lastNumber, networks: NetworkLinks.networks(devices))
      open(link, device: device, number: lastNumber)
    }
    schedule()
  }

  private func open(_ link: NetworkLinks.Link, device: NIONetworkDevice, number: Int) {
    let handler = MulticastHandler { [weak self] bytes, source in self?.received(bytes, from: source, on: number) }
    let opened = MulticastSocket.open(link, device: device, eventLoop: eventLoop, handler: handler)
    opened.assumeIsolated().whenComplete { [weak self] result in
      guard let self, !self.isStopped, self.ports[link]?.number == number else {
        if case .success(let channel) = result { channel.close(promise: nil) }
        return
      }
      switch result {
      case .success(let channel):
        self.logger.debug(
          "mDNS: link is used", metadata: ["link": "\(link.name)", "family": "\(link.isIPv6 ? "IPv6" : "IPv4")"])
        self.ports[link]?.channel = channel
        channel.closeFuture.assumeIsolated().whenComplete { [weak self] _ in self?.closed(link, number: number) }
        self.core.linkUp(
          number, networks: self.ports[link]?.networks ?? [], now: .now(), using: &self.random)
        self.schedule()
      case .failure(let error):
        // Tried again with the next look.
        self.logger.debug("mDNS: link cannot be used", metadata: ["link": "\(link.name)", "reason": "\(error)"])
        self.ports[link] = nil
      }
    }
  }

  /// A socket is closed by NIO when one packet cannot be sent: the card is down for a moment, or a firewall says no.
  /// The next look at the links opens another.
  private func closed(_ link: NetworkLinks.Link, number: Int) {
    guard !isStopped, ports[link]?.number == number else { return }
    logger.debug("mDNS: socket was closed", metadata: ["link": "\(link.name)"])
    core.linkDown(number)
    ports[link] = nil
    schedule()
  }

  // MARK: packets and time

  private func received(_ bytes: ByteBuffer, from source: SocketAddress, on number: Int) {
    guard !isStopped, let address = NetworkLinks.bytes(source) else { return }
    let events = core.received(
      Array(bytes.readableBytesView), from: address, on: number, now: .now(), using: &random)
    for event in events { report(event) }
    schedule()
  }

  private func advance() {
    timer = nil
    guard !isStopped else { return }
    let (packets, events) = core.advance(now: .now(), using: &random)
    send(packets)
    for event in events { report(event) }
    schedule()
  }

  private func schedule() {
    timer?.cancel()
    timer = nil
    guard !isStopped, let deadline = core.deadline else { return }
    timer = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in self?.advance() }
  }

  private func send(_ packets: [MDNSCore.Packet]) {
    for packet in packets {
      guard let (link, port) = ports.first(where: { $0.value.number == packet.link }), let channel = port.channel,
        let group = try? MulticastSocket.group(of: link)
      else { continue }
      channel.writeAndFlush(
        AddressedEnvelope(remoteAddress: group, data: ByteBuffer(bytes: packet.bytes)), promise: nil)
    }
  }
}
