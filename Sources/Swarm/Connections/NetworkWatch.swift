import Dispatch
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Tells when a cable is plugged in or pulled, or an address comes or goes: the kernel says so over a netlink socket
/// (rtnetlink(7)), which costs nothing while nothing happens. Elsewhere than on Linux it is silent.
final class NetworkWatch {
  #if os(Linux)
    private let source: any DispatchSourceRead

    /// - Parameter onChange: Called on a queue of its own, once for all changes that come together.
    /// - Returns: nil where the system does not allow it.
    init?(onChange: @escaping @Sendable () -> Void) {
      let descriptor = socket(
        AF_NETLINK, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      var address = Self.address
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<SocketAddressNetlink>.size))
        }
      }
      guard bound == 0 else {
        close(descriptor)
        return nil
      }
      source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: "uc.network"))
      source.setEventHandler {
        // What exactly has changed is asked of the system anyway: the notices are only thrown away.
        var notice = [UInt8](repeating: 0, count: 8_192)
        while recv(descriptor, &notice, notice.count, 0) > 0 {}
        onChange()
      }
      source.setCancelHandler { close(descriptor) }
      source.resume()
    }

    deinit { source.cancel() }

    /// `struct sockaddr_nl`, which Glibc's module does not export.
    private struct SocketAddressNetlink {
      var family = UInt16(AF_NETLINK)
      var padding: UInt16 = 0
      var port: UInt32 = 0
      var groups: UInt32
    }

    /// Links (1), IPv4 addresses (0x10) and IPv6 addresses (0x100).
    private static let address = SocketAddressNetlink(groups: 0x1 | 0x10 | 0x100)
  #else
    init?(onChange: @escaping @Sendable () -> Void) { return nil }
  #endif
}
