// swift-tools-version: 6.2
import PackageDescription

// The map of the project in code. Direction: functions → Domain → Kit → System.

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A C library of Debian: a module map and a shim, nothing else.
func system(_ name: String, package debian: String) -> Target {
  .systemLibrary(name: name, path: "Sources/System/\(name)", providers: [.apt([debian])])
}

func kit(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Kit/\(name)", swiftSettings: strict)
}

func domain(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Domain/\(name)", swiftSettings: strict)
}

/// One endpoint group: one executable, one folder below `functions/`.
func function(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: ["Core", "HTTP", "JSON", "Middleware", "Postgres"] + dependencies,
    path: "functions/\(name)", swiftSettings: strict)
}

func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Sources/Tools/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

let package = Package(
  name: "souk",
  targets: [
    system("CGlibc", package: "libc6-dev"),
    system("CHiredis", package: "libhiredis-dev"),
    system("COpenSSL", package: "libssl-dev"),
    system("CTLS", package: "libssl-dev"),
    system("CArgon2", package: "libargon2-dev"),
    system("CCurl", package: "libcurl4-openssl-dev"),

    kit("Core"),
    kit("JSON", ["Core"]),
    kit("Log", ["Core", "JSON"]),
    kit("Crypto", ["Core", "JSON", "COpenSSL", "CArgon2"]),
    kit("Lanes", ["CGlibc"]),
    kit("Threads", ["Core"]),
    kit("Postgres", ["Core", "Crypto", "Lanes", "COpenSSL", "CTLS"]),
    kit("Redis", ["Core", "Lanes", "CHiredis"]),
    kit("Metrics", ["Core"]),
    kit("HTTP", ["Core", "JSON"]),
    kit("FastCGI", ["Core", "HTTP", "Lanes", "Threads", "CGlibc"]),
    kit("Outbox", ["Core", "JSON", "Postgres"]),
    kit("Gate", ["Core", "HTTP", "Postgres", "Redis"]),
    kit(
      "Middleware",
      [
        "Core", "JSON", "Log", "Crypto", "Lanes", "Postgres", "Redis", "Metrics", "HTTP", "FastCGI",
        "Gate", "Threads",
      ]),
    kit("HTTPClient", ["Core", "CCurl"]),
    kit("Saga", ["Core", "JSON", "Outbox", "Postgres"]),
    kit(
      "Schedule",
      [
        "Core", "HTTPClient", "Log", "Middleware", "Outbox", "Postgres", "Redis", "Saga", "Threads",
      ]),
    kit("Processes", ["Core", "CGlibc"]),
    kit(
      "KitTesting",
      [
        "Core", "JSON", "Log", "Crypto", "Postgres", "Redis", "Metrics", "HTTP", "Gate",
        "Middleware", "HTTPClient", "Processes", "CTLS",
      ]),

    domain("Events", ["Core", "JSON", "Postgres", "Outbox"]),
    domain(
      "Identity", ["Core", "JSON", "Crypto", "Postgres", "HTTP", "Gate", "Middleware", "Events"]),

    domain("Shops", ["Core", "JSON", "Postgres", "HTTP", "Gate", "Middleware", "Events"]),
    domain("Catalog", ["Core", "JSON", "Postgres", "HTTP", "Middleware", "Events"]),
    domain("Inventory", ["Core", "JSON", "Postgres", "Middleware", "Events"]),
    domain("Promotions", ["Core", "JSON", "HTTP", "Postgres", "Middleware"]),
    domain("Cart", ["Core", "Crypto", "HTTP", "Postgres", "Middleware"]),

    domain("Orders", ["Core", "JSON", "HTTP", "Postgres", "Middleware", "Events"]),
    domain(
      "Payments",
      ["Core", "JSON", "Crypto", "HTTP", "HTTPClient", "Postgres", "Middleware", "Events"]),

    domain(
      "Notifications", ["Core", "JSON", "HTTPClient", "Middleware", "Outbox", "Postgres"]),

    function("auth", ["Cart", "Identity", "Crypto"]),
    function("users", ["Identity"]),
    function("shops", ["Promotions", "Shops"]),
    function("catalog", ["Catalog"]),
    function("inventory", ["Inventory"]),
    function("cart", ["Cart", "Promotions"]),
    function("orders", ["Orders", "Payments", "Promotions"]),
    function(
      "scheduler",
      [
        "Cart", "Catalog", "Events", "Identity", "Inventory", "Log", "Notifications", "Orders",
        "Outbox", "Payments", "Promotions", "Saga", "Schedule",
      ]),
    function("payments", ["Payments"]),
    function("webhooks", ["Payments"]),
    function("notifications", ["Notifications"]),
    function("ops", ["Metrics", "Outbox", "Redis", "Saga"]),

    tool(
      "souk",
      [
        "Core", "JSON", "Log", "Crypto", "Postgres", "Redis", "Metrics", "HTTP", "HTTPClient",
        "Gate", "Middleware", "Identity", "Shops", "Catalog", "Promotions", "Processes", "Outbox",
        "Saga",
      ]),

    .executableTarget(
      name: "outbox-bench", dependencies: ["Core", "Outbox", "Postgres"], path: "bench/outbox",
      swiftSettings: strict),

    tests(
      "FunctionTests",
      [
        "KitTesting", "Core", "Crypto", "HTTP", "Inventory", "JSON", "Log", "Metrics", "Middleware",
        "Outbox", "HTTPClient", "Orders", "Payments", "Postgres", "Processes", "Promotions",
        "Redis", "Saga", "Schedule", "Catalog", "auth", "users", "shops", "catalog", "inventory",
        "cart", "orders", "payments", "webhooks", "notifications", "Notifications", "ops",
        "scheduler", "souk",
      ]),
    tests(
      "DomainTests",
      [
        "KitTesting", "Cart", "Catalog", "Core", "Crypto", "Events", "Gate", "HTTP", "HTTPClient",
        "Identity", "Inventory", "JSON", "Middleware", "Notifications", "Orders", "Outbox",
        "Payments", "Postgres", "Promotions", "Shops",
      ]),
    tests("ToolTests", ["Core", "JSON", "Log", "Processes", "souk"]),
    tests("ProjectTests", ["Core", "HTTP", "JSON", "Middleware", "Postgres", "Processes", "souk"]),
    tests(
      "EndToEndTests",
      [
        "KitTesting", "Core", "HTTPClient", "JSON", "Processes", "Threads", "souk", "auth", "users",
        "shops", "catalog", "inventory", "cart", "orders", "payments", "webhooks", "notifications",
        "ops", "scheduler",
      ]),
    tests(
      "KitTests",
      [
        "KitTesting", "Core", "JSON", "Log", "Crypto", "Lanes", "Postgres", "Redis", "Metrics",
        "HTTP", "FastCGI", "Gate",
        "Outbox", "Saga", "Schedule", "Middleware", "HTTPClient", "Processes",
      ]),
  ])
