import Multiformats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whether addresses can be listened on and reached. Nothing is sent to anybody who was not named.
enum NetworkChecks {
  /// Seconds that a peer may take to answer a connection.
  private static let patience = 5.0

  static func listening(on address: Multiaddr) -> Finding {
    guard let (host, port) = hostAndPort(address) else {
      return .warn("listen", "\(address) cannot be tried from here", "start the bot and see")
    }
    guard let target = Resolved(host: host, port: port) else {
      return .fail("listen", "\(address): no address of this machine", "take one that `ip address` shows, or 0.0.0.0")
    }
    let descriptor = socket(target.family, streamType, 0)
    guard descriptor >= 0 else { return .fail("listen", "\(address): \(reason)", "see the reason") }
    defer { close(descriptor) }
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    guard target.withAddress({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1) == 0 else {
      let remedy =
        switch errno {
        case EADDRINUSE: "end the program that listens there (`ss -ltnp`), or take another port"
        case EACCES: "ports below 1024 are root's: take a higher one"
        case EADDRNOTAVAIL: "take an address that `ip address` shows, or 0.0.0.0"
        default: "take another address"
        }
      return .fail("listen", "\(address): \(reason)", remedy)
    }
    return .ok("listen", "\(address) is free")
  }

  static func reaching(_ text: String) -> Finding {
    let address: Multiaddr
    do throws(UsageError) {
      address = try AddressRule.dialled(text, from: "--connect")
    } catch {
      return .fail("connect", "\(error)", "take the address as the peer prints it, such as /ip4/203.0.113.7/tcp/9095")
    }
    guard let (host, port) = hostAndPort(address) else {
      return .warn(
        "connect", "\(address) is looked up when the bot dials it, and was not tried", "start the bot and see")
    }
    guard let target = Resolved(host: host, port: port) else {
      return .fail(
        "connect", "\(address): the name has no address", "check the spelling, and DNS: getent hosts \(host)")
    }
    switch connection(to: target) {
    case nil: return .ok("connect", "\(address) answers")
    case ETIMEDOUT?:
      return .fail(
        "connect", "\(address): no answer in \(Int(patience)) s", "a firewall on the way, or the machine is off")
    case ECONNREFUSED?:
      return .fail("connect", "\(address): nobody listens there", "start the peer, or check the port")
    case let code?:
      return .fail("connect", "\(address): \(String(cString: strerror(code)))", "check the network of this machine")
    }
  }

  // MARK: Sockets

  #if canImport(Glibc)
    private static let streamType = Int32(SOCK_STREAM.rawValue)
  #else
    private static let streamType = SOCK_STREAM
  #endif

  private static var reason: String { String(cString: strerror(errno)) }

  /// Connects and hangs up. nil: it worked; else the system's error number.
  private static func connection(to target: Resolved) -> Int32? {
    let descriptor = socket(target.family, streamType, 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    if target.withAddress({ connect(descriptor, $0, $1) }) == 0 { return nil }
    guard errno == EINPROGRESS else { return errno }
    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&waiting, 1, Int32(patience * 1_000)) > 0 else { return ETIMEDOUT }
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
    return code == 0 ? nil : code
  }

  /// Of `/ip4/…/tcp/…` and its kin; nil for addresses of another form.
  private static func hostAndPort(_ address: Multiaddr) -> (host: String, port: String)? {
    let parts = address.description.split(separator: "/").map(String.init)
    guard let transport = parts.firstIndex(of: "tcp"), transport >= 2, transport + 1 < parts.count else { return nil }
    guard ["ip4", "ip6", "dns", "dns4", "dns6"].contains(parts[transport - 2]) else { return nil }
    return (parts[transport - 1], parts[transport + 1])
  }

  /// The first address that a name leads to.
  private struct Resolved {
    var family: Int32
    private var bytes: [UInt8]

    init?(host: String, port: String) {
      var hints = addrinfo()
      hints.ai_socktype = streamType
      var list: UnsafeMutablePointer<addrinfo>?
      guard getaddrinfo(host, port, &hints, &list) == 0, let first = list else { return nil }
      defer { freeaddrinfo(list) }
      family = first.pointee.ai_family
      bytes = Array(UnsafeRawBufferPointer(start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen)))
    }

    func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
      bytes.withUnsafeBytes { buffer in
        guard let address = buffer.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
        return body(address, socklen_t(buffer.count))
      }
    }
  }
}
