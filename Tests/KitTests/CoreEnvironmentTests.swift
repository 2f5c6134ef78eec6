import Core
import KitTesting
import Testing

@Suite struct CoreEnvironmentTests {
  @Test func valuesComeFromTheVariableOrItsFile() throws {
    let folder = try TemporaryFolder("souk-environment")
    try Files.write(Array("from a file\n".utf8), to: "\(folder.path)/secret")
    let environment = Environment([
      "A": "a", "EMPTY": "", "B_FILE": "\(folder.path)/secret", "C": "c",
      "C_FILE": "\(folder.path)/secret", "D_FILE": "\(folder.path)/none",
    ])
    #expect(try environment.text("A") == "a")
    #expect(try environment.text("B") == "from a file")
    #expect(try environment.text("C") == "c")
    #expect(try environment.text("EMPTY") == nil)
    #expect(try environment.text("NONE") == nil)
    let unreadable = try #require(throws: SettingsError.self) { try environment.text("D") }
    #expect("\(unreadable)".contains("D_FILE"))
    let missing = try #require(throws: SettingsError.self) { try environment.require("NONE") }
    #expect("\(missing)".contains("NONE"))
  }

  @Test(arguments: ["0", "11", "ten", "1.5", "-1", ""])
  func numbersHaveBounds(_ text: String) throws {
    let environment = Environment(["N": text])
    guard !text.isEmpty else {
      #expect(try environment.number("N", default: 4, in: 1...10) == 4)
      return
    }
    let error = try #require(throws: SettingsError.self) {
      try environment.number("N", default: 4, in: 1...10)
    }
    #expect("\(error)".contains("N must be a number from 1 to 10"))
  }
}
