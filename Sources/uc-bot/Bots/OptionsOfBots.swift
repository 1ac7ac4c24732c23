import BotKit
import Logging

/// The users' options on their way to the bots.
struct OptionsOfBots: Sendable {
  let sources: OptionSources
  let logger: Logger

  /// Says what was set in vain.
  func tellUnused(_ runners: [BotRunner], file: ConfigFile?) {
    // What a script that cannot be run asks for is not known.
    guard runners.allSatisfy({ $0.loadFailure == nil }) else { return }
    let bots = Dictionary(runners.map { ($0.scriptName, $0.optionNames) }) { first, _ in first }
    for line in sources.unused(bots, file: file) {
      logger.warning("an option is set in vain", metadata: ["option": "\(line)"])
    }
  }

  /// Reads the file again, and gives each bot what it has now. A file that is broken changes nothing.
  func readAnew(for runners: [BotRunner]) {
    guard sources.file != nil else { return }
    do throws(Failure) {
      let file = try sources.read()
      for runner in runners { runner.setOptions(sources.options(of: runner.scriptName, file: file)) }
    } catch {
      logger.error("the configuration stays as it was", metadata: ["reason": "\(error)"])
    }
  }
}
