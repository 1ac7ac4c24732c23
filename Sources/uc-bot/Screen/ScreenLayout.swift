import Terminal

/// Where things stand on a screen of some size: on a small one, fewer of them.
struct ScreenLayout: Hashable {
  /// A rectangle, with its frame if it has one.
  struct Box: Hashable {
    var column: Int
    var row: Int
    var columns: Int
    var rows: Int
    var hasFrame = true

    /// The room inside of the frame.
    var inside: Box {
      hasFrame
        ? Box(column: column + 1, row: row + 1, columns: max(1, columns - 2), rows: max(1, rows - 2), hasFrame: false)
        : self
    }
  }

  let talk: Box
  /// Nil: there is no room for it.
  let peers: Box?
  let system: Box?
  /// The row of the bar of a transfer; nil: there is no room, or none is under way.
  let transfer: Int?
  let input: Int

  init(_ size: ScreenSize, hasTransfer: Bool) {
    input = size.rows - 1
    transfer = hasTransfer && size.rows >= 4 ? size.rows - 2 : nil
    let above = transfer ?? input
    // A frame takes two of each; in less than this the text needs them.
    let hasFrames = size.columns >= 30 && above >= 6
    let systemRows = hasFrames && above >= 12 ? min(12, max(5, above * 3 / 10)) : 0
    // 30 % of the width, as the seed has it.
    let peersColumns = hasFrames && size.columns >= 60 ? size.columns * 3 / 10 : 0
    talk = Box(
      column: 0, row: 0, columns: size.columns - peersColumns, rows: max(1, above - systemRows), hasFrame: hasFrames)
    peers =
      peersColumns > 0
      ? Box(column: size.columns - peersColumns, row: 0, columns: peersColumns, rows: above - systemRows) : nil
    system = systemRows > 0 ? Box(column: 0, row: above - systemRows, columns: size.columns, rows: systemRows) : nil
  }
}
