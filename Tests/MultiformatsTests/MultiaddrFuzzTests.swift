import Limits
import Multiformats
import TestSupport
import Testing

/// Damaged addresses: whatever they are, nothing traps; what is accepted is canonical.
@Suite("Multiaddrs, damaged")
struct MultiaddrFuzzTests {
  @Test("damaged bytes are refused, or are an address that comes back from its text", arguments: 1...4)
  func bytes(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let seeds = try MultiaddrFacts.canonical.map { try Multiaddr($0).bytes }
    var accepted = 0
    for _ in 0..<3_000 {
      let bytes = mutated(seeds.randomElement(using: &generator) ?? [], with: &generator)
      guard let address = try? Multiaddr(bytes: bytes) else { continue }
      accepted += 1
      #expect(address.bytes == bytes)
      try check(address)
    }
    #expect(accepted > 100)
  }

  @Test("damaged texts are refused, or are an address that comes back", arguments: 5...8)
  func texts(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var accepted = 0
    for _ in 0..<3_000 {
      let text = mutated(
        Array((MultiaddrFacts.canonical.randomElement(using: &generator) ?? "").utf8), with: &generator)
      guard let address = try? Multiaddr(String(decoding: text, as: UTF8.self)) else { continue }
      accepted += 1
      #expect(try Multiaddr(bytes: address.bytes) == address)
      try check(address)
    }
    #expect(accepted > 100)
  }

  @Test("random bytes are refused, or are an address that comes back from its text")
  func noise() throws {
    var generator = SplitMix64(seed: 9)
    let codes = MultiaddrProtocol.allCases.map { Varint.encode($0.code) }
    for _ in 0..<5_000 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...4, using: &generator) {
        bytes += codes.randomElement(using: &generator) ?? []
        bytes += (0..<Int.random(in: 0...20, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
      }
      if let address = try? Multiaddr(bytes: bytes) { try check(address) }
    }
  }

  private func check(_ address: Multiaddr) throws {
    let text = address.description
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 })
    // A text can be longer than its bytes, and too long to be read again.
    if text.utf8.count <= Limits.Multiaddr.text { #expect(try Multiaddr(text) == address, "\(text)") }
    _ = address.peerID
    #expect(address.withoutPeerID.bytes.count <= address.bytes.count)
  }
}
