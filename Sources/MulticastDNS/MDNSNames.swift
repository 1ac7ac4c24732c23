import DNS
import Identity
import Limits
import Multiformats

/// The names under which a peer is known on the local network, and what it says of each.
struct MDNSNames: Sendable {
  /// `_p2p._udp.local`, and what else the peer goes by.
  let services: [DNSName]
  /// The peer's own name under each service, in the same order.
  let instances: [DNSName]
  /// The machine, as far as this peer is concerned.
  let host: DNSName
  /// What lists all services of a network (RFC 6763 §9).
  static let types = DNSName(labels: ["_services", "_dns-sd", "_udp", "local"].map { Array($0.utf8) })

  init?(services: [DNSName], label: String) {
    let instances = services.compactMap { $0.child(label) }
    guard instances.count == services.count, let host = DNSName(label + ".local") else { return nil }
    self.services = services
    self.instances = instances
    self.host = host
  }

  /// What is asked of us.
  enum Wanted: Hashable, Sendable {
    /// Who is there: the service of this number.
    case service(Int)
    /// Details of the name of this number.
    case instance(Int)
    /// Where the machine is.
    case host
    /// Which services there are.
    case types
  }

  /// What a question asks of us; nil: nothing.
  func wanted(by question: DNSQuestion) -> Wanted? {
    func asks(_ types: DNSType...) -> Bool { question.type == .any || types.contains(question.type) }
    if let index = services.firstIndex(of: question.name), asks(.ptr) { return .service(index) }
    if let index = instances.firstIndex(of: question.name), asks(.txt, .srv) { return .instance(index) }
    if question.name == host, asks(.a, .aaaa) { return .host }
    if question.name == Self.types, asks(.ptr) { return .types }
    return nil
  }

  /// The service that a name stands under, if it is one of ours.
  func isUnderService(_ name: DNSName) -> Bool { name.parent.map(services.contains) ?? false }

  /// The answer to `wanted`.
  /// - Parameter ttl: Seconds for which it may be believed; zero: no longer.
  func answer(_ wanted: Wanted, addresses: [Multiaddr], ttl: UInt32) -> DNSMessage {
    var message = DNSMessage.multicastResponse()
    switch wanted {
    case .service(let index) where services.indices.contains(index):
      message.answers = [DNSRecord(services[index], ttl: ttl, .ptr(instances[index]))]
      message.additionals = details(of: index, addresses, ttl: ttl) + hostRecords(addresses, ttl: ttl)
    case .instance(let index) where instances.indices.contains(index):
      message.answers = details(of: index, addresses, ttl: ttl)
      message.additionals = hostRecords(addresses, ttl: ttl)
    case .host:
      message.answers = hostRecords(addresses, ttl: ttl)
    case .types:
      if let types = Self.types { message.answers = services.map { DNSRecord(types, ttl: ttl, .ptr($0)) } }
    default: break
    }
    return message
  }

  /// All texts in one record: others keep the last of several (go-libp2p), or the first of one name (py-libp2p).
  private func details(of index: Int, _ addresses: [Multiaddr], ttl: UInt32) -> [DNSRecord] {
    let port = addresses.lazy.compactMap { $0.components.dropFirst().first?.port }.first ?? 0
    return [
      DNSRecord(instances[index], ttl: ttl, isUnique: true, .txt(PeerTexts.write(addresses))),
      DNSRecord(
        instances[index], ttl: ttl, isUnique: true,
        .srv(priority: 0, weight: 0, port: UInt16(clamping: port), target: host)),
    ]
  }

  /// go-libp2p overlooks peers whose machine has no address, though it dials what the texts say.
  private func hostRecords(_ addresses: [Multiaddr], ttl: UInt32) -> [DNSRecord] {
    var records: [DNSRecord] = []
    for host in addresses.compactMap(\.components.first) where records.count < Limits.MDNS.hostAddresses {
      let content: DNSRecord.Content = host.proto == .ip4 ? .a(host.value) : .aaaa(host.value)
      let record = DNSRecord(self.host, ttl: ttl, isUnique: true, content)
      if !records.contains(record) { records.append(record) }
    }
    return records
  }
}
