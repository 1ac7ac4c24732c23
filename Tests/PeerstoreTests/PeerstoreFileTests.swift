import Foundation
import Identity
import Limits
import Multiformats
import TestSupport
import Testing

@testable import Peerstore

@Suite("The file of known peers")
struct PeerstoreFileTests {
  private let now: Int64 = 1_790_000_000
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("peers-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  @Test("brings back what was known, with its times, and leaves out what is the user's to say")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try filled()
    let file = PeerstoreFile(path: path("peers"))
    try file.save(store, now: now)
    let loaded = try file.load(now: now)
    #expect(loaded.damagedLines == 0)
    #expect(loaded.store.count == store.count)
    for peer in store.peers {
      #expect(loaded.store.addresses(of: peer, now: now) == store.addresses(of: peer, now: now))
      #expect(Set(loaded.store.known(of: peer)) == Set(store.known(of: peer)))
      #expect(loaded.store.record(of: peer) == store.record(of: peer))
    }
    var withUser = store
    let wanted = KeyPair.generate().peerID
    withUser.learn([try Multiaddr("/ip4/9.9.9.9/tcp/9")], of: wanted, from: .user, now: now)
    try file.save(withUser, now: now)
    #expect(try file.load(now: now).store.known(of: wanted).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["peers"])
    // Who talks with whom is nobody else's business.
    let attributes = try FileManager.default.attributesOfItem(atPath: path("peers"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("that is not there is an empty one; a folder in its place is an error with the path in it")
  func missing() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try PeerstoreFile(path: path("nothing")).load(now: now).store.count == 0)
    let error = #expect(throws: PeerstoreFile.Failure.self) { try PeerstoreFile(path: folder.path).load(now: now) }
    #expect(error?.description.contains(folder.path) == true)
    #expect(throws: PeerstoreFile.Failure.self) {
      try PeerstoreFile(path: path("no/such/folder")).save(Peerstore(), now: now)
    }
  }

