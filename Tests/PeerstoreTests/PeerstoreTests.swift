import Identity
import Limits
import Multiformats
import TestSupport
import Testing

@testable import Peerstore

@Suite("What is known of where peers are")
struct PeerstoreTests {
  private let now: Int64 = 1_790_000_000
  private let key = KeyPair.generate()
  private var peer: PeerID { key.peerID }

  @Test("is asked for with what has worked first, then what is believed most")
  func order() throws {
    var store = Peerstore()
    let said = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    let heard = try Multiaddr("/ip4/9.9.9.2/tcp/1")
    let given = try Multiaddr("/ip4/9.9.9.3/tcp/1")
    store.learn([heard], of: peer, from: .routing, now: now)
    store.learn([said.withPeer(peer)], of: peer, from: .identify, now: now)
    store.learn([given], of: peer, from: .user, now: now)
    #expect(store.addresses(of: peer, now: now) == [given, said, heard])
    store.succeeded(heard, of: peer, now: now + 1)
    #expect(store.addresses(of: peer, now: now + 1) == [heard, given, said])
  }

  @Test("is forgotten when it is old; what was heard again or worked lives longer, what the user said for ever")
  func lifetimes() throws {
    var store = Peerstore()
    let address = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    let given = try Multiaddr("/ip4/9.9.9.2/tcp/1")
    store.learn([address], of: peer, from: .announcement, now: now)
    store.learn([given], of: peer, from: .user, now: now)
    let end = now + Limits.Peerstore.announcementSeconds
    #expect(store.addresses(of: peer, now: end - 1).contains(address))
    #expect(!store.addresses(of: peer, now: end).contains(address))
    store.learn([address], of: peer, from: .announcement, now: end - 1)
    #expect(store.addresses(of: peer, now: end + 100).contains(address))
    store.succeeded(address, of: peer, now: end + 100)
    #expect(store.addresses(of: peer, now: end + Limits.Peerstore.identifySeconds).contains(address))
    store.forgetExpired(now: .max)
    #expect(store.addresses(of: peer, now: .max) == [given])
  }

  @Test("does not grow old while the peer is connected, unless others have said it")
  func renewal() throws {
    var store = Peerstore()
    let said = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    let reached = try Multiaddr("/ip4/9.9.9.2/tcp/1")
    let rumour = try Multiaddr("/ip4/9.9.9.3/tcp/1")
    store.learn([said], of: peer, from: .identify, now: now)
    store.learn([reached, rumour], of: peer, from: .mdns, now: now)
    store.succeeded(reached, of: peer, now: now)
    var time = now
    for _ in 0..<(90 * 24) {
      time += Limits.Peerstore.renewSeconds
      store.renew(peer, now: time)
      store.forgetExpired(now: time)
    }
    // Three months later the connection is lost, and it takes a day to find the peer again.
    #expect(Set(store.addresses(of: peer, now: time + Limits.Peerstore.identifySeconds - 1)) == [said, reached])
    #expect(store.addresses(of: peer, now: time + Limits.Peerstore.identifySeconds) == [])
  }

  @Test("moves with the clock that is put right")
  func shifting() throws {
    var store = Peerstore()
    let address = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    store.learn([address], of: peer, from: .identify, now: 0)
    store.succeeded(address, of: peer, now: 0)
    let shifted = store.shifted(by: now)
    #expect(shifted.known(of: peer).first?.lastSuccess == now)
    #expect(shifted.addresses(of: peer, now: now + Limits.Peerstore.identifySeconds - 1) == [address])
    #expect(shifted.addresses(of: peer, now: now + Limits.Peerstore.identifySeconds) == [])
    #expect(store.shifted(by: .max).addresses(of: peer, now: .max - 1) == [address])
  }

