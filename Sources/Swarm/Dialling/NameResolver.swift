import Limits
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Resolves a DNS name with the system's resolver, on a thread that may block.
enum NameResolver {
  /// Threads of its own, made for the first name: while no name server answers, a lookup takes half a minute, and the
  /// process-wide pool has other work to do.
  static let threads = {
    let threads = NIOThreadPool(numberOfThreads: 2)
    threads.start()
    return threads
  }()

  static func resolve(
    _ name: String, families: DialTarget.Families, port: Int, eventLoop: any EventLoop
  ) -> EventLoopFuture<[SocketAddress]> {
    threads.runIfActive(eventLoop: eventLoop) {
      var hints = addrinfo()
      #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      #else
        hints.ai_socktype = SOCK_STREAM
      #endif
      hints.ai_family =
        switch families {
        case .any: AF_UNSPEC
        case .ip4: AF_INET
        case .ip6: AF_INET6
        }
      var list: UnsafeMutablePointer<addrinfo>?
      let status = getaddrinfo(name, String(port), &hints, &list)
      guard status == 0 else {
        throw SwarmError.notResolved(name, gai_strerror(status).map { String(cString: $0) } ?? "error \(status)")
      }
      defer { freeaddrinfo(list) }
      var answers: [SocketAddress] = []
      var entry = list
      while let info = entry?.pointee, answers.count < Limits.Swarm.dnsAnswers {
        if let address = info.ai_addr {
          switch info.ai_family {
          case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { answers.append(SocketAddress($0.pointee)) }
          case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { answers.append(SocketAddress($0.pointee)) }
          default: break
          }
        }
        entry = info.ai_next
      }
      guard !answers.isEmpty else { throw SwarmError.notResolved(name, "it has no address of the family asked for") }
      return answers
    }
  }
}
