import ArgumentParser

/// The other end of a measurement: a peer that pings or floods the one under test and prints figures as JSON.
///
/// `make bench` runs it against a real `uc-bot`; see `bench/run.py`.
@main
struct UCBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uc-bench", abstract: "Measures a uc-bot from the outside.",
    subcommands: [Ping.self, Flood.self, LuaCost.self, Offer.self, Fetch.self])
}
