/// Breaks text into rows.
public enum TextWrap {
  /// Rows of at most so many columns, broken at spaces where there are any; the rows below the first are indented.
  ///
  /// Nothing of the text is lost but the space that a row is broken at.
  public static func rows(_ text: StyledText, columns: Int, indent: Int = 0) -> [StyledText] {
    let columns = max(1, columns)
    // In a narrow place the indent would leave no room.
    let indent = indent * 3 <= columns ? indent : 0
    var cells: [(character: Character, width: Int, style: Style)] = []
    for run in text.runs {
      for character in run.text { cells.append((character, CharacterWidth.of(character), run.style)) }
    }
    var rows: [StyledText] = []
    var start = 0
    repeat {
      let room = rows.isEmpty ? columns : columns - indent
      var end = start
      var used = 0
      while end < cells.count, used + cells[end].width <= room {
        used += cells[end].width
        end += 1
      }
      // A character that is wider than the whole row has to go somewhere.
      if end == start, end < cells.count { end += 1 }
      var next = end
      if end < cells.count {
        if cells[end].character == " " {
          next = end + 1
        } else if let space = cells[start..<end].lastIndex(where: { $0.character == " " }), space > start {
          (end, next) = (space, space + 1)
        }
      }
      rows.append(row(cells[start..<end], indent: rows.isEmpty ? 0 : indent))
      start = next
    } while start < cells.count
    return rows
  }

  private static func row(_ cells: ArraySlice<(character: Character, width: Int, style: Style)>, indent: Int)
    -> StyledText
  {
    var runs: [StyledText.Run] = indent > 0 ? [.init(String(repeating: " ", count: indent))] : []
    for cell in cells {
      if runs.last?.style == cell.style {
        runs[runs.count - 1].text.append(cell.character)
      } else {
        runs.append(.init(String(cell.character), cell.style))
      }
    }
    return StyledText(runs)
  }
}
