internal import Core
internal import Postgres

package enum PromotionType: String, Sendable, CaseIterable, Encodable, Bindable, Column {
  case percentage, value

  /// Throws where a row holds a percentage that is none.
  func discount(of value: Int) throws(PostgresError) -> Promotion.Discount {
    guard self == .percentage else { return .value(value) }
    guard let percent = Percent(hundredths: value) else {
      throw PostgresError(.badColumn, "holds a percentage of \(value) hundredths")
    }
    return .percentage(percent)
  }
}
