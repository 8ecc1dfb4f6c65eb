"""The relay: a server of opaque, append-only logs (docs/relay.md, docs/relay-api.md).

It knows logs, slices, entries and hashes of tokens. It never knows MLS, people or content, and
it never imports a room of the client; `havenclient.wire`, `errors` and `seams` are all they share.
"""
