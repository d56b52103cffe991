"""Mail: through Amazon SES, or into a folder where there is no SES."""
