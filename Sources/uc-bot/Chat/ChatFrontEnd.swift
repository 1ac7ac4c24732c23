/// Where a person chats: plain lines on standard input and output, or the whole screen.
///
/// It shows what it is given and delivers what is typed; what either means is decided by ``ChatSession``. Calls come one
/// after the other from the node's event loop (entries of the log, ``EntryLog``, from any thread) and must not wait: who
/// draws slowly draws less often.
protocol ChatFrontEnd: AnyObject, Sendable {
  /// Begins: takes the terminal, and from then on calls `deliver`, from any thread, for what is typed.
  /// - Throws: ``Failure`` when there is no terminal that it could use.
  func start(_ deliver: @escaping @Sendable (ChatInput) -> Void) async throws

  /// Asks for one more line, when the one before has been dealt with. For input that comes faster than it can be sent,
  /// as a file does; who has a keyboard delivers lines when they are typed and does nothing here.
  func requestLine()

  /// Adds something to what is to be seen, below everything else.
  func show(_ entry: ChatEntry)

  /// Who is there, and what is known of ourselves: told when it changes, once in a second at most.
  func update(_ roster: ChatRoster)

  /// How far the file is that is being fetched; nil: none is any more. Told ten times in a second at most.
  func update(_ transfer: ChatTransfer?)

  /// Gives the terminal back, as it was, when all that was shown can be seen. Nothing is delivered any more.
  func stop() async
}

extension ChatFrontEnd {
  func requestLine() {}
}

/// What a person does.
enum ChatInput: Hashable, Sendable {
  /// A line was entered, without its line break.
  case line(String)
  /// A line with more bytes than may be published; it is left out.
  case tooLong(bytes: Int)
  /// Ctrl-C, or Ctrl-Q on a screen.
  case interrupted
  /// The end of the input: Ctrl-D, or the end of a file.
  case ended
}

/// Something that is to be seen, once, in its order. All text in it is fit for a terminal, and has no line break in it.
struct ChatEntry: Hashable, Sendable {
  /// Who says something.
  struct Speaker: Hashable, Sendable {
    /// The peer id, whole. A person's colour is made of it: a name can be taken by anybody.
    let id: String
    /// How the person is shown: the end of the id, with the name before it where the peer gives one.
    let name: String
  }

  /// What it is.
  enum Content: Hashable, Sendable {
    /// Somebody else said something in the room.
    case said(Speaker, text: String)
    /// We said something in the room, and it is on its way to so many peers.
    case saidByUs(text: String, peers: Int)
    /// Somebody said something to us alone.
    case directFrom(Speaker, text: String)
    /// We said something to one peer alone, and it has arrived.
    case directTo(Speaker, text: String)
    /// Something that goes on in the room or with the network.
    case system(String)
    /// What a command answers, one entry for each line, and words of the program to the person.
    case answer(String)
    /// Something that the person wanted did not work.
    case failure(String)
  }

  /// The time of day by the clock on the wall, `HH:MM:SS`.
  let time: String
  let content: Content
}

/// Who is there, and what is known of ourselves. All text in it is fit for a terminal.
struct ChatRoster: Hashable, Sendable {
  /// A peer that we are connected to.
  struct Peer: Hashable, Sendable {
    /// The peer id, whole.
    let id: String
    /// How it is shown: the end of the id, with the name before it where the peer gave one.
    var name: String
    /// The last round trip, in seconds; nil: none yet.
    var roundTrip: Double?
    /// Whether it is in the room with us.
    var isInRoom: Bool
    /// What its software calls itself; empty: it has not said.
    var agent: String
  }

  /// What we call ourselves.
  var nick: String
  /// Our own peer id.
  var id: String
  /// The topic.
  var room: String
  /// Where others can reach us, each ready to be copied; the best one first.
  var addresses: [String]
  /// Whom we are connected to, in the order in which they came.
  var peers: [Peer]

  /// How many peers are in the room with us.
  var inRoom: Int { peers.count { $0.isInRoom } }
}

/// A file on its way to us.
struct ChatTransfer: Hashable, Sendable {
  /// What it will be called here; fit for a terminal.
  let name: String
  /// Bytes that have come.
  let received: UInt64
  /// Bytes that it has; 0 while that is not known.
  let total: UInt64
  /// Bytes that came in each of the last seconds.
  let bytesPerSecond: Double
}
