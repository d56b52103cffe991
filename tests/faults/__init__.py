import os

# Powertools reads these when a handler is imported.
os.environ.update(POWERTOOLS_METRICS_NAMESPACE="Botmeter", POWERTOOLS_SERVICE_NAME="test")
