import Core
import Testing

@testable import souk

@Suite struct NginxFolderTests {
  @Test(arguments: [
    ("pid /run/souk/nginx.pid;", "pid run/nginx.pid;"),
    ("  server unix:/run/souk/auth.sock;", "  server unix:run/auth.sock;"),
    ("error_log /var/log/souk/nginx.log warn;", "error_log log/nginx.log warn;"),
    (
      "  fastcgi_cache_path /var/cache/souk/answers levels=1:2;",
      "  fastcgi_cache_path cache/answers levels=1:2;"
    ),
    ("    listen 8080 backlog=4096;", "    listen 9999 backlog=4096;"),
    ("# below /run/souk, /var/cache/souk", "# below /run/souk, /var/cache/souk"),
    ("location = /health {", "location = /health {"),
  ])
  func aLineBecomesLocal(_ line: String, _ expected: String) {
    #expect(NginxFolder.localised("a;\n\(line)\nb;\n", port: 9999) == "a;\n\(expected)\nb;\n")
  }

  @Test func nothingOfTheMachineIsLeftInTheRepositorysFiles() throws {
    let files = try Files.list("\(repository)/nginx").filter { $0.hasSuffix(".conf") }
    #expect(files.contains("nginx.conf"))
    for name in files {
      let text = try Files.readText("\(repository)/nginx/\(name)")
      let lines = NginxFolder.localised(text, port: 9999).split(separator: "\n")
      for line in lines where line.drop(while: { $0 == " " }).first != "#" {
        #expect(!line.contains("/souk/") && !line.contains("8080"), "\(name): \(line)")
      }
    }
  }
}

let repository = String(#filePath.dropLast("/Tests/ToolTests/NginxFolderTests.swift".count))
