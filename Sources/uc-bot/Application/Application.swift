import Logging
import ServiceLifecycle

/// `uc-bot run`: the service, and the signals that end it.
struct Application: Sendable {
  let options: RunOptions

  /// Runs until it is told to end. SIGINT and SIGTERM end it in good order, within a second.
  /// - Throws: ``Failure``.
  func run() async throws {
    let streams = OutputStreams(options: options)
    defer { streams.flush() }
    var logger = streams.logger("signals")
    // That a signal came is no news to who sent it.
    logger.logLevel = max(logger.logLevel, .error)
    let service = ChatService(options: options, streams: streams)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
        gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
    try await group.run()
  }
}
