"""Java for seconds of work: without its second compiler, which pays after minutes, and with the
plainest collector it takes half of the processor time."""

COMMAND = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
