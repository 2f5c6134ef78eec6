/// Rows under headings, each column as wide as its widest cell.
struct Table {
  enum Alignment { case left, right }

  private let columns: [(heading: String, alignment: Alignment)]
  private var rows: [[String]] = []

  init(_ columns: KeyValuePairs<String, Alignment>) {
    self.columns = columns.map { ($0.key, $0.value) }
  }

  /// A row has one cell for each column.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row of another table")
    rows.append(cells)
  }

  func render() -> String {
    let headings = columns.map(\.heading)
    let widths = columns.indices.map { index in
      ([headings] + rows).map { $0[index].count }.max() ?? 0
    }
    let lines = ([headings] + rows).map { line($0, widths) }
    return ([Style.bold.on(lines[0])] + lines.dropFirst()).joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = cells.indices.map { index in
      let space = String(repeating: " ", count: widths[index] - cells[index].count)
      return columns[index].alignment == .left ? cells[index] + space : space + cells[index]
    }
    let line = padded.joined(separator: "  ")
    return String(line[...(line.lastIndex { $0 != " " } ?? line.startIndex)])
  }
}
