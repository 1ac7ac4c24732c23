import Limits
import NIOCore
import TestSupport
import Testing

@testable import UniversalConnectivity

@Suite("The answer to a file request")
struct FileResponseReaderTests {
  private func buffer(_ bytes: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: bytes) }

  @Test("is a length and so many bytes, however they are cut", arguments: [1, 2, 3, 7, 1_000])
  func pieces(_ size: Int) throws {
    let body = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    let bytes = [0xAC, 0x02] + body
    var reader = FileResponseReader(limit: 300)
    var received: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      #expect(!reader.isComplete)
      received += try reader.receive(buffer(Array(bytes[start..<min(start + size, bytes.count)]))).bytes
    }
    #expect(received == body && reader.isComplete && reader.announced == 300 && reader.received == 300)
    try reader.finish()
  }

  @Test("is refused when it has another length than it says, none, or too much")
  func faults() throws {
    func failure(_ bytes: [UInt8], limit: UInt64 = 100, ends: Bool = true) -> FileTransferError? {
      var reader = FileResponseReader(limit: limit)
      do throws(FileTransferError) {
        _ = try reader.receive(buffer(bytes))
        if ends { try reader.finish() }
      } catch {
        return error
      }
      return nil
    }
    #expect(failure([]) == .notFound)
    #expect(failure([0x80]) == .notFound)
    #expect(failure([0]) == .empty)
    #expect(failure([3, 1, 2]) == .shorter(received: 2, announced: 3))
    #expect(failure([3, 1, 2], ends: false) == nil)
    #expect(failure([3, 1, 2, 3, 4]) == .longer(announced: 3))
    #expect(failure([101]) == .tooLarge(bytes: 101, limit: 100))
    #expect(
      failure([UInt8](repeating: 0xFF, count: 8) + [0x7F], limit: .max)
        == .shorter(received: 0, announced: UInt64(Int64.max)))
    guard case .malformed = failure([UInt8](repeating: 0xFF, count: 10)) else {
      Issue.record("a length of more than 64 bits was taken")
      return
    }
  }

  @Test("of any bytes gives no more than was announced")
  func hostile() {
    var generator = SplitMix64(seed: 3)
    for _ in 0..<2_000 {
      let bytes = mutated([0x20] + [UInt8](repeating: 7, count: 32), with: &generator)
      var reader = FileResponseReader(limit: 64)
      var total = 0
      var rest = buffer(bytes)
      while let piece = rest.readSlice(length: min(rest.readableBytes, .random(in: 1...9, using: &generator))) {
        guard piece.readableBytes > 0, let body = try? reader.receive(piece) else { break }
        total += body.readableBytes
      }
      #expect(total <= 64 && UInt64(total) <= reader.announced ?? 0)
    }
  }
}

@Suite("The id of a file")
struct FileIDTests {
  @Test("of ours is a random UUID")
  func random() {
    var generator = SplitMix64(seed: 1)
    let ids = (0..<100).map { _ in FileID.random(using: &generator) }
    #expect(Set(ids).count == 100)
    for id in ids {
      #expect(id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
      #expect(FileID.downloadName(id) == id && FileID.read(id.utf8) == id)
    }
  }

  @Test(
    "of others becomes a name that stays in its folder",
    arguments: [
      ("../../etc/passwd", "_._.._etc_passwd"), ("/etc/passwd", "_etc_passwd"), (".bashrc", "_bashrc"), ("..", "_."),
      (".", "_"), ("a b\u{0}c", "a_b_c"), ("C:\\x|y", "C__x_y"), ("ä.txt", "__.txt"), ("", "_"),
      ("talk.pdf", "talk.pdf"),
      ("-rf", "-rf"),
    ])
  func names(_ id: String, _ name: String) {
    #expect(FileID.downloadName(id) == name)
    #expect(!name.hasPrefix(".") && !name.contains("/"))
  }

  @Test("is refused when it is empty, too long, no text, or could act on a terminal")
  func refused() {
    let longest = String(repeating: "x", count: Limits.Files.id)
    #expect(FileID.read(longest.utf8) == longest)
    #expect(FileID.downloadName(longest).utf8.count == Limits.Files.downloadName)
    for bad in [[], Array((longest + "x").utf8), [0x61, 0xFF], Array("a\u{1b}[2J".utf8), Array("a\u{202e}b".utf8)] {
      #expect(FileID.read(bad) == nil)
    }
  }
}
