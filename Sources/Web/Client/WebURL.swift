import Multiformats

/// An `http:` or `https:` URL, read strictly and written anew, so that no other reader can take its host for another.
public struct WebURL: Sendable, Hashable, CustomStringConvertible {
  /// Whether it is `https:`.
  public var isSecure: Bool
  /// A name in lower case without a dot at its end, or an IP address.
  public var host: WebHost
  /// The port that is connected to.
  public var port: Int
  /// From the first `/` on, the query with it; what is not printable ASCII is escaped.
  public var target: String

  /// nil: it is no such URL. One with a user's name or password in it is none either, and nor is a name with other
  /// characters than letters, digits, `-`, `_` and `.` (international names are written in their ASCII form).
  public init?(_ text: String) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = text[..<colon].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[text.utf8.index(after: colon)...]
    guard rest.hasPrefix("//") else { return nil }
    self.init(isSecure: scheme == "https", afterSlashes: rest.dropFirst(2))
  }

  private init?(isSecure: Bool, afterSlashes rest: Substring) {
    let end = rest.firstIndex { "/?#\\".contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    var name = authority
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      name = authority[...close]
      let behind = authority[authority.index(after: close)...]
      guard behind.isEmpty || behind.hasPrefix(":") else { return nil }
      if !behind.isEmpty { portText = behind.dropFirst() }
    } else if let colon = authority.firstIndex(of: ":") {
      name = authority[..<colon]
      portText = authority[authority.index(after: colon)...]
    }
    guard let host = WebHost(String(name)) else { return nil }
    self.isSecure = isSecure
    self.host = host
    port = isSecure ? 443 : 80
    if let portText, !portText.isEmpty {
      guard portText.utf8.count <= 5, portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = Int(portText), (1...65_535).contains(number)
      else { return nil }
      port = number
    }
    guard let target = Self.target(String(rest[end...])) else { return nil }
    self.target = target
  }

  /// Where a `Location` leads from here. nil: to no URL that can be followed.
  public func resolving(_ location: String) -> WebURL? {
    let text = location.prefix { $0 != "#" }
    if let colon = text.firstIndex(of: ":"), text[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }),
      text.first?.isLetter == true
    {
      return WebURL(String(text))
    }
    if text.hasPrefix("//") { return WebURL(isSecure: isSecure, afterSlashes: text.dropFirst(2)) }
    let path = target.prefix { $0 != "?" }
    let joined: String
    if text.isEmpty {
      joined = target
    } else if text.hasPrefix("/") {
      joined = String(text)
    } else if text.hasPrefix("?") {
      joined = String(path) + text
    } else {
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
      joined = String(folder) + text
    }
    guard let target = Self.target(joined) else { return nil }
    var next = self
    next.target = target
    return next
  }

  /// As it is written in a request and in `Host`.
  public var description: String { "\(isSecure ? "https" : "http")://\(authority)\(target)" }

  /// Host and port, the port only when it is not the usual one.
  public var authority: String { port == (isSecure ? 443 : 80) ? "\(host)" : "\(host):\(port)" }

  /// Whether both lead to the same server, so that what is secret to one may be told to the other.
  public func isSameOrigin(as other: WebURL) -> Bool {
    isSecure == other.isSecure && host == other.host && port == other.port
  }

  /// The path without `.` and `..`, and the query; the fragment is left out. nil: it cannot be written on a line.
  private static func target(_ text: String) -> String? {
    let text = text.prefix { $0 != "#" }
    guard !text.hasPrefix("\\") else { return nil }
    let query = text.firstIndex(of: "?") ?? text.endIndex
    var segments: [Substring] = []
    let parts = text[..<query].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      switch part.lowercased() {
      case ".", "%2e": if isLast { segments.append("") }
      case "..", ".%2e", "%2e.", "%2e%2e":
        _ = segments.popLast()
        if isLast { segments.append("") }
      default: segments.append(part)
      }
    }
    var target = ""
    for byte in ("/" + segments.joined(separator: "/") + text[query...]).utf8 {
      switch byte {
      case 0x00...0x1F, 0x7F: return nil
      case 0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D, 0x80...:
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        target.unicodeScalars.append("%")
        target.unicodeScalars.append(digits[Int(byte >> 4)])
        target.unicodeScalars.append(digits[Int(byte & 15)])
      default: target.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return target
  }
}

/// A server by its name or its address.
public enum WebHost: Sendable, Hashable, CustomStringConvertible {
  /// In lower case, without a dot at its end.
  case name(String)
  case address(IPAddress)

  /// `example.org`, `192.0.2.1` or `[2001:db8::1]`. nil: it is none. What only looks like an IPv4 address (`127.1`,
  /// `0x7f.1`) is none either.
  public init?(_ text: String) {
    if text.hasPrefix("["), text.hasSuffix("]") {
      guard let bytes = IPText.parseIP6(text.utf8.dropFirst().dropLast()) else { return nil }
      self = .address(IPAddress(bytes))
      return
    }
    if let bytes = IPText.parseIP4(text.utf8) {
      self = .address(IPAddress(bytes))
      return
    }
    var name = text.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...253).contains(name.utf8.count), let last = labels.last,
      labels.allSatisfy({ label in
        (1...63).contains(label.utf8.count)
          && label.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
          }
      }),
      // Names end in a label that is no number: others are read as addresses somewhere (WHATWG URL, "ends in a number").
      !last.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !last.hasPrefix("0x")
    else { return nil }
    self = .name(name)
  }

  /// As URLs have it.
  public var description: String {
    switch self {
    case .name(let name): name
    case .address(let address): address.bytes.count == 4 ? "\(address)" : "[\(address)]"
    }
  }
}
