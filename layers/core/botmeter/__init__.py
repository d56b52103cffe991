"""Botmeter: exact metering and billing of conversations with bots."""
