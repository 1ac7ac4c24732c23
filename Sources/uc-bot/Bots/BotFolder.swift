import BotKit
import Identity
import Limits
import Logging
import NIOCore
import NIOPosix
import Synchronization
import UniversalConnectivity

/// `uc.file` of one script: the folder of `--files`, and the node that gives its files away and gets those of others.
final class BotFolder: BotFiles {
  private struct State {
    /// The offers of the script, by the files' names.
    var offers: [String: OfferedFile] = [:]
    /// What is under way, by the number of its request.
    var tasks: [UInt64: Task<Void, Never>] = [:]
  }

  private let node: ChatNode
  private let folder: FileFolder
  private let isDryRun: Bool
  private let logger: Logger
  private let me: BotPeer
  private let state = Mutex(State())

  /// - Parameter isDryRun: Whether files are announced on paper only.
  init(node: ChatNode, folder: FileFolder, isDryRun: Bool, logger: Logger) {
    self.node = node
    self.folder = folder
    self.isDryRun = isDryRun
    self.logger = logger
    me = BotPeer(id: node.localPeer.description)
  }

  func perform(
    _ request: BotFileRequest, completion: @escaping @Sendable (Result<BotFileAnswer, BotFileFailure>) -> Void
  ) {
    let number = request.number
    state.withLock { state in
      // It takes itself out of the list, for which it has to wait until it is in it.
      state.tasks[number] = Task {
        let result: Result<BotFileAnswer, BotFileFailure>
        do {
          result = .success(try await answer(request.action))
        } catch {
          result = .failure(BotFileFailure(error))
        }
        _ = self.state.withLock { $0.tasks.removeValue(forKey: number) }
        completion(result)
      }
    }
  }

  func cancel(_ id: UInt64) { state.withLock { $0.tasks.removeValue(forKey: id) }?.cancel() }

  private func answer(_ action: BotFileRequest.Action) async throws -> BotFileAnswer {
    switch action {
    case .list:
      let entries = try await onDisk { [folder] in try folder.entries() }
      return .files(entries.prefix(Limits.Lua.listedFiles).map(file))
    case .offer(let name): return .file(try await offer(name))
    case .announce(let id): return .published(try await announce(id))
    case .withdraw(let id):
      state.withLock { state in state.offers = state.offers.filter { $0.value.id != id } }
      await node.withdrawFile(id)
      return .done
    case .fetch(let id, let peer, let name, let limit):
      return .file(try await fetch(id, from: peer, name: name ?? FileID.downloadName(id), limit: limit))
    }
  }

  // MARK: giving

  private func offer(_ name: String) async throws -> BotFile {
    let entry = try await onDisk { [folder] in try folder.entry(name) }
    if isOffered(name) { return file(entry) }
    let offered = try await node.offerFile(at: folder.path(of: name))
    // The same may have been asked for meanwhile: a file has one id.
    let isFirst = state.withLock { state in
      guard state.offers[name] == nil else { return false }
      state.offers[name] = offered
      return true
    }
    if !isFirst { await node.withdrawFile(offered.id) }
    return file(entry)
  }

  private func announce(_ id: String) async throws -> BotReceipt {
    guard let name = state.withLock({ $0.offers.first { $0.value.id == id }?.key }) else {
      throw FileTransferError.notFound
    }
    // Some of those who hear of it end when they cannot fetch it (wire.md §10).
    guard try await onDisk({ [folder] in try folder.entry(name).size }) > 0 else { throw FileTransferError.empty }
    if isDryRun {
      logger.notice("would announce a file", metadata: ["id": "\(id)"])
      return BotReceipt(id: "dry-run", peers: 1)
    }
    let receipt = try await node.announceFile(id)
    return BotReceipt(id: Hex.text(receipt.id), peers: receipt.peers)
  }

  private func isOffered(_ name: String) -> Bool { state.withLock { $0.offers[name] != nil } }

  /// A file of the folder as scripts see it.
  private func file(_ entry: FileFolder.Entry) -> BotFile {
    BotFile(id: state.withLock { $0.offers[entry.name]?.id }, from: me, name: entry.name, size: entry.size)
  }

  // MARK: getting

  private func fetch(_ id: String, from peerID: String, name: String, limit: UInt64) async throws -> BotFile {
    let path = try folder.path(of: name)
    guard let peer = try? PeerID(peerID) else { throw FileTransferError.notConnected }
    let granted = try await onDisk { [folder] in try folder.reserve(limit) }
    defer { folder.release(granted) }
    do {
      let fetched = try await node.fetchFile(id, from: peer, to: path, limit: granted)
      return file(FileFolder.Entry(name: name, size: fetched.bytes))
    } catch FileTransferError.tooLarge where granted < limit {
      throw FileTransferError.full
    } catch {
      tell(error, of: id, peer)
      throw error
    }
  }

  /// What the user would want to know; the rest is the script's own business.
  private func tell(_ error: any Error, of id: String, _ peer: PeerID) {
    let level: Logger.Level =
      switch error {
      case FileTransferError.cancelled, FileTransferError.stopping, FileTransferError.notConnected,
        FileTransferError.notFound, FileTransferError.unsupported, FileTransferError.invalidID:
        .debug
      default: .warning
      }
    logger.log(
      level: level, "a file was not fetched",
      metadata: ["id": "\(TerminalText.sanitized(id, limit: 100))", "peer": "\(peer)", "reason": "\(error)"])
  }

  private func onDisk<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOThreadPool.singleton.runIfActive(work)
  }
}

extension BotFileFailure {
  /// What an error of the floors below is to a script.
  init(_ error: any Error) {
    switch error {
    case let error as FileTransferError: self.init(error)
    case ChatPublishError.noPeers: self = .noPeers
    case ChatPublishError.stopping: self = .stopping
    default: self = .failed
    }
  }

  private init(_ error: FileTransferError) {
    switch error {
    case .notConnected: self = .notConnected
    case .unsupported: self = .unsupported
    case .invalidID: self = .badID
    case .invalidName: self = .badName
    case .notFound, .notAFile: self = .notFound
    case .empty: self = .empty
    case .tooLarge: self = .tooLarge
    case .full: self = .full
    case .shorter, .longer, .malformed: self = .wrongLength
    case .timeout: self = .timeout
    case .lost: self = .lost
    case .exists: self = .exists
    case .tooMany: self = .busy
    case .notAnnouncing: self = .forbidden
    case .cancelled, .stopping: self = .stopping
    case .disk: self = .failed
    }
  }
}
