import Core
import KitTesting
import Postgres
import Processes
import Testing

/// `souk tick` as cron starts it: with next to no environment, and a file of settings.
@Suite struct TickTests {
  private let scene: OrderScene
  private let home: TemporaryFolder

  /// Somebody has bought something, and is to be told by mail. The home is as `souk up` left it.
  init() throws {
    scene = try OrderScene()
    home = try TemporaryFolder("souk-tick")
    _ = try scene.settled()
    try Files.makeDirectory("\(home.path)/release/bin")
    let repository = #filePath.dropLast("Tests/FunctionTests/scheduler/TickTests.swift".count)
    try Files.copy("\(repository)routes.json", to: "\(home.path)/release/routes.json")
    try Files.copy(
      Program.path(of: "scheduler"), to: "\(home.path)/release/bin/scheduler", mode: 0o755)
  }

  private func tick(_ lines: [String]) throws -> ChildProcess.Finished {
    let stack = scene.bazaar.stack
    let all = [
      "# What it needs", "DATABASE_URL=\(stack.database.url)", "REDIS_URL='\(stack.redis.url)'", "",
      "SOUK_SANDBOX=off",
    ]
    let file = "\(home.path)/environment"
    try Files.write(Array((all + lines).joined(separator: "\n").utf8), to: file)
    return try ChildProcess.run(
      [Program.path(of: "souk"), "tick", "--once", "--environment", file],
      environment: ["SOUK_HOME": home.path, "PATH": "/usr/bin:/bin", "SOUK_MAIL_FROM": "nobody"])
  }

  private func sent() throws -> Int {
    try scene.count("SELECT count(*) FROM notifications.deliveries AS d WHERE d.state = 'sent'")
  }

  /// Its own settings name no server: they are for one who knows one.
  @Test func mailsWaitForWhoCanSendThem() throws {
    let waiting = try scene.count("SELECT count(*) FROM notifications.deliveries")
    #expect(waiting > 0)
    let silent = try tick(["SOUK_MAIL_FROM=Souk <post@souk.example>"])
    #expect(silent.status.isSuccess, "\(silent.text)")
    #expect(try sent() == 0)
    #expect(!Files.exists("\(home.path)/mail"))
    #expect(silent.text.contains(#""mail":"it waits","sms":"none","providers":"none""#))
    let folder = "\(home.path)/letters"
    let told = try tick([
      "SOUK_MAIL_FROM=Souk <post@souk.example>", "SOUK_MAIL_FOLDER=\(folder)",
      "SOUK_STRIPE_KEY=sk_test_1", "SOUK_STRIPE_WEBHOOK_SECRETS=whsec_secret_1",
      "SOUK_SMS_URL=http://127.0.0.1:9/?a=1&b=2", "SOUK_SMS_TOKEN=sms-secret",
    ])
    #expect(told.status.isSuccess, "\(told.text)")
    #expect(try sent() == waiting)
    #expect(try Files.list(folder).count == waiting)
    let means = #""mail":"into a folder","sms":"by a gateway","providers":"stripe""#
    #expect(told.text.split(separator: "\n").count { $0.contains(means) } == 1, "\(told.text)")
    #expect(!told.text.contains("sk_test") && !told.text.contains("sms-secret"))
  }

  @Test func whatCannotBeReadStopsIt() throws {
    let broken = try tick(["SOUK_STRIPE_KEY='sk_test_1"])
    #expect(!broken.status.isSuccess && broken.text.contains("line 6"), "\(broken.text)")
    #expect(!broken.text.contains("sk_test"))
    let other = try ChildProcess.run(
      [Program.path(of: "souk"), "tick", "--environment", "\(home.path)/none"],
      environment: ["SOUK_HOME": home.path, "PATH": "/usr/bin:/bin"])
    #expect(!other.status.isSuccess && other.text.contains("\(home.path)/none"), "\(other.text)")
  }
}