  @Test("of another peer's addresses, names and what TCP cannot reach keeps nothing, unless it is the user's word")
  func strangers() throws {
    var store = Peerstore()
    let other = KeyPair.generate().peerID
    let name = try Multiaddr("/dns4/example.com/tcp/1")
    for source in AddressSource.allCases where source != .user {
      store.learn(
        [
          try Multiaddr("/ip4/9.9.9.1/tcp/1").withPeer(other), name, try Multiaddr("/ip4/9.9.9.1/udp/1/quic-v1"),
          try Multiaddr("/ip4/0.0.0.0/tcp/1"),
        ], of: peer, from: source, now: now)
    }
    #expect(store.count == 0)
    store.learn([name], of: peer, from: .user, now: now)
    #expect(store.addresses(of: peer, now: now) == [name])
  }

  @Test("leaves private addresses of a peer in the Internet alone, unless they worked or come from the local network")
  func privateAddresses() throws {
    var store = Peerstore()
    let local = try Multiaddr("/ip4/192.168.1.7/tcp/1")
    let global = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    store.learn([local], of: peer, from: .identify, now: now)
    #expect(store.addresses(of: peer, now: now) == [local])
    store.learn([global], of: peer, from: .identify, now: now)
    #expect(store.addresses(of: peer, now: now) == [global])
    store.learn([local], of: peer, from: .mdns, now: now)
    #expect(store.addresses(of: peer, now: now) == [local, global])
  }

  @Test("takes an address of loopback to lead to this machine: it is used where it worked, or where there is no other")
  func loopback() throws {
    var store = Peerstore()
    let here = try Multiaddr("/ip4/127.0.0.1/tcp/1")
    let there = try Multiaddr("/ip4/192.168.1.7/tcp/1")
    let record = PeerRecord(peerID: peer, sequence: 1, addresses: [here, there])
    try store.learn(record: try record.sealed(with: key), from: .machine, now: now)
    #expect(store.addresses(of: peer, now: now) == [there])
    store.succeeded(here, of: peer, now: now)
    #expect(store.addresses(of: peer, now: now) == [here, there])
    var other = Peerstore()
    other.learn([here], of: peer, from: .identify, now: now)
    #expect(other.addresses(of: peer, now: now) == [here])
  }

  @Test("keeps an address that worked, though the peer does not say it: it may be that of its router")
  func forwarded() throws {
    var store = Peerstore()
    let dialled = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    let said = try Multiaddr("/ip4/192.168.1.7/tcp/1")
    store.learn([dialled], of: peer, from: .identify, now: now)
    store.succeeded(dialled, of: peer, now: now)
    try store.learn(
      record: try PeerRecord(peerID: peer, sequence: 1, addresses: [said]).sealed(with: key), from: .network, now: now)
    #expect(store.addresses(of: peer, now: now) == [dialled])
  }

  @Test("lets an address that failed rest, longer each time, until the network changes")
  func backoff() throws {
    var store = Peerstore()
    let address = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    store.learn([address], of: peer, from: .user, now: now)
    var waits: [Int64] = []
    var time = now
    for _ in 0..<40 {
      store.failed(address, of: peer, now: time)
      let from = time
      while store.addresses(of: peer, now: time).isEmpty { time += 1 }
      waits.append(time - from)
    }
    #expect(Array(waits.prefix(4)) == [5, 6, 9, 14])
    #expect(waits.last == Limits.Peerstore.backoffMaximumSeconds)
    store.failed(address, of: peer, now: time)
    store.forgetFailures()
    #expect(store.addresses(of: peer, now: time) == [address])
  }

  @Test("believes a signed record rather than what is said; an older record changes nothing")
  func records() throws {
    var store = Peerstore()
    let said = try Multiaddr("/ip4/9.9.9.1/tcp/1")
    let signed = try Multiaddr("/ip4/9.9.9.2/tcp/1")
    store.learn([said], of: peer, from: .identify, now: now)
    let new = try PeerRecord(peerID: peer, sequence: 7, addresses: [signed]).sealed(with: key)
    let old = try PeerRecord(peerID: peer, sequence: 6, addresses: [said]).sealed(with: key)
    #expect(try store.learn(record: new, from: .internet, now: now) == peer)
    #expect(store.addresses(of: peer, now: now) == [signed])
    #expect(try store.learn(record: old, from: .internet, now: now) == nil)
    store.learn([said], of: peer, from: .routing, now: now)
    #expect(store.addresses(of: peer, now: now) == [signed])
    #expect(store.record(of: peer) == new)
    var forged = new
    forged[forged.count - 1] ^= 1
    #expect(throws: EnvelopeError.self) { try store.learn(record: forged, from: .internet, now: now) }
  }

