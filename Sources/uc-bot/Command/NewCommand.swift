import ArgumentParser

/// `uc-bot new`: a bot to begin with, and its test.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a bot to begin with, its test, and what editors need.",
    discussion: "Files that are there already are never touched.")

  @Argument(help: "What the bot is called: letters, digits, - and _.")
  var name: String

  @Argument(help: "The directory. Default: the present one.", completion: .directory)
  var directory = "."

  func run() throws {
    let bot = try NewBot(name: name, directory: directory)
    for line in try bot.make() { print(line) }
  }
}

/// The files of a new bot.
struct NewBot {
  let name: String
  let directory: String

  /// - Throws: ``UsageError`` for a name that cannot be a file's and a command's.
  init(name: String, directory: String) throws(UsageError) {
    let isName = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte == 45
    }
    guard isName, (1...40).contains(name.utf8.count), !name.hasPrefix("-"), !name.hasSuffix("_test") else {
      throw UsageError("new \(name): a bot's name has up to 40 letters, digits, - and _, and does not end in _test")
    }
    self.name = name
    self.directory = directory
  }

  private func path(_ file: String) -> String { directory == "." ? file : "\(directory)/\(file)" }

  private var command: String { name.lowercased() }

  private var script: String {
    """
    -- \(name): answers "!\(command)" with a greeting.

    uc.command("\(command)", { help = "says hello" }, function(msg)
      msg:reply("hello, " .. msg.from.short)
    end)

    """
  }

  private var test: String {
    """
    uc.test("says hello", function(t)
      t:load "\(name).lua"
      local alice = t:peer "alice"
      alice:say "!\(command)"
      t:expect("hello, " .. alice.short)
    end)

    """
  }

  /// Writes them, and tells what it wrote and what to do next.
  /// - Throws: ``Failure`` when there is a bot of that name.
  func make() throws(Failure) -> [String] {
    let files = [
      TextFile(path: path("\(name).lua"), text: script), TextFile(path: path("\(name)_test.lua"), text: test),
    ]
    if let there = files.first(where: \.exists) {
      throw Failure(.cannotCreate, "\(there.path) is there already; choose another name")
    }
    for file in files { try file.write() }
    let editor = try EditorSetUp(directory: directory).write()
    return files.map { "wrote \($0.path)" } + editor + [
      "", "next:", "  uc-bot console \(files[0].path)     talk to it, without a network",
      "  uc-bot test \(files[1].path)   run its test", "  uc-bot check \(files[0].path)       look for mistakes",
      "  uc-bot \(files[0].path) --connect ADDRESS",
    ]
  }
}
