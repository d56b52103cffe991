"""The operator's command: `botmeter`."""
