"""Adapters: AWS services and formats behind the ports. AWS errors become domain errors here."""
