/// The last entries of something that is read from above to below, and the part of them that is looked at.
///
/// It follows what is new until somebody scrolls up; then it stays where it is, whatever comes and however the screen is
/// resized, and counts what was not seen.
public struct ScrollBack: Sendable {
  private struct Entry: Sendable {
    let text: StyledText
    /// Broken into rows, for the width of the moment.
    var rows: [StyledText]?
  }

  /// A row of an entry.
  private struct Place: Hashable {
    /// The number of the entry, counted from the very first one.
    var entry: Int
    var row: Int
  }

  private let limit: Int
  private let indent: Int
  private var entries: [Entry] = []
  /// How many entries have gone.
  private var gone = 0
  private var columns = 80
  private var height = 1
  /// The row at the top; nil: the last row is at the bottom.
  private var top: Place?

  /// Entries that came while somebody was reading further up.
  public private(set) var unread = 0

  /// - Parameters:
  ///   - limit: How many entries are kept.
  ///   - indent: How far the rows of an entry below its first are indented.
  public init(limit: Int, indent: Int = 2) {
    self.limit = limit
    self.indent = indent
  }

  /// How many entries there are.
  public var count: Int { entries.count }

  /// Whether what is new is seen.
  public var isFollowing: Bool { top == nil }

  /// Adds an entry below the others; the oldest goes when there are too many.
  public mutating func append(_ text: StyledText) {
    entries.append(Entry(text: text))
    if top != nil { unread += 1 }
    if entries.count > limit {
      entries.removeFirst()
      gone += 1
      if let place = top, place.entry < gone { top = Place(entry: gone, row: 0) }
    }
  }

  /// Tells how much of it can be seen from now on.
  public mutating func resize(columns: Int, height: Int) {
    if columns != self.columns {
      self.columns = max(1, columns)
      for index in entries.indices { entries[index].rows = nil }
    }
    self.height = max(1, height)
    settle()
  }

  /// The rows that are seen; fewer than the height where there are no more.
  public mutating func visible() -> [StyledText] {
    var place = top ?? followed()
    var result: [StyledText] = []
    while result.count < height, place.entry - gone < entries.count {
      let rows = rows(of: place.entry)
      result += rows.dropFirst(place.row).prefix(height - result.count)
      place = Place(entry: place.entry + 1, row: 0)
    }
    return result
  }

  // MARK: moving

  /// Moves by so many rows, up or (negative) down.
  public mutating func scrollUp(_ count: Int) {
    var place = top ?? followed()
    if count > 0 {
      place = up(place, count)
      // What fits is not scrolled.
      if top == nil, place == followed() { return }
    } else {
      for _ in 0..<min(-count, limit * height) {
        if place.row + 1 < rows(of: place.entry).count {
          place.row += 1
        } else if place.entry + 1 - gone < entries.count {
          place = Place(entry: place.entry + 1, row: 0)
        } else {
          break
        }
      }
    }
    top = place
    settle()
  }

  /// Moves by a screen, up or down; one row of the old one stays.
  public mutating func page(up: Bool) { scrollUp(up ? max(1, height - 1) : -max(1, height - 1)) }

  /// To the oldest entry.
  public mutating func scrollToTop() {
    guard !entries.isEmpty else { return }
    top = Place(entry: gone, row: 0)
    settle()
  }

  /// To the newest, and on with it.
  public mutating func follow() {
    top = nil
    unread = 0
  }

  // MARK: places

  /// Who has come to the end follows again.
  private mutating func settle() {
    guard var place = top else { return }
    place.row = min(place.row, rows(of: place.entry).count - 1)
    let end = followed()
    if (place.entry, place.row) >= (end.entry, end.row) { follow() } else { top = place }
  }

  /// The row at the top when the last one is at the bottom.
  private mutating func followed() -> Place {
    guard !entries.isEmpty else { return Place(entry: gone, row: 0) }
    let last = gone + entries.count - 1
    return up(Place(entry: last, row: rows(of: last).count - 1), height - 1)
  }

  private mutating func up(_ from: Place, _ count: Int) -> Place {
    var place = from
    var left = count
    while left > place.row, place.entry > gone {
      left -= place.row + 1
      place.entry -= 1
      place.row = rows(of: place.entry).count - 1
    }
    place.row = max(0, place.row - left)
    return place
  }

  private mutating func rows(of entry: Int) -> [StyledText] {
    guard entries.indices.contains(entry - gone) else { return [StyledText("")] }
    if let rows = entries[entry - gone].rows { return rows }
    let rows = TextWrap.rows(entries[entry - gone].text, columns: columns, indent: indent)
    entries[entry - gone].rows = rows
    return rows
  }
}
