"""The invoice function: bills the accounts whose period is over and keeps the PDF of each invoice."""
