import Schedule

schedule(
  consumers: Registry.consumers(), sagas: Registry.sagas, cues: Registry.cues, jobs: housekeeping)
