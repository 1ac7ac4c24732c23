#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A TCP port of 127.0.0.1 on which nobody listens, and which the system gives to nobody else meanwhile.
///
/// A listener that was closed leaves a port that the next test may get. Who asks for this very port may still listen on
/// it, if it sets `SO_REUSEADDR`, as NIO's and our own listeners do.
public final class HeldPort: Sendable {
  /// Why there is none.
  public struct Failure: Error {
    /// What the system said.
    public let code: Int32
  }

  /// Its number.
  public let number: Int
  private let descriptor: Int32

  /// Takes one that is free.
  public init() throws(Failure) {
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    descriptor = socket(AF_INET, stream, 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
      }
    }
    number = Int(UInt16(bigEndian: address.sin_port))
    guard result == 0 else {
      let code = errno
      close(descriptor)
      throw Failure(code: code)
    }
  }

  deinit { close(descriptor) }
}
