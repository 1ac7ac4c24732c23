/// A version of gossipsub, as agreed on for one stream. The two directions between two peers may differ (wire.md §1.11).
public enum GossipsubVersion: String, Sendable, CaseIterable, Comparable {
  /// The first: no back-off in PRUNE.
  case v10 = "/meshsub/1.0.0"
  /// Back-off and peer exchange.
  case v11 = "/meshsub/1.1.0"
  /// IDONTWANT.
  case v12 = "/meshsub/1.2.0"

  /// The protocol ids to propose, the best first.
  public static let proposals: [String] = allCases.reversed().map(\.rawValue)

  /// The older one is the smaller.
  public static func < (a: GossipsubVersion, b: GossipsubVersion) -> Bool { a.rawValue < b.rawValue }
}
