/// Why the program ends with an error, in one line, and the exit code that goes with it.
///
/// The codes are those of `sysexits.h`, so that a supervisor can tell a bot that will never start from one that may.
struct Failure: Error, Hashable, CustomStringConvertible {
  /// The exit codes.
  enum Code: Int32, Sendable {
    /// The input is wrong: a script does not compile or fails while it loads, an identity file is damaged.
    case data = 65
    /// A file does not exist or cannot be read.
    case noInput = 66
    /// An address cannot be listened on, e.g. the port is in use; or nobody is there who could be asked.
    case unavailable = 69
    /// Anything else.
    case software = 70
    /// A file that is to be made is there already, or cannot be written.
    case cannotCreate = 73
  }

  let code: Code
  let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// The command line or the environment asks for something impossible; ends with exit code 64.
struct UsageError: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
