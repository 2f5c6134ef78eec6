internal import Core

/// How hard the proofs try. `./souk test --long` sets `SOUK_TEST_LONG`: more rounds, more time, and
/// more than one death.
package enum Effort {
  package static let isLong = Environment.current()["SOUK_TEST_LONG"].map { !$0.isEmpty } ?? false

  package static func of<Amount>(_ usual: Amount, long: Amount) -> Amount { isLong ? long : usual }
}
