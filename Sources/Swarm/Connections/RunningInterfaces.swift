#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The interfaces of this machine that are up and have a cable in them, so to speak: NIO's devices do not tell.
public enum RunningInterfaces {
  /// Their names.
  /// - Parameter loopback: Whether that counts as one.
  public static func names(loopback: Bool = true) -> Set<String> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var names: Set<String> = []
    var entry = list
    while let interface = entry?.pointee {
      entry = interface.ifa_next
      let flags = Int32(truncatingIfNeeded: interface.ifa_flags)
      let wanted = Int32(IFF_UP) | Int32(IFF_RUNNING)
      guard flags & wanted == wanted, loopback || flags & Int32(IFF_LOOPBACK) == 0 else { continue }
      names.insert(String(cString: interface.ifa_name))
    }
    return names
  }
}
