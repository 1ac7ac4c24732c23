#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The files of tests below some paths.
package enum TestFiles {
  /// Why a path gives no files.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// Files as they are; of directories all `*_test.lua` in them and below, in the order of the alphabet. What is hidden
  /// (`.git`), and what lies behind symbolic links to directories, is left out.
  package static func find(_ paths: [String]) throws(Problem) -> [String] {
    var files: [String] = []
    for path in paths {
      let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
      switch kind(of: trimmed, followsLinks: true) {
      case .none: throw Problem(description: "\(path): \(String(cString: strerror(errno)))")
      case .file: files.append(trimmed)
      case .directory:
        let found = below(trimmed)
        guard !found.isEmpty else { throw Problem(description: "\(path): no *_test.lua in it") }
        files += found
      }
    }
    return files
  }

  private enum Kind { case file, directory }

  private static func kind(of path: String, followsLinks: Bool) -> Kind? {
    var status = stat()
    guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
  }

  private static func below(_ directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted().flatMap { name -> [String] in
      let path = directory == "." ? name : directory + "/" + name
      switch kind(of: path, followsLinks: false) {
      case .directory: return below(path)
      case .file: return name.hasSuffix("_test.lua") ? [path] : []
      case .none: return []
      }
    }
  }
}
