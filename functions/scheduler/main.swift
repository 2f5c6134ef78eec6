import Schedule

schedule(jobs: housekeeping)
