import Core

extension Rule {
  /// functions → Domain → Kit → System, and no domain sees another except through `Events`.
  static let layers = Rule(
    name: "layers point down", folders: Repository.product,
    badSample: ("Sources/Kit/HTTP/A.swift", "internal import Identity\n")
  ) { file in
    let place = Layer(path: file.path)
    return file.imports.filter { !place.maySee($0) }.map {
      "\(file.path): \(place) must not import \($0)"
    }
  }
}

enum Layer: CustomStringConvertible {
  case kit, domain(String), function, tool

  init(path: String) {
    let parts = path.split(separator: "/")
    switch (parts.first, parts.dropFirst().first) {
    case ("functions", _): self = .function
    case ("Sources", "Domain"): self = .domain(parts.count > 2 ? String(parts[2]) : "")
    case ("Sources", "Tools"): self = .tool
    default: self = .kit
    }
  }

  var description: String {
    switch self {
    case .kit: "Kit"
    case .domain(let name): "the domain \(name)"
    case .function: "a function"
    case .tool: "a tool"
    }
  }

  private static let domains = Set(names(of: "Sources/Domain"))
  private static let functions = Set(names(of: "functions"))
  private static let system = Set(names(of: "Sources/System"))

  func maySee(_ module: String) -> Bool {
    switch self {
    case .kit: !Self.domains.contains(module) && !Self.functions.contains(module)
    case .domain(let name):
      !Self.functions.contains(module) && !Self.system.contains(module)
        && (!Self.domains.contains(module) || module == "Events" || module == name)
    case .function, .tool: !Self.functions.contains(module) && !Self.system.contains(module)
    }
  }

  /// The folders directly below one.
  private static func names(of folder: String) -> [String] {
    do {
      return try Files.list("\(Repository.root)/\(folder)")
    } catch {
      preconditionFailure("the repository cannot be read: \(error)")
    }
  }
}
