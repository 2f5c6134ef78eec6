import Payments
import Schedule

schedule { environment in
  let post = try Post(environment)
  let providers = try Providers(environment)
  return Plan(
    consumers: Registry.consumers(sendsSMS: post.sendsSMS), sagas: Registry.sagas,
    cues: Registry.cues, jobs: housekeeping + PaymentJobs.make(providers) + post.jobs,
    means: try means(environment, providers))
}
