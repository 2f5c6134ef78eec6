import Payments
import Schedule

schedule(
  consumers: Registry.consumers(), sagas: Registry.sagas, cues: Registry.cues, jobs: housekeeping,
  jobsOf: { PaymentJobs.make(try Providers($0)) })
