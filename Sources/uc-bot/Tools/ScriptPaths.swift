#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The scripts that paths on the command line mean: files as they are, and of directories what ends in `.lua`.
enum ScriptPaths {
  /// - Throws: ``Failure`` for a path that leads nowhere, and a directory without scripts.
  static func find(_ paths: [String]) throws(Failure) -> [String] {
    var found: [String] = []
    for path in paths {
      if let names = names(inDirectory: path) {
        let scripts = names.filter { $0.hasSuffix(".lua") && !$0.hasPrefix(".") }.sorted()
        guard !scripts.isEmpty else { throw Failure(.noInput, "\(path): no scripts (*.lua) in it") }
        let prefix = path == "." ? "" : path.hasSuffix("/") ? path : path + "/"
        found += scripts.map { prefix + $0 }
      } else if access(path, R_OK) == 0 {
        found.append(path)
      } else {
        throw Failure(.noInput, "cannot read script \(path): \(String(cString: strerror(errno)))")
      }
    }
    var seen: Set<String> = []
    return found.filter { seen.insert($0).inserted }
  }

  /// What is in a directory; nil when it is none.
  static func names(inDirectory path: String) -> [String]? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }
}
