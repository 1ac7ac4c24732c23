import Foundation
import Identity
import Multiformats
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("Peers that are known from before")
struct KnownPeersTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("known-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  @Test("are found again after a restart that names nobody")
  func restart() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("peers").path
    let alice = try TestNode()
    let address = try await alice.listen()
    let bob = try TestNode {
      $0.connect = [address]
      $0.staying.file = file
    }
    try await bob.node.start()
    _ = try await bob.heard.first { if case .identified(alice.id, _) = $0 { true } else { nil } }
    await bob.node.shutdown(timeout: .seconds(10))

    let again = try TestNode {
      $0.staying.file = file
      $0.staying.findsKnownPeers = true
    }
    try await again.node.start()
    try await again.connected(to: alice.id)
    #expect(await again.node.measurements.knownPeers == 1)
    // Who is sent away is left in peace, although there are few connections.
    again.node.disconnect(alice.id)
    _ = try await again.heard.first { if case .disconnected(alice.id, _) = $0 { true } else { nil } }
    #expect(await again.node.connectedPeers.isEmpty)
    await again.node.shutdown()
    await alice.node.shutdown()
  }

  @Test("that are not there cost nothing, and a damaged file is no reason not to start")
  func damaged() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("peers").path
    try "not such a file".write(toFile: file, atomically: true, encoding: .utf8)
    let node = try TestNode {
      $0.staying.file = file
      $0.staying.findsKnownPeers = true
    }
    _ = try await node.listen()
    #expect(await node.node.measurements.knownPeers == 0)
    #expect(FileManager.default.fileExists(atPath: file + ".damaged"))
    await node.node.shutdown(timeout: .seconds(10))
    #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("uc-bot peers 1"))
  }
}
