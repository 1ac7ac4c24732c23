#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The environment of the process.
enum Environment {
  /// The variables that the program reads, as far as they are set.
  static var variables: [String: String] {
    var variables: [String: String] = [:]
    for name in ["REMOTE_PEER", "REMOTE_PEERS"] + ServiceManager.variables {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return variables
  }
}
