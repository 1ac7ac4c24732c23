import Limits
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small HTTP server for a machine's own people: it serves what its handler answers, and bounds everything.
///
/// ```swift
/// let server = try await WebServer.start(host: "127.0.0.1", port: 9100, eventLoop: loop) { request, answer in
///   answer(ServerResponse(status: 200, text: "hello"))
/// }
/// ```
public final class WebServer: Sendable {
  /// Answers a request: calls the second argument once, from any thread.
  public typealias Handler = @Sendable (ServerRequest, @escaping @Sendable (ServerResponse) -> Void) -> Void

  /// Where it listens.
  public let port: Int
  private let channel: any Channel
  private let connections: Connections

  /// The connections that are open.
  private final class Connections: Sendable {
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// False when there are too many.
    func add(_ channel: any Channel) -> Bool {
      let isIn = open.withLock { open in
        guard open.count < Limits.Server.connections else { return false }
        open[ObjectIdentifier(channel)] = channel
        return true
      }
      if isIn { channel.closeFuture.whenComplete { _ in self.open.withLock { $0[ObjectIdentifier(channel)] = nil } } }
      return isIn
    }

    func closeAll() {
      for channel in open.withLock({ $0.values.map { $0 } }) { channel.close(promise: nil) }
    }
  }

  private init(port: Int, channel: any Channel, connections: Connections) {
    self.port = port
    self.channel = channel
    self.connections = connections
  }

  /// Listens on an address; port 0 takes a free one.
  /// - Throws: what the system says.
  public static func start(
    host: String, port: Int, eventLoop: any EventLoop, handler: @escaping Handler
  ) async throws -> WebServer {
    let connections = Connections()
    let channel = try await ServerBootstrap(group: eventLoop)
      // Out of file descriptors: a second of rest instead of a busy loop.
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler()) }
      }
      .serverChannelOption(ChannelOptions.backlog, value: 64)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        guard connections.add(channel) else {
          channel.close(promise: nil)
          return channel.eventLoop.makeSucceededVoidFuture()
        }
        return channel.eventLoop.makeCompletedFuture { try configure(channel, handler: handler) }
      }
      .bind(host: host, port: port).get()
    return WebServer(port: channel.localAddress?.port ?? port, channel: channel, connections: connections)
  }

  /// A connection's pipeline.
  static func configure(_ channel: any Channel, handler: @escaping Handler) throws {
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(RequestMeter())
    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
    try pipeline.addHandler(ServerConnection(answer: handler))
  }

  /// Listens no longer, and closes what is open.
  public func stop() async {
    try? await channel.close()
    connections.closeAll()
  }
}
