"""How far several machines carry: a simulation fed with measured costs."""
