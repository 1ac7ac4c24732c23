import Limits

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many files and connections the process may have open (RLIMIT_NOFILE).
enum DescriptorLimit {
  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif

  /// More than anything here could use.
  private static let most: rlim_t = 65_536

  /// The limit now; 0 if the system does not say.
  static var current: UInt64 {
    var limit = rlimit()
    return getrlimit(resource, &limit) == 0 ? UInt64(limit.rlim_cur) : 0
  }

  /// Takes as many as the system lets anybody have who asks: the usual 1024 are for programs that are older than poll(2).
  static func raise() {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
    _ = setrlimit(resource, &limit)
  }

  /// How many connections there may be, so that something is left for dialling wanted peers, for files and for names.
  static func connections(of limit: UInt64) -> Int {
    guard limit > 0 else { return Limits.Swarm.connections }
    let free = Int(clamping: limit) - Limits.Swarm.otherDescriptors
    return max(8, min(Limits.Swarm.connections, free / 2))
  }
}
