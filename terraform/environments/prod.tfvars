environment         = "prod"
deletion_protection = true

# Values here override TF_VAR_… in the environment.
# allowed_origins = ["https://example.com"]
# domain          = { name = "counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
# alarm_email     = "you@example.com"
