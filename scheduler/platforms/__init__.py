"""One module per platform. `base` is the contract, `http` the only user of requests, `registry` the list."""
