import Foundation
import Identity
import Limits
import Testing

@testable import UniversalConnectivity
@testable import uc_bot

@Suite("Whom a person means")
struct ChatPeersTests {
  private let ids = (1...3).map { PeerID.made(of: $0) }

  @Test("is found by the id, by the end of it, and by the name")
  func found() {
    var peers = ChatPeers()
    for id in ids { peers.connected(id) }
    peers.change(ids[0]) { $0.nick = "Bob" }
    #expect(peers.find(ids[1].description) == .one(ids[1]))
    #expect(peers.find(ids[1].short) == .one(ids[1]))
    #expect(peers.find(String(ids[1].short.suffix(5)).lowercased()) == .one(ids[1]))
    #expect(peers.find("@bob") == .one(ids[0]))
    #expect(peers.find("carol") == .none)
    #expect(peers.find(String(ids[1].short.suffix(3))) == .none)
    peers.disconnected(ids[0])
    #expect(peers.find("bob") == .none)
  }

  @Test("is asked for again when two have one name: nobody gets what is meant for somebody else")
  func ambiguous() {
    var peers = ChatPeers()
    for id in ids.prefix(2) {
      peers.connected(id)
      peers.change(id) { $0.nick = "bob" }
    }
    #expect(peers.find("bob") == .several(ids.prefix(2).map { "bob (\($0.short))" }))
  }

  @Test("is remembered only while connected")
  func bounded() {
    var peers = ChatPeers()
    peers.change(ids[0]) { $0.nick = "bob" }
    #expect(peers.entries.isEmpty)
    peers.connected(ids[0])
    peers.connected(ids[0])
    #expect(peers.entries.count == 1)
  }
}

@Suite("The files that a person knows of")
struct FileShelfTests {
  private let peer = PeerID.made(of: 1)

  @Test("are numbered, each once")
  func numbered() {
    var shelf = FileShelf()
    #expect(shelf.add(announcement("a"))?.number == 1)
    #expect(shelf.add(announcement("b"))?.number == 2)
    #expect(shelf.add(announcement("a")) == nil)
    #expect(shelf.listed(2)?.id == "b")
    #expect(shelf.listed(3) == nil)
  }

  @Test("are so many at most: the oldest are forgotten, and numbers are never used again")
  func bounded() {
    var shelf = FileShelf()
    for number in 0..<(Limits.Chat.announcedFiles + 10) { _ = shelf.add(announcement("\(number)")) }
    #expect(shelf.announced.count == Limits.Chat.announcedFiles)
    #expect(shelf.listed(1) == nil)
    #expect(shelf.listed(Limits.Chat.announcedFiles + 10)?.id == "\(Limits.Chat.announcedFiles + 9)")
  }

  private func announcement(_ id: String) -> FileAnnouncement { FileAnnouncement(from: peer, id: id, receivedNanos: 0) }
}

@Suite("The progress of a file")
struct TransferMeterTests {
  @Test("is told ten times in a second, however small the pieces are")
  func throttled() {
    var meter = TransferMeter(name: "x", now: 0)
    var told = 0
    for step in 0..<10_000 {
      let progress = FileProgress(received: UInt64(step), total: 10_000)
      if meter.update(progress, now: Double(step) / 10_000) != nil { told += 1 }
    }
    #expect((9...10).contains(told))
  }

  @Test("has the speed of the last seconds, not of the whole")
  func speed() {
    var meter = TransferMeter(name: "x", now: 0)
    var last: ChatTransfer?
    for second in 1...60 {
      let received = second <= 30 ? UInt64(second) * 1_000 : 30_000 + UInt64(second - 30) * 10
      last = meter.update(FileProgress(received: received, total: 100_000), now: Double(second)) ?? last
    }
    #expect(last?.bytesPerSecond == 10)
    #expect(last?.received == 30_300)
  }

  @Test("of the first report counts from the beginning")
  func first() {
    var meter = TransferMeter(name: "x", now: 10)
    #expect(meter.update(FileProgress(received: 500, total: 1_000), now: 10.5)?.bytesPerSecond == 1_000)
  }

  @Test("is a bar that fits into a terminal of any width")
  func bar() {
    let transfer = ChatTransfer(
      name: "a-rather-long-name-of-a-talk.pdf", received: 52, total: 100, bytesPerSecond: 310e6)
    #expect(
      TransferBar.text(transfer, columns: 80)
        == "a-rather-long-name-o [###############---------------] 52 % of 100 B, 310 MB/s")
    for columns in 1...200 { #expect(TransferBar.text(transfer, columns: columns).count < columns) }
    let waiting = ChatTransfer(name: "x", received: 0, total: 0, bytesPerSecond: 0)
    #expect(TransferBar.text(waiting, columns: 80) == "x: waiting for the peer")
    let lying = ChatTransfer(name: "x", received: .max, total: 1, bytesPerSecond: .infinity)
    #expect(TransferBar.text(lying, columns: 80).contains("100 %"))
  }

  @Test("is in units that a person reads")
  func bytes() {
    #expect(ByteCount.text(0) == "0 B")
    #expect(ByteCount.text(999) == "999 B")
    #expect(ByteCount.text(1_000) == "1 kB")
    #expect(ByteCount.text(12_345) == "12.3 kB")
    #expect(ByteCount.text(999_999) == "1 MB")
    #expect(ByteCount.text(310_000_000) == "310 MB")
    #expect(ByteCount.text(.max) == "18446744 TB")
  }
}

@Suite("The folder of downloads")
struct DownloadFolderTests {
  @Test("is made when it is needed, and no file in it is overwritten")
  func free() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("downloads-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    let folder = DownloadFolder(flag: root + "/a/b", environment: [:])
    let names = try (1...3).map { _ in
      let path = try folder.place(for: "talk.pdf")
      try Data("x".utf8).write(to: URL(fileURLWithPath: path))
      return String(path.dropFirst(root.count + 5))
    }
    #expect(names == ["talk.pdf", "talk-2.pdf", "talk-3.pdf"])
    try FileManager.default.createSymbolicLink(atPath: root + "/a/b/link", withDestinationPath: "/nowhere")
    #expect(try folder.place(for: "link").hasSuffix("/link-2"))
  }

  @Test("is the user's own unless another is wanted")
  func chosen() {
    #expect(DownloadFolder(flag: nil, environment: ["HOME": "/home/x"]).path == "/home/x/Downloads/uc-bot")
    #expect(DownloadFolder(flag: "here", environment: ["HOME": "/home/x"]).path == "here")
    #expect(DownloadFolder(flag: nil, environment: [:]).path == "downloads")
  }

  @Test("says where it cannot be made")
  func impossible() throws {
    #expect(throws: Failure.self) { try DownloadFolder(flag: "/dev/null/x", environment: [:]).place(for: "y") }
  }
}