  @Test("that is no such file is set aside, whole, and the program goes on")
  func damaged() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for (index, bytes) in [Data([0, 1, 2, 255]), Data(), Data(repeating: 10, count: Limits.Peerstore.fileBytes + 1)]
      .enumerated()
    {
      let file = path("peers\(index)")
      try bytes.write(to: URL(fileURLWithPath: file))
      let loaded = try PeerstoreFile(path: file).load(now: now)
      #expect(loaded.store.count == 0)
      #expect(loaded.setAside == file + ".damaged")
      #expect(try Data(contentsOf: URL(fileURLWithPath: file + ".damaged")) == bytes)
      #expect(!FileManager.default.fileExists(atPath: file))
    }
  }

  @Test("with damaged lines loses these lines, and a record that was changed is not believed")
  func damagedLines() throws {
    let text = PeerstoreText.encode(try filled(), now: now)
    var lines = text.split(separator: "\n").map(String.init)
    let record = try #require(lines.firstIndex { $0.hasPrefix("record ") })
    lines[record] = String(lines[record].dropLast(4)) + "AAAA"
    lines.insert("address /ip4/1.2.3.4/tcp/1 identify tomorrow -", at: 2)
    lines.append("nonsense")
    lines.append(String(repeating: "x", count: Limits.Peerstore.lineBytes + 1))
    let reading = try #require(PeerstoreText.decode(Array(lines.joined(separator: "\n").utf8), now: now))
    #expect(reading.damagedLines == 4)
    #expect(reading.store.count == (try filled()).count)
    #expect(reading.store.peers.allSatisfy { reading.store.record(of: $0) == nil })
  }

  @Test("with damaged lines is copied before it is written anew, and goes on with the rest")
  func copied() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = PeerstoreText.encode(try filled(), now: now) + "nonsense\n"
    let file = path("peers")
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    for _ in 0..<2 {
      let loaded = try PeerstoreFile(path: file).load(now: now)
      #expect(loaded.damagedLines == 1)
      #expect(loaded.store.count == (try filled()).count)
      #expect(loaded.setAside == file + ".damaged")
      #expect(try String(contentsOfFile: file + ".damaged", encoding: .utf8) == text)
      #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }
    // Where none can be kept, the rest is read all the same.
    try FileManager.default.removeItem(atPath: file + ".damaged")
    try FileManager.default.createDirectory(atPath: file + ".damaged", withIntermediateDirectories: true)
    let loaded = try PeerstoreFile(path: file).load(now: now)
    #expect(loaded.damagedLines == 1 && loaded.setAside == nil)
  }

  @Test("cut off at any byte, or with any byte changed, costs the peers of the lines that it hits and nothing else")
  func everyByte() throws {
    let store = try filled()
    let whole = Array(PeerstoreText.encode(store, now: now).utf8)
    let peers = Set(store.peers)
    func lost(_ bytes: [UInt8]) -> Int? {
      guard let reading = PeerstoreText.decode(bytes, now: now) else { return nil }
      let intact = peers.filter { Set(reading.store.known(of: $0)) == Set(store.known(of: $0)) }.count
      // What is not there any more is said, unless whole lines are gone, or it says something else that is well said.
      return peers.count - intact
    }
    let header = PeerstoreText.header.utf8.count
    for length in whole.indices {
      let lost = lost(Array(whole[..<length]))
      #expect((lost == nil) == (length < header), "\(length) bytes")
      // The peers stand one behind the other.
      if let lost {
        let begun = String(decoding: whole[..<length], as: UTF8.self).components(separatedBy: "\npeer ").count - 1
        #expect(lost <= peers.count - begun + 1, "\(length) bytes")
      }
    }
    let masks: [UInt8] = [0x01, 0x20, 0x80, 0xFF]
    for place in whole.indices {
      // One at each place, or the test takes seconds.
      let mask = masks[place % masks.count]
      var bytes = whole
      bytes[place] ^= mask
      let lost = lost(bytes)
      #expect((lost == nil) == (place <= header), "byte \(place) ^ \(mask)")
      #expect((lost ?? 0) <= 2, "byte \(place) ^ \(mask)")
    }
  }

  @Test("of any bytes is read without harm, and nothing in it lives longer than it may")
  func hostile() throws {
    let text = Array(PeerstoreText.encode(try filled(), now: now).utf8)
    var generator = SplitMix64(seed: 12)
    var read = 0
    for _ in 0..<2_000 {
      guard let reading = PeerstoreText.decode(mutated(text, with: &generator), now: now) else { continue }
      read += 1
      for peer in reading.store.peers {
        for known in reading.store.known(of: peer) {
          let expires = try #require(known.expires)
          #expect(expires <= now + Limits.Peerstore.certifiedSeconds)
          #expect(known.source != .user)
        }
      }
    }
    #expect(read > 500)
  }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func filled() throws -> Peerstore {
    var store = Peerstore()
    for number: UInt8 in 1...5 {
      let peer = try PeerID(bytes: [0x00, 0x24, 0x08, 0x01, 0x12, 0x20] + [UInt8](repeating: number, count: 32))
      store.learn([try Multiaddr("/ip4/9.9.9.\(number)/tcp/4001")], of: peer, from: .identify, now: now)
      store.learn([try Multiaddr("/ip6/2606::\(number)/tcp/1")], of: peer, from: .routing, now: now)
      store.succeeded(try Multiaddr("/ip4/9.9.9.\(number)/tcp/4001"), of: peer, now: now - 5)
    }
    let key = try KeyPair(ed25519Seed: [UInt8](repeating: 7, count: 32))
    let record = PeerRecord(peerID: key.peerID, sequence: 3, addresses: [try Multiaddr("/ip4/9.9.9.9/tcp/1")])
    try store.learn(record: try record.sealed(with: key), from: .internet, now: now)
    return store
  }
}
