import TestSupport
import Testing

@testable import Identity

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Each test in a directory of its own, which goes with it.
@Suite("Identity files")
final class IdentityFileTests {
  private let directory: String

  init() throws {
    var template = Array("/tmp/uc-bot-identity-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    directory = try #require(made)
  }

  deinit {
    for name in names() { _ = unlink("\(directory)/\(name)") }
    _ = rmdir("\(directory)/directory")
    _ = rmdir(directory)
  }

  private var path: String { "\(directory)/bot.key" }

  private func names() -> [String] {
    guard let listing = opendir(directory) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private func write(_ bytes: [UInt8]) throws {
    _ = unlink(path)
    try PosixFile.write(try PosixFile.create(path), bytes)
  }

  private func message(_ body: () throws -> Void) -> String? {
    #expect(throws: IdentityFileError.self) { try body() }?.description
  }

  @Test("a missing file is made: 68 bytes, for its owner only, and nothing beside it")
  func created() throws {
    let (identity, created) = try IdentityFile.loadOrCreate(path)
    #expect(created)
    #expect(names() == ["bot.key"])
    var information = stat()
    #expect(stat(path, &information) == 0)
    #expect(information.st_mode & 0o777 == 0o600)
    #expect(information.st_size == 68)
    let bytes = try PosixFile.read(try PosixFile.openForReading(path), limit: 100)
    #expect(bytes == identity.privateKeyProtobuf)
    #expect(bytes.starts(with: hex("08011240")))
    let again = try IdentityFile.loadOrCreate(path)
    #expect(!again.created)
    #expect(again.0.peerID == identity.peerID)
    #expect(try IdentityFile.load(path).peerID == identity.peerID)
  }

  @Test("the file of wire.md §15 is read")
  func wire() throws {
    try write(
      hex("08011240") + Array(0..<32) + hex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"))
    #expect(
      try IdentityFile.load(path).peerID.description == "12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB")
  }

  @Test("RSA and old Ed25519 identities are read, and the file stays as it is")
  func otherForms() throws {
    try write(Vectors.rsa.privateKey)
    #expect(try IdentityFile.loadOrCreate(path).0.peerID.description == Vectors.rsa.peerID)
    let old = [0x08, 0x01, 0x12, 0x60] + Vectors.ed25519.privateKey.dropFirst(4) + Vectors.ed25519.publicKey.suffix(32)
    try write(old)
    #expect(try IdentityFile.loadOrCreate(path).0.peerID.description == Vectors.ed25519.peerID)
    #expect(try PosixFile.read(try PosixFile.openForReading(path), limit: 200) == old)
  }

  @Test("a file cut short anywhere is refused with both sizes")
  func cutShort() throws {
    let whole = Vectors.ed25519.privateKey
    for length in 0..<whole.count {
      try write(Array(whole.prefix(length)))
      #expect(
        message { _ = try IdentityFile.load(path) } == "\(path): \(length) bytes, an Ed25519 identity file has 68")
    }
    try write(whole + [0])
    #expect(message { _ = try IdentityFile.load(path) } == "\(path): 69 bytes, an Ed25519 identity file has 68")
    try write(Array(Vectors.rsa.privateKey.prefix(1_000)))
    #expect(message { _ = try IdentityFile.load(path) } == "\(path): 1000 bytes, this RSA identity file has 2355")
  }

  @Test("a bad file is never replaced")
  func notReplaced() throws {
    try write([0x08, 0x01])
    #expect(throws: IdentityFileError.self) { try IdentityFile.loadOrCreate(path) }
    #expect(try PosixFile.read(try PosixFile.openForReading(path), limit: 100) == [0x08, 0x01])
    #expect(names() == ["bot.key"])
  }

  @Test("a file of something else is refused")
  func otherContents() throws {
    try write(Array("-----BEGIN PRIVATE KEY-----\n".utf8))
    #expect(
      message { _ = try IdentityFile.load(path) }
        == "\(path): 28 bytes that are no libp2p private key, "
        + "an Ed25519 identity file has 68 and begins with 08 01 12 40"
    )
    try write([UInt8](repeating: 0x08, count: 100_000))
    #expect(
      message { _ = try IdentityFile.load(path) } == "\(path): more than 16384 bytes, no identity file has so many")
    var wrong = Vectors.ed25519.privateKey
    wrong[40] ^= 1
    try write(wrong)
    #expect(
      message { _ = try IdentityFile.load(path) }
        == "\(path): Ed25519 private key holds a public key that does not belong to it")
    try write(Vectors.secp256k1.privateKey)
    #expect(
      message { _ = try IdentityFile.load(path) }
        == "\(path): secp256k1 private keys cannot be used here, expected Ed25519 or RSA")
    try write(hex("08011240") + hex("ff"))
    #expect(message { _ = try IdentityFile.load(path) } == "\(path): 5 bytes, an Ed25519 identity file has 68")
    // A length in more bytes than it needs; a key type that there is not.
    try write(hex("080112c000") + [UInt8](repeating: 1, count: 64))
    #expect(message { _ = try IdentityFile.load(path) }?.contains("69 bytes that are no libp2p private key") == true)
    try write(hex("08091240") + [UInt8](repeating: 1, count: 64))
    #expect(message { _ = try IdentityFile.load(path) }?.contains("68 bytes that are no libp2p private key") == true)
    // A public key where a private one should be.
    try write(Vectors.ed25519.publicKey)
    #expect(message { _ = try IdentityFile.load(path) } == "\(path): Ed25519 key of 32 bytes, expected 64")
  }

  @Test("what is no file is refused at once")
  func noFile() throws {
    #expect(message { _ = try IdentityFile.load(path) } == "\(path): there is no such file")
    #expect(
      message { _ = try IdentityFile.loadOrCreate(directory) }
        == "\(directory): not a file, expected a libp2p private key")
    // Opening a pipe without a writer would wait for ever.
    #expect(mkfifo(path, 0o600) == 0)
    #expect(
      message { _ = try IdentityFile.loadOrCreate(path) } == "\(path): not a file, expected a libp2p private key")
    #expect(
      message { _ = try IdentityFile.loadOrCreate("/dev/null") }
        == "/dev/null: not a file, expected a libp2p private key")
  }

  @Test("a file that cannot be made says why")
  func cannotCreate() throws {
    let inMissing = "\(directory)/missing/bot.key"
    #expect(
      message { _ = try IdentityFile.loadOrCreate(inMissing) }
        == "\(inMissing): cannot create it: No such file or directory")
    try write(Vectors.ed25519.privateKey)
    let inFile = "\(path)/bot.key"
    #expect(message { _ = try IdentityFile.loadOrCreate(inFile) } == "\(inFile): cannot read it: Not a directory")
    let long = "\(directory)/" + String(repeating: "a", count: 300)
    #expect(message { _ = try IdentityFile.loadOrCreate(long) } == "\(long): cannot read it: File name too long")
    #expect(throws: IdentityFileError.self) { try IdentityFile.loadOrCreate("") }
  }

  @Test("where the file system has no links, the first to make the file still wins")
  func withoutLinks() throws {
    let bytes = Vectors.ed25519.privateKey
    #expect(try IdentityFile.createInPlace(path, bytes))
    #expect(try IdentityFile.load(path).peerID.description == Vectors.ed25519.peerID)
    #expect(try !IdentityFile.createInPlace(path, [1, 2, 3]))
    #expect(try IdentityFile.load(path).peerID.description == Vectors.ed25519.peerID)
    #expect(throws: IdentityFileError.self) { try IdentityFile.createInPlace("\(directory)/missing/key", bytes) }
  }

  @Test("a link to nowhere is not followed to make a file")
  func danglingLink() throws {
    #expect(symlink("\(directory)/elsewhere", path) == 0)
    #expect(throws: IdentityFileError.self) { try IdentityFile.loadOrCreate(path) }
    #expect(names() == ["bot.key"])
  }

  @Test(
    "permissions that let others in are told, and nothing more", arguments: [0o600, 0o400, 0o640, 0o604, 0o644, 0o620])
  func permissions(mode: UInt32) throws {
    try write(Vectors.ed25519.privateKey)
    #expect(chmod(path, mode_t(mode)) == 0)
    let opened = try IdentityFile.open(path, createIfMissing: false)
    #expect(opened.permissions == mode)
    #expect(opened.isExposed == (mode & 0o066 != 0))
    #expect(opened.keyPair.peerID.description == Vectors.ed25519.peerID)
  }

  @Test("many that make the same file at once end with one identity, and none sees half of it")
  func race() async throws {
    let path = path
    let ids = try await withThrowingTaskGroup(of: PeerID.self) { group in
      for _ in 0..<32 { group.addTask { try IdentityFile.loadOrCreate(path).0.peerID } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(ids.count == 1)
    #expect(names() == ["bot.key"])
  }
}
