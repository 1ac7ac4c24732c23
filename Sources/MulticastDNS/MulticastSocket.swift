import Limits
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The socket of one link.
///
/// It is bound to the group's address and not to all: what is sent to this machine alone, from wherever in the world,
/// does not even arrive.
enum MulticastSocket {
  /// 224.0.0.251, or ff02::fb on one interface.
  static func group(of link: NetworkLinks.Link) throws -> SocketAddress {
    guard link.isIPv6 else { return try SocketAddress(ipAddress: "224.0.0.251", port: MDNSCore.port) }
    guard case .v6(let group) = try SocketAddress(ipAddress: "ff02::fb", port: MDNSCore.port) else {
      throw SocketAddressError.unsupported
    }
    var address = group.address
    address.sin6_scope_id = UInt32(clamping: link.index)
    return SocketAddress(address)
  }

  /// Opens the socket, and joins the group on the link.
  /// - Parameter handler: Gets what comes.
  static func open(
    _ link: NetworkLinks.Link, device: NIONetworkDevice, eventLoop: any EventLoop, handler: MulticastHandler
  ) -> EventLoopFuture<any Channel> {
    let bound = NIOLoopBound(handler, eventLoop: eventLoop)
    let group: SocketAddress
    do { group = try Self.group(of: link) } catch { return eventLoop.makeFailedFuture(error) }
    var bootstrap = DatagramBootstrap(group: eventLoop)
      // Others on this machine listen there, too: avahi, browsers, other bots.
      .channelOption(.socketOption(.so_reuseaddr), value: 1)
      .channelOption(.socketOption(.init(rawValue: CInt(SO_REUSEPORT))), value: 1)
      // One byte more than is read tells what is too long.
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Limits.MDNS.packet + 1))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
      }
    if link.isIPv6 {
      bootstrap = bootstrap.channelOption(
        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    #if os(Linux)
      // IP_MULTICAST_ALL, IPV6_MULTICAST_ALL: without these a socket hears what others have joined on other links.
      bootstrap = bootstrap.channelOption(
        ChannelOptions.Types.SocketOption(
          level: link.isIPv6 ? .ipv6 : .init(rawValue: CInt(IPPROTO_IP)),
          name: .init(rawValue: link.isIPv6 ? 29 : 49)), value: 0)
    #endif
    return bootstrap.bind(to: group).flatMap { channel in
      prepare(channel, for: link, device: device, group: group).map { channel }.flatMapErrorThrowing { error in
        channel.close(promise: nil)
        throw error
      }
    }
  }

  private static func prepare(
    _ channel: any Channel, for link: NetworkLinks.Link, device: NIONetworkDevice, group: SocketAddress
  ) -> EventLoopFuture<Void> {
    guard let multicast = channel as? any MulticastChannel, let options = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }
    let joined = channel.eventLoop.makePromise(of: Void.self)
    multicast.joinGroup(group, device: device, promise: joined)
    // 255 hops say that it comes from the link (RFC 6762 §11).
    if link.isIPv6 {
      return joined.futureResult
        .flatMap { options.setIPv6MulticastIF(CUnsignedInt(clamping: link.index)) }
        .flatMap { options.setIPv6MulticastHops(255) }
    }
    guard case .v4(let address)? = device.address else {
      return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }
    let own = address.address.sin_addr
    return joined.futureResult
      .flatMap { options.setIPMulticastIF(own) }
      .flatMap { options.setIPMulticastTTL(255) }
  }
}

/// Hands on what comes over a link.
final class MulticastHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>

  private let deliver: (ByteBuffer, SocketAddress) -> Void

  init(deliver: @escaping (ByteBuffer, SocketAddress) -> Void) { self.deliver = deliver }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let packet = unwrapInboundIn(data)
    deliver(packet.data, packet.remoteAddress)
  }

  /// The link is down, for example: the next look at the links will tell.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
