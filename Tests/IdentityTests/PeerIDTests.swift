import Identity
import TestSupport
import Testing

@Suite("Peer ids")
struct PeerIDTests {
  @Test("the id follows from the key", arguments: Vectors.all)
  func derived(key: Vectors.Published) throws {
    let id = PeerID(publicKey: try PublicKey(protobuf: key.publicKey))
    #expect(id.description == key.peerID)
    #expect(try PeerID(key.peerID) == id)
    #expect(try PeerID(bytes: id.bytes) == id)
    #expect(try PeerID(id.cid) == id)
    // Only short keys fit into an id.
    #expect(id.publicKey?.protobuf == (key.publicKey.count <= 42 ? key.publicKey : nil))
    #expect(id.matches(try PublicKey(protobuf: key.publicKey)))
  }

  @Test("the vector of wire.md §15")
  func wire() throws {
    let key = try KeyPair(ed25519Seed: Array(0..<32))
    #expect(key.peerID.description == "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB")
    #expect(key.peerID.short == "HYdBfeSB")
    #expect(
      key.peerID.bytes == hex("0024080112 2003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"))
    #expect(key.publicKey.ed25519 == hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"))
  }

  // libp2p/specs peer-ids.md, "Decoding", and the forms in go-multiaddr's tests.
  @Test(
    "both text forms are read, and one is printed",
    arguments: [
      (
        "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe",
        "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"
      ),
      ("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"),
      (
        "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA",
        "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"
      ),
      (
        "k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs",
        "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV"
      ),
      (
        "bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u",
        "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV"
      ),
      (
        "f0172002408011220" + "2d3de6d16ae87f7a933fe1552162a2d3f04951e90e8051e4ee2c18f002dd0fb4",
        "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV"
      ),
    ])
  func texts(text: String, expected: String) throws {
    let id = try PeerID(text)
    #expect(id.description == expected)
    #expect(try PeerID(expected) == id)
    #expect(id.cid.hasPrefix("bafz"))
  }

  @Test("the CID form is that of the spec")
  func cid() throws {
    #expect(
      try PeerID("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N").cid
        == "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe")
  }

  @Test(
    "bytes that are no id are refused",
    arguments: [
      "", "00", "12", "1220", "0001", "000100ff", "1320" + String(repeating: "00", count: 32),
      "121f" + String(repeating: "00", count: 31), "1221" + String(repeating: "00", count: 33),
      "1220" + String(repeating: "00", count: 33), "002b" + String(repeating: "00", count: 43),
      "8000" + "00", "9200" + "20" + String(repeating: "00", count: 32), "00ffffffffffffffff7f",
    ])
  func refusedBytes(bytes: String) {
    #expect(throws: PeerIDError.self) { try PeerID(bytes: hex(bytes)) }
  }

  @Test("an id may hold 42 bytes of key, and not 43")
  func boundary() throws {
    let longest = try PeerID(bytes: [0x00, 42] + [UInt8](repeating: 8, count: 42))
    #expect(try PeerID(longest.description) == longest)
    // Bytes that are no key do no harm.
    #expect(longest.publicKey == nil)
    let error = #expect(throws: PeerIDError.self) {
      try PeerID(bytes: [0x00, 43] + [UInt8](repeating: 8, count: 43))
    }
    #expect(error?.description == "peer id embeds a key of 43 bytes, expected at most 42")
  }

  @Test(
    "texts that are no id are refused, and why is said",
    arguments: [
      ("", #""" is not a peer id, expected base58 (12D3…, Qm…, 1…) or a CIDv1 (bafz…, k51…)"#),
      ("alice", #""alice" is not a peer id, expected base58 (12D3…, Qm…, 1…) or a CIDv1 (bafz…, k51…)"#),
      ("12D3KooWl", "peer id: character 9 is not base58 (digits and letters without 0, O, I and l)"),
      ("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5", "peer id: multihash announces 2 bytes, 31 follow"),
      ("f015512" + "20" + String(repeating: "00", count: 32), "peer id: CID with codec 85, expected 114 (libp2p-key)"),
      ("f007212" + "20" + String(repeating: "00", count: 32), "peer id: CID of version 0, expected 1"),
      (
        "f017213" + "20" + String(repeating: "00", count: 32),
        "peer id has hash function 19, expected identity (0) or SHA-256 (18)"
      ),
      ("f017212" + "1f" + String(repeating: "00", count: 31), "peer id has a SHA-256 of 31 bytes, expected 32"),
      ("f01", "peer id: CID: varint ends early: expected a last byte below 0x80"),
      ("b1", "peer id: text after its prefix is not base32"),
    ])
  func refusedTexts(text: String, message: String) {
    let error = #expect(throws: PeerIDError.self) { try PeerID(text) }
    #expect(error?.description == message)
  }

  @Test("a megabyte of text is refused by its length", arguments: ["1", "Qm", "z", "b", "f", "k", "x"])
  func tooLong(prefix: String) {
    let text = prefix + String(repeating: "z", count: 1_000_000)
    let error = #expect(throws: PeerIDError.self) { try PeerID(text) }
    #expect(error?.description == "peer id of \(1_000_000 + prefix.count) characters, expected at most 128")
    #expect(throws: PeerIDError.self) { try PeerID(bytes: [UInt8](repeating: 0x12, count: 1_000_000)) }
  }

  @Test("ids are equal, ordered and hashed by their bytes")
  func comparing() throws {
    let one = try KeyPair(ed25519Seed: [UInt8](repeating: 1, count: 32)).peerID
    let two = try KeyPair(ed25519Seed: [UInt8](repeating: 2, count: 32)).peerID
    #expect(one != two)
    #expect((one < two) == one.bytes.lexicographicallyPrecedes(two.bytes))
    #expect(!(one < one))
    #expect(Set([one, two, try PeerID(one.description), try PeerID(bytes: two.bytes)]).count == 2)
  }

  @Test("damaged ids are refused, or come back from both of their texts")
  func fuzz() throws {
    var generator = SplitMix64(seed: 11)
    let seeds = try Vectors.all.map { try PeerID($0.peerID) }
    var accepted = 0
    for round in 0..<6_000 {
      let seed = try #require(seeds.randomElement(using: &generator))
      let id: PeerID?
      switch round % 3 {
      case 0: id = try? PeerID(bytes: mutated(seed.bytes, with: &generator))
      case 1: id = try? PeerID(String(decoding: mutated(Array(seed.description.utf8), with: &generator), as: UTF8.self))
      default: id = try? PeerID(String(decoding: mutated(Array(seed.cid.utf8), with: &generator), as: UTF8.self))
      }
      guard let id else { continue }
      accepted += 1
      #expect(try PeerID(id.description) == id)
      #expect(try PeerID(id.cid) == id)
      _ = id.publicKey
    }
    #expect(accepted > 50)
  }
}
