import LuaVM

/// A script called a function wrongly. The text names the function, the argument, what it takes and what it got; file
/// and line are put before it where the error is raised.
package struct Misuse: Error {
  package var message: String

  package init(_ message: String) { self.message = message }
}

extension LuaCall {
  /// Argument `index`, called `name`, of `function`, as a number.
  package func requireNumber(_ index: Int, _ name: String, of function: String) throws(Misuse) -> Double {
    guard let value = number(index) else { throw wrongType(index, name, of: function, wanted: "a number") }
    return value
  }

  /// A duration in seconds: finite, at least `least`, at most thirty years.
  package func requireSeconds(_ index: Int, of function: String, atLeast least: Double = 0) throws(Misuse) -> Double {
    let value = try requireNumber(index, "seconds", of: function)
    guard value.isFinite, value >= least, value <= 1e9 else {
      throw Misuse("\(function): argument \(index) (seconds) must be a number from \(least) to 1e9, got \(value)")
    }
    return value
  }

  /// Text; numbers are taken as Lua writes them.
  package func requireText(_ index: Int, _ name: String, of function: String) throws(Misuse) -> String {
    if let text = string(index) { return text }
    if let integer = integer(index), type(index) == .number { return String(integer) }
    if let number = number(index) { return "\(number)" }
    throw wrongType(index, name, of: function, wanted: "a string")
  }

  package func requireString(_ index: Int, _ name: String, of function: String) throws(Misuse) -> String {
    guard let text = string(index) else { throw wrongType(index, name, of: function, wanted: "a string") }
    return text
  }

  /// A Lua pattern that is well formed.
  package func requirePattern(_ index: Int, _ name: String, of function: String) throws(Misuse) -> [UInt8] {
    guard let pattern = bytes(index).map(Array.init) else {
      throw wrongType(index, name, of: function, wanted: "a string (a Lua pattern)")
    }
    if let why = LuaPattern.problem(in: pattern) { throw Misuse("\(function): argument \(index) (\(name)): \(why)") }
    return pattern
  }

  package func requireFunction(_ index: Int, _ name: String, of function: String) throws(Misuse) {
    guard type(index) == .function else { throw wrongType(index, name, of: function, wanted: "a function") }
  }

  /// The object before the colon.
  func requireSelf(_ object: ClassID, of method: String) throws(Misuse) {
    guard classID(1) == object.rawValue else {
      let dotted = method.split(separator: ":").last ?? ""
      throw Misuse(
        "\(method): must be called on a \(object.name), as in \(object.name.lowercased()):\(dotted)(…), "
          + "got \(type(1).name)")
    }
  }

  /// The function is about to wait.
  func requireWait(_ function: String) throws(Misuse) {
    guard canWait else {
      throw Misuse(
        "\(function): cannot wait here: inside a table.sort comparator, a string.gsub callback, the function of "
          + "Store:update, a metamethod called from C, or a variable that is being closed")
    }
  }

  private func wrongType(_ index: Int, _ name: String, of function: String, wanted: String) -> Misuse {
    Misuse("\(function): argument \(index) (\(name)) must be \(wanted), got \(type(index).name)")
  }
}

/// The classes of objects that scripts see.
enum ClassID: Int32, CaseIterable {
  case peer
  case message
  case timer
  case subscription
  case stop
  case task
  case store
  case config
  case response
  case logFile
  case rate
  case request
  case metric
  case file

  var name: String {
    switch self {
    case .peer: "Peer"
    case .message: "Message"
    case .timer: "Timer"
    case .subscription: "Subscription"
    case .stop: "STOP"
    case .task: "Task"
    case .store: "Store"
    case .config: "Config"
    case .response: "Response"
    case .logFile: "LogFile"
    case .rate: "Rate"
    case .request: "Request"
    case .metric: "Metric"
    case .file: "File"
    }
  }
}
