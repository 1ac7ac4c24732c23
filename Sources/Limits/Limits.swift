/// Everything that a remote peer or a script can make grow is bounded by a constant from this file.
///
/// Sizes are in bytes, counts are plain numbers, times are in seconds unless the name says otherwise. A constant
/// says where its number comes from; a test beside the place that obeys it fills it.
public enum Limits {
  /// Text forms and binary forms of addresses and peer ids.
  public enum Multiaddr {
    /// Longest binary multiaddr accepted from the wire or from text.
    public static let bytes = 2_048
    /// Longest text multiaddr accepted.
    public static let text = 4_096
    /// Most protocol components in one address (nested circuits and the like).
    public static let components = 32
  }

  /// Peer ids in their text forms.
  public enum PeerID {
    /// Longest text form accepted (base58 decoding is quadratic, so this is checked first).
    public static let text = 128
    /// Keys whose protobuf is at most this long are embedded in the id (libp2p peer-ids spec).
    public static let inlinedKeyBytes = 42
  }

  /// Public keys, identity files, and what is signed with them.
  public enum Keys {
    /// Smallest and largest RSA modulus accepted, in bits (go-libp2p core/crypto; CVE-2023-39533).
    public static let rsaBits = 2_048...8_192
    /// Longest `PublicKey` protobuf accepted, checked before it is parsed (an RSA-8192 key is about 1.1 KB).
    public static let publicKeyBytes = 2_048
    /// Longest identity file read.
    public static let identityFileBytes = 16_384
    /// Longest signed envelope accepted.
    public static let envelopeBytes = 65_536
    /// Most addresses taken from one peer record.
    public static let recordAddresses = 64
  }

  /// Agreeing on a protocol (multistream-select 1.0).
  public enum Multistream {
    /// Longest line, its newline included (go-multistream, js, nim: 1024).
    public static let line = 1_024
    /// Proposals answered on one stream before it is closed.
    public static let proposals = 64
    /// Seconds for a whole negotiation, from the first byte to the agreed protocol.
    public static let negotiationSeconds = 10
  }

  /// The security handshake and its messages.
  public enum Noise {
    /// Largest Noise message: the length prefix is two bytes (libp2p noise spec, wire format).
    public static let message = 65_535
    /// Largest plaintext in one transport message (16 bytes of authentication tag).
    public static let plaintext = 65_519
    /// Most entries read from a peer's `stream_muxers` extension.
    public static let muxers = 16
    /// Largest handshake payload accepted.
    public static let payload = 4_096
    /// Seconds for security and muxer negotiation together, from accept or connect.
    public static let handshakeSeconds = 15
  }

  /// Streams on one connection.
  public enum Yamux {
    /// Receive window of a new stream, fixed by the yamux spec.
    public static let initialWindow: UInt32 = 262_144
    /// What is sent before the first window update: nim closes the connection above it (wire.md §7.3).
    public static let conservativeWindow: UInt32 = 256_000
    /// Largest receive window that a stream grows to.
    public static let maximumWindow: UInt32 = 16 * 1_024 * 1_024
    /// Receive windows of all streams of one connection together never grow above this.
    public static let connectionWindow = 64 * 1_024 * 1_024
    /// Largest payload of a data frame that is sent. Header and payload fit one Noise message, and with its length and
    /// tag that is 64 KiB to the byte: one more and the allocator would take twice as much.
    public static let frame = 65_536 - 2 - 16 - 12
    /// Streams that a peer may have open at one time on a connection.
    public static let inboundStreams = 512
    /// Streams that are opened locally and not yet acknowledged.
    public static let unacknowledged = 256
    /// Control frames (ping answers, resets, window updates) waiting to be written before reading stops and the
    /// connection is closed (CVE-2024-32984).
    public static let pendingControlFrames = 1_024
    /// Seconds between keep-alive pings on a connection without traffic, and for the answer.
    public static let keepAliveSeconds = 30
    /// Streams forgotten lately, whose late frames are ignored and not answered by a reset.
    public static let closedStreams = 1_024
    /// Payload bytes of one stream that wait to be written; the rest stays with whoever sends, so that one large
    /// transfer does not stand in front of every other stream's next message.
    public static let streamQueueBytes = 256 * 1_024
    /// Payload bytes of all streams of one connection that wait to be written.
    public static let connectionQueueBytes = 1_024 * 1_024
    /// Seconds between measurements of the round trip on a connection that receives data (rust-yamux: 10).
    public static let roundTripSeconds = 10
    /// Seconds for which a stream closed here waits for the peer's FIN before it is reset.
    public static let lingerSeconds = 60
    /// Frames without any effect (window updates of 0, second FINs) taken before the connection is closed.
    public static let uselessFrames = 1_024
    /// How many more of them each second brings.
    public static let uselessFramesPerSecond = 64
  }

