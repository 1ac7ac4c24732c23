import Multiformats
import UniversalConnectivity
import Web

/// Where `--http` listens: `127.0.0.1:9100`, `[::1]:9100`, or a port alone, which is one of loopback.
struct HTTPAddress: Sendable, Equatable {
  var host: String
  var port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads what the command line says.
  init(_ text: String) throws(UsageError) {
    let wrong = UsageError(
      "--http \(TerminalText.sanitized(text, limit: 80)): an address and a port, as 127.0.0.1:9100, or a port alone")
    let colon = text.lastIndex(of: ":")
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let port = Int(digits), (0...65_535).contains(port)
    else { throw wrong }
    self.port = port
    guard let colon else {
      host = "127.0.0.1"
      return
    }
    switch WebHost(String(text[..<colon])) {
    case .address(let address): host = "\(address)"
    // Names are looked up by nobody here: which address it is must be plain to see.
    case .name("localhost"): host = "127.0.0.1"
    default: throw wrong
    }
  }

  /// Whether only this machine reaches it.
  var isLoopback: Bool {
    guard let address = IPAddress(host) else { return false }
    return ["127.0.0.0/8", "::1"].compactMap(IPNetwork.init).contains { $0.contains(address) }
  }

  /// As it is written.
  var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
