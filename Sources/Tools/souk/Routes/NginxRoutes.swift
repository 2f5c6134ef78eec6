import HTTP

/// What nginx needs to know of the routes.
enum NginxRoutes {
  private static let head =
    "# Made from routes.json by `souk routes`. Change that file, not this one.\n"

  static func upstreams(_ table: RouteTable) -> String {
    var text = head
    for function in table.functions {
      text += """

        upstream souk_\(function.name) {
          server unix:/run/souk/\(function.name).sock;
          keepalive 64;
          keepalive_requests 1000000;
          # A stopping function waits this long for nginx to let go of idle connections.
          keepalive_timeout 5s;
        }

        """
    }
    return text
  }

  static func locations(_ table: RouteTable) -> String {
    var text = head
    for location in Location.all(table) { text += "\n" + location.render() }
    return text
  }

  /// All routes of one path.
  private struct Location {
    let path: String
    let function: String
    var bodyBytesMax: Int
    /// Of the route that may be cached for the shortest time; zero for none.
    var cacheSeconds: Int
    var isLocal: Bool

    /// Exact paths first, then patterns; each in the order of the table.
    static func all(_ table: RouteTable) -> [Location] {
      var locations: [Location] = []
      for row in table.routes {
        for path in row.paths {
          let shape = RouteTable.shape(of: path)
          if let index = locations.firstIndex(where: { RouteTable.shape(of: $0.path) == shape }) {
            locations[index].add(row)
          } else {
            locations.append(Location(path, row))
          }
        }
      }
      return locations.filter { !$0.isPattern } + locations.filter(\.isPattern)
    }

    init(_ path: String, _ row: RouteTable.Row) {
      self.path = path
      function = row.function
      bodyBytesMax = row.spec.bodyBytesMax
      cacheSeconds = row.spec.cacheSeconds
      isLocal = row.spec.access == .local
    }

    mutating func add(_ row: RouteTable.Row) {
      bodyBytesMax = max(bodyBytesMax, row.spec.bodyBytesMax)
      let others = [cacheSeconds, row.spec.cacheSeconds].filter { $0 > 0 }
      cacheSeconds = others.min() ?? 0
      isLocal = isLocal || row.spec.access == .local
    }

    var isPattern: Bool { path.contains("{") }

    func render() -> String {
      var text = "location \(match) {\n"
      if isLocal { text += "  include local.conf;\n" }
      text += "  client_max_body_size \(bodyBytesMax);\n"
      text += "  include \(parameters);\n"
      text += "  fastcgi_pass souk_\(function);\n"
      return text + "}\n"
    }

    private var parameters: String {
      switch cacheSeconds {
      case 0: "fastcgi.conf"
      case 1: "fresh.conf"
      default: "cached.conf"
      }
    }

    private var match: String {
      guard isPattern else { return "= \(path)" }
      let segments = path.split(separator: "/").map {
        $0.hasPrefix("{") ? "[^/]+" : $0.map { $0 == "." ? "\\." : String($0) }.joined()
      }
      return "~ ^/\(segments.joined(separator: "/"))$"
    }
  }
}
