import BotKit
import LuaVM

/// How a test wants a bot to be started.
struct LoadOptions {
  var nick: String?
  var prefix = "!"
  /// Whether somebody is in the room from the beginning.
  var isReady = true
  /// Whether there is a folder for `uc.file`.
  var hasFolder = true
  /// What `uc.config` finds set, by name.
  var config: [String: BotOptions.Given] = [:]
}

extension BotOptions.Given {
  /// A value of a test.
  init(_ call: LuaCall, _ index: Int, named name: String) {
    self.init(BotValue(call, index).map { .value($0) } ?? .other(call.type(index).name), place: "config.\(name)")
  }
}

extension BotValue {
  /// nil: no option has such a value.
  init?(_ call: LuaCall, _ index: Int) {
    switch call.type(index) {
    case .boolean: self = .boolean(call.boolean(index))
    case .string: self = .string(call.string(index) ?? "")
    case .number:
      if let integer = call.integer(index) { self = .integer(integer) } else { self = .number(call.number(index) ?? 0) }
    case .table:
      var items: [BotValue] = []
      call.forEachField(index) { key, value in
        guard call.integer(key) == Int64(items.count) + 1, call.type(value) != .table, let item = BotValue(call, value)
        else { return true }
        items.append(item)
        return true
      }
      self = .list(items)
    default: return nil
    }
  }
}

/// A script, found and read.
package struct ScriptSource: Sendable {
  /// What messages show.
  package var path: String
  package var text: String

  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }
}

/// Where the scripts that a test names are looked for.
package struct ScriptFinder: Sendable {
  /// Scripts that are no files, by name. They come first.
  package var texts: [String: String]
  /// Directories in which names are looked up, in this order.
  package var directories: [String]

  package init(texts: [String: String] = [:], directories: [String] = ["."]) {
    self.texts = texts
    self.directories = directories
  }

  func find(_ name: String) throws(BotError) -> ScriptSource {
    if let text = texts[name] { return ScriptSource(path: name, text: text) }
    var failure = BotError.unreadable(path: name, reason: "No such file or directory")
    for directory in name.hasPrefix("/") ? ["."] : directories {
      let path = directory == "." || directory.isEmpty ? name : directory + "/" + name
      do throws(BotError) {
        return ScriptSource(path: path, text: try ScriptFile(path: path).text())
      } catch {
        // The one that is there and cannot be used says more than those that are not there.
        if case .unreadable(_, "No such file or directory") = error { continue }
        failure = error
      }
    }
    throw failure
  }
}
