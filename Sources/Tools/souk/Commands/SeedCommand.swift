import Core
import Postgres

extension ToolCommand {
  static let seed = ToolCommand(
    name: "seed", parameters: "--products N [--shops N]",
    summary: "fill the catalogue with many made-up products, for tests of size",
    details: """
      --products N   how many to add, up to 10,000,000
      --shops N      over how many new shops (default 20)

      Writes by COPY and builds the indexes anew, so the catalogue stands still meanwhile; when it
      is interrupted, nothing has happened. The shops belong to the demo's seller.
      """
  ) { arguments in
    guard let products = try arguments.number("--products", in: 1...10_000_000) else {
      throw UsageError("say how many: souk seed --products 100000")
    }
    let shops = try arguments.number("--shops", in: 1...1000) ?? 20
    _ = try arguments.rest(atMost: 0)
    let home = try Home.current()
    let backends = try Backends(home, Environment.current())
    if try backends.postgres() != nil { try home.requireRunning() }
    try SeedCommand(
      database: try backends.patientDatabase(for: "seed"), products: products, shops: shops
    ).run()
  }
}

private struct SeedCommand {
  let database: Database
  let products: Int
  let shops: Int

  func run() throws {
    guard let seller = try SeedStore.seller(DemoAccount.seller.email, in: database) else {
      throw Failure("there is no demo seller to own the shops: `souk up` without --no-demo first")
    }
    var steps = Steps()
    try database.transaction { transaction in
      let seed = try Seed(
        seller: seller, products: products, shops: shops,
        categories: SeedStore.categories(in: transaction),
        first: SeedStore.highestNumber(in: transaction))
      let indexes = try steps.run("Putting the indexes aside") {
        try SeedStore.takeIndexes(in: transaction)
      }
      try SeedStore.insert(seed.shops, in: transaction)
      for table in SeedTable.allCases {
        try copy(table, of: seed, in: transaction)
      }
      for (number, index) in indexes.enumerated() {
        try steps.run("Index \(number + 1) of \(indexes.count): \(index.name)") {
          _ = try transaction.execute(index.definition)
        }
      }
    }
    try steps.run("Statistics") { try SeedStore.analyze(database) }
  }

  private func copy(_ table: SeedTable, of seed: Seed, in transaction: Transaction) throws {
    var bar = ProgressBar("\(table.rawValue)", total: products)
    var next = 0
    try transaction.copy(into: table.columns) {
      guard next < products else { return nil }
      var rows = CopyRows()
      while next < products, rows.byteCount < 64 << 10 {
        seed.write(next, to: table, &rows)
        next += 1
      }
      bar.show(next)
      return rows
    }
    bar.finish()
  }
}
