import Identity
import Limits
import NIOCore
import Swarm

/// Offering, announcing and fetching files.
///
/// ```swift
/// let file = try await alice.offerFile(at: "talk.pdf")
/// let fetched = try await bob.fetchFile(file.id, from: alice.localPeer, to: "downloads/talk.pdf")
/// ```
extension ChatNode {
  /// Lets others fetch a file: those who are told its id. It is read anew each time.
  /// - Throws: ``FileTransferError``.
  public func offerFile(at path: String) async throws -> OfferedFile {
    try await eventLoop.flatSubmit { [core] in
      core.isStopping
        ? core.swarm.eventLoop.makeFailedFuture(FileTransferError.stopping)
        : core.files.offer(path: path) { [weak core] stream in
          if let core {
            core.files.accept(stream)
          } else {
            stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
          }
        }
    }.get()
  }

  /// Takes an offer back: who asks after this has returned gets nothing. What is being sent goes on.
  public func withdrawFile(_ id: String) async {
    _ = try? await eventLoop.submit { [core] in core.files.withdraw(id) }.get()
  }

  /// Tells everybody in the room that the file is there, where `FileConfiguration.announces` allows it.
  /// - Throws: ``FileTransferError/notAnnouncing``, ``FileTransferError/notFound`` for what is not on offer, or
  ///   ``ChatPublishError``.
  @discardableResult
  public func announceFile(_ id: String) async throws -> ChatReceipt {
    try await eventLoop.flatSubmit { [core] in core.announceFile(id) }.get()
  }

  /// Fetches a file from a connected peer to a path where nothing may be yet; its folder has to be there.
  ///
  /// What comes is written beside it, to a file that ends in `.part` and is taken away again when something goes wrong
  /// or the task is cancelled; nothing is held in memory but a few pieces.
  ///
  /// - Parameters:
  ///   - limit: Most bytes that are wanted.
  ///   - progress: Called on the event loop after each piece.
  /// - Throws: ``FileTransferError``.
  public func fetchFile(
    _ id: String, from peer: PeerID, to path: String, limit: UInt64 = Limits.Files.bytes,
    progress: @escaping @Sendable (FileProgress) -> Void = { _ in }
  ) async throws -> FetchedFile {
    guard !Task.isCancelled else { throw FileTransferError.cancelled }
    let token = FetchToken()
    return try await withTaskCancellationHandler {
      try await eventLoop.flatSubmit { [core] in
        core.isStopping
          ? core.swarm.eventLoop.makeFailedFuture(FileTransferError.stopping)
          : core.files.fetch(id, from: peer, to: path, limit: limit, token: token, progress: progress)
      }.get()
    } onCancel: {
      eventLoop.execute { [core] in core.files.cancel(token) }
    }
  }
}
