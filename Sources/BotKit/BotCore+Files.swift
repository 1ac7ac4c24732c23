import Limits
import LuaVM

extension BotCore {
  /// Does something with files for the running task, which waits for the end of it.
  func askFiles(_ action: BotFileRequest.Action, timeout: Double, _ call: LuaCall) -> LuaOutcome {
    guard let files = configuration.files, !isStopped else {
      call.results.failure((isStopped ? BotFileFailure.stopping : .unavailable).rawValue)
      return .values
    }
    guard fileCalls.count < Limits.Lua.fileCalls else {
      call.results.failure(BotFileFailure.busy.rawValue)
      return .values
    }
    let request = BotFileRequest(action, timeoutSeconds: timeout)
    let token = beginWait()
    fileCalls[token] = request.number
    timers.schedule(.wait(token), at: now &+ Int64(timeout * 1e9))
    let deliver = deliver
    files.perform(request) { deliver(.filed(token: token, $0)) }
    return .wait
  }

  /// It is done, or cannot be.
  func filed(_ token: UInt64, _ result: Result<BotFileAnswer, BotFileFailure>) {
    guard fileCalls.removeValue(forKey: token) != nil else { return }
    wake(token) { results in
      switch result {
      case .failure(let failure): results.failure(failure.rawValue)
      case .success(.done): results.boolean(true)
      case .success(.published(let receipt)): results.receipt(receipt)
      case .success(.file(let file)): results.file(file)
      case .success(.files(let files)):
        results.plain(LuaPlain(list: files.prefix(Limits.Lua.listedFiles).map(\.plain)))
      }
    }
  }

  /// The task with this token waits for its file no longer. False when it did not wait for one.
  @discardableResult
  func dropFileCall(_ token: UInt64) -> Bool {
    guard let number = fileCalls.removeValue(forKey: token) else { return false }
    configuration.files?.cancel(number)
    return true
  }
}

/// Where a file's parts lie in its object.
enum FileSlot: Int, CaseIterable {
  case peer
  /// What `tostring` shows.
  case id
  case name
  case size
}

extension BotFile {
  /// As lists have it.
  fileprivate var plain: LuaPlain {
    var fields: [(name: String, value: LuaPlain)] = []
    if let name { fields.append(("name", LuaPlain(string: Array(name.utf8)))) }
    if let size { fields.append(("size", LuaPlain(.integer(Int64(clamping: size))))) }
    if let id { fields.append(("id", LuaPlain(string: Array(id.utf8)))) }
    return LuaPlain(record: fields)
  }
}

extension LuaWriter {
  func file(_ file: BotFile) {
    object(ClassID.file.rawValue, slots: FileSlot.allCases.count) { slots in
      for slot in FileSlot.allCases {
        switch slot {
        case .id: if let id = file.id { slots.string(id) } else { slots.null() }
        case .peer: slots.string(file.from.id)
        case .name: if let name = file.name { slots.string(name) } else { slots.null() }
        case .size: if let size = file.size { slots.integer(Int64(clamping: size)) } else { slots.null() }
        }
      }
    }
  }

  /// What became of something that was published.
  func receipt(_ receipt: BotReceipt) {
    table { table in
      table.field("id") { $0.string(receipt.id) }
      table.field("peers") { $0.integer(Int64(clamping: receipt.peers)) }
    }
  }
}
