import Limits
import TestSupport
import Testing

@testable import UniversalConnectivity

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("A folder for files")
struct FileFolderTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  @Test(
    "has names and no ways: nobody leaves it by one",
    arguments: [
      ("a", true), ("A b-c_d.tar.gz", true), ("ä☃", true), (String(repeating: "x", count: Limits.Files.name), true),
      ("", false), (".", false), ("..", false), (".bashrc", false), ("../a", false), ("a/b", false), ("/a", false),
      ("a\u{0}", false), ("a\n", false), ("\u{1b}[2J", false), ("a\u{202E}b", false),
      (String(repeating: "x", count: Limits.Files.name + 1), false),
    ])
  func names(name: String, isOne: Bool) throws {
    #expect(FileFolder.isName(name) == isOne)
    let folder = FileFolder(path: "/nowhere")
    if isOne {
      #expect(try folder.path(of: name) == "/nowhere/\(name)")
    } else {
      #expect(throws: FileTransferError.invalidName) { try folder.path(of: name) }
      #expect(throws: FileTransferError.invalidName) { try folder.entry(name) }
    }
  }

  @Test("a name made of a peer's id is one of the folder, whatever the id is")
  func downloadNames() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<2_000 {
      let length = Int.random(in: 0...300, using: &random)
      let id = String(
        decoding: (0..<length).map { _ in
          Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random) : Array("./\\~-_%".utf8)[Int.random(in: 0..<7, using: &random)]
        }, as: UTF8.self)
      #expect(FileFolder.isName(FileID.downloadName(id)), "\(id)")
    }
  }

  @Test("lists its files in the order of their names, and nothing else")
  func entries() throws {
    try folder.write([1, 2, 3], as: "b")
    try folder.write([], as: "a")
    try folder.write([1], as: ".hidden")
    try folder.write([1], as: "b.1a2b.part")
    symlink("\(folder.path)/b", "\(folder.path)/link")
    symlink("/dev/zero", "\(folder.path)/zero")
    mkdir("\(folder.path)/inner", 0o700)
    defer { rmdir("\(folder.path)/inner") }
    let subject = FileFolder(path: folder.path)
    #expect(subject.exists && !FileFolder(path: folder.path + "/b").exists)
    #expect(try subject.entries().map(\.name) == ["a", "b", "link"])
    #expect(try subject.entries().map(\.size) == [0, 3, 3])
    #expect(try subject.entry("b") == FileFolder.Entry(name: "b", size: 3))
    for name in ["nothing", "inner", "zero"] {
      #expect(throws: FileTransferError.notFound) { try subject.entry(name) }
    }
    #expect(throws: FileTransferError.self) { try FileFolder(path: folder.path + "/none").entries() }
  }

  @Test("takes so many bytes and no more, what is on its way included")
  func bytes() throws {
    try folder.write([UInt8](repeating: 0, count: 60), as: "a")
    let subject = FileFolder(path: folder.path, limit: 100)
    #expect(try subject.reserve(10) == 10)
    #expect(try subject.reserve(.max) == 30)
    #expect(throws: FileTransferError.full) { try subject.reserve(1) }
    subject.release(30)
    #expect(try subject.reserve(20) == 20)
    subject.release(.max)
    try folder.write([UInt8](repeating: 0, count: 40), as: "b")
    #expect(throws: FileTransferError.full) { try subject.reserve(1) }
  }

  @Test("takes so many files and no more")
  func files() throws {
    try folder.write([1], as: "a")
    let subject = FileFolder(path: folder.path, fileLimit: 3)
    _ = try subject.reserve(1)
    _ = try subject.reserve(1)
    #expect(throws: FileTransferError.full) { try subject.reserve(1) }
    subject.release(1)
    #expect(try subject.reserve(1) == 1)
  }
}
