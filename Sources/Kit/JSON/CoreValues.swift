package import Core

// How the words of every answer are written: ids, times and money. Here rather than where the types
// are, because these know the writer: the way through a container of `Encodable` was a third of the
// time of a page.

extension ID: Encodable {
  package func encode(to encoder: any Encoder) throws {
    try encoder.write(description)
  }
}

extension Timestamp: Encodable {
  package func encode(to encoder: any Encoder) throws {
    try encoder.write(description)
  }
}

extension CalendarDate: Encodable {
  package func encode(to encoder: any Encoder) throws {
    try encoder.write(description)
  }
}

extension Currency: Encodable {
  package func encode(to encoder: any Encoder) throws {
    try encoder.write(rawValue)
  }
}

extension Money: Encodable {
  package func encode(to encoder: any Encoder) throws {
    guard let slot = encoder as? JSONSlot else {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(amount, forKey: .amount)
      return try container.encode(currency, forKey: .currency)
    }
    try slot.fill { $0.money(self) }
  }

  private enum CodingKeys: String, CodingKey {
    case amount, currency
  }
}

extension JSONWriter {
  package mutating func id(_ id: ID<some IDKind>) { plain(id.description) }

  package mutating func money(_ money: Money) {
    beginObject()
    key("amount")
    integer(money.amount)
    key("currency")
    plain(money.currency.rawValue)
    endObject()
  }
}

extension Encoder {
  /// A text without anything to escape.
  fileprivate func write(_ text: String) throws {
    guard let slot = self as? JSONSlot else {
      var container = singleValueContainer()
      return try container.encode(text)
    }
    try slot.fill { $0.plain(text) }
  }
}
