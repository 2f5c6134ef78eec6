internal import Core

/// How hard the proofs try. `./souk test --long` sets `SOUK_TEST_LONG`:
///
/// * races have more rounds, chaos five minutes instead of one, what is measured more time,
/// * a story of an order is killed at every point it passes, also one that has little news to tell,
/// * and who puts it right is killed as well: at no more than fifty pairs of points of each
///   story, spread over all of them. All pairs would be the square of the points.
///
/// That takes hours rather than minutes.
package enum Effort {
  package static let isLong = Environment.current()["SOUK_TEST_LONG"].map { !$0.isEmpty } ?? false

  package static func of<Amount>(_ usual: Amount, long: Amount) -> Amount { isLong ? long : usual }
}