  @Test("of a signed record keeps no address of our own network for a peer that is not in it")
  func signedFromOutside() throws {
    let (here, near, far) = ("/ip4/127.0.0.1/tcp/22", "/ip4/192.168.1.1/tcp/80", "/ip4/9.9.9.9/tcp/1")
    for (place, kept) in [(Vicinity.internet, [far]), (.network, [near, far]), (.machine, [here, near, far])] {
      var store = Peerstore()
      let record = PeerRecord(
        peerID: peer, sequence: 1, addresses: try [here, near, far].map { try Multiaddr($0) })
      try store.learn(record: try record.sealed(with: key), from: place, now: now)
      #expect(store.known(of: peer).map(\.address.description) == kept)
      // Nor when it says nothing else.
      var other = Peerstore()
      let inner = PeerRecord(peerID: peer, sequence: 1, addresses: [try Multiaddr(near)])
      try other.learn(record: try inner.sealed(with: key), from: place, now: now)
      #expect(other.addresses(of: peer, now: now).isEmpty == !kept.contains(near))
    }
  }

  @Test("has room for so many addresses of a peer: a better source drives out a worse one")
  func addressLimit() throws {
    var store = Peerstore()
    let many = try (0..<200).map { try Multiaddr("/ip4/9.9.9.\($0)/tcp/1") }
    store.learn(many, of: peer, from: .routing, now: now)
    for part in stride(from: 0, to: 200, by: 50) {
      store.learn(Array(many[part..<part + 50]), of: peer, from: .routing, now: now)
    }
    #expect(store.known(of: peer).count == Limits.Peerstore.addresses)
    #expect(store.dropped > 0)
    let given = try Multiaddr("/ip4/8.8.8.8/tcp/1")
    store.learn([given], of: peer, from: .user, now: now)
    #expect(store.known(of: peer).count == Limits.Peerstore.addresses)
    #expect(store.addresses(of: peer, now: now).first == given)
  }

  @Test("has room for so many peers: a flood of names drives out neither who was reached nor whom the user named")
  func peerLimit() throws {
    var store = Peerstore()
    let reached = try peer(1)
    let wanted = try peer(2)
    store.learn([try Multiaddr("/ip4/9.9.9.1/tcp/1")], of: reached, from: .identify, now: now)
    store.succeeded(try Multiaddr("/ip4/9.9.9.1/tcp/1"), of: reached, now: now)
    store.learn([try Multiaddr("/ip4/9.9.9.2/tcp/1")], of: wanted, from: .user, now: now)
    for number in 3..<3 + Limits.Peerstore.peers * 2 {
      store.learn([try Multiaddr("/ip4/9.9.9.3/tcp/1")], of: try peer(number), from: .routing, now: now + 1)
    }
    #expect(store.count == Limits.Peerstore.peers)
    #expect(store.dropped > UInt64(Limits.Peerstore.peers) / 2)
    #expect(!store.addresses(of: reached, now: now + 1).isEmpty)
    #expect(!store.addresses(of: wanted, now: now + 1).isEmpty)
    #expect(store.candidates(now: now + 1, limit: 1) { _ in false } == [reached])
    #expect(!store.candidates(now: now + 1, limit: 5) { $0 == reached }.contains(reached))
  }

  private func peer(_ number: Int) throws -> PeerID {
    let bytes =
      [0x00, 0x24, 0x08, 0x01, 0x12, 0x20] + (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }
    return try PeerID(bytes: bytes)
  }
}
