#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where fetched files go.
struct DownloadFolder: Hashable, Sendable {
  /// Names that are tried for one file.
  private static let attempts = 1_000

  let path: String

  /// The folder of the flag; without it one in the user's downloads, or here where there is no home.
  init(flag: String?, environment: [String: String]) {
    path = flag ?? environment["HOME"].map { $0 + "/Downloads/uc-bot" } ?? "downloads"
  }

  /// A path in the folder where nothing is: `talk.pdf`, `talk-2.pdf` and so on. Makes the folder if need be.
  /// - Parameter name: A name without a slash.
  /// - Throws: ``Failure``.
  func place(for name: String) throws(Failure) -> String {
    try make(path[...])
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    for number in 1...Self.attempts {
      let candidate = number == 1 ? name : "\(name[..<dot])-\(number)\(name[dot...])"
      var information = stat()
      if lstat("\(path)/\(candidate)", &information) != 0, errno == ENOENT { return "\(path)/\(candidate)" }
    }
    throw Failure(.cannotCreate, "\(path): there are \(Self.attempts) files called \(name) already")
  }

  private func make(_ folder: Substring) throws(Failure) {
    if mkdir(String(folder), 0o755) == 0 || errno == EEXIST { return }
    if errno == ENOENT, let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
      try make(folder[..<slash])
      if mkdir(String(folder), 0o755) == 0 || errno == EEXIST { return }
    }
    throw Failure(.cannotCreate, "\(folder): \(String(cString: strerror(errno)))")
  }
}
