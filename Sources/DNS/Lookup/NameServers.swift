import Limits

/// The name servers that `/etc/resolv.conf` names (resolv.conf(5)).
public enum NameServers {
  /// The addresses in a text of that file, the first ones first; that of this machine if there are none, as the
  /// system's own resolver does it.
  public static func read(_ text: String) -> [String] {
    var servers: [String] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.count >= 2, words[0] == "nameserver", servers.count < Limits.DNS.servers else { continue }
      servers.append(String(words[1]))
    }
    return servers.isEmpty ? ["127.0.0.1"] : servers
  }
}
