import Core
import HTTP
import JSON
import Testing

@testable import souk

/// A route is one thing in `routes.json`, in the code, in nginx and in the OpenAPI document.
@Suite struct RouteTests {
  private let table: RouteTable
  private let document: JSONValue

  init() throws {
    table = try RouteTable(text: Repository.read("routes.json"))
    document = try JSONValue.parse(Array(Repository.read("docs/openapi.json").utf8))
  }

  @Test func generatedFilesAreAsTheTableSays() throws {
    for file in GeneratedFiles(table).files {
      #expect(try Repository.read(file.path) == file.content, "run `souk routes`: \(file.path)")
    }
  }

  @Test func everyFunctionIsAFolderWithItsRoutes() throws {
    let folders = try Files.list("\(Repository.root)/functions")
    // The scheduled one has none.
    #expect(Set(folders) == Set(table.functions.map(\.name) + ["scheduler"]))
  }

  @Test func everyRouteHasItsFile() throws {
    for row in table.routes {
      let path = "functions/\(row.function)/\(SwiftRoutes.fileName(row.spec.operation))"
      try #require(Repository.exists(path), "no \(path)")
      let handler = "func \(SwiftRoutes.handlerName(row.spec.operation))(_ call: Call)"
      #expect(try Repository.read(path).contains(handler))
    }
  }

  @Test func openAPITellsOfTheSameRoutes() {
    var told: Set<String> = []
    for (path, item) in document["paths"]?.object?.members ?? [] {
      for (method, operation) in item.object?.members ?? [] where operation["operationId"] != nil {
        told.insert("\(method.uppercased()) \(path) \(operation["operationId"]?.string ?? "")")
      }
    }
    #expect(told == Set(table.routes.flatMap(Self.descriptions)))
  }

  /// An alias is told of as `operation_me`: ids must differ in the document.
  private static func descriptions(of row: RouteTable.Row) -> [String] {
    row.paths.map { path in
      let suffix = path == row.spec.path ? "" : "_\(path.split(separator: "/").last ?? "")"
      return "\(row.spec.method) \(path) \(row.spec.operation)\(suffix)"
    }
  }

  @Test func openAPITellsOfTheSameAccess() {
    for row in table.routes {
      for path in row.paths {
        let operation = document["paths"]?[path]?[row.spec.method.lowercased()]
        #expect(operation?["x-souk-function"]?.string == row.function)
        #expect(operation?["x-souk-access"]?.string == row.spec.access.rawValue)
        let isSecured = !(operation?["security"]?.array ?? []).isEmpty
        let isOpen = row.spec.access == .public || row.spec.access == .local
        #expect(isSecured != isOpen, "\(row.spec.method) \(path)")
      }
    }
  }

  private static let badTables: [(String, String)] = [
    (#"{"functions": {}, "rates": {}, "roots": []}"#, "routes.json:1: unknown key 'roots'"),
    (row(#""path": "/a", "colour": 1"#), "routes.json:4: unknown key 'colour'"),
    (row(#""path": "a""#), "routes.json:4: path 'a' must begin with a slash and not end with one"),
    (row(#""path": "/A""#), "routes.json:4: path '/A' has a bad segment"),
    (row(#""path": "/a", "access": "all""#), "routes.json:4: duplicate"),
    (row(#""path": "/a""#, rate: "slow"), "routes.json:4: no rate 'slow' is declared"),
    (row(#""path": "/a""#, function: "b"), "routes.json:4: no function 'b' is declared"),
    (row(#""path": "/a""#) + "!", "routes.json:"),
    (
      row(#""path": "/a""#, and: #"{"method": "GET", "path": "/b", "operation": "o","#),
      "routes.json:5: operation 'o' stands in line 4 already"
    ),
    (
      row(#""path": "/a/{x}""#, and: #"{"method": "GET", "path": "/a/{y}", "operation": "p","#),
      "routes.json:5: GET /a/{y} stands in line 4 already"
    ),
  ]

  private static func row(
    _ members: String, rate: String = "r", function: String = "f", and second: String? = nil
  ) -> String {
    let rest = #""function": "\#(function)", "access": "public", "rate": "\#(rate)"}"#
    let other = second.map { ",\n\($0) \(rest)" } ?? ""
    return """
      {"functions": {"f": {"processes": 1, "workers": 1, "lanes": 1, "idle_exit_seconds": 0}},
      "rates": {"r": {"by": "ip", "count": 1, "seconds": 1, "burst": 1}},
      "routes": [
      {"method": "GET", "operation": "o", \(members), \(rest)\(other)
      ]}
      """
  }

  @Test(arguments: badTables)
  func aBadTableIsRefusedWithLineAndReason(_ text: String, _ reason: String) throws {
    let error = try #require(throws: RouteTableError.self) { try RouteTable(text: text) }
    #expect("\(error)".lowercased().hasPrefix(reason.lowercased()), "\(error)")
  }
}
