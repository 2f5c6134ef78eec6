import Testing

@Suite struct TidyTests {
  @Test(arguments: Rule.all)
  func theProjectKeepsTo(_ rule: Rule) throws {
    let files = try Repository.swiftFiles(below: rule.folders)
    #expect(files.count > 10, "the rule looks at next to nothing")
    #expect(files.flatMap(rule.violations) == [])
  }

  @Test(arguments: Rule.all)
  func aBadFileIsFoundBy(_ rule: Rule) {
    let bad = SourceFile(path: rule.badSample.path, text: rule.badSample.text)
    #expect(!rule.violations(bad).isEmpty)
  }
}
