import BotKit
import Limits
import Synchronization

/// The folder of a test, in which files have names and sizes and nothing in them, and the files that its peers have.
package final class FakeFolder: BotFiles {
  /// A file of the folder.
  struct Own {
    var size: UInt64
    /// While it is on offer.
    var id: String?
    var isAnnounced = false
  }

  /// A file that a peer has.
  struct Foreign {
    var size: UInt64
    /// How fetching it ends; nil: well.
    var failure: BotFileFailure?
    /// Seconds until then.
    var delay: Double
  }

  private struct Source: Hashable {
    var peer: String
    var id: String
  }

  private struct Pending {
    var number: UInt64
    var due: Int64
    var name: String
    var file: Foreign
    var completion: @Sendable (Result<BotFileAnswer, BotFileFailure>) -> Void
  }

  private struct State {
    var own: [String: Own] = [:]
    var foreign: [Source: Foreign] = [:]
    var offers: UInt64 = 0
    var pending: [Pending] = []
  }

  private let state = Mutex(State())
  private let clock: any BotClock
  private let room: FakeRoom

  package init(clock: any BotClock, room: FakeRoom) {
    self.clock = clock
    self.room = room
  }

  // MARK: What tests do with it

  /// Puts a file into the folder, in the place of one that is there.
  func put(_ name: String, size: UInt64) { state.withLock { $0.own[name, default: Own(size: size)].size = size } }

  /// From now on a peer has this file.
  func setFile(_ id: String, of peer: String, _ file: Foreign) {
    state.withLock { $0.foreign[Source(peer: peer, id: id)] = file }
  }

  /// What is in the folder, by name.
  var contents: [String: Own] { state.withLock { $0.own } }

  /// Names as the folder of `--files` takes them.
  static func isName(_ name: String) -> Bool {
    (1...Limits.Files.name).contains(name.utf8.count) && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == 0x2F || $0 < 0x20 || $0 == 0x7F }
  }

  // MARK: What bots do with it

  package func perform(
    _ request: BotFileRequest, completion: @escaping @Sendable (Result<BotFileAnswer, BotFileFailure>) -> Void
  ) {
    if case .fetch(let id, let peer, let name, let limit) = request.action {
      guard let failure = fetch(id, from: peer, name: name, limit: limit, request.number, completion) else { return }
      return completion(.failure(failure))
    }
    completion(state.withLock { answer(request.action, &$0) })
  }

  private func answer(_ action: BotFileRequest.Action, _ state: inout State) -> Result<BotFileAnswer, BotFileFailure> {
    switch action {
    case .list:
      return .success(.files(state.own.sorted { $0.key < $1.key }.map { file($0.key, $0.value) }))
    case .offer(let name):
      guard Self.isName(name) else { return .failure(.badName) }
      guard var own = state.own[name] else { return .failure(.notFound) }
      guard own.size > 0 else { return .failure(.empty) }
      if own.id == nil {
        state.offers += 1
        let digits = String(state.offers, radix: 16)
        own.id = "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
        state.own[name] = own
      }
      return .success(.file(file(name, own)))
    case .announce(let id):
      guard let name = state.own.first(where: { $0.value.id == id })?.key else { return .failure(.notFound) }
      guard room.isConnected else { return .failure(.noPeers) }
      state.own[name]?.isAnnounced = true
      return .success(.published(BotReceipt(id: "f\(state.offers)", peers: 1)))
    case .withdraw(let id):
      if let name = state.own.first(where: { $0.value.id == id })?.key {
        state.own[name]?.id = nil
        state.own[name]?.isAnnounced = false
      }
      return .success(.done)
    case .fetch: return .failure(.failed)
    }
  }

  /// Why it fails at once; nil: it is under way.
  private func fetch(
    _ id: String, from peer: String, name: String?, limit: UInt64, _ number: UInt64,
    _ completion: @escaping @Sendable (Result<BotFileAnswer, BotFileFailure>) -> Void
  ) -> BotFileFailure? {
    let name = name ?? Self.name(of: id)
    let now = clock.monotonicNanoseconds
    return state.withLock { state in
      guard !id.isEmpty else { return .badID }
      guard Self.isName(name) else { return .badName }
      guard state.own[name] == nil else { return .exists }
      guard room.isConnected(to: peer) else { return .notConnected }
      guard var file = state.foreign[Source(peer: peer, id: id)] else { return .notFound }
      if file.failure == nil, file.size > limit { file.failure = .tooLarge }
      state.pending.append(
        Pending(
          number: number, due: now &+ Int64(file.delay * 1e9), name: name, file: file, completion: completion))
      return nil
    }
  }

  private static func name(of id: String) -> String {
    var name = ""
    for byte in id.utf8.prefix(Limits.Files.downloadName) {
      let character = Unicode.Scalar(byte)
      let isKept =
        byte < 0x80 && (character.properties.isAlphabetic || (0x30...0x39).contains(byte) || byte == 0x2D)
        || byte == 0x5F || (byte == 0x2E && !name.isEmpty)
      name.unicodeScalars.append(isKept ? character : "_")
    }
    return name
  }

  private func file(_ name: String, _ own: Own) -> BotFile {
    BotFile(id: own.id, from: BotPeer(id: room.localPeerID), name: name, size: own.size)
  }

  package func cancel(_ id: UInt64) { state.withLock { $0.pending.removeAll { $0.number == id } } }

  var nextDue: Int64? { state.withLock { $0.pending.map(\.due).min() } }

  /// Ends the fetches that are due.
  func settle() {
    let now = clock.monotonicNanoseconds
    let due = state.withLock { state in
      let due = state.pending.filter { $0.due <= now }.sorted { $0.due < $1.due }
      state.pending.removeAll { $0.due <= now }
      for fetch in due where fetch.file.failure == nil && state.own[fetch.name] == nil {
        state.own[fetch.name] = Own(size: fetch.file.size)
      }
      return due
    }
    for fetch in due {
      if let failure = fetch.file.failure {
        fetch.completion(.failure(failure))
      } else {
        fetch.completion(.success(.file(file(fetch.name, Own(size: fetch.file.size)))))
      }
    }
  }
}
