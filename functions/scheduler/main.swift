import Schedule

schedule { environment in
  let post = try Post(environment)
  return Plan(
    consumers: Registry.consumers(sendsSMS: post.sendsSMS), sagas: Registry.sagas,
    cues: Registry.cues, jobs: housekeeping + post.jobs)
}
