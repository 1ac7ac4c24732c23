/// One frame of a pubsub stream: what a peer subscribes to, messages, and the control part of gossipsub.
public struct RPC: Sendable {
  /// Topics that the sender joins or leaves.
  public struct Subscription: Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// True for joining.
    public var subscribes: Bool

    /// A change of one subscription.
    public init(topic: String, subscribes: Bool) {
      self.topic = topic
      self.subscribes = subscribes
    }
  }

  /// Messages of a topic that the sender could send.
  public struct IHave: Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// Ids in the sender's own dialect.
    public var ids: [MessageID]

    /// An offer.
    public init(topic: String, ids: [MessageID]) {
      self.topic = topic
      self.ids = ids
    }
  }

  /// The receiver is out of the sender's mesh.
  public struct Prune: Hashable, Sendable {
    /// The topic.
    public var topic: String
    /// Seconds before a new GRAFT is welcome; nil from peers of version 1.0.
    public var backoff: UInt64?

    /// A dismissal.
    public init(topic: String, backoff: UInt64?) {
      self.topic = topic
      self.backoff = backoff
    }
  }

  /// Subscriptions that changed.
  public var subscriptions: [Subscription] = []
  /// Messages.
  public var messages: [WireMessage] = []
  /// Offers of messages.
  public var ihave: [IHave] = []
  /// Ids asked for.
  public var iwant: [MessageID] = []
  /// Topics for whose mesh the sender takes the receiver.
  public var graft: [String] = []
  /// Topics whose mesh the receiver is dismissed from.
  public var prune: [Prune] = []
  /// Ids that the sender needs no more (version 1.2).
  public var idontwant: [MessageID] = []

  /// An RPC that says nothing yet.
  public init() {}

  /// Whether there is nothing to send.
  public var isEmpty: Bool {
    subscriptions.isEmpty && messages.isEmpty && ihave.isEmpty && iwant.isEmpty && graft.isEmpty && prune.isEmpty
      && idontwant.isEmpty
  }
}
