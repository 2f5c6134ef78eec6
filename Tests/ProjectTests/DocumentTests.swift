import Core
import Middleware
import Postgres
import Processes
import Testing

/// What the papers say about the project is so.
@Suite struct DocumentTests {
  @Test func everyPathInThePapersExists() throws {
    for paper in ["README.md"] {
      let paths = try Self.paths(in: Repository.read(paper))
      #expect(paths.count > 10, "\(paper) names next to nothing")
      for path in paths { #expect(Repository.exists(path), "\(paper) names \(path)") }
    }
  }

  @Test func aWrongPathIsFound() {
    let paths = Self.paths(in: "see [it](Sources/Nowhere/A.swift) and `nginx/none.conf`")
    #expect(paths == ["Sources/Nowhere/A.swift", "nginx/none.conf"])
    #expect(paths.allSatisfy { !Repository.exists($0) })
  }

  /// Link targets, and what stands in backticks and looks like a file of this project.
  private static func paths(in text: String) -> [String] {
    let tops = ["Sources/", "functions/", "Tests/", "nginx/", "migrations/", "docs/", "bench/"]
    let links = text.split(separator: "](").dropFirst().compactMap {
      $0.split(separator: ")", omittingEmptySubsequences: false).first.map(String.init)
    }.filter { !$0.contains("://") && !$0.hasPrefix("#") && !$0.isEmpty }
    let quoted = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      .filter { word in tops.contains { word.hasPrefix($0) } }
      .filter { word in !word.contains { " *{<…".contains($0) } }
    return links + quoted
  }

  @Test func migrationsAreNumberedAndKnown() throws {
    let migrations = try Migrator.load(directory: "\(Repository.root)/migrations")
    #expect(migrations.map(\.number) == Array(1...migrations.count))
    #expect(SchemaVersion.expected == migrations.count)
  }

  @Test func theTopLevelTellsTheStory() throws {
    let known: Set = [
      "Package.swift", "README.md", "LICENSE", "souk", "routes.json", "functions", "Sources",
      "Tests", "nginx", "migrations", "docs", "bench", "deploy",
    ]
    let names = try Files.list(Repository.root).filter { !$0.hasPrefix(".") }
    #expect(Set(names).subtracting(known) == [])
  }

  /// Each of these would cost memory and time at every start.
  @Test(arguments: [
    "auth", "users", "shops", "catalog", "inventory", "cart", "orders", "payments", "webhooks",
    "notifications", "ops", "scheduler",
  ])
  func functionsLinkNothingLarge(_ function: String) throws {
    let binary = "\(Self.binaries)/\(function)"
    try #require(Files.exists(binary), "no \(binary)")
    let linked = try ChildProcess.run(["ldd", binary]).text
    #expect(linked.contains("libcrypto"))
    for library in ["Foundation", "icu", "libpq", "libcurl", "gnutls"] {
      #expect(!linked.contains(library), "\(linked)")
    }
  }

  /// The tests' own program lies beside those of the functions.
  private static var binaries: String {
    let program = CommandLine.arguments[0]
    return program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
  }
}