  /// Connections, dials, and the streams of protocols.
  public enum Swarm {
    /// Established connections, all peers together.
    public static let connections = 512
    /// Connections that are still being upgraded, inbound.
    public static let pendingInbound = 128
    /// How many of them come from one IPv4 address or one IPv6 network of 64 bits, so that one machine that connects and
    /// says nothing does not keep the others out.
    public static let pendingPerNetwork = 32
    /// Dials in flight.
    public static let pendingDials = 64
    /// Connections of one peer at one time (crossing dials; one is kept).
    public static let connectionsPerPeer = 4
    /// Inbound streams of one protocol on one connection.
    public static let streamsPerProtocol = 16
    /// Seconds for one dial, from TCP connect to an upgraded connection.
    public static let dialSeconds = 15
    /// Seconds for the TCP connect alone (go: 5); a dial of one address that is lost in the net ends then.
    public static let connectSeconds = 5
    /// Milliseconds without further news after which the network counts as changed.
    public static let settleMilliseconds = 300
    /// Seconds for one of several addresses.
    public static let attemptSeconds = 8
    /// Addresses of one dial that are tried at one time.
    public static let parallelAttempts = 8
    /// Bytes waiting to be written on one stream before its channel reports itself not writable.
    public static let streamHighWater = 256 * 1_024
    /// Bytes still waiting at which the channel reports itself writable again.
    public static let streamLowWater = 64 * 1_024
    /// Seconds that an older connection has to show that it lives, when its peer opens another.
    public static let olderConnectionSeconds = 3
    /// Addresses that a DNS name is tried at.
    public static let dnsAnswers = 16
    /// Milliseconds after which a listener that was closed is opened again, and again until it stands.
    public static let listenAgainMilliseconds = 500
    /// Open files that are kept for other things than connections, where there are few.
    public static let otherDescriptors = 64
    /// Listen addresses of one swarm.
    public static let listenAddresses = 32
    /// Seconds between two connections that count as crossing: both sides dialled before they knew of the other's.
    public static let crossingSeconds = 5
    /// Seconds that the loser of a crossing, or a connection on which the peer said goodbye, lives on, so that streams
    /// on it can end.
    public static let leavingSeconds = 1
  }

  /// What peers tell of themselves.
  public enum Identify {
    /// Largest message sent (rust accepts no more) and largest read (go and js send up to 8 KiB).
    public static let sendBytes = 4_096
    /// Largest message read.
    public static let receiveBytes = 8_192
    /// Messages that are merged into one (go splits the signed record off).
    public static let parts = 10
    /// Protocols kept of one peer.
    public static let protocols = 1_024
    /// Addresses sent, and kept of one peer.
    public static let addresses = 64
    /// Longest agent and protocol version kept, in Unicode scalars.
    public static let agent = 256
    /// Seconds for an answer.
    public static let seconds = 10
    /// Pushes accepted from one peer in a minute.
    public static let pushesPerMinute = 30
  }

  /// The ping protocol.
  public enum Ping {
    /// Bytes of a ping.
    public static let bytes = 32
    /// Inbound ping streams of one peer (go: 2).
    public static let inboundStreams = 2
    /// Seconds until a ping counts as lost.
    public static let timeoutSeconds = 10
    /// Seconds between pings of the client.
    public static let intervalSeconds = 5
    /// Pings in a row without an answer, after which the connection is closed.
    public static let unanswered = 2
  }

