import Identity
import Limits
import Multiformats
import NIOCore
import NIOPosix
import Swarm

/// Stands for one fetch, so that it can be cancelled.
final class FetchToken: Sendable {}

/// The files of one node: serves `/universal-connectivity-file/1`, and fetches by it.
///
/// Confined to the node's event loop; the disk is waited for on the threads of NIO's pool.
final class FileExchange {
  static let protocolName = "/universal-connectivity-file/1"

  private let swarm: Swarm
  private let configuration: FileConfiguration
  private let complain: (PeerID, String) -> Void
  private let threads = NIOThreadPool.singleton
  private var offered: [String: OfferedFile] = [:]
  private var isServing = false
  private var uploads = 0
  private var fetches: [ObjectIdentifier: FileReceiver] = [:]
  private var random = SystemRandomNumberGenerator()

  init(swarm: Swarm, configuration: FileConfiguration, complain: @escaping (PeerID, String) -> Void) {
    self.swarm = swarm
    self.configuration = configuration
    self.complain = complain
  }

  // MARK: offering

  /// Fails with ``FileTransferError``. With the first file the protocol is served, and identify tells so.
  func offer(path: String, accept: @escaping @Sendable (InboundStream) -> Void) -> EventLoopFuture<OfferedFile> {
    threads.runIfActive(eventLoop: swarm.eventLoop) { try DiskFile.openToRead(path).size }
      .assumeIsolated().flatMapThrowing { [self] size in
        guard size > 0 else { throw FileTransferError.empty }
        guard offered.count < Limits.Files.offered else { throw FileTransferError.tooMany(offered.count) }
        let file = OfferedFile(id: FileID.random(using: &random), path: path, size: size)
        offered[file.id] = file
        if !isServing {
          isServing = true
          swarm.handle(Self.protocolName, maximumStreams: Limits.Files.streams, accept)
        }
        return file
      }.nonisolated()
  }

  func withdraw(_ id: String) { offered[id] = nil }

  func isOffered(_ id: String) -> Bool { offered[id] != nil }

  // MARK: serving

  func accept(_ stream: InboundStream) {
    let peer = stream.peer
    do {
      guard uploads < Limits.Files.uploads else { throw FileTransferError.tooMany(uploads) }
      let sender = FileSender(
        configuration: configuration, threads: threads, find: { [weak self] id in self?.offered[id]?.path },
        complain: { [weak self] reason in self?.complain(peer, reason) },
        onEnd: { [weak self] in self?.uploads -= 1 })
      try stream.channel.pipeline.syncOperations.addHandler(sender)
      uploads += 1
    } catch {
      stream.channel.triggerUserOutboundEvent(StreamOutboundEvent.reset, promise: nil)
    }
  }

  // MARK: fetching

  /// Fails with ``FileTransferError``.
  func fetch(
    _ id: String, from peer: PeerID, to path: String, limit: UInt64, token: FetchToken,
    progress: @escaping @Sendable (FileProgress) -> Void
  ) -> EventLoopFuture<FetchedFile> {
    let eventLoop = swarm.eventLoop
    guard FileID.read(id.utf8) != nil else { return eventLoop.makeFailedFuture(FileTransferError.invalidID) }
    guard fetches.count < Limits.Files.downloads else {
      return eventLoop.makeFailedFuture(FileTransferError.tooMany(fetches.count))
    }
    let promise = eventLoop.makePromise(of: FetchedFile.self)
    let mark = String(UInt32.random(in: .min ... .max, using: &random), radix: 16)
    let receiver = FileReceiver(
      configuration: configuration, threads: threads, eventLoop: eventLoop, destination: path,
      temporary: "\(path).\(mark).part", limit: limit, progress: progress, promise: promise)
    fetches[ObjectIdentifier(token)] = receiver
    let bound = NIOLoopBound(receiver, eventLoop: eventLoop)
    var request = ByteBuffer()
    request.writeLengthPrefixed(id.utf8)
    let frame = request
    swarm.openStream(to: peer, protocols: [Self.protocolName]) { channel, _ in
      guard !bound.value.isOver else { throw FileTransferError.cancelled }
      try channel.pipeline.syncOperations.addHandler(bound.value)
      channel.writeAndFlush(frame, promise: nil)
      channel.close(mode: .output, promise: nil)
    }.whenFailure { error in bound.value.fail(FileTransferError(error)) }
    return promise.futureResult.assumeIsolated().always { [weak self] _ in
      self?.fetches[ObjectIdentifier(token)] = nil
    }.nonisolated()
  }

  func cancel(_ token: FetchToken) { fetches[ObjectIdentifier(token)]?.fail(.cancelled) }

  func stop() {
    for receiver in fetches.values { receiver.fail(.stopping) }
    offered = [:]
  }
}
