environment         = "prod"
deletion_protection = true

# What is here wins over TF_VAR_… in the environment.
# allowed_origins = ["https://example.com"]
# domain          = { name = "counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
# alarm_email     = "you@example.com"
