"""Networks of hubs: conferences that several hubs share, by wire, stick or mail."""