  /// Publish and subscribe.
  public enum Gossipsub {
    /// Largest RPC frame sent (rust accepts 64 KiB; wire.md §1.5) and largest read (go: 1 MiB).
    public static let sendRPC = 60 * 1_024
    /// Largest RPC frame read.
    public static let receiveRPC = 1_024 * 1_024
    /// Largest payload that `publish` takes, so that a whole RPC fits `sendRPC`.
    public static let data = 56 * 1_024
    /// Longest topic name.
    public static let topic = 1_024
    /// Topics that one peer may be subscribed to.
    public static let subscriptionsPerPeer = 128
    /// Peers of which it is remembered for a while what they were subscribed to when they went.
    public static let earlierPeers = 256
    /// Elements of one kind decoded from one RPC (CVE-2026-86040).
    public static let subscriptionsPerRPC = 256
    /// Messages decoded from one RPC.
    public static let messagesPerRPC = 1_024
    /// Control messages of one kind decoded from one RPC.
    public static let controlPerRPC = 512
    /// Message ids in one RPC, all kinds together: about what fits a frame of go's 46-byte ids, since go sends 5,000
    /// for each of several topics. How many are acted on is another matter (`ihaveIDs`).
    public static let idsPerRPC = 20_000
    /// Longest message id.
    public static let idBytes = 256
    /// Peers offered by all PRUNEs of one RPC; they are counted and not used.
    public static let exchangePeersPerRPC = 1_024
    /// IHAVE messages and ids taken from one peer between two heartbeats.
    public static let ihaveMessages = 10
    /// Message ids taken from the IHAVEs of one peer between two heartbeats.
    public static let ihaveIDs = 5_000
    /// Times that one message is sent to one peer that asks for it.
    public static let retransmissions = 3
    /// IDONTWANT ids remembered for one peer.
    public static let idontwantIDs = 1_024
    /// Ids put into one IDONTWANT entry (go reads no more of each).
    public static let idontwantPerEntry = 10
    /// Ids asked for whose messages are awaited; more are asked for and not remembered.
    public static let promises = 16_384
    /// Ids of foreign dialects that were asked for, so that each is asked for once.
    public static let foreignIDs = 16_384
    /// PRUNEs answered to one peer's unwelcome GRAFTs between two heartbeats.
    public static let pruneReplies = 8
    /// Different messages that claim one id and wait for their signatures to be checked.
    public static let variants = 4
    /// Back-offs remembered, all topics and peers together.
    public static let backoffs = 16_384
    /// Times that a stream to one peer is opened on one connection (rust counts five, then gives up on us).
    public static let streamAttempts = 5
    /// Seconds that a stream must have lived for its end to give the attempts back.
    public static let streamLifeSeconds = 60
    /// Seconds until a peer that used up its attempts, or did not speak gossipsub, is tried again: a connection may
    /// last for months, and its other end change.
    public static let streamRestSeconds = 600
    /// Seconds for which a stream to a peer may take nothing while frames wait for it, before it is reset.
    public static let stallSeconds = 30
    /// Seconds for which a subscribed peer may be without a stream to us, after the one before has ended.
    public static let muteSeconds = 30
    /// Publishers that wait for a peer's queue to drain; more are told at once.
    public static let waitingPublishers = 4_096
    /// Longest back-off taken from a PRUNE (seconds): larger numbers are clamped.
    public static let backoffSeconds: UInt64 = 3_600
    /// Ids in the seen-cache; the oldest go first.
    public static let seen = 131_072
    /// Bytes held in the message cache.
    public static let cacheBytes = 16 * 1_024 * 1_024
    /// Messages waiting for their signature to be checked; more are dropped and counted.
    public static let validationQueue = 4_096
    /// Bytes of RPCs waiting for one slow peer; more are dropped, oldest forwards first, and counted.
    public static let peerQueueBytes = 4 * 1_024 * 1_024
  }

  /// The chat room above gossipsub.
  public enum Chat {
    /// Longest text delivered to a script; longer ones are cut and marked (bots.md §0.4).
    public static let text = 4_096
    /// Longest text that a bot may publish.
    public static let publish = 16_384
    /// Messages that wait for the handlers of a room, and lines about it (the seed's CHAT_ROOM_BUF_SIZE).
    public static let roomBuffer = 128
    /// Files that others have announced and a person can fetch by their numbers; the oldest go first.
    public static let announcedFiles = 256
    /// Longest payload that is looked at for more than text; gossipsub lets our own be no longer.
    public static let structured = 64 * 1_024
    /// Longest name that an author is known by.
    public static let nick = 64
    /// Longest name of a file in a chat message.
    public static let fileName = 255
    /// Levels of a JSON payload.
    public static let jsonDepth = 8
    /// Values in a JSON payload, all levels together.
    public static let jsonValues = 1_024
    /// Characters of a number in it.
    public static let jsonNumber = 64
  }

  /// Messages to one peer alone (`/universal-connectivity/dm/1.0.0`).
  public enum Direct {
    /// Longest request or answer read; the text in it may have `Chat.publish` bytes.
    public static let message = 32 * 1_024
    /// Streams of one connection on which messages may come at one time.
    public static let streams = 8
    /// Messages taken from one peer in a minute.
    public static let perMinute = 120
    /// Own messages whose answers are awaited.
    public static let waiting = 64
    /// Bytes of the text that goes with an answer.
    public static let statusText = 256
    /// Seconds from the call to the peer's answer (js: 5 to connect, 5 to write and read).
    public static let seconds = 10
    /// Seconds that a peer has to send its request (js: 5).
    public static let requestSeconds = 5
    /// Seconds after our answer in which the peer may end the stream; js never does, and may have 64 of them open.
    public static let lingerSeconds = 2
    /// Peers and kinds of malformed input remembered as told of.
    public static let complaints = 1_024
  }

