import Identity
import Limits
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import Swarm

@Suite("What a hostile or broken peer can do to a connection")
struct HostilePeerTests {
  @Test("A peer that says nothing is closed at the deadline, and not before")
  func silence() throws {
    let attack = try Attack { $0.handshakeSeconds = 15 }
    attack.loop.advanceTime(by: .milliseconds(14_900))
    #expect(!attack.isClosed)
    attack.loop.advanceTime(by: .milliseconds(200))
    #expect(attack.isClosed)
    try attack.finish()
  }

  @Test("A peer that sends a byte now and then does not push the deadline back")
  func slowloris() throws {
    let attack = try Attack { $0.handshakeSeconds = 15 }
    for byte in attack.line("/multistream/1.0.0").prefix(4) where !attack.isClosed {
      try attack.send([byte])
      attack.loop.advanceTime(by: .seconds(4))
    }
    #expect(attack.isClosed)
    try attack.finish()
  }

  @Test(
    "Garbage instead of a negotiation closes the connection",
    arguments: [
      [0x80, 0x80, 0x80, 0x80, 0x08], [0x00], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
      Array("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n".utf8), Array(repeating: 0x41, count: 4_096),
      [0x01, 0x0A],
    ] as [[UInt8]])
  func negotiationGarbage(bytes: [UInt8]) throws {
    let attack = try Attack()
    try attack.send(bytes)
    // What looks like the start of a longer line is waited for, no longer than the deadline.
    if bytes.first == UInt8(ascii: "G") { attack.loop.advanceTime(by: .seconds(Int64(Limits.Noise.handshakeSeconds))) }
    #expect(attack.isClosed)
    #expect(throws: (any Error).self) { try attack.opened.wait() }
    try attack.finish()
  }

  @Test("Junk where the first Noise message should be closes the connection", arguments: [0, 31, 65_535])
  func noiseJunk(length: Int) throws {
    let attack = try Attack()
    try attack.send(attack.line("/multistream/1.0.0") + attack.line("/noise"))
    try attack.send([UInt8(length >> 8), UInt8(length & 0xFF)])
    try attack.send(Array(repeating: 0xA5, count: length))
    if !attack.isClosed {
      // A message of the right shape is answered; what follows it cannot be right.
      try attack.send([0x00, 0x10] + Array(repeating: 0, count: 16))
    }
    #expect(attack.isClosed)
    try attack.finish()
  }

  @Test("A Noise message that does not decrypt closes the connection after a finished handshake")
  func tampering() throws {
    let attack = try Attack()
    try attack.secure()
    #expect(!attack.isClosed)
    try attack.send([0x00, 0x20] + Array(repeating: 0x77, count: 32))
    #expect(attack.isClosed)
    try attack.finish()
  }

  @Test("A broken Yamux header is answered with a goodbye that names the breach, then closed")
  func yamuxGarbage() throws {
    let frames: [(Attack) -> [UInt8]] = [
      { $0.frame(type: 0, stream: 1, length: 0, version: 1) },
      { $0.frame(type: 9, stream: 1, length: 0) },
      { $0.frame(type: 0, flags: 0x80, stream: 1, length: 0) },
      { $0.frame(type: 0, stream: 0, length: 5) },
      { $0.frame(type: 0, flags: 1, stream: 2, length: 0) },
      { $0.frame(type: 0, flags: 1, stream: 1, length: 0x8000_0000) },
      { $0.frame(type: 0, flags: 1, stream: 1, length: 262_145) },
      {
        $0.frame(type: 1, flags: 1, stream: 1, length: 0xFFFF_0000) + $0.frame(type: 1, stream: 1, length: 0xFFFF_0000)
      },
    ]
    for make in frames {
      let attack = try Attack()
      try attack.secure()
      _ = try attack.plaintext()
      try attack.sendSecured(make(attack))
      #expect(attack.isClosed)
      let last = Array(try attack.plaintext().readableBytesView.suffix(12))
      #expect(last == attack.frame(type: 3, stream: 0, length: 1), "the last frame is a GoAway(1): \(last)")
      try attack.finish()
    }
  }

