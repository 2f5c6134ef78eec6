import Core
import HTTP
import JSON
import Testing

@Suite struct HTTPFieldsTests {
  private enum Colour: String, CaseIterable {
    case red, blue
  }

  private struct Everything: RequestBody {
    let name: String
    let note: String?
    let isNew: Bool?
    let birthday: CalendarDate?
    let lat: Double?
    let colour: Colour?
    let tags: [String]?
    let change: Change<String?>

    init(_ fields: inout Fields) {
      name = fields.text("name", 2...4, .line)
      note = fields.optionalText("note", 0...3)
      isNew = fields.optionalFlag("is_new")
      birthday = fields.optionalDate("birthday")
      lat = fields.optionalDegrees("lat", within: 90)
      colour = fields.optionalChoice("colour")
      tags = fields.optionalTexts("tags", count: 1...2)
      change = fields.change("change") { $0.optionalText($1, 0...3) }
    }
  }

  private func read(_ text: String) throws -> Everything {
    try Fields.decode(Everything.self, from: try JSONValue.parse(Array(text.utf8)))
  }

  private func faults(_ text: String) throws -> [String] {
    let problem = try #require(throws: Problem.self) { try read(text) }
    #expect(problem.status == 422)
    return problem.violations.map { "\($0.field) \($0.code)" }
  }

  @Test func readsWhatIsThere() throws {
    let all = try read(
      """
      {"name":"Añña","note":"","is_new":true,"birthday":"2000-02-29","lat":-90,"colour":"blue",
       "tags":["a","b"],"change":null,"unknown":[1]}
      """)
    #expect(all.name == "Añña")
    #expect(all.note == "")
    #expect(all.isNew == true)
    #expect(all.birthday?.description == "2000-02-29")
    #expect(all.lat == -90)
    #expect(all.colour == .blue)
    #expect(all.tags == ["a", "b"])
    #expect(all.change.applied(to: "old") == nil)
  }

  @Test func nullAndAbsentAreTheSameWhereNothingIsChanged() throws {
    for text in [#"{"name":"ab"}"#, #"{"name":"ab","note":null,"is_new":null,"lat":null}"#] {
      let some = try read(text)
      #expect(some.note == nil && some.isNew == nil && some.lat == nil)
      #expect(some.change.applied(to: "old") == "old")
    }
  }

  @Test func everyFaultIsNamedAtOnce() throws {
    let found = try faults(
      """
      {"note":"four","is_new":"yes","birthday":"2001-02-29","lat":90.5,"colour":"green",
       "tags":["a",1],"change":5}
      """)
    #expect(
      found == [
        "name required", "note too_long", "is_new wrong_type", "birthday invalid_date",
        "lat out_of_range", "colour not_a_choice", "tags invalid_list", "change wrong_type",
      ])
  }

  @Test(arguments: [
    (#"{"name":null}"#, "name required"), (#"{"name":7}"#, "name wrong_type"),
    (#"{"name":"a"}"#, "name too_short"), (#"{"name":"abcde"}"#, "name too_long"),
    (#"{"name":"  "}"#, "name invalid_text"), (#"{"name":"a\nb"}"#, "name invalid_text"),
    (#"{"name":"ab","tags":[]}"#, "tags invalid_list"),
    (#"{"name":"ab","tags":"a"}"#, "tags wrong_type"),
    (#"{"name":"ab","lat":"1"}"#, "lat wrong_type"),
    (#"{"name":"ab","lat":1e400}"#, "lat out_of_range"),
  ])
  func oneFault(_ text: String, _ fault: String) throws {
    #expect(try faults(text) == [fault])
  }

  @Test(arguments: ["[]", "null", "7", #""text""#])
  func whatIsNoObjectIsMalformed(_ text: String) throws {
    let problem = try #require(throws: Problem.self) { try read(text) }
    #expect(problem.status == 400)
    #expect(problem.code == "object_expected")
  }
}