  /// Files that peers fetch from each other (`/universal-connectivity-file/1`).
  public enum Files {
    /// Longest id that is read or sent (nim: 1024).
    public static let id = 1_024
    /// Longest name of a file in a folder that scripts use.
    public static let name = 200
    /// Bytes and files with which such a folder is full: nothing is fetched into it then.
    public static let folder: UInt64 = 10 * 1_024 * 1_024 * 1_024
    /// Files with which it is.
    public static let folderFiles = 10_000
    /// Longest name made of an id for a folder of downloads.
    public static let downloadName = 100
    /// Most bytes of one fetched file, unless the caller says otherwise (rust: 500,000,000).
    public static let bytes: UInt64 = 2 * 1_024 * 1_024 * 1_024
    /// Files on offer at one time.
    public static let offered = 1_024
    /// Streams of one connection on which files may be asked for at one time.
    public static let streams = 4
    /// Files being sent at one time, to all peers together.
    public static let uploads = 32
    /// Files being fetched at one time.
    public static let downloads = 16
    /// Bytes read from the disk at a time.
    public static let piece = 256 * 1_024
    /// Bytes that have come and are not on the disk before the peer has to wait.
    public static let unwritten = 1_024 * 1_024
    /// Seconds until the request, or the first byte of the answer, has to be there (rust: 10).
    public static let answerSeconds = 10
    /// Seconds for which nothing may move.
    public static let stallSeconds = 30
    /// Seconds in which the other side ends the stream when all is sent.
    public static let lingerSeconds = 2
  }

  /// Peers that announce themselves on the discovery topic.
  public enum Discovery {
    /// Longest announcement that is read.
    public static let message = 16 * 1_024
    /// Addresses of one announcement that are looked at.
    public static let addresses = 32
    /// Addresses of one peer that are dialled, one after the other.
    public static let attempts = 4
    /// Peers that are dialled at one time.
    public static let dials = 4
    /// Peers that are dialled in a minute.
    public static let dialsPerMinute = 20
    /// Connected peers with which no more are looked for.
    public static let connections = 32
    /// Seconds until a peer is dialled again.
    public static let retrySeconds = 300
    /// Peers of which it is remembered when they were dialled; the oldest go first.
    public static let remembered = 1_024
    /// Seconds between our own announcements (js: 10).
    public static let announceSeconds = 10
    /// Seconds between the first two searches for others of the room in the distributed hash table (go: always 10);
    /// each further pause is twice as long.
    public static let rendezvousSeconds = 10
    /// Seconds of the longest.
    public static let rendezvousMostSeconds = 600
  }

  /// How many connections a chat peer keeps.
  public enum Connections {
    /// With fewer, peers that are known from before are dialled.
    public static let fewest = 4
    /// How many are left when there were too many (go: 160).
    public static let low = 96
    /// With more, the least useful are closed (go: 192).
    public static let high = 128
    /// Seconds for which a new connection is left alone (go: 20).
    public static let graceSeconds = 20
    /// Known peers that are dialled at one time.
    public static let dials = 4
    /// Seconds for which a connection has to live so that its peer is dialled again soon.
    public static let shortSeconds = 10
    /// Seconds for which a peer is left alone whose connection lived no longer.
    public static let shortRestSeconds = 30
    /// Seconds between two looks at whether there are too many or too few.
    public static let lookSeconds = 10
    /// Seconds without anybody in the room after which a peer counts as deaf, unless the user says otherwise.
    public static let deafSeconds = 60
    /// Seconds that connected peers have to answer after the network has changed.
    public static let networkChangeSeconds = 3
  }

  /// Messages of DNS, and what is looked up with them.
  public enum DNS {
    /// Longest message read: the length prefix of DNS over TCP is two bytes.
    public static let message = 65_535
    /// Longest name, in bytes of an uncompressed message (RFC 1035 §2.3.4).
    public static let name = 255
    /// Pointers followed in one name; nobody who compresses needs more than a few.
    public static let pointers = 16
    /// Questions of one message.
    public static let questions = 64
    /// Records of one message, all sections together.
    public static let records = 512
    /// Name servers that are asked (resolv.conf(5): 3), each twice at most.
    public static let servers = 3
    /// Seconds for an answer of one server.
    public static let trySeconds = 2
    /// How many `/dnsaddr` may stand for each other, one behind the other.
    public static let depth = 4
    /// Names that are asked for, for one `/dnsaddr`.
    public static let lookups = 16
    /// Addresses that one `/dnsaddr` may stand for.
    public static let addresses = 64
    /// Peers among them that are dialled, one after the other.
    public static let peers = 4
    /// `/dnsaddr` that are looked up at one time.
    public static let resolutions = 16
    /// Bytes of `/etc/resolv.conf` that are read.
    public static let configurationBytes = 64 * 1_024
  }

