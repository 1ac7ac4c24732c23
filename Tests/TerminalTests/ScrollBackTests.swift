import Terminal
import Testing

@Suite struct ScrollBackTests {
  private func filled(_ count: Int, limit: Int = 100, columns: Int = 10, height: Int = 4) -> ScrollBack {
    var log = ScrollBack(limit: limit)
    log.resize(columns: columns, height: height)
    for number in 0..<count { log.append(StyledText("line \(number)")) }
    return log
  }

  private func texts(_ log: ScrollBack) -> [String] {
    var log = log
    return log.visible().map(\.text)
  }

  @Test("the newest are seen") func theNewestAreSeen() {
    #expect(texts(filled(2)) == ["line 0", "line 1"])
    #expect(texts(filled(10)) == ["line 6", "line 7", "line 8", "line 9"])
    #expect(texts(filled(0)).isEmpty)
  }

  @Test("who reads further up stays there") func whoReadsFurtherUpStaysThere() {
    var log = filled(10)
    log.scrollUp(3)
    #expect(texts(log) == ["line 3", "line 4", "line 5", "line 6"])
    log.append(StyledText("new"))
    #expect(texts(log) == ["line 3", "line 4", "line 5", "line 6"])
    #expect(log.unread == 1 && !log.isFollowing)
    log.scrollUp(-4)
    #expect(texts(log) == ["line 7", "line 8", "line 9", "new"])
    #expect(log.unread == 0 && log.isFollowing)
  }

  @Test("ends are ends") func endsAreEnds() {
    var log = filled(10)
    log.scrollUp(-5)
    #expect(log.isFollowing)
    log.scrollUp(1_000)
    #expect(texts(log).first == "line 0")
    log.page(up: true)
    #expect(texts(log).first == "line 0")
    log.page(up: false)
    #expect(texts(log).first == "line 3")
    log.follow()
    #expect(texts(log).last == "line 9")
    log.scrollToTop()
    #expect(texts(log).first == "line 0")
    // What fits is not scrolled.
    var short = filled(3)
    short.page(up: true)
    short.scrollToTop()
    #expect(short.isFollowing)
    var empty = filled(0)
    empty.page(up: true)
    empty.scrollUp(-1)
    #expect(empty.isFollowing)
  }

  @Test("the oldest go and the place stays valid") func theOldestGoAndThePlaceStaysValid() {
    var log = filled(10, limit: 10)
    log.scrollToTop()
    for number in 10..<15 { log.append(StyledText("line \(number)")) }
    #expect(log.count == 10)
    #expect(texts(log) == ["line 5", "line 6", "line 7", "line 8"])
    #expect(log.unread == 5)
  }

  @Test("long entries are scrolled row by row") func longEntriesAreScrolledRowByRow() {
    var log = ScrollBack(limit: 10)
    log.resize(columns: 10, height: 3)
    log.append(StyledText("first"))
    log.append(StyledText("aaaa bbbb cccc dddd eeee"))
    #expect(texts(log) == ["  cccc", "  dddd", "  eeee"])
    log.scrollUp(1)
    #expect(texts(log) == ["aaaa bbbb", "  cccc", "  dddd"])
    log.scrollUp(1)
    #expect(texts(log) == ["first", "aaaa bbbb", "  cccc"])
  }

  @Test("resizing keeps what is read") func resizingKeepsWhatIsRead() {
    var log = ScrollBack(limit: 100)
    log.resize(columns: 40, height: 5)
    for number in 0..<50 { log.append(StyledText("entry \(number) with some words behind it")) }
    log.scrollUp(20)
    let first = texts(log)[0]
    #expect(first == "entry 25 with some words behind it")
    for (columns, height) in [(12, 3), (80, 10), (1, 1), (200, 2), (40, 5)] {
      log.resize(columns: columns, height: height)
      #expect(texts(log)[0].hasPrefix("e"))
    }
    #expect(texts(log)[0] == first)
    // All of it fits: nothing is left to be scrolled.
    log.resize(columns: 40, height: 60)
    #expect(log.isFollowing)
  }

  @Test("wrapping loses nothing") func wrappingLosesNothing() {
    let text = "你好 hello 👨‍👩‍👧‍👦 wonderful_world_without_spaces and e\u{301}nd"
    for columns in 1...60 {
      let rows = TextWrap.rows(StyledText(text), columns: columns)
      if columns > 1 { #expect(rows.allSatisfy { CharacterWidth.of($0.text) <= columns }) }
      #expect(rows.map(\.text).joined().filter { $0 != " " } == text.filter { $0 != " " })
    }
    #expect(TextWrap.rows(StyledText(""), columns: 5).count == 1)
    let bold = Style(isBold: true)
    let rows = TextWrap.rows(StyledText([.init("ab ", bold), .init("cdef")]), columns: 5, indent: 1)
    #expect(rows == [StyledText("ab", bold), StyledText(" cdef")] || rows[1].text == " cdef")
  }
}
