import Identity
import Multiformats
import NIOCore
import TestSupport

@testable import Gossipsub

extension PeerID {
  /// A well-formed Ed25519 peer id, told apart by a number.
  static func test(_ number: Int) -> PeerID {
    let head: [UInt8] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]
    let tail = (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * min($0, 7))) }
    guard let id = try? PeerID(bytes: head + tail) else { fatalError("test ids are well-formed") }
    return id
  }
}

extension Message {
  /// An unsigned message.
  static func test(
    from source: PeerID, number: UInt64, data: [UInt8] = Array("hello".utf8), topic: String = "t"
  ) throws -> Message {
    var seqno = ByteBuffer()
    seqno.writeInteger(number)
    var encoded = ByteBuffer()
    encoded.writeField(1, source.bytes)
    encoded.writeField(2, data)
    encoded.writeField(3, seqno.readableBytesView)
    encoded.writeField(4, topic.utf8)
    let wire = try WireMessage(encoded)
    return Message(id: source.bytes + Array(seqno.readableBytesView), source: source, topic: topic, wire: wire)
  }
}

/// One router with hand-made peers around it, in virtual time.
struct RouterBench {
  static let local = PeerID.test(1_000_000)

  var router: Router
  var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  var random = SplitMix64(seed: 42)
  /// What the last step wanted done.
  var actions: [RouterAction] = []

  init(_ configure: (inout RouterConfiguration) -> Void = { _ in }) {
    var configuration = RouterConfiguration()
    configuration.signaturePolicy = .lax
    configure(&configuration)
    router = Router(localPeer: Self.local, configuration: configuration)
  }

  @discardableResult
  mutating func step(_ event: RouterEvent) -> [RouterAction] {
    actions = router.handle(event, now: now, random: &random)
    return actions
  }

  /// Lets time pass, with a heartbeat for each second.
  @discardableResult
  mutating func heartbeats(_ count: Int = 1) -> [RouterAction] {
    var all: [RouterAction] = []
    for _ in 0..<count {
      now = now + .seconds(1)
      all += step(.heartbeat)
    }
    actions = all
    return all
  }

  /// Connects a peer that speaks our dialect and is subscribed.
  @discardableResult
  mutating func add(
    _ peer: PeerID, topics: [String] = ["t"], outbound: Bool = false, version: GossipsubVersion = .v12,
    agent: String = "uc-bot/1"
  ) -> [RouterAction] {
    var all = step(.connected(peer, isOutbound: outbound))
    all += step(.identified(peer, agent: agent))
    all += step(.streamOpened(peer, version))
    if !topics.isEmpty {
      var rpc = RPC()
      rpc.subscriptions = topics.map { .init(topic: $0, subscribes: true) }
      all += step(.received(rpc, from: peer))
    }
    actions = all
    return all
  }

  mutating func add(_ numbers: Range<Int>, outbound: Bool = false) {
    for number in numbers { add(.test(number), outbound: outbound) }
  }

  /// A peer sends something.
  @discardableResult
  mutating func receive(from peer: PeerID, _ fill: (inout RPC) throws -> Void) rethrows -> [RouterAction] {
    var rpc = RPC()
    try fill(&rpc)
    return step(.received(rpc, from: peer))
  }

  /// A peer sends a message, and its signature is right.
  @discardableResult
  mutating func deliver(_ message: Message, from peer: PeerID) -> [RouterAction] {
    var all = receive(from: peer) { $0.messages = [message.wire] }
    for case .validate(let message, let peer) in all {
      all += step(.validated(message, from: peer, .accept))
    }
    actions = all
    return all
  }

  /// What the last step sends to a peer, all frames together.
  func sent(to peer: PeerID) throws -> RPC {
    var whole = RPC()
    for case .send(let frame, let peers, _) in actions where peers.contains(peer) {
      whole.append(try RPCCodec.decode(Self.body(of: frame)))
    }
    return whole
  }

  /// Whom the last step sends a message to.
  func receivers(of message: Message) throws -> Set<PeerID> {
    var all: Set<PeerID> = []
    for case .send(let frame, let peers, _) in actions {
      let rpc = try RPCCodec.decode(Self.body(of: frame))
      if rpc.messages.contains(where: { $0.id == message.id }) { all.formUnion(peers) }
    }
    return all
  }

  /// The check that the last step asked for first.
  func check() throws -> RouterEvent.Check {
    for case .validate(let message, let peer) in actions { return .init(message: message, peer: peer) }
    throw RPCError.malformed("no check was asked for", offset: 0)
  }

  var delivered: [Message] {
    actions.compactMap { if case .deliver(let message, _) = $0 { message } else { nil } }
  }

  /// A frame without its length prefix.
  static func body(of frame: ByteBuffer) throws -> ByteBuffer {
    var frame = frame
    guard let body = try frame.readLengthPrefixed(limit: 1 << 20), frame.readableBytes == 0 else {
      throw RPCError.malformed("not exactly one frame", offset: 0)
    }
    return body
  }
}

extension RouterEvent {
  /// A message whose signature a router wants checked.
  struct Check {
    let message: Message
    let peer: PeerID

    func done(_ result: ValidationResult) -> RouterEvent { .validated(message, from: peer, result) }
  }
}

extension RPC {
  mutating func append(_ other: RPC) {
    subscriptions += other.subscriptions
    messages += other.messages
    ihave += other.ihave
    iwant += other.iwant
    graft += other.graft
    prune += other.prune
    idontwant += other.idontwant
  }
}
