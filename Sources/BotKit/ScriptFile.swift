import LuaVM
import Limits

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A script on disk, and the modules beside it.
package struct ScriptFile {
  package let path: String
  /// The file's name without `.lua`.
  package let name: String
  /// Where `require` looks.
  package let directory: String

  package init(path: String) {
    self.path = path
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let file = parts.last.map(String.init) ?? path
    name = file.hasSuffix(".lua") && file.utf8.count > 4 ? String(file.dropLast(4)) : file
    let parent = parts.dropLast().joined(separator: "/")
    directory = parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent
  }

  /// A file that was looked for: what it was when it was read; nil when it was not there.
  typealias Read = (path: String, signature: FileSignature?)

  /// The text, and what the file was; the latter also when it cannot be read.
  func read() -> (file: Read, text: Result<String, BotError>) {
    var signature = FileSignature(path: path)
    do throws(BotError) {
      return ((path, signature), .success(try Self.read(path, &signature)))
    } catch {
      return ((path, signature), .failure(error))
    }
  }

  /// The text alone.
  package func text() throws(BotError) -> String { try read().text.get() }

  /// The text of a module alone.
  package func source(ofModule name: String) -> Result<LuaModuleSource, LuaModuleError> { module(name).1 }

  /// The text of module `name`, which lies in the script's directory and nowhere else, symbolic links followed.
  /// - Returns: the file where it is or would be; nil when the name is none.
  func module(_ name: String) -> (file: Read?, Result<LuaModuleSource, LuaModuleError>) {
    let segments = name.split(separator: ".", omittingEmptySubsequences: false)
    let isName = segments.allSatisfy { segment in
      !segment.isEmpty
        && segment.utf8.allSatisfy { byte in
          (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
        }
    }
    guard isName, name.utf8.count <= 128 else {
      return (
        nil, .failure(LuaModuleError("'\(name)' is no module name (letters, digits and _ in parts joined by '.')"))
      )
    }
    let relative = segments.joined(separator: "/") + ".lua"
    let file = directory == "." ? relative : directory == "/" ? "/" + relative : directory + "/" + relative
    var signature = FileSignature(path: file)
    guard let root = Self.realPath(directory), let real = Self.realPath(file) else {
      return ((file, signature), .failure(LuaModuleError("module '\(name)' not found (no file \(file))")))
    }
    guard real.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
      return ((file, signature), .failure(LuaModuleError("module '\(name)' is outside of the script's directory")))
    }
    do throws(BotError) {
      let source = try Self.read(file, &signature)
      return ((file, signature), .success(LuaModuleSource(source: source, chunkName: "@" + file)))
    } catch {
      return ((file, signature), .failure(LuaModuleError("\(error)")))
    }
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func read(_ path: String, _ signature: inout FileSignature?) throws(BotError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: systemError()) }
    // Of what is read, which may be another file than the one that was looked at.
    signature = FileSignature(status)
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .unreadable(path: path, reason: "it is a directory") }
    guard status.st_size <= Limits.Lua.source else {
      throw .tooLarge(path: path, bytes: Int(status.st_size), limit: Limits.Lua.source)
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = chunk.withUnsafeMutableBytes { readSome(descriptor, $0) }
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path: path, reason: systemError())
      }
      if count == 0 { break }
      bytes += chunk.prefix(count)
      // Its size may have been wrong: a pipe has none.
      guard bytes.count <= Limits.Lua.source else {
        throw .tooLarge(path: path, bytes: bytes.count, limit: Limits.Lua.source)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path: path) }
    return text
  }

  private static func systemError() -> String { String(cString: strerror(errno)) }
}

private func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, buffer.baseAddress, buffer.count)
}
