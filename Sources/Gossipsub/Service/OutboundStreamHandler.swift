import Identity
import NIOCore

/// Watches a stream that we opened: frames are written to its channel; what the peer might send on it means nothing.
final class OutboundStreamHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let peer: PeerID
  private weak var core: GossipsubCore?
  private var reason: (any Error)?

  init(peer: PeerID, core: GossipsubCore) {
    self.peer = peer
    self.core = core
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { core?.outboundWritable(peer) }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    core?.outboundEnded(peer, context.channel, reason: reason)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    reason = error
    context.close(promise: nil)
  }
}
