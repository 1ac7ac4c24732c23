import Identity
import Limits
import UniversalConnectivity

/// What the lines of a person do.
extension ChatSession {
  mutating func perform(_ line: TypedLine, at now: Seconds) -> [Action] {
    switch line {
    case .blank: []
    case .say(let text): say(text)
    case .command(let command): perform(command, at: now)
    case .unknown(let name, let near):
      failure(
        "Unknown command: \(TerminalText.sanitized(name, limit: 60))"
          + (near.map { " (did you mean \($0)?)" } ?? " (/help lists the commands)"))
    case .wrong(let usage): failure("It is written so: \(usage)")
    }
  }

  private mutating func perform(_ command: ChatCommandCall, at now: Seconds) -> [Action] {
    switch command {
    case .quit: leave()
    case .help: answer(Self.help)
    case .peers: answer(peerLines)
    case .status: answer(statusLines)
    case .addresses: answer(["Copy this multiaddress:"] + (addresses.isEmpty ? [address] : addresses))
    case .direct(let name, let text): direct(text, to: name)
    case .offer(let path): ask(.offer(path: path))
    case .files: answer(fileLines)
    case .fetch(let choice, let name): fetch(choice, name: name, at: now)
    case .cancel: transfer == nil ? failure("Nothing is being fetched") : [.cancelFetch]
    case .withdraw(let text): withdraw(text)
    case .connect(let address): ask(.connect(address))
    }
  }

  private mutating func say(_ text: String) -> [Action] {
    saying += 1
    return [.publish(.typed(text))]
  }

  /// Does something that is answered by an event.
  private mutating func ask(_ action: Action) -> [Action] {
    pending += 1
    return [action]
  }

  private func answer(_ lines: [String]) -> [Action] { lines.map { .show(.answer($0)) } }

  private func failure(_ text: String) -> [Action] { [.show(.failure(text))] }

  // MARK: who is there

  private var peerLines: [String] {
    guard !peers.entries.isEmpty else { return ["No peers connected"] }
    return ["Connected peers (\(peers.entries.count)):"]
      + peers.entries.map { entry in
        let trip = entry.roundTrip.map { "\(Milliseconds.text(seconds: $0)) ms" } ?? "no ping yet"
        // All Ed25519 ids begin alike, so the end stands beside the beginning.
        return
          "  - \(entry.id.prefix(8))... \(entry.name), \(trip), \(entry.isInRoom ? "in the room" : "not in the room")"
          + (entry.agent.isEmpty ? "" : ", \(entry.agent)")
      }
  }

  private var statusLines: [String] {
    [
      "Status:",
      "  - Multiaddr: \(address)",
      "  - Nickname: \(setup.nick)",
      "  - Peer ID: \(setup.peer)",
      "  - Connected peers: \(peers.entries.count)",
      "  - In the room \(TerminalText.sanitized(setup.room, limit: 100)): \(roster.inRoom)",
      "  - Subscribed topics: \(setup.topics.joined(separator: ", "))",
    ]
  }

  private static let help: [String] = {
    let width = 22
    let lines = ChatCommandCall.table.map { entry in
      let pad = String(repeating: " ", count: max(1, width - entry.usage.count))
      return "  \(entry.usage)\(pad)\(entry.summary)"
    }
    return ["What begins with no slash is said in the room (//text says /text)."] + lines
  }()

  // MARK: one peer alone

  private mutating func direct(_ text: String, to name: String) -> [Action] {
    switch peers.find(name) {
    case .one(let peer): ask(.sendDirect(text, to: peer))
    case .none: failure("No connected peer is called \(TerminalText.sanitized(name, limit: 60)); /peers lists them")
    case .several(let names): failure("More than one peer is meant: \(names.joined(separator: ", "))")
    }
  }

  // MARK: files

  private var fileLines: [String] {
    var lines: [String] = []
    if !files.offered.isEmpty {
      lines.append("Yours:")
      lines += files.offered.map { "  \(FileShelf.name(of: $0.path)), \(ByteCount.text($0.size)), \($0.id)" }
    }
    if !files.announced.isEmpty {
      lines.append("To be fetched by /get NUMBER:")
      lines += files.announced.map {
        "  \($0.number)  \(TerminalText.sanitized($0.id, limit: 100)) of \(speaker($0.from).name)"
      }
    }
    return lines.isEmpty ? ["No files on offer"] : lines
  }

  mutating func offered(
    _ path: String, _ result: Result<OfferedFile, FileTransferError>, told: Int, at now: Seconds
  ) -> [Action] {
    switch result {
    case .failure(let error): return settled(.failure("Not offered: \(error)"), at: now)
    case .success(let file):
      files.offer(file)
      let size = ByteCount.text(file.size)
      let whom = told > 0 ? "\(told) peer(s) told" : "nobody was there to be told"
      // Who was not told can fetch it all the same.
      return [.show(.answer("Offering \(FileShelf.name(of: path)) (\(size)), \(whom)"))]
        + settled(.answer("  /get \(setup.peer.short) \(file.id) fetches it from you"), at: now)
    }
  }

  private mutating func withdraw(_ text: String) -> [Action] {
    guard let file = files.withdraw(text) else {
      return failure("You offer no file \(TerminalText.sanitized(text, limit: 100)); /files lists them")
    }
    return [.withdraw(id: file.id)] + answer(["No longer offering \(FileShelf.name(of: file.path))"])
  }

  private mutating func fetch(_ choice: ChatCommandCall.FileChoice, name: String?, at now: Seconds) -> [Action] {
    guard transfer == nil else { return failure("A file is being fetched; /cancel stops it") }
    let (id, peer): (String, PeerID)
    switch choice {
    case .listed(let number):
      guard let file = files.listed(number) else { return failure("There is no file \(number); /files lists them") }
      (id, peer) = (file.id, file.from)
    case .named(let wanted, let owner):
      switch peers.find(owner) {
      case .one(let found): (id, peer) = (wanted, found)
      case .none:
        return failure("No connected peer is called \(TerminalText.sanitized(owner, limit: 60)); /peers lists them")
      case .several(let names): return failure("More than one peer is meant: \(names.joined(separator: ", "))")
      }
    }
    // What the name is made of is a stranger's: it must not lead out of the folder.
    let safe = FileID.downloadName(name.map(FileShelf.name(of:)) ?? id)
    transfer = TransferMeter(name: safe, now: now)
    return ask(.fetch(id: id, from: peer, name: safe))
      + [.tellTransfer(ChatTransfer(name: safe, received: 0, total: 0, bytesPerSecond: 0))]
  }

  mutating func fetched(_ result: Result<FetchedFile, FileTransferError>, at now: Seconds) -> [Action] {
    let seconds = transfer?.elapsed(at: now) ?? 0
    transfer = nil
    let content: ChatEntry.Content
    switch result {
    case .success(let file):
      let path = TerminalText.sanitized(file.path, limit: 1_000)
      content = .answer(
        "Fetched \(path), \(ByteCount.text(file.bytes)) in \(Milliseconds.fixed(seconds, decimals: seconds < 10 ? 2 : 0)) s"
      )
    case .failure(let error): content = .failure("Not fetched: \(error)")
    }
    return [.tellTransfer(nil)] + settled(content, at: now)
  }
}
