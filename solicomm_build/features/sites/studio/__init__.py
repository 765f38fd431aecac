"""The studio: sites at a glance, forms for what is behind them, and what they will look like."""
