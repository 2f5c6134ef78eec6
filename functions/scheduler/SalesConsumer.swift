import Catalog
import Core
import Outbox

/// Counts what was sold, for those who want the best-selling first.
enum SalesConsumer {
  static let consumer = EventConsumer.ofMany(
    name: "sales", types: ["order.confirmed.v1", "order.cancelled.v1"], rest: .seconds(1)
  ) { events, transaction in
    func orders(_ type: String) -> [OrderID] {
      events.filter { $0.type == type }.map { OrderID($0.aggregateID) }
    }
    SalesStore.count(
      sold: orders("order.confirmed.v1"), givenBack: orders("order.cancelled.v1"), in: transaction)
  }
}
