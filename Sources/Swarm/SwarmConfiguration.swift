import Limits
import NIOCore

/// How a swarm presents itself and what it lets in; the bounds of `Limits.Swarm` are the defaults.
public struct SwarmConfiguration: Sendable {
  /// What identify tells of the software.
  public var agent = "uc-bot/0.1.0"
  /// The `protocolVersion` that identify tells; the other applications use this one.
  public var protocolVersion = "ipfs/0.1.0"
  /// Established connections, all peers together.
  public var maximumConnections = Limits.Swarm.connections
  /// Inbound connections that are not upgraded yet.
  public var maximumPendingInbound = Limits.Swarm.pendingInbound
  /// How many of them one IPv4 address, or one IPv6 network of 64 bits, may have.
  public var maximumPendingPerNetwork = Limits.Swarm.pendingPerNetwork
  /// Whether the muxer is offered inside the Noise handshake (libp2p/specs inlined-muxer-negotiation).
  public var offersEarlyMuxer = true
  /// Whether a dialler sends its first bytes of a protocol before the answer to its one proposal.
  public var dialsLazily = true
  /// Whether pings are answered; the rust and nim applications do not (wire.md §1.17).
  public var servesPing = true
  /// Seconds that an upgrade may take before the connection is closed.
  public var handshakeSeconds = Limits.Noise.handshakeSeconds
  /// Seconds that a dial may take, from resolving the name to the upgraded connection.
  public var dialSeconds = Limits.Swarm.dialSeconds

  /// The name servers that know what a `/dnsaddr` stands for; nil: those of the system.
  public var nameServers: [SocketAddress]?

  /// The defaults.
  public init() {}
}
