import Limits
import NIOCore

/// The ping server: sends every 32 bytes back as they were (libp2p/specs ping), for as long as the stream is open.
final class PingResponder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var pending = ByteBuffer()

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if pending.readableBytes == 0, bytes.readableBytes % Limits.Ping.bytes == 0 {
      context.write(wrapOutboundOut(bytes), promise: nil)
      return
    }
    pending.writeBuffer(&bytes)
    let whole = pending.readableBytes - pending.readableBytes % Limits.Ping.bytes
    if let answer = pending.readSlice(length: whole), whole > 0 {
      context.write(wrapOutboundOut(answer), promise: nil)
      pending = ByteBuffer(buffer: pending)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    // A peer that sends pings and reads no answers is not read from until it does.
    _ = context.channel.setOption(.autoRead, value: context.channel.isWritable)
    context.fireChannelWritabilityChanged()
  }
}