  /// Finding the peers of the local network by multicast DNS.
  public enum MDNS {
    /// Longest packet that is read (RFC 6762 §17).
    public static let packet = 9_000
    /// Packets of one link that are looked at in a second; a hundred peers that all answer at once are fewer.
    public static let packetsPerSecond = 200
    /// Links that are used, IPv4 and IPv6 each one.
    public static let links = 32
    /// Peers that are remembered.
    public static let instances = 256
    /// Addresses of one peer.
    public static let addresses = 16
    /// Texts of one peer that are looked at for those.
    public static let textsRead = 64
    /// Bytes of all addresses that we tell, so that an answer fits into one packet of Ethernet.
    public static let texts = 900
    /// Addresses of the machine that go with them.
    public static let hostAddresses = 4
    /// Known peers that a question names, each some 80 bytes.
    public static let knownAnswers = 12
    /// Names on one link that are still to be asked who they are.
    public static let unresolved = 16
    /// Longest time between two questions.
    public static let querySeconds = 60
    /// Seconds for which others may believe what we tell; some ask every five minutes only (rust).
    public static let ttlSeconds = 600
    /// Seconds for which we believe what others tell, whatever they say.
    public static let believedSeconds = 600
    /// Seconds between two looks at the links of this machine.
    public static let scanSeconds = 5
    /// Longest wait before a peer that was found is dialled: all find it at the same time.
    public static let jitterMilliseconds: Int64 = 1_000
  }

  /// What is remembered of where peers are.
  public enum Peerstore {
    /// Peers; who was never reached goes first.
    public static let peers = 1_024
    /// Addresses of one peer (go: 64 of one that is not connected).
    public static let addresses = 64
    /// Bytes of the file that is read at the start.
    public static let fileBytes = 4 * 1_024 * 1_024
    /// Bytes of one line of it; a signed record is the longest.
    public static let lineBytes = 16 * 1_024
    /// Seconds for which it is believed what a peer in the DHT said of another.
    public static let routingSeconds: Int64 = 30 * 60
    /// … what a peer announced on the discovery topic, which it does every ten seconds.
    public static let announcementSeconds: Int64 = 10 * 60
    /// … what a peer said of itself (go: half an hour after the connection; a bot may be off for a night).
    public static let identifySeconds: Int64 = 24 * 60 * 60
    /// … what was answered on the local network (the records' own time to live).
    public static let mdnsSeconds: Int64 = 2 * 60
    /// … what a peer has signed.
    public static let certifiedSeconds: Int64 = 7 * 24 * 60 * 60
    /// Seconds for which an address that failed rests at least.
    public static let backoffSeconds: Int64 = 5
    /// Seconds for which it rests at most.
    public static let backoffMaximumSeconds: Int64 = 5 * 60
    /// Seconds after which what is known of connected peers counts as new again.
    public static let renewSeconds: Int64 = 60 * 60
    /// Seconds between two writings of the file, while something changes.
    public static let saveSeconds = 60
  }

