/// Everything that is made from `routes.json`: path below the repository and content.
struct GeneratedFiles {
  let files: [(path: String, content: String)]

  init(_ table: RouteTable) {
    files =
      table.functions.map {
        ("functions/\($0.name)/Routes.swift", SwiftRoutes.render($0.name, table))
      } + [
        ("nginx/upstreams.conf", NginxRoutes.upstreams(table)),
        ("nginx/locations.conf", NginxRoutes.locations(table)),
      ]
  }
}
