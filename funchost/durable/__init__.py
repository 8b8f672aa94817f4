"""The durable engine: the wire protocol, the pure scheduler, the SDK behind a seam, and the loop that drives them."""
