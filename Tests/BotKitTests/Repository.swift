import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files of the repository, found from this one.
enum Repository {
  static func path(_ relative: String, file: String = #filePath) -> String {
    // A package may be put together of links to the parts of another.
    let real = realpath(file, nil)
    defer { free(real) }
    return (real.map { String(cString: $0) } ?? file).split(separator: "/", omittingEmptySubsequences: false).dropLast(
      3
    ).joined(separator: "/") + "/" + relative
  }

  static func text(_ relative: String) throws -> String {
    guard let file = fopen(path(relative), "r") else { throw Missing(path: path(relative)) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    return String(decoding: bytes, as: UTF8.self)
  }

  struct Missing: Error { var path: String }
}

extension Repository {
  /// Expects a file to be exactly what was made; shows the first line that differs. `make docs` sets
  /// UC_BOT_WRITE_DOCS: then it is written first.
  static func expect(_ made: String, in path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if getenv("UC_BOT_WRITE_DOCS") != nil { try write(made, to: path) }
    let committed = try text(path)
    guard made != committed else { return }
    let lines = zip(
      made.split(separator: "\n", omittingEmptySubsequences: false),
      committed.split(separator: "\n", omittingEmptySubsequences: false))
    let first = lines.enumerated().first { $1.0 != $1.1 }
    let line = first.map { "line \($0.offset + 1) is \"\($0.element.1)\", the table makes \"\($0.element.0)\"" }
    Issue.record(
      "\(path) is not what the table makes of it; `make docs` writes it (\(line ?? "one is longer"))",
      sourceLocation: sourceLocation)
  }

  private static func write(_ text: String, to relative: String) throws {
    guard let file = fopen(path(relative), "w") else { throw Missing(path: path(relative)) }
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Missing(path: path(relative)) }
  }
}

extension Repository {
  /// The scripts of a folder.
  static func luaFiles(_ folder: String) throws -> [String] {
    guard let directory = opendir(path(folder)) else { throw Missing(path: path(folder)) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".lua") { names.append("\(folder)/\(name)") }
    }
    return names.sorted()
  }
}
