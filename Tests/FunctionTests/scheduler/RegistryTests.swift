import Core
import KitTesting
import Orders
import Postgres
import Saga
import Testing
import scheduler

/// What is said of sagas elsewhere, where their definitions cannot be read.
@Suite struct RegistryTests {
  /// `saga.decide` knows by name those of which nothing can be undone.
  @Test(arguments: Registry.sagas)
  func onlyWhatCanBeUndoneIsCompensated(_ saga: SagaDefinition) throws {
    let bazaar = try Bazaar()
    let id = try bazaar.plantSaga(saga.name)
    let decided: String? = try bazaar.stack.look().first(
      "SELECT saga.decide(\(id), 'compensate', 'somebody', 'Why not', now())"
    ) { row in try row.next() }
    #expect(decided == (saga.onlyGoesForward ? "forward" : "ok"))
  }

  /// The timeline orders by name what was done in one moment.
  @Test func theTimelineKnowsTheOrderOfSteps() {
    for saga in Registry.sagas {
      let known = saga.steps.map { TimelineDirectory.steps.firstIndex(of: $0.name) }
      #expect(!known.contains(nil), "\(saga.name)")
      #expect(known.compactMap(\.self) == known.compactMap(\.self).sorted(), "\(saga.name)")
    }
  }
}
