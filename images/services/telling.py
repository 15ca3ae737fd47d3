"""What the events of a request repeat of its row, so that the row can be held against them."""

# Word for word, in its first event.
TOLD = (
    *("server_id", "server_name", "image_name", "reason", "ticket"),
    *("key_alias", "key_fingerprint", "environment", "region", "api_version"),
)
# Of SCP's own words so many characters.
LONGEST_WORDS = 500
