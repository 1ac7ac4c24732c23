import Identity
import Limits
import Multistream
import NIOCore
import Noise
import Yamux

/// From the first byte to an open session: security, then the muxer.
extension ConnectionHandler {
  func secure(_ bytes: inout ByteBuffer) throws {
    guard case .securing(var upgrade) = phase else { return }
    if partial.readableBytes > 0 {
      partial.writeBuffer(&bytes)
      bytes = partial
      partial = ByteBuffer()
    }
    let outputs: [SecurityUpgrade.Output]
    do {
      outputs = try upgrade.receive(&bytes)
    } catch {
      throw upgradeError(error)
    }
    phase = .securing(upgrade)
    for output in outputs {
      switch output {
      case .send(let bytes): context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
      case .secured(let result): try secured(result)
      }
    }
    if case .securing = phase, bytes.readableBytes > 0 { partial = bytes }
  }

  func secured(_ result: NoiseSession) throws {
    peer = result.peer
    transport = result.transport
    if result.muxer == Self.yamux {
      try openSession(result.peer)
    } else if direction == .inbound {
      phase = .choosingMuxer(.listening(Listener(protocols: [Self.yamux])))
    } else {
      let dialer = Dialer(protocols: [Self.yamux], lazy: configuration.dialsLazily)
      try sendSecured(dialer.start())
      if configuration.dialsLazily {
        lazyMuxer = dialer
        try openSession(result.peer)
      } else {
        phase = .choosingMuxer(.dialing(dialer))
      }
    }
  }

  func chooseMuxer(_ bytes: inout ByteBuffer) throws {
    guard case .choosingMuxer(let choice) = phase else { return }
    let outputs: [MultistreamOutput]
    do {
      switch choice {
      case .listening(var listener):
        outputs = try listener.receive(&bytes)
        phase = .choosingMuxer(.listening(listener))
      case .dialing(var dialer):
        outputs = try dialer.receive(&bytes)
        phase = .choosingMuxer(.dialing(dialer))
      }
    } catch {
      throw upgradeError(error)
    }
    for output in outputs {
      switch output {
      case .send(let answer): try sendSecured(answer)
      case .agreed: if let peer { try openSession(peer) }
      }
    }
  }

  func openSession(_ peer: PeerID) throws {
    if let refusal = swarm?.refusal(of: peer) { throw refusal }
    session = YamuxSession(role: direction == .outbound ? .client : .server, now: .now())
    phase = .open
    openedAt = .now()
    deadline?.cancel()
    deadline = nil
    scheduleTick()
    let opened = self.opened
    self.opened = nil
    swarm?.connectionOpened(self)
    opened?.succeed()
  }

  func upgradeError(_ error: any Error) -> any Error {
    if case NoiseError.wrongPeer(let expected, let found) = error {
      return SwarmError.wrongPeer(expected: expected, found: found)
    }
    return SwarmError.upgradeFailed(direction == .outbound ? remoteAddress : nil, "\(error)")
  }
}