  @Test("Streams that agree on no protocol are reset at their deadline, those that ask for too much at once")
  func silentStreams() throws {
    let attack = try Attack()
    try attack.secure()
    _ = try attack.plaintext()
    try attack.sendSecured(attack.frame(type: 1, flags: 1, stream: 1, length: 0))
    try attack.sendSecured(attack.frame(type: 1, flags: 1, stream: 3, length: 0))
    let junk: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x08]
    try attack.sendSecured(attack.frame(type: 0, stream: 3, length: UInt32(junk.count)) + junk)
    #expect(!attack.isClosed)
    #expect(contains(try attack.plaintext(), attack.frame(type: 0, flags: 8, stream: 3, length: 0)))
    attack.loop.advanceTime(by: .seconds(Int64(Limits.Multistream.negotiationSeconds) + 1))
    #expect(contains(try attack.plaintext(), attack.frame(type: 0, flags: 8, stream: 1, length: 0)))
    #expect(!attack.isClosed)
    try attack.finish()
  }

  @Test("More streams than the limit are reset, the connection lives on")
  func streamFlood() throws {
    let attack = try Attack()
    try attack.secure()
    _ = try attack.plaintext()
    for index in 0...UInt32(Limits.Yamux.inboundStreams) {
      try attack.sendSecured(attack.frame(type: 1, flags: 1, stream: 2 * index + 1, length: 0))
    }
    let refused = UInt32(2 * Limits.Yamux.inboundStreams + 1)
    #expect(contains(try attack.plaintext(), attack.frame(type: 0, flags: 8, stream: refused, length: 0)))
    #expect(!attack.isClosed)
    try attack.finish()
  }

  @Test("Random frames and random bytes end in a closed connection or in none, never in a trap", arguments: 0..<8)
  func fuzz(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    for _ in 0..<25 {
      let attack = try Attack()
      try attack.secure()
      for _ in 0..<40 where !attack.isClosed {
        let body = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
          UInt8.random(in: .min ... .max, using: &generator)
        }
        let frame = attack.frame(
          type: UInt8.random(in: 0...3, using: &generator),
          flags: [0, 0, 1, 1, 2, 4, 8, 5][Int.random(in: 0..<8, using: &generator)],
          stream: UInt32.random(in: 0...7, using: &generator), length: UInt32(body.count))
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: try attack.sendSecured(body)
        case 1: try attack.sendSecured(frame)
        default:
          try attack.sendSecured(frame + attack.line("/multistream/1.0.0") + attack.line("/ipfs/ping/1.0.0") + body)
        }
      }
      attack.loop.advanceTime(by: .seconds(20))
      try attack.finish()
    }
  }

  @Test("Identify of another peer's key, or of 2³¹ bytes, is not believed")
  func identifyLies() throws {
    let (honest, liar) = (KeyPair.generate(), KeyPair.generate())
    var info = IdentifyInfo()
    let message = try IdentifyMessage.encode(
      identity: liar, configuration: SwarmConfiguration(), listenAddresses: [Multiaddr("/ip4/1.2.3.4/tcp/5")],
      protocols: ["/x"], observed: nil, record: nil)
    #expect(throws: SwarmError.self) { try IdentifyMessage.merge(message, into: &info, from: honest.peerID) }
    #expect(info == IdentifyInfo())
    let foreign = try PeerRecord(peerID: liar.peerID, sequence: 1, addresses: [Multiaddr("/ip4/6.6.6.6/tcp/6")])
      .sealed(with: liar)
    let planted = try IdentifyMessage.encode(
      identity: honest, configuration: SwarmConfiguration(), listenAddresses: [Multiaddr("/ip4/1.2.3.4/tcp/5")],
      protocols: ["/x"], observed: nil, record: foreign)
    try IdentifyMessage.merge(planted, into: &info, from: honest.peerID)
    #expect(!info.isCertified)
    #expect(info.listenAddresses.allSatisfy { $0.description != "/ip4/6.6.6.6/tcp/6" })
  }

  @Test("Identify in ten parts plants at most the protocols of the limit, and never grows past 4 KiB when sent")
  func identifyAmplification() throws {
    let peer = KeyPair.generate()
    var info = IdentifyInfo()
    for part in 0..<10 {
      let message = try IdentifyMessage.encode(
        identity: peer, configuration: SwarmConfiguration(), listenAddresses: [],
        protocols: (0..<200).map { "/p/\(part)/\($0)" }, observed: nil, record: nil)
      try IdentifyMessage.merge(message, into: &info, from: peer.peerID)
    }
    #expect(info.protocols.count <= Limits.Identify.protocols)
    let addresses = try (0..<500).map { try Multiaddr("/ip4/10.0.0.1/tcp/\($0 + 1)") }
    let sent = try IdentifyMessage.encode(
      identity: peer, configuration: SwarmConfiguration(), listenAddresses: addresses, protocols: ["/x"], observed: nil,
      record: [UInt8](repeating: 0, count: 3_000))
    #expect(sent.readableBytes <= Limits.Identify.sendBytes)
  }

  @Test("A peer that said goodbye and does not hang up is hung up on, so that it is dialled again")
  func goodbye() throws {
    let attack = try Attack()
    try attack.secure()
    try attack.sendSecured(attack.frame(type: 3, stream: 0, length: 0))
    #expect(!attack.isClosed)
    attack.loop.advanceTime(by: .seconds(Int64(Limits.Swarm.leavingSeconds)))
    #expect(attack.isClosed)
    #expect(attack.core.connectedPeers.isEmpty)
    try attack.finish()
  }

  @Test("However many connections a peer opens at one time, it has no more than its share of them")
  func connectionsPerPeer() throws {
    let identity = KeyPair.generate()
    let first = try Attack()
    try first.secure(as: identity)
    var attacks = [first]
    for _ in 0..<20 {
      let attack = try Attack(on: first.core, loop: first.loop)
      try attack.secure(as: identity)
      attacks.append(attack)
    }
    #expect(first.core.connections(to: identity.peerID).count == Limits.Swarm.connectionsPerPeer)
    #expect(attacks.filter { !$0.isClosed }.count == Limits.Swarm.connectionsPerPeer)
    for attack in attacks { try attack.finish() }
    #expect(first.core.connectedPeers.isEmpty)
  }

  @Test(
    "When a peer opens a second connection the older one is pinged, and closed if nothing comes back",
    arguments: [true, false])
  func olderConnection(answers: Bool) throws {
    let identity = KeyPair.generate()
    let first = try Attack()
    try first.secure(as: identity)
    let second = try Attack(on: first.core, loop: first.loop)
    try second.secure(as: identity)
    first.loop.run()
    let asked = Array(try first.plaintext().readableBytesView)
    // A Yamux ping: version 0, type 2, SYN, no stream, and a number of its own.
    let ping: [UInt8] = [0, 2, 0, 1, 0, 0, 0, 0]
    let found = try #require(asked.indices.first { asked[$0...].starts(with: ping) && asked.count >= $0 + 12 })
    if answers { try first.sendSecured([0, 2, 0, 2, 0, 0, 0, 0] + asked[(found + 8)..<(found + 12)]) }
    first.loop.advanceTime(by: .milliseconds(Int64(Limits.Swarm.olderConnectionSeconds) * 1_000 - 100))
    #expect(!first.isClosed && !second.isClosed)
    first.loop.advanceTime(by: .milliseconds(200))
    #expect(first.isClosed == !answers && !second.isClosed)
    #expect(first.core.connectedPeers == [identity.peerID])
    for attack in [first, second] { try attack.finish() }
  }

  @Test("Connections that are set up at the same time do not pass the limit together")
  func connectionLimitRace() throws {
    let first = try Attack { $0.maximumConnections = 1 }
    let second = try Attack(on: first.core, loop: first.loop)
    try first.secure()
    try second.secure()
    #expect(!first.isClosed && second.isClosed)
    #expect(first.core.counters.connectionsRefused == 1)
    #expect(throws: SwarmError.self) { try second.opened.wait() }
    for attack in [first, second] { try attack.finish() }
  }

  @Test("The software that a peer claims to be is cut even where one character is kilobytes long")
  func longCharacter() throws {
    let peer = KeyPair.generate()
    var configuration = SwarmConfiguration()
    configuration.agent = "e" + String(repeating: "\u{301}", count: 1_500)
    let message = try IdentifyMessage.encode(
      identity: peer, configuration: configuration, listenAddresses: [], protocols: [], observed: nil, record: nil)
    var info = IdentifyInfo()
    try IdentifyMessage.merge(message, into: &info, from: peer.peerID)
    #expect(info.agent.unicodeScalars.count == Limits.Identify.agent)
  }

  private func contains(_ haystack: ByteBuffer, _ needle: [UInt8]) -> Bool {
    let bytes = Array(haystack.readableBytesView)
    guard bytes.count >= needle.count else { return false }
    return (0...(bytes.count - needle.count)).contains { Array(bytes[$0..<($0 + needle.count)]) == needle }
  }
}
