/// Which hosts may be reached (`--allow-net`).
///
/// Without rules all public addresses may, and no others: nothing on loopback, in private networks, or otherwise not for
/// everybody. With rules only what they name may, private or not. It is asked twice: by the URL, before anything else
/// happens, and by the address when a connection is about to be made, since a name may lead anywhere.
public struct NetPolicy: Sendable, Equatable {
  /// One `--allow-net`.
  public struct Rule: Sendable, Equatable {
    enum Target: Sendable, Equatable {
      case name(String)
      /// `*.example.org`: every name that ends so.
      case below(String)
      case network(IPNetwork)
    }

    var target: Target
    /// nil: any.
    var port: Int?

    /// Reads `HOST`, `HOST:PORT`, `*.HOST`, an address, `[IPv6]:PORT`, or a range as `10.0.0.0/8`. nil: none of them.
    public init?(_ text: String) {
      if let network = IPNetwork(text) {
        self.init(target: .network(network), port: nil)
        return
      }
      var name = text
      var port: Int?
      if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
          let number = Int(digits), (1...65_535).contains(number)
        else { return nil }
        port = number
        name = String(text[..<colon])
      }
      let isBelow = name.hasPrefix("*.")
      guard let host = WebHost(isBelow ? String(name.dropFirst(2)) : name) else { return nil }
      switch host {
      case .name(let name): self.init(target: isBelow ? .below(name) : .name(name), port: port)
      case .address(let address):
        guard !isBelow, let network = IPNetwork("\(address)") else { return nil }
        self.init(target: .network(network), port: port)
      }
    }

    private init(target: Target, port: Int?) {
      self.target = target
      self.port = port
    }

    /// Whether it names this host literally.
    func names(_ host: WebHost, port: Int) -> Bool {
      guard self.port == nil || self.port == port else { return false }
      switch (target, host) {
      case (.name(let name), .name(let other)): return name == other
      case (.below(let end), .name(let other)): return other.hasSuffix("." + end)
      case (.network(let network), .address(let address)): return network.contains(address)
      default: return false
      }
    }

    func contains(_ address: IPAddress, port: Int) -> Bool {
      guard self.port == nil || self.port == port, case .network(let network) = target else { return false }
      return network.contains(address)
    }
  }

  /// None: the public internet.
  public var rules: [Rule]

  /// A policy of these rules.
  public init(rules: [Rule] = []) { self.rules = rules }

  /// Whether it is worth while to look for the host's address.
  public func mayTry(_ url: WebURL) -> Bool {
    if rules.isEmpty {
      guard case .address(let address) = url.host else { return true }
      return address.isPublic
    }
    if rules.contains(where: { $0.names(url.host, port: url.port) }) { return true }
    // The name may lead into a range that is allowed.
    guard case .name = url.host else { return false }
    return rules.contains { rule in
      guard case .network = rule.target else { return false }
      return rule.port == nil || rule.port == url.port
    }
  }

  /// Whether a connection may be made to this address for this URL.
  public func mayConnect(_ address: IPAddress, for url: WebURL) -> Bool {
    if rules.isEmpty { return address.isPublic }
    return rules.contains { $0.names(url.host, port: url.port) || $0.contains(address, port: url.port) }
  }
}
