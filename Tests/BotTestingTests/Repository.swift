import BotKit

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

  static func text(_ relative: String) throws -> String { try text(path: path(relative)) }

  /// The text of a file, which is read as scripts are.
  static func text(path: String) throws -> String { try ScriptFile(path: path).text() }

  /// What is in a directory, by the alphabet.
  static func names(_ relative: String) throws -> [String] {
    LogFileDirectory(path: path(relative)).names().filter { !$0.hasPrefix(".") }.sorted()
  }

  static func write(_ text: String, to relative: String) throws {
    guard let file = fopen(path(relative), "w") else { throw BotError.unreadable(path: relative, reason: "fopen") }
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    fwrite(bytes, 1, bytes.count, file)
  }
}
