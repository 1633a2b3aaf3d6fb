# A trial: it can be deleted at any time.
environment                 = "test"
point_in_time_recovery_days = 0