  /// The distributed hash table (`/ipfs/kad/1.0.0`).
  public enum Kademlia {
    /// Peers of one bucket, peers named in one answer, and peers that a record is stored at (the specification's k).
    public static let bucket = 20
    /// Requests of one lookup under way at one time (the specification's α).
    public static let parallel = 10
    /// Largest request read; a record and the addresses of one provider are all that it may hold.
    public static let request = 64 * 1_024
    /// Largest answer read whole.
    public static let response = 256 * 1_024
    /// Largest answer of which the beginning is read: go sends as much where many providers are known.
    public static let responseBegun = 4 * 1_024 * 1_024
    /// Largest message sent (rust reads no more).
    public static let send = 16 * 1_024
    /// Longest key (go: 80 for providers).
    public static let key = 256
    /// Longest key that something is announced under: go takes no more.
    public static let providerKey = 80
    /// Peers of an answer that are looked at beside the k that are kept: some of them may be none.
    public static let peersRead = 64
    /// Providers of an answer that are read, and of one key that are kept.
    public static let providers = 100
    /// Addresses kept of one peer.
    public static let addresses = 16
    /// Addresses of one peer that are told to others.
    public static let addressesSent = 8
    /// Bytes of those addresses: k peers, and a record or some providers, have to fit into one message.
    public static let addressBytesSent = 320
    /// Addresses of one peer at which a lookup dials it, one after the other.
    public static let dialled = 3
    /// Seconds for one request, from the dial to the answer.
    public static let requestSeconds = 10
    /// Seconds after which a request no longer keeps others from being sent.
    public static let patienceSeconds = 3
    /// Seconds for a lookup (rust: 60).
    public static let lookupSeconds = 60
    /// Requests of one lookup.
    public static let lookupRequests = 200
    /// Peers that a lookup remembers; the farthest that were not asked are forgotten.
    public static let candidates = 300
    /// Lookups under way at one time; more are refused.
    public static let lookups = 32
    /// Requests in a row that a peer may leave unanswered before it is taken out of the table.
    public static let failures = 2
    /// Seconds after which a peer that was not heard of is asked whether it is still there.
    public static let staleSeconds = 1_800
    /// Such peers asked at each refresh.
    public static let silentAsked = 40
    /// Peers of one network (IPv4: 16 bits, IPv6: 32 bits) in one bucket, and in the whole table (go).
    public static let perNetworkAndBucket = 2
    /// Peers of one network in the whole table.
    public static let perNetwork = 3
    /// Buckets, counted from the farthest, in which a refresh looks for peers.
    public static let refreshedBuckets = 12
    /// Seconds between two refreshes (the specification: 600).
    public static let refreshSeconds = 600
    /// Keys that others have announced something under.
    public static let providedKeys = 4_096
    /// Announcements of others, all keys together.
    public static let providerRecords = 16_384
    /// Keys that one other peer may announce something under.
    public static let keysOfProvider = 512
    /// Addresses kept of such a peer.
    public static let providerAddresses = 4
    /// Seconds for which an announcement is believed (the specification: 48 hours).
    public static let providerSeconds = 48 * 3_600
    /// Seconds for which the addresses in it are believed (go: a day).
    public static let providerAddressSeconds = 24 * 3_600
    /// Seconds after which our own announcements are made again (rust: 12 hours).
    public static let republishSeconds = 12 * 3_600
    /// Seconds after which an announcement is made again that reached nobody.
    public static let republishRetrySeconds = 60
    /// Keys that we announce again and again.
    public static let ownKeys = 1_024
    /// Values of others.
    public static let records = 512
    /// Longest value.
    public static let value = 8 * 1_024
    /// Seconds for which a value is kept (go: 48 hours).
    public static let recordSeconds = 48 * 3_600
    /// Values that are collected before the best of them is returned (go: 16).
    public static let quorum = 16
    /// Streams of one connection on which requests may come at one time.
    public static let streams = 16
    /// Seconds for which such a stream may be silent.
    public static let streamSeconds = 30
    /// Requests answered to one peer in a minute.
    public static let perMinute = 1_200
    /// Connections that lookups have opened, at one time; the ones not used for longest are closed.
    public static let connections = 64
    /// Seconds after which such a connection is closed when it is of no other use.
    public static let idleSeconds = 60
  }

