/// How many neighbours a topic's mesh has (gossipsub v1.1, parameters).
public struct MeshParameters: Sendable, Hashable {
  /// Neighbours wanted.
  public var degree = 6
  /// With fewer, new ones are taken.
  public var low = 5
  /// With more, some are dismissed.
  public var high = 12
  /// Of these, how many must be peers that we dialled: those an attacker cannot choose for us.
  public var outbound = 2
  /// Peers outside the mesh that are told of messages, at least.
  public var gossip = 6
  /// The share of the peers outside the mesh that are told, if that is more.
  public var gossipFactor = 0.25

  /// The defaults of go-libp2p-pubsub.
  public init() {}

  /// What is wrong with the numbers, or nil.
  public var problem: String? {
    if low < 0 || degree < low || high < degree { return "the mesh needs 0 <= low <= degree <= high" }
    if outbound < 0 || (outbound > 0 && (outbound >= low || outbound > degree / 2)) {
      return "the outbound share must be below low and at most half of degree"
    }
    if gossip < 0 || !(0...1).contains(gossipFactor) { return "gossip must be >= 0 and its factor within 0...1" }
    return nil
  }
}
