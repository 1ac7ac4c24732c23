import Identity
import Limits
import Multiformats
import NIOCore
import Swarm

/// Reads RPCs from a stream that a peer opened. Nothing is ever written to it: go takes any byte, or a FIN, for the
/// death of the peer (wire.md §1.6).
final class InboundStreamHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  let peer: PeerID
  private weak var core: GossipsubCore?
  private var context: ChannelHandlerContext?
  /// The beginning of a frame, or whole frames while paused.
  private var pending = ByteBuffer()
  private var isPaused = false
  private var isFinished = false
  private var isReading = false

  init(peer: PeerID, core: GossipsubCore) {
    self.peer = peer
    self.core = core
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    pending = ByteBuffer()
    core?.inboundEnded(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isFinished else { return }
    var bytes = unwrapInboundIn(data)
    if pending.readableBytes > 0 {
      pending.writeBuffer(&bytes)
    } else {
      pending = bytes
    }
    readFrames()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // The peer has ended its stream, so it does not wait for ours any more.
    if case .some(.inputClosed) = event as? ChannelEvent { finish(reset: false) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(reset: false)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(reset: true) }

  /// Stops reading, so that the stream's window fills up and the peer has to wait.
  func pause() {
    guard !isPaused, !isFinished else { return }
    isPaused = true
    setAutoRead(false)
  }

  /// Goes on with what had arrived already, then with reading.
  func resume() {
    guard isPaused, !isFinished else { return }
    isPaused = false
    readFrames()
    if !isPaused { setAutoRead(true) }
  }

  /// Ends the stream because a newer one takes its place, or because the peer broke the protocol.
  func reset() { finish(reset: true) }

  private func readFrames() {
    // Resuming inside a frame must not begin with the next one before this one is done.
    guard !isReading else { return }
    isReading = true
    defer { isReading = false }
    do {
      while !isPaused, !isFinished, pending.readableBytes > 0, core?.admits(self) ?? false {
        let before = pending.readerIndex
        guard let frame = try pending.readLengthPrefixed(limit: Limits.Gossipsub.receiveRPC) else { break }
        let size = pending.readerIndex - before
        core?.received(try RPCCodec.decode(frame), bytes: size, on: self)
      }
    } catch {
      core?.receivedRubbish("\(error)", on: self)
      finish(reset: true)
    }
    if pending.readableBytes == 0 { pending = ByteBuffer() }
  }

  private func setAutoRead(_ on: Bool) {
    try? context?.channel.syncOptions?.setOption(ChannelOptions.autoRead, value: on)
  }

  private func finish(reset: Bool) {
    guard !isFinished else { return }
    isFinished = true
    pending = ByteBuffer()
    core?.inboundEnded(self)
    guard let channel = context?.channel else { return }
    if reset {
      channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    } else {
      channel.close(promise: nil)
    }
  }
}
