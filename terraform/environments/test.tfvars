# A trial: everything about it may go at any time.
environment                 = "test"
point_in_time_recovery_days = 0