  /// What one script may use.
  public enum Lua {
    /// Bytes that one script may hold, unless the user says otherwise.
    public static let memory = 32 * 1_024 * 1_024
    /// Bytes of the source of a script or module.
    public static let source = 4 * 1_024 * 1_024
    /// Milliseconds of processor time for one run of a handler.
    public static let handlerMilliseconds = 1_000
    /// Events waiting for one script; the oldest is dropped and counted (bots.md §7.2).
    public static let inbox = 1_024
    /// Items of a list that an event carries, such as the protocols of a peer.
    public static let eventList = 100
    /// Suspended coroutines of one script, unless the user says otherwise.
    public static let tasks = 1_024
    /// What a user may say; each takes some two kilobytes.
    public static let mostTasks = 100_000
    /// Ended tasks whose results are kept for `join`; the oldest are forgotten.
    public static let endedTasks = 256
    /// Functions of one `uc.all`.
    public static let group = 64
    /// Arguments and results of one task.
    public static let keptValues = 200
    /// Timers of one script, unless the user says otherwise.
    public static let timers = 1_024
    /// What a user may say.
    public static let mostTimers = 100_000
    /// Runs that a timer with `overlap = "queue"` makes up for.
    public static let timerQueue = 16
    /// Bytes of a file of the time zone database.
    public static let zoneFile = 256 * 1_024
    /// Handlers of one script.
    public static let handlers = 256
    /// Events that wait for one handler with `serial`; more are dropped and counted.
    public static let serialQueue = 64
    /// Words of one command that are looked at.
    public static let commandWords = 256
    /// Pauses that one command remembers; those that end soonest go first.
    public static let cooldowns = 4_096
    /// Commands of one peer in a second, and at once after a pause; more are ignored.
    public static let commandRate = 1.0
    /// Commands of one peer at once after a pause.
    public static let commandBurst = 10.0
    /// Answers of the host itself (usage, help) to one peer in a second.
    public static let noticeRate = 0.2
    /// Answers of the host itself to one peer at once after a pause.
    public static let noticeBurst = 5.0
    /// Bytes of such an answer.
    public static let notice = 1_000
    /// Errors of one handler or timer in a minute, at which it is left out for a while.
    public static let breakerErrors = 20
    /// Seconds of the first such pause; each further one is twice as long.
    public static let breakerSeconds = 60
    /// Seconds of the longest.
    public static let breakerMostSeconds = 3_600
    /// Same answers to one peer within two minutes, and messages of one peer that repeat the bot's own words.
    public static let loopRepeats = 5
    /// Times that the bot says `...` before it falls silent.
    public static let loopDots = 3
    /// Longest line that `print` and `uc.log` write.
    public static let logLine = 8_192
    /// Lines that a script may log in a second; more are left out and counted.
    public static let logRate = 1_000.0
    /// Lines that it may log at once after a pause.
    public static let logBurst = 5_000.0
    /// Texts waiting for the first mesh peer; more are refused.
    public static let sayQueue = 64
    /// Texts that one bot sends in a second, and how many it may send at once after a pause (wire.md §14 C15).
    public static let sayRate = 10.0
    /// Texts that may go out at once after a silence.
    public static let sayBurst = 20.0
    /// Seconds for which a text that was seen or sent counts as a repeat (go keeps ids for 120 s), and how many.
    public static let repeatSeconds = 120
    /// Texts remembered for the repeat guard; the oldest go first.
    public static let repeatTexts = 8_192
    /// Steps of matching for the `match` option of one handler (a few milliseconds).
    public static let matchSteps: UInt64 = 250_000
    /// Peers that a script's host remembers; the ones not connected are forgotten first.
    public static let peers = 4_096
    /// Items of each list that such a peer has told of itself.
    public static let peerList = 32
    /// Addresses of it that are kept when its last connection is gone.
    public static let keptAddresses = 4
    /// Peers that a script does not listen to; those whose time ends first go first.
    public static let mutes = 4_096
    /// Requests of one script to the network, other than texts and pings, under way at one time.
    public static let networkRequests = 32
    /// Seconds for such a request, unless the script says otherwise.
    public static let networkSeconds = 30
    /// Calls of one script that do something with files, under way at one time.
    public static let fileCalls = 16
    /// Seconds for fetching a file, unless the script says otherwise.
    public static let fetchSeconds = 300
    /// Bytes of a file that a script fetches, unless it says otherwise.
    public static let fetch = 64 * 1_024 * 1_024
    /// Files of a folder that one list has, the first by their names.
    public static let listedFiles = 1_000
    /// Bytes of a key that is announced or looked for (go takes no more).
    public static let networkKey = Kademlia.providerKey
    /// Pings of one `peer:ping`.
    public static let pings = 20
    /// Stopped timers that can be started again; the ones stopped first are forgotten.
    public static let stoppedTimers = 256
    /// Rates that a script may make, and keys that each remembers; the oldest go first.
    public static let rates = 64
    /// Keys of one rate.
    public static let rateKeys = 1_024
    /// Permissions in a manifest.
    public static let permissions = 64
    /// Bytes of each text in a manifest.
    public static let manifestText = 1_000
    /// Pieces of one `uc.split`.
    public static let pieces = 65_536
    /// Bytes of the separator of `uc.split`.
    public static let separator = 64
    /// Fields of one `uc.log` call.
    public static let logFields = 32
    /// Bytes that an `unload` handler may hand to the next version of its script.
    public static let saved = 1_024 * 1_024
    /// Options that one script asks its user for.
    public static let options = 64
    /// Items of one of them that is a list.
    public static let optionItems = 200
    /// Bytes of a configuration file.
    public static let configFile = 1_024 * 1_024
    /// Metrics of one script.
    public static let metrics = 64
    /// Sets of labels of one metric; more are not counted.
    public static let labelSets = 100
    /// Labels of one measurement.
    public static let labels = 8
    /// Bytes of a label's value; longer ones are cut.
    public static let labelBytes = 100
    /// Ranges of one histogram.
    public static let buckets = 32
    /// Health checks of one script.
    public static let checks = 16
    /// Seconds for a health check.
    public static let healthTimeout = 2.0
    /// Seconds for which what the health checks said is taken for true.
    public static let healthSeconds = 1
    /// Webhooks of one script.
    public static let webhooks = 32
    /// Seconds for a webhook's function.
    public static let webhookSeconds = 10.0
    /// Milliseconds that all `stop` handlers together get before the process goes on ending.
    public static let stopMilliseconds = 500
  }

