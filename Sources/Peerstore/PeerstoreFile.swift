import Identity
import Limits

/// The file of a ``Peerstore``. Every call may wait for the disk: none belongs on an event loop.
public struct PeerstoreFile: Sendable {
  /// Why it could not be read or written.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// One line with the path in it.
    public let description: String
  }

  /// What was found.
  public struct Loaded: Sendable {
    /// What is known; nothing if there was no file.
    public var store = Peerstore()
    /// Lines that could not be read.
    public var damagedLines = 0
    /// Where a file is now that could not be read at all, or a copy of one that has damaged lines.
    public var setAside: String?
  }

  /// Where it is.
  public let path: String

  /// A file that need not be there.
  public init(path: String) { self.path = path }

  /// Reads the file. One that is damaged beyond reading is set aside, of one with damaged lines a copy is kept: what is
  /// in it can be learnt anew.
  /// - Parameter now: Seconds of Unix time.
  /// - Throws: ``Failure`` if it is there and cannot be opened, or moved.
  public func load(now: Int64) throws(Failure) -> Loaded {
    let isFile: Bool
    let bytes: [UInt8]
    do {
      let file = try PosixFile.openForReading(path)
      isFile = try PosixFile.status(file).kind == .regular
      bytes = try PosixFile.read(file, limit: Limits.Peerstore.fileBytes + 1)
    } catch {
      if error.isMissing { return Loaded() }
      throw failure("read", PosixFile.message(error.errno))
    }
    guard isFile else { throw failure("read", "it is no regular file") }
    let aside = path + ".damaged"
    if bytes.count <= Limits.Peerstore.fileBytes, let reading = PeerstoreText.decode(bytes, now: now) {
      let isCopied = reading.damagedLines > 0 && write(bytes, to: aside)
      return Loaded(
        store: reading.store, damagedLines: reading.damagedLines, setAside: isCopied ? aside : nil)
    }
    do {
      try PosixFile.rename(path, to: aside)
    } catch {
      throw failure("set aside", PosixFile.message(error.errno))
    }
    return Loaded(setAside: aside)
  }

  /// Writes everything, so that either the old file is there or the new one, whatever happens.
  /// - Parameter now: Seconds of Unix time.
  /// - Throws: ``Failure``.
  public func save(_ store: Peerstore, now: Int64) throws(Failure) {
    let temporary = path + ".new"
    do {
      PosixFile.remove(temporary)
      try PosixFile.write(try PosixFile.create(temporary), Array(PeerstoreText.encode(store, now: now).utf8))
      try PosixFile.rename(temporary, to: path)
    } catch {
      PosixFile.remove(temporary)
      throw failure("write", PosixFile.message(error.errno))
    }
  }

  /// Whether that could be done: a copy is no reason not to start.
  private func write(_ bytes: [UInt8], to copy: String) -> Bool {
    PosixFile.remove(copy)
    return (try? PosixFile.write(try PosixFile.create(copy), bytes)) != nil
  }

  private func failure(_ doing: String, _ why: String) -> Failure {
    Failure(description: "\(path): cannot \(doing) the file of known peers: \(why)")
  }
}
