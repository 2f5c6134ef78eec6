import HTTP
import Testing

@Suite struct HTTPQueryTests {
  private let cursors = CursorSigner { bytes in
    var sum: UInt8 = 7
    return (0..<32).map { index in
      for byte in bytes { sum = sum &* 31 &+ byte &+ UInt8(index) }
      return sum
    }
  }

  @Test func valuesAreDecoded() throws {
    let query = try QueryString("q=ao+thun&name=%C3%81o&empty=&flag&q=second")
    #expect(query["q"] == "ao thun")
    #expect(query["name"] == "Áo")
    #expect(query["empty"] == "")
    #expect(query["flag"] == "")
    #expect(query["none"] == nil)
  }

  @Test(arguments: ["q=%", "q=%zz", "q=%ff", "q=%00", "%=1"])
  func brokenQueriesAreMalformed(_ text: String) throws {
    let problem = try #require(throws: Problem.self) { try QueryString(text[...]) }
    #expect(problem.status == 400)
  }

  private func paging(_ text: String) throws -> (paging: Paging, faults: [String]) {
    var query = try QueryString(text[...])
    let paging = Paging(&query, cursors: cursors)
    return (paging, query.violations.map { "\($0.field) \($0.code)" })
  }

  @Test func pagingHasDefaultsAndOtherNames() throws {
    #expect(try paging("").paging.limit == 20)
    #expect(try paging("").paging.position == .after(nil))
    #expect(try paging("per_page=7").paging.limit == 7)
    #expect(try paging("page_size=8&page=3").paging.offset == 16)
  }

  @Test(arguments: [
    ("limit=0", "limit out_of_range"), ("limit=101", "limit out_of_range"),
    ("limit=ten", "limit out_of_range"), ("page=0", "page out_of_range"),
    ("page=501", "page out_of_range"), ("page=-1", "page out_of_range"),
    ("limit=99999999999999999999", "limit out_of_range"), ("cursor=abc", "cursor invalid_cursor"),
    ("cursor=!!!", "cursor invalid_cursor"), ("limit=5&page_size=x", "page_size out_of_range"),
  ])
  func badPagingIsNamed(_ text: String, _ fault: String) throws {
    #expect(try paging(text).faults == [fault])
  }

  @Test func cursorsComeBackAsTheyWereUnlessTouched() throws {
    for values in [["a"], ["", ""], ["2026", "usr_1"], ["Áo thun", "7"]] {
      let cursor = cursors.seal(values)
      #expect(cursors.open(cursor) == values)
      #expect(try paging("cursor=\(cursor)").paging.position == .after(values))
      for index in cursor.indices {
        var touched = cursor
        touched.replaceSubrange(index...index, with: cursor[index] == "A" ? "B" : "A")
        #expect(cursors.open(touched) == nil)
      }
      #expect(cursors.open(String(cursor.dropLast())) == nil)
      #expect(cursors.open(cursor + "A") == nil)
    }
  }

  @Test func pagesAreCounted() {
    #expect(PageMeta(page: 1, limit: 20, total: 0).totalPages == 0)
    #expect(PageMeta(page: 1, limit: 20, total: 20).totalPages == 1)
    #expect(PageMeta(page: 1, limit: 20, total: 21).totalPages == 2)
  }
}