  /// What scripts fetch from the web.
  public enum HTTP {
    /// Requests of one script under way at one time.
    public static let requests = 8
    /// Seconds for a request, redirects included, unless the script says otherwise, and the most that it may say.
    public static let seconds = 10.0
    /// The most seconds that a script may give a request.
    public static let mostSeconds = 300.0
    /// Bytes of a response's body, decompressed, unless the script says otherwise.
    public static let body = 1_024 * 1_024
    /// The most bytes of body that a script may ask for.
    public static let mostBody = 8 * 1_024 * 1_024
    /// Bytes of a request's body.
    public static let requestBody = 1_024 * 1_024
    /// Redirects followed.
    public static let redirects = 5
    /// Requests of all scripts under way at one time.
    public static let allRequests = 32
    /// Bytes of the head of a response.
    public static let head = 65_536
    /// Bytes of JSON that are written at once.
    public static let json = 4 * 1_024 * 1_024
    /// Lines of a head that are kept, and that a script may set; names in a query.
    public static let headers = 100
    /// Bytes of one line of a head that a script sets.
    public static let header = 8_192
    /// Bytes of a URL.
    public static let url = 8_192
  }

  /// What one bot remembers.
  public enum Store {
    /// Bytes of the file, without what has not been moved into it yet (a few megabytes). It is checked when it is opened,
    /// which must not take long.
    public static let file = 32 * 1_024 * 1_024
    /// Keys, all scopes together, with those that have expired and are not yet removed.
    public static let keys = 100_000
    /// Bytes of a key, and of the way through scopes to it.
    public static let key = 1_024
    /// Bytes of a value.
    public static let value = 256 * 1_024
    /// Expired entries that one call removes.
    public static let purge = 100
    /// Keys that one call of `keys` returns.
    public static let listed = 1_000
    /// Milliseconds for which opening a file waits while another process has it; three times at most.
    public static let busyMilliseconds = 100
    /// Seconds until a file that could not be opened is tried again.
    public static let retrySeconds = 10.0
    /// Seconds between two lines of the log about failures of one store.
    public static let noticeSeconds = 60.0
  }

  /// Log files of a script (`uc.log.file`).
  public enum LogFile {
    /// Bytes of a log's name.
    public static let name = 40
    /// Bytes of one line.
    public static let line = 64 * 1_024
    /// Bytes of one file, when the script does not say.
    public static let bytes = 10 * 1_024 * 1_024
    /// Files that a log may keep.
    public static let keep = 1_000
    /// Logs of one script.
    public static let logs = 8
  }

  /// What one test of a bot may use.
  public enum Testing {
    /// Seconds of processor time for one test; what runs longer is stopped.
    public static let seconds = 10.0
    /// Texts, errors and log lines of one test that are kept.
    public static let lines = 200
    /// Lines of each kind that are shown of a failed test, the last ones.
    public static let shown = 40
    /// Times that bots may go on at one moment of the virtual clock.
    public static let rounds = 10_000
    /// Bytes that the tests of one file may hold.
    public static let memory = 64 * 1_024 * 1_024
    /// Steps of matching for one pattern of an expectation.
    public static let steps: UInt64 = 10_000_000
    /// How deep tables are compared.
    public static let depth = 16
  }

  /// The small HTTP server: health, metrics, webhooks.
  public enum Server {
    /// Connections at one time; more are closed at once.
    public static let connections = 64
    /// Bytes of a request's head.
    public static let head = 16_384
    /// Bytes of a request's body.
    public static let body = 256 * 1_024
    /// Seconds from the first byte of a request to its last.
    public static let requestSeconds = 10
    /// Seconds for which a connection may stay without a request.
    public static let idleSeconds = 60
    /// Seconds for an answer to be made, and then for it to be taken.
    public static let answerSeconds = 15
    /// Requests that scripts answer at one time.
    public static let webhooks = 32
    /// Names in the head of a request that scripts see.
    public static let headers = 100
  }

  /// The screen of a person who chats: what is kept to be scrolled to, and what a keyboard may send.
  public enum Screen {
    /// Entries of the talk (the seed's 1000 lines).
    public static let talk = 1_000
    /// Peers that are listed (the seed's 100 lines).
    public static let peers = 100
    /// Lines of what goes on (the seed's 200 lines).
    public static let system = 200
    /// Entries that wait to be drawn while the terminal takes nothing.
    public static let waiting = 2_000
    /// Lines that were entered and can be had again.
    public static let history = 200
    /// Bytes of the line that is being written: more than may be sent, so that it can be said that it is too long.
    public static let line = 32 * 1_024
    /// Bytes that are taken of what is pasted at once.
    public static let paste = 64 * 1_024
    /// Bytes that are looked at in an escape sequence of a key.
    public static let keySequence = 32
    /// Unicode scalars that are drawn in one place; a family of four has seven, a letter with all its marks not many more.
    public static let marks = 12
    /// Columns of the largest screen that is drawn.
    public static let columns = 500
    /// Rows of it.
    public static let rows = 200
    /// Pictures in a second.
    public static let framesPerSecond = 30
  }
}
