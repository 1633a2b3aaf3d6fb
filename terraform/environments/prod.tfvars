environment         = "prod"
deletion_protection = true

# Whose pages may count: put your site's origin in place of the star.
allowed_origins = ["*"]

# domain      = { name = "counter.example.com", zone_id = "Z0123456789ABCDEFGHIJ" }
# alarm_email = "you@example.com"
